#include "describe.h"

#include "rust/cxx.h"

#include "wakeframe-tests/src/bridge.rs.h"

#include "text.h"

namespace refhost {

namespace {

using namespace OFX::Host;

bool has(const Property::Set &set, const char *name) { return set.fetchProperty(name, false); }

std::string text(const Property::Set &set, const char *name) {
  return has(set, name) ? set.getStringProperty(name) : std::string();
}

bool flag(const Property::Set &set, const char *name, bool otherwise = false) {
  return has(set, name) ? set.getIntProperty(name) != 0 : otherwise;
}

rust::Vec<rust::String> texts(const Property::Set &set, const char *name) {
  rust::Vec<rust::String> out;
  if (has(set, name))
    for (int i = 0, n = set.getDimension(name); i < n; ++i)
      out.push_back(lossy(set.getStringProperty(name, i)));
  return out;
}

rust::Vec<double> numbers(const Property::Set &set, const char *name) {
  rust::Vec<double> out;
  Property::Property *property = set.fetchProperty(name, false);
  if (!property)
    return out;
  for (int i = 0, n = property->getDimension(); i < n; ++i) {
    if (property->getType() == Property::eDouble)
      out.push_back(set.getDoubleProperty(name, i));
    else if (property->getType() == Property::eInt)
      out.push_back(set.getIntProperty(name, i));
  }
  return out;
}

} // namespace

PluginRecord describe_plugin(ImageEffect::ImageEffectPlugin &plugin) {
  const ImageEffect::Descriptor &d = plugin.getDescriptor();
  const Property::Set &p = d.getProps();
  PluginRecord r;
  r.id = lossy(plugin.getIdentifier());
  r.major = static_cast<uint32_t>(plugin.getVersionMajor());
  r.minor = static_cast<uint32_t>(plugin.getVersionMinor());
  r.label = lossy(d.getLabel());
  r.group = lossy(d.getPluginGrouping());
  r.description = lossy(text(p, kOfxPropPluginDescription));
  r.contexts = texts(p, kOfxImageEffectPropSupportedContexts);
  r.depths = texts(p, kOfxImageEffectPropSupportedPixelDepths);
  r.thread_safety = lossy(d.getRenderThreadSafety());
  r.host_frame_threading = d.getHostFrameThreading();
  r.tiles = d.supportsTiles();
  r.multi_resolution = d.supportsMultiResolution();
  r.temporal_access = d.temporalAccess();
  r.multiple_clip_depths = d.supportsMultipleClipDepths();
  r.multiple_clip_pars = d.supportsMultipleClipPARs();
  r.sequential_render = flag(p, kOfxImageEffectInstancePropSequentialRender);
  r.field_render_twice = d.fieldRenderTwiceAlways();
  r.single_instance = d.isSingleInstance();
  r.overlay = d.getOverlayInteractMainEntry() != nullptr;
  r.clip_preference_params = texts(p, kOfxImageEffectPropClipPreferencesSlaveParam);
  return r;
}

ClipRecord describe_clip(const ImageEffect::ClipBase &clip) {
  ClipRecord r;
  r.name = lossy(clip.getName());
  r.label = lossy(clip.getLabel());
  r.components = texts(clip.getProps(), kOfxImageEffectPropSupportedComponents);
  r.optional = clip.isOptional();
  r.mask = clip.isMask();
  r.tiles = clip.supportsTiles();
  r.temporal_access = clip.temporalAccess();
  return r;
}

ParamRecord describe_param(const Param::Base &param) {
  const Property::Set &p = param.getProperties();
  ParamRecord r;
  r.name = lossy(param.getName());
  r.kind = lossy(param.getType());
  r.label = lossy(param.getLabel());
  r.hint = lossy(param.getHint());
  r.script_name = lossy(param.getScriptName());
  r.parent = lossy(param.getParentName());
  r.secret = param.getSecret();
  r.enabled = param.getEnabled();
  r.animates = flag(p, kOfxParamPropAnimates);
  r.persistent = flag(p, kOfxParamPropPersistant, true);
  r.evaluate_on_change = flag(p, kOfxParamPropEvaluateOnChange);
  r.string_mode = lossy(text(p, kOfxParamPropStringMode));
  r.double_type = lossy(text(p, kOfxParamPropDoubleType));
  r.default_value.numbers = numbers(p, kOfxParamPropDefault);
  if (r.kind == kOfxParamTypeString || r.kind == kOfxParamTypeCustom)
    r.default_value.text = lossy(text(p, kOfxParamPropDefault));
  r.minimum = numbers(p, kOfxParamPropMin);
  r.maximum = numbers(p, kOfxParamPropMax);
  r.display_minimum = numbers(p, kOfxParamPropDisplayMin);
  r.display_maximum = numbers(p, kOfxParamPropDisplayMax);
  r.choices = texts(p, kOfxParamPropChoiceOption);
  r.children = texts(p, kOfxParamPropPageChild);
  return r;
}

} // namespace refhost
