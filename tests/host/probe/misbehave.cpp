// A plugin that does on demand what a plugin must not do, and what the OpenFX examples do not do
// at all (buttons, progress, messages, abort). A detector that has never seen the fault it is
// for proves nothing: the host's own tests use this plugin to make each fault happen.
//
// The choice parameter "act" says what a render does.
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>

#include "ofxImageEffect.h"
#include "ofxMessage.h"
#include "ofxParam.h"
#include "ofxProgress.h"
#include "ofxProperty.h"
#include "ofxTimeLine.h"

#define EXPORT __attribute__((visibility("default")))

namespace {

enum Act {
  kBehave,          // copy the source, release everything
  kLeaveHalf,       // write the upper half only
  kWriteOutside,    // write one byte beyond the last row's end
  kLeakImage,       // do not release the source image
  kFail,            // write everything and return kOfxStatFailed, with a message
  kSetParam,        // set a parameter from render
  kSetParamThread,  // set a parameter from a thread of the plugin's own
  kPollAbort,       // poll abort until it says so; return kOfxStatReplyDefault
  kReportThumbnail, // black for a thumbnail, else the source
  kHoldString       // read two strings, use the first after the second was fetched
};
const char *const kActs[] = {"behave",    "leave half",       "write outside", "leak image",
                             "fail",      "set param",        "set param thread",
                             "poll abort", "report thumbnail", "hold string"};

OfxHost *gHost;
const OfxImageEffectSuiteV1 *gEffect;
const OfxPropertySuiteV1 *gProp;
const OfxParameterSuiteV1 *gParam;
const OfxMessageSuiteV1 *gMessage1;
const OfxMessageSuiteV2 *gMessage2;
const OfxProgressSuiteV1 *gProgress1;
const OfxProgressSuiteV2 *gProgress2;
const OfxTimeLineSuiteV1 *gTimeLine;

template <class Suite> const Suite *fetch(const char *name, int version) {
  return static_cast<const Suite *>(gHost->fetchSuite(gHost->host, name, version));
}

OfxStatus load() {
  gEffect = fetch<OfxImageEffectSuiteV1>(kOfxImageEffectSuite, 1);
  gProp = fetch<OfxPropertySuiteV1>(kOfxPropertySuite, 1);
  gParam = fetch<OfxParameterSuiteV1>(kOfxParameterSuite, 1);
  gMessage1 = fetch<OfxMessageSuiteV1>(kOfxMessageSuite, 1);
  gMessage2 = fetch<OfxMessageSuiteV2>(kOfxMessageSuite, 2);
  gProgress1 = fetch<OfxProgressSuiteV1>(kOfxProgressSuite, 1);
  gProgress2 = fetch<OfxProgressSuiteV2>(kOfxProgressSuite, 2);
  gTimeLine = fetch<OfxTimeLineSuiteV1>(kOfxTimeLineSuite, 1);
  return gEffect && gProp && gParam ? kOfxStatOK : kOfxStatErrMissingHostFeature;
}

OfxStatus describe(OfxImageEffectHandle effect) {
  OfxPropertySetHandle props;
  gEffect->getPropertySet(effect, &props);
  gProp->propSetString(props, kOfxPropLabel, 0, "Misbehave");
  gProp->propSetString(props, kOfxImageEffectPluginPropGrouping, 0, "Wakeframe/Tests");
  const char *contexts[] = {kOfxImageEffectContextFilter, kOfxImageEffectContextGeneral};
  gProp->propSetStringN(props, kOfxImageEffectPropSupportedContexts, 2, contexts);
  const char *depths[] = {kOfxBitDepthByte, kOfxBitDepthShort, kOfxBitDepthHalf,
                          kOfxBitDepthFloat};
  gProp->propSetStringN(props, kOfxImageEffectPropSupportedPixelDepths, 4, depths);
  gProp->propSetString(props, kOfxImageEffectPluginRenderThreadSafety, 0,
                       kOfxImageEffectRenderFullySafe);
  gProp->propSetInt(props, kOfxImageEffectPropTemporalClipAccess, 0, 1);
  gProp->propSetInt(props, kOfxImageEffectPropSupportsTiles, 0, 0);
  return kOfxStatOK;
}

OfxParamSetHandle param_set(OfxImageEffectHandle effect) {
  OfxParamSetHandle set = nullptr;
  gEffect->getParamSet(effect, &set);
  return set;
}

OfxParamHandle param(OfxImageEffectHandle effect, const char *name) {
  OfxParamHandle handle = nullptr;
  gParam->paramGetHandle(param_set(effect), name, &handle, nullptr);
  return handle;
}

OfxStatus describe_in_context(OfxImageEffectHandle effect) {
  OfxPropertySetHandle props;
  const char *components[] = {kOfxImageComponentRGBA, kOfxImageComponentRGB,
                              kOfxImageComponentAlpha};
  for (const char *clip :
       {kOfxImageEffectOutputClipName, kOfxImageEffectSimpleSourceClipName}) {
    gEffect->clipDefine(effect, clip, &props);
    gProp->propSetStringN(props, kOfxImageEffectPropSupportedComponents, 3, components);
    gProp->propSetInt(props, kOfxImageEffectPropTemporalClipAccess, 0, 1);
  }
  gEffect->clipDefine(effect, "Mask", &props);
  gProp->propSetString(props, kOfxImageEffectPropSupportedComponents, 0, kOfxImageComponentAlpha);
  gProp->propSetInt(props, kOfxImageClipPropOptional, 0, 1);
  gProp->propSetInt(props, kOfxImageClipPropIsMask, 0, 1);

  OfxParamSetHandle set = param_set(effect);
  gParam->paramDefine(set, kOfxParamTypeChoice, "act", &props);
  for (int i = 0; i < int(sizeof kActs / sizeof *kActs); ++i)
    gProp->propSetString(props, kOfxParamPropChoiceOption, i, kActs[i]);
  gParam->paramDefine(set, kOfxParamTypePushButton, "work", &props);
  gProp->propSetString(props, kOfxPropLabel, 0, "Work");
  gParam->paramDefine(set, kOfxParamTypeInteger, "revision", &props);
  gProp->propSetInt(props, kOfxParamPropSecret, 0, 1);
  gParam->paramDefine(set, kOfxParamTypeString, "first", &props);
  gProp->propSetString(props, kOfxParamPropDefault, 0, "one");
  gParam->paramDefine(set, kOfxParamTypeString, "second", &props);
  gProp->propSetString(props, kOfxParamPropDefault, 0, "two");
  gParam->paramDefine(set, kOfxParamTypeRGB, "colour", &props);
  gParam->paramDefine(set, kOfxParamTypeDouble2D, "point", &props);
  return kOfxStatOK;
}

struct Pixels {
  OfxPropertySetHandle handle = nullptr;
  char *data = nullptr;
  int row_bytes = 0;
  OfxRectI bounds = {0, 0, 0, 0};
  size_t pixel_bytes = 0;

