// The bridge's side of a host: see bridge.h.
#include "bridge.h"

#include "wakeframe-tests/src/bridge.rs.h"

#include "bundle.h"
#include "describe.h"
#include "host.h"
#include "text.h"

namespace refhost {

HostRuntime::HostRuntime(const HostSetup &setup)
    : _host(new Host(setup)), _bundle(new Bundle(*_host)) {}

HostRuntime::~HostRuntime() {}

std::unique_ptr<HostRuntime> new_host(const HostSetup &setup) {
  return std::unique_ptr<HostRuntime>(new HostRuntime(setup));
}

LoadOutcome HostRuntime::load(rust::Str binary, rust::Str bundle) const {
  return _bundle->load(owned(binary), owned(bundle));
}

rust::Vec<PluginRecord> HostRuntime::plugins() const {
  rust::Vec<PluginRecord> out;
  for (OFX::Host::ImageEffect::ImageEffectPlugin *plugin : _bundle->plugins())
    out.push_back(describe_plugin(*plugin));
  return out;
}

ContextRecord HostRuntime::describe_in_context(rust::Str plugin, rust::Str context) const {
  Bundle::Context described = _bundle->context(owned(plugin), owned(context));
  ContextRecord record;
  record.status = described.status;
  if (described.descriptor) {
    for (OFX::Host::ImageEffect::ClipDescriptor *clip : described.descriptor->getClipsByOrder())
      record.clips.push_back(describe_clip(*clip));
    for (OFX::Host::Param::Descriptor *param : described.descriptor->getParamList())
      record.params.push_back(describe_param(*param));
  }
  return record;
}

rust::Vec<HostMessage> HostRuntime::messages() const {
  rust::Vec<HostMessage> out;
  for (const auto &entry : _host->log()) {
    HostMessage message;
    message.kind = lossy(entry.first);
    message.text = lossy(entry.second);
    out.push_back(message);
  }
  return out;
}

} // namespace refhost
