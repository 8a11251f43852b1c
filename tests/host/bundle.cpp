#include "bundle.h"

#include <dlfcn.h>
#include <stdexcept>

#include "wakeframe-tests/src/bridge.rs.h"

#include "text.h"

namespace refhost {

namespace {

using namespace OFX::Host;

LoadOutcome outcome(LoadStage stage, const std::string &text, OfxStatus status = kOfxStatOK) {
  LoadOutcome out;
  out.stage = stage;
  out.status = status;
  out.text = lossy(text);
  return out;
}

OfxStatus call(PluginHandle &handle, const char *action, const void *effect,
               OfxPropertySetHandle in_args) {
  OfxStatus status;
  try {
    status = handle->mainEntry(action, effect, in_args, nullptr);
  }
  CatchAllSetStatus(status, ImageEffect::gImageEffectHost, handle, action);
  return status;
}

bool good(OfxStatus status) { return status == kOfxStatOK || status == kOfxStatReplyDefault; }

/// Opens the binary before HostSupport does, which prints what goes wrong and carries on.
class Probe {
public:
  explicit Probe(const std::string &binary) : _handle(dlopen(binary.c_str(), RTLD_LAZY | RTLD_LOCAL)) {
    if (!_handle)
      error = dlerror();
  }
  ~Probe() {
    if (_handle)
      dlclose(_handle);
  }
  Probe(const Probe &) = delete;
  Probe &operator=(const Probe &) = delete;

  template <class Function> Function find(const char *name) const {
    return reinterpret_cast<Function>(dlsym(_handle, name));
  }
  bool open() const { return _handle; }

  std::string error;

private:
  void *_handle;
};

} // namespace

Bundle::Bundle(ImageEffect::Host &host) : _api(host) { _api.registerInCache(*this); }

LoadOutcome Bundle::load(const std::string &binary, const std::string &bundle) {
  std::lock_guard<std::mutex> lock(_mutex);
  Probe probe(binary);
  if (!probe.open())
    return outcome(LoadStage::Dlopen, probe.error);

  // "OfxSetHost is the very first function called by the host after the binary has been loaded,
  // if it is implemented by the plugin."
  if (auto set_host = probe.find<OfxStatus (*)(const OfxHost *)>("OfxSetHost")) {
    OfxStatus status = set_host(_api.getHost()->getHandle());
    if (!good(status))
      return outcome(LoadStage::EntryPoints, "OfxSetHost", status);
  }
  auto count = probe.find<int (*)()>("OfxGetNumberOfPlugins");
  auto get = probe.find<OfxPlugin *(*)(int)>("OfxGetPlugin");
  if (!count || !get)
    return outcome(LoadStage::EntryPoints, !count ? "OfxGetNumberOfPlugins" : "OfxGetPlugin");
  int plugins = count();
  if (plugins < 1)
    return outcome(LoadStage::Api, "the binary holds no plugins");
  for (int i = 0; i < plugins; ++i) {
    OfxPlugin *plugin = get(i);
    if (!plugin || !plugin->pluginApi || !findApiHandler(plugin->pluginApi, plugin->apiVersion))
      return outcome(LoadStage::Api, plugin && plugin->pluginApi ? plugin->pluginApi : "(null)");
  }

  PluginBinary *opened = new PluginBinary(binary, bundle, this);
  _binaries.push_back(opened); // the cache owns it
  _knownBinFiles.insert(binary);
  for (int i = 0; i < opened->getNPlugins(); ++i) {
    Plugin &plugin = opened->getPlugin(i);
    LoadOutcome described = describe(plugin);
    if (described.stage != LoadStage::Done)
      return described;
    std::string reason;
    if (!plugin.getApiHandler().pluginSupported(&plugin, reason))
      return outcome(LoadStage::Rejected, reason);
    _plugins.push_back(&plugin);
    plugin.getApiHandler().confirmPlugin(&plugin);
  }
  return outcome(LoadStage::Done, "");
}

LoadOutcome Bundle::describe(Plugin &base) {
  auto &plugin = dynamic_cast<ImageEffect::ImageEffectPlugin &>(base);
  PluginHandle handle(&plugin, _api.getHost());
  OfxStatus status = call(handle, kOfxActionLoad, nullptr, nullptr);
  if (!good(status))
    return outcome(LoadStage::LoadAction, plugin.getIdentifier(), status);
  status = call(handle, kOfxActionDescribe, plugin.getDescriptor().getHandle(), nullptr);
  if (!good(status)) {
    call(handle, kOfxActionUnload, nullptr, nullptr);
    return outcome(LoadStage::DescribeAction, plugin.getIdentifier(), status);
  }
  const Property::Set &properties = plugin.getDescriptor().getProps();
  int contexts = properties.getDimension(kOfxImageEffectPropSupportedContexts);
  for (int i = 0; i < contexts; ++i)
    plugin.addContext(properties.getStringProperty(kOfxImageEffectPropSupportedContexts, i));
  call(handle, kOfxActionUnload, nullptr, nullptr);
  return outcome(LoadStage::Done, "");
}

const std::vector<ImageEffect::ImageEffectPlugin *> &Bundle::plugins() const {
  return _api.getPlugins();
}

ImageEffect::ImageEffectPlugin &Bundle::plugin(const std::string &id) const {
  for (ImageEffect::ImageEffectPlugin *plugin : plugins())
    if (plugin->getIdentifier() == id)
      return *plugin;
  throw std::runtime_error("the bundle has no plugin " + id);
}

Bundle::Context Bundle::context(const std::string &id, const std::string &context) {
  std::lock_guard<std::mutex> lock(_mutex);
  auto known = _contexts.find({id, context});
  if (known != _contexts.end())
    return known->second;
  ImageEffect::ImageEffectPlugin &plugin = this->plugin(id);
  if (plugin.getContexts().count(context) == 0)
    throw std::runtime_error(id + " does not support " + context);
  PluginHandle *handle = plugin.getPluginHandle();
  if (!handle)
    throw std::runtime_error(id + " refused to be loaded and described a second time");
  Property::PropSpec spec[] = {
      {kOfxImageEffectPropContext, Property::eString, 1, true, context.c_str()},
      Property::propSpecEnd};
  Property::Set in_args(spec);
  std::unique_ptr<ImageEffect::Descriptor> descriptor(
      _api.getHost()->makeDescriptor(plugin.getDescriptor(), &plugin));
  OfxStatus status = call(*handle, kOfxImageEffectActionDescribeInContext, descriptor->getHandle(),
                          in_args.getHandle());
  Context made{status, nullptr};
  if (good(status)) {
    made.descriptor = descriptor.get();
    plugin.addContext(context, descriptor.release()); // the plugin owns it
  }
  _contexts[{id, context}] = made;
  return made;
}

} // namespace refhost