  char *row(int y) const { return data + ptrdiff_t(y - bounds.y1) * row_bytes; }
};

bool get_image(OfxImageEffectHandle effect, const char *name, double time, Pixels &out) {
  OfxImageClipHandle clip = nullptr;
  if (gEffect->clipGetHandle(effect, name, &clip, nullptr) != kOfxStatOK ||
      gEffect->clipGetImage(clip, time, nullptr, &out.handle) != kOfxStatOK)
    return false;
  void *data = nullptr;
  char *depth = nullptr, *components = nullptr;
  gProp->propGetPointer(out.handle, kOfxImagePropData, 0, &data);
  gProp->propGetInt(out.handle, kOfxImagePropRowBytes, 0, &out.row_bytes);
  gProp->propGetIntN(out.handle, kOfxImagePropBounds, 4, &out.bounds.x1);
  gProp->propGetString(out.handle, kOfxImageEffectPropPixelDepth, 0, &depth);
  size_t sample = !std::strcmp(depth, kOfxBitDepthByte)    ? 1
                  : !std::strcmp(depth, kOfxBitDepthFloat) ? 4
                                                           : 2;
  gProp->propGetString(out.handle, kOfxImageEffectPropComponents, 0, &components);
  size_t samples = !std::strcmp(components, kOfxImageComponentRGBA)  ? 4
                   : !std::strcmp(components, kOfxImageComponentRGB) ? 3
                                                                     : 1;
  out.pixel_bytes = sample * samples;
  out.data = static_cast<char *>(data);
  return true;
}

void release(Pixels &pixels) {
  if (pixels.handle)
    gEffect->clipReleaseImage(pixels.handle);
}

OfxStatus render(OfxImageEffectHandle effect, OfxPropertySetHandle in_args) {
  double time = 0;
  OfxRectI window;
  int act = 0;
  gProp->propGetDouble(in_args, kOfxPropTime, 0, &time);
  gProp->propGetIntN(in_args, kOfxImageEffectPropRenderWindow, 4, &window.x1);
  gParam->paramGetValue(param(effect, "act"), &act);

  OfxStatus status = kOfxStatOK;
  if (act == kPollAbort) {
    while (!gEffect->abort(effect))
      std::this_thread::yield();
    status = kOfxStatReplyDefault;
  }
  if (act == kSetParam)
    gParam->paramSetValue(param(effect, "revision"), 1);
  if (act == kSetParamThread)
    std::thread([=] { gParam->paramSetValue(param(effect, "revision"), 2); }).join();
  if (act == kHoldString) {
    char *first = nullptr, *second = nullptr;
    gParam->paramGetValue(param(effect, "first"), &first);
    std::string copied = first;
    gParam->paramGetValue(param(effect, "second"), &second);
    if (copied != first) // the host was strict: the first text is gone
      gMessage1->message(effect, kOfxMessageLog, "stale", "%s became %s", copied.c_str(), first);
  }
  int thumbnail = 0;
  gProp->propGetInt(in_args, "OfxImageEffectPropThumbnailRender", 0, &thumbnail);
  if (act == kFail) {
    if (gMessage2 && gMessage2->setPersistentMessage)
      gMessage2->setPersistentMessage(effect, kOfxMessageError, "id", "frame %d failed",
                                      int(time));
    status = kOfxStatFailed;
  }

  Pixels source, output;
  if (!get_image(effect, kOfxImageEffectOutputClipName, time, output))
    return kOfxStatFailed;
  bool has_source = get_image(effect, kOfxImageEffectSimpleSourceClipName, time, source);
  int top = act == kLeaveHalf ? (window.y1 + window.y2) / 2 : window.y1;
  for (int y = top; y < window.y2; ++y)
    for (int x = window.x1; x < window.x2; ++x) {
      char *to = output.row(y) + size_t(x - output.bounds.x1) * output.pixel_bytes;
      bool inside = has_source && x >= source.bounds.x1 && x < source.bounds.x2 &&
                    y >= source.bounds.y1 && y < source.bounds.y2 &&
                    !(act == kReportThumbnail && thumbnail);
      if (inside)
        std::memcpy(to, source.row(y) + size_t(x - source.bounds.x1) * source.pixel_bytes,
                    output.pixel_bytes);
      else
        std::memset(to, 0, output.pixel_bytes);
    }
  if (act == kWriteOutside)
    output.row(output.bounds.y1)[size_t(output.bounds.x2 - output.bounds.x1) *
                                 output.pixel_bytes] ^= 0x55;
  if (act != kLeakImage)
    release(source);
  release(output);
  return status;
}

/// The button "work": ten steps of progress, then the revision goes up.
OfxStatus changed(OfxImageEffectHandle effect, OfxPropertySetHandle in_args) {
  char *name = nullptr, *reason = nullptr;
  gProp->propGetString(in_args, kOfxPropName, 0, &name);
  if (!name || std::strcmp(name, "work") != 0)
    return kOfxStatReplyDefault;
  gProp->propGetString(in_args, kOfxPropChangeReason, 0, &reason);
  if (!reason || std::strcmp(reason, kOfxChangeUserEdited) != 0)
    return kOfxStatReplyDefault;
  double time = 0;
  gProp->propGetDouble(in_args, kOfxPropTime, 0, &time);
  void *handle = effect;
  if (gProgress2)
    gProgress2->progressStart(handle, "Working", "work-id");
  else if (gProgress1)
    gProgress1->progressStart(handle, "Working");
  bool cancelled = false;
  for (int step = 0; step <= 10 && !cancelled; ++step) {
    if (gProgress2)
      cancelled = gProgress2->progressUpdate(handle, step / 10.0) == kOfxStatReplyNo;
    else if (gProgress1)
      cancelled = gProgress1->progressUpdate(handle, step / 10.0) == kOfxStatReplyNo;
    cancelled = cancelled || gEffect->abort(effect);
  }
  if (gProgress2)
    gProgress2->progressEnd(handle);
  else if (gProgress1)
    gProgress1->progressEnd(handle);
  if (cancelled) {
    if (gMessage1)
      gMessage1->message(effect, kOfxMessageMessage, "", "cancelled at 100%%");
    return kOfxStatOK;
  }
  if (gMessage2 && gMessage2->clearPersistentMessage)
    gMessage2->clearPersistentMessage(effect);
  Pixels still;
  bool has_still = get_image(effect, kOfxImageEffectSimpleSourceClipName, time, still);
  if (has_still) {
    release(still);
    int revision = 0;
    gParam->paramGetValue(param(effect, "revision"), &revision);
    gParam->paramSetValue(param(effect, "revision"), revision + 1);
  }
  return has_still ? kOfxStatOK : kOfxStatFailed;
}

OfxStatus entry(const char *action, const void *handle, OfxPropertySetHandle in_args,
                OfxPropertySetHandle out_args) {
  OfxImageEffectHandle effect = OfxImageEffectHandle(handle);
  if (!std::strcmp(action, kOfxActionLoad))
    return load();
  if (!std::strcmp(action, kOfxActionDescribe))
    return describe(effect);
  if (!std::strcmp(action, kOfxImageEffectActionDescribeInContext))
    return describe_in_context(effect);
  if (!std::strcmp(action, kOfxActionCreateInstance) ||
      !std::strcmp(action, kOfxActionDestroyInstance))
    return kOfxStatOK;
  if (!std::strcmp(action, kOfxActionInstanceChanged))
    return changed(effect, in_args);
  if (!std::strcmp(action, kOfxImageEffectActionRender))
    return render(effect, in_args);
  if (!std::strcmp(action, kOfxImageEffectActionGetTimeDomain)) {
    double range[2] = {1, 24};
    gProp->propSetDoubleN(out_args, kOfxImageEffectPropFrameRange, 2, range);
    return kOfxStatOK;
  }
  if (!std::strcmp(action, kOfxImageEffectActionGetFramesNeeded)) {
    double range[2] = {1, 1};
    gProp->propSetDoubleN(out_args, "OfxImageClipPropFrameRange_Source", 2, range);
    return kOfxStatOK;
  }
  if (!std::strcmp(action, kOfxImageEffectActionGetClipPreferences)) {
    // Where the host has no project size, say so by not being frame varying.
    OfxPropertySetHandle props;
    double size[2];
    gEffect->getPropertySet(effect, &props);
    bool sized = gProp->propGetDoubleN(props, kOfxImageEffectPropProjectSize, 2, size) == kOfxStatOK;
    gProp->propSetInt(out_args, kOfxImageEffectFrameVarying, 0, sized);
    return kOfxStatOK;
  }
  return kOfxStatReplyDefault;
}

void set_host(OfxHost *host) { gHost = host; }

OfxPlugin plugin = {kOfxImageEffectPluginApi, 1, "org.wakeframe.tests.Misbehave", 1, 2,
                    set_host, entry};

} // namespace

EXPORT OfxPlugin *OfxGetPlugin(int nth) { return nth == 0 ? &plugin : nullptr; }

EXPORT int OfxGetNumberOfPlugins(void) { return 1; }
