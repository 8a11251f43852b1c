// One bundle, loaded. HostSupport's plugin cache scans directories; this one is given a file.
#pragma once

#include <map>
#include <mutex>

#include "ofx.h"

namespace refhost {

struct ContextRecord;
struct LoadOutcome;

class Bundle : private OFX::Host::PluginCache {
public:
  explicit Bundle(OFX::Host::ImageEffect::Host &host);

  /// Opens the binary and runs Load, Describe and Unload on each of its plugins, as hosts do
  /// when they fill their plugin caches.
  LoadOutcome load(const std::string &binary, const std::string &bundle);

  const std::vector<OFX::Host::ImageEffect::ImageEffectPlugin *> &plugins() const;

  /// Throws if there is no plugin of that name.
  OFX::Host::ImageEffect::ImageEffectPlugin &plugin(const std::string &id) const;

  struct Context {
    OfxStatus status;
    OFX::Host::ImageEffect::Descriptor *descriptor; ///< null if describing failed
  };
  /// The plugin's description in a context: Load and Describe if need be, DescribeInContext once.
  Context context(const std::string &plugin, const std::string &context);

private:
  LoadOutcome describe(OFX::Host::Plugin &plugin);

  OFX::Host::ImageEffect::PluginCache _api;
  std::map<std::pair<std::string, std::string>, Context> _contexts;
  std::mutex _mutex;
};

} // namespace refhost
