// The two functions a host looks for, and the way from an action's name to its function.
#include <cstring>
#include <exception>
#include <new>

#include "actions.h"
#include "guard.h"
#include "wakeframe-plugin/src/bridge.rs.h"

namespace wakeframe {
namespace {

OfxStatus dispatch(const char *action, OfxImageEffectHandle effect, const Properties &in, const Properties &out) {
  const auto is = [action](const char *name) { return std::strcmp(action, name) == 0; };
  if (is(kOfxImageEffectActionRender)) return render(effect, in);
  if (is(kOfxImageEffectActionIsIdentity)) return is_identity(effect, in, out);
  if (is(kOfxImageEffectActionGetRegionOfDefinition)) return region_of_definition(effect, in, out);
  if (is(kOfxImageEffectActionGetRegionsOfInterest)) return regions_of_interest(effect, in, out);
  if (is(kOfxImageEffectActionGetFramesNeeded)) return frames_needed(effect, in, out);
  if (is(kOfxImageEffectActionGetTimeDomain)) return time_domain(effect, out);
  if (is(kOfxImageEffectActionGetClipPreferences)) return clip_preferences(effect, out);
  if (is(kOfxActionInstanceChanged)) return instance_changed(effect, in);
  if (is(kOfxActionBeginInstanceEdit)) return begin_instance_edit(effect);
  if (is(kOfxActionPurgeCaches)) return purge_caches();
  if (is(kOfxActionCreateInstance)) return create_instance(effect);
  if (is(kOfxActionDestroyInstance)) return destroy_instance(effect);
  if (is(kOfxActionDescribe)) return describe(effect);
  if (is(kOfxImageEffectActionDescribeInContext)) return describe_in_context(effect, in);
  if (is(kOfxActionLoad)) return load();
  if (is(kOfxActionUnload)) return unload();
  return kOfxStatReplyDefault;
}

void log(const char *action, const char *what) noexcept {
  guarded([&] { note_fault(action, what); });
}

OfxStatus main_entry(const char *action, const void *handle, OfxPropertySetHandle in, OfxPropertySetHandle out) noexcept {
  if (!action) return kOfxStatErrValue;
  try {
    auto effect = static_cast<OfxImageEffectHandle>(const_cast<void *>(handle));
    return dispatch(action, effect, Properties(in), Properties(out));
  } catch (const std::bad_alloc &) {
    log(action, "out of memory");
    return kOfxStatErrMemory;
  } catch (const std::exception &e) {
    log(action, e.what());
    return kOfxStatFailed;
  } catch (...) {
    log(action, "the host threw something that is no exception");
    return kOfxStatFailed;
  }
}

void set_the_host(OfxHost *host) noexcept { set_host(host); }

OfxPlugin the_plugin = {
    kOfxImageEffectPluginApi,
    kOfxImageEffectPluginApiVersion,
    "org.wakeframe.ImageToVideo",
    // A project stores the major version: it rises only if a parameter changes its meaning.
    1,
    0,
    set_the_host,
    main_entry,
};

}  // namespace

OfxStatus load() { return fetch_suites(); }

OfxStatus unload() {
  withdraw_jobs();
  forget_caches();
  return kOfxStatOK;
}

}  // namespace wakeframe

#if defined(_WIN32)
#define WAKEFRAME_EXPORT extern "C" __declspec(dllexport)
#else
#define WAKEFRAME_EXPORT extern "C" __attribute__((visibility("default")))
#endif

WAKEFRAME_EXPORT int OfxGetNumberOfPlugins(void) { return 1; }

WAKEFRAME_EXPORT OfxPlugin *OfxGetPlugin(int index) { return index == 0 ? &wakeframe::the_plugin : nullptr; }
