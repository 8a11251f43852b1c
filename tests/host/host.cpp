#include "host.h"

#include "wakeframe-tests/src/bridge.rs.h"

#include "suites.h"
#include "text.h"

namespace refhost {

namespace {

void set_strings(OFX::Host::Property::Set &properties, const char *name,
                 const rust::Vec<rust::String> &values) {
  int index = 0;
  for (const rust::String &value : values)
    properties.setStringProperty(name, owned(value), index++);
}

} // namespace

Host::Host(const HostSetup &setup)
    : _message_suite(setup.message_suite), _progress_suite(setup.progress_suite),
      _timeline_suite(setup.timeline_suite), _multi_thread_suite(setup.multi_thread_suite),
      _thumbnails(setup.thumbnails) {
  OFX::Host::Property::Set &p = _properties;
  p.setIntProperty(kOfxPropAPIVersion, 1, 0);
  p.setIntProperty(kOfxPropAPIVersion, 4, 1);
  p.setStringProperty(kOfxPropName, owned(setup.name));
  p.setStringProperty(kOfxPropLabel, owned(setup.label));
  p.setIntProperty(kOfxPropVersion, 1, 0);
  p.setIntProperty(kOfxPropVersion, 0, 1);
  p.setStringProperty(kOfxPropVersionLabel, "1.0");
  p.setIntProperty(kOfxImageEffectHostPropIsBackground, setup.background);
  p.setIntProperty(kOfxImageEffectPropSupportsOverlays, setup.overlays);
  p.setIntProperty(kOfxImageEffectPropSupportsMultiResolution, setup.multi_resolution);
  p.setIntProperty(kOfxImageEffectPropSupportsTiles, setup.tiles);
  p.setIntProperty(kOfxImageEffectPropTemporalClipAccess, setup.temporal_access);
  p.setIntProperty(kOfxImageEffectPropSupportsMultipleClipDepths, setup.multiple_clip_depths);
  p.setIntProperty(kOfxImageEffectPropSupportsMultipleClipPARs, setup.multiple_clip_pars);
  set_strings(p, kOfxImageEffectPropSupportedContexts, setup.contexts);
  set_strings(p, kOfxImageEffectPropSupportedPixelDepths, setup.depths);
  set_strings(p, kOfxImageEffectPropSupportedComponents, setup.components);
  p.setIntProperty(kOfxParamHostPropMaxParameters, -1);
  p.setIntProperty(kOfxParamHostPropMaxPages, 0);
  // "owner\nproperty"; no owner means wherever the property stands.
  for (const rust::String &entry : setup.omitted_properties) {
    std::string text = owned(entry);
    size_t split = text.find('\n');
    std::string owner = split == std::string::npos ? std::string() : text.substr(0, split);
    std::string name = split == std::string::npos ? text : text.substr(split + 1);
    _hidden.emplace(owner, name);
    _hidden_names.insert(name);
  }
}

Host &Host::current() { return *static_cast<Host *>(OFX::Host::ImageEffect::gImageEffectHost); }

const void *Host::fetchSuite(const char *name, int version) {
  if (!name)
    return nullptr;
  if (std::strcmp(name, kOfxMessageSuite) == 0)
    return message_suite(_message_suite, version);
  if (std::strcmp(name, kOfxProgressSuite) == 0)
    return progress_suite(_progress_suite, version);
  if (std::strcmp(name, kOfxPropertySuite) == 0 && version == 1 && hides_anything())
    return hiding_property_suite();
  if (std::strcmp(name, kOfxTimeLineSuite) == 0 && !_timeline_suite)
    return nullptr;
  if (std::strcmp(name, kOfxMultiThreadSuite) == 0 && !_multi_thread_suite)
    return nullptr;
  return OFX::Host::ImageEffect::Host::fetchSuite(name, version);
}

bool Host::hides(const std::string &owner, const char *property) const {
  if (!property || _hidden_names.count(property) == 0)
    return false;
  return _hidden.count({std::string(), property}) != 0 || _hidden.count({owner, property}) != 0;
}

Host::Log Host::log() const {
  std::lock_guard<std::mutex> lock(_log_mutex);
  return _log;
}

void Host::add_to_log(const std::string &kind, const std::string &text) {
  std::lock_guard<std::mutex> lock(_log_mutex);
  _log.emplace_back(kind, text);
}

OFX::Host::ImageEffect::Instance *Host::newInstance(void *,
                                                    OFX::Host::ImageEffect::ImageEffectPlugin *,
                                                    OFX::Host::ImageEffect::Descriptor &,
                                                    const std::string &) {
  // Only `ImageEffectPlugin::createInstance` asks, which drops the status of every step;
  // instance.cpp makes the effect itself.
  return nullptr;
}

OFX::Host::ImageEffect::Descriptor *
Host::makeDescriptor(OFX::Host::ImageEffect::ImageEffectPlugin *plugin) {
  return new OFX::Host::ImageEffect::Descriptor(plugin);
}

OFX::Host::ImageEffect::Descriptor *
Host::makeDescriptor(const OFX::Host::ImageEffect::Descriptor &root,
                     OFX::Host::ImageEffect::ImageEffectPlugin *plugin) {
  return new OFX::Host::ImageEffect::Descriptor(root, plugin);
}

OFX::Host::ImageEffect::Descriptor *
Host::makeDescriptor(const std::string &bundle_path,
                     OFX::Host::ImageEffect::ImageEffectPlugin *plugin) {
  return new OFX::Host::ImageEffect::Descriptor(bundle_path, plugin);
}

OfxStatus Host::vmessage(const char *type, const char *, const char *format, va_list args) {
  add_to_log(type ? type : "", format_message(format, args));
  return kOfxStatOK;
}

OfxStatus Host::setPersistentMessage(const char *type, const char *id, const char *format,
                                     va_list args) {
  return vmessage(type, id, format, args);
}

OfxStatus Host::clearPersistentMessage() { return kOfxStatOK; }

} // namespace refhost
