// What the Rust half of the host sees of the C++ half; see `src/bridge.rs`.
#pragma once

#include <exception>
#include <memory>
#include <string>

#include "rust/cxx.h"

#include "ofx.h"

namespace rust {
namespace behavior {

/// Nothing thrown on this side may cross into Rust as anything but an `Err`. HostSupport throws
/// `Property::Exception`, which is no `std::exception`.
template <typename Try, typename Fail>
static void trycatch(Try &&attempt, Fail &&fail) noexcept try {
  attempt();
} catch (const std::exception &e) {
  fail(e.what());
} catch (const OFX::Host::Property::Exception &e) {
  fail((std::string("HostSupport property exception: ") + OFX::StatStr(e.getStatus())).c_str());
} catch (...) {
  fail("an exception of unknown type");
}

} // namespace behavior
} // namespace rust

namespace refhost {

struct HostSetup;
struct HostSide;
struct LoadOutcome;
struct PluginRecord;
struct ContextRecord;
struct ParamRecord;
struct ValueRecord;
struct InstanceSetup;
struct RenderCall;
struct SequenceCall;
struct ImageRecord;
struct Region;
struct RenderOutcome;
struct RangeOutcome;
struct RegionOutcome;
struct RegionsOutcome;
struct FramesOutcome;
struct IdentityOutcome;
struct PreferencesOutcome;
struct HostMessage;

class Host;
class Bundle;
class Effect;

/// A host and the one bundle it has loaded.
class HostRuntime {
public:
  explicit HostRuntime(const HostSetup &setup);
  ~HostRuntime();

  LoadOutcome load(rust::Str binary, rust::Str bundle) const;
  rust::Vec<PluginRecord> plugins() const;
  ContextRecord describe_in_context(rust::Str plugin, rust::Str context) const;
  rust::Vec<HostMessage> messages() const;

  Host &host() const { return *_host; }
  Bundle &bundle() const { return *_bundle; }

private:
  std::unique_ptr<Host> _host;
  std::unique_ptr<Bundle> _bundle;
};

std::unique_ptr<HostRuntime> new_host(const HostSetup &setup);

/// One instance of an effect, and the actions a host calls on it.
class EffectInstance {
public:
  explicit EffectInstance(std::unique_ptr<Effect> effect);
  ~EffectInstance();

  int32_t create() const;
  int32_t destroy() const;
  PreferencesOutcome clip_preferences(bool only_if_dirty) const;
  RangeOutcome time_domain() const;
  RegionOutcome region_of_definition(double time, double scale_x, double scale_y) const;
  RegionsOutcome regions_of_interest(double time, double scale_x, double scale_y,
                                     const Region &wanted) const;
  FramesOutcome frames_needed(double time) const;
  IdentityOutcome is_identity(const RenderCall &call) const;
  int32_t begin_sequence(const SequenceCall &call) const;
  int32_t end_sequence(const SequenceCall &call) const;
  RenderOutcome render(const RenderCall &call, const ImageRecord &output) const;
  rust::Vec<ParamRecord> params() const;
  ParamRecord param(rust::Str name) const;
  ValueRecord get_value(rust::Str name) const;
  void set_value(rust::Str name, const ValueRecord &value) const;
  int32_t param_changed(rust::Str name, rust::Str reason, double time, double scale_x,
                        double scale_y) const;
  int32_t clip_changed(rust::Str name, rust::Str reason, double time, double scale_x,
                       double scale_y) const;
  void set_connected(rust::Str clip, bool connected) const;
  int64_t held_images() const;
  int32_t sync_private_data() const;
  int32_t purge_caches() const;
  int32_t begin_edit() const;
  int32_t end_edit() const;

private:
  std::unique_ptr<Effect> _effect;
};

std::unique_ptr<EffectInstance> new_instance(const HostRuntime &host, const InstanceSetup &setup,
                                             rust::Box<HostSide> side);

} // namespace refhost
