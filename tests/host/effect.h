// An effect instance as HostSupport wants it: where every virtual the library leaves open ends.
#pragma once

#include <atomic>
#include <memory>

#include "rust/cxx.h"

#include "ofx.h"

namespace refhost {

class Clip;
struct HostSide;
struct InstanceSetup;

class Effect : public OFX::Host::ImageEffect::Instance {
public:
  Effect(OFX::Host::ImageEffect::ImageEffectPlugin &plugin,
         OFX::Host::ImageEffect::Descriptor &descriptor, const InstanceSetup &setup,
         rust::Box<HostSide> side);
  ~Effect() override;

  /// The instance behind the handle a suite was given; null if it is none.
  static Effect *from_handle(void *handle);

  const HostSide &side() const { return *_side; }
  Clip *clip(const std::string &name) const;
  bool created() const { return _created; }
  /// Images fetched outside a render and not yet released.
  const std::shared_ptr<std::atomic<long>> &live_images() const { return _live_images; }

  OfxStatus create_action();

  /// The destroy action, once, while all of this object is still there to answer the plugin.
  /// HostSupport calls it from its destructor, where it is not.
  OfxStatus destroy_action();

  /// The status of this thread's last call into the plugin: some of HostSupport's actions keep
  /// it to themselves.
  static OfxStatus last_status();

  // Every call into the plugin goes through here.
  OfxStatus mainEntry(const char *action, const void *handle,
                      OFX::Host::Property::Set *in_args,
                      OFX::Host::Property::Set *out_args) override;
  void setCustomInArgs(const std::string &action, OFX::Host::Property::Set &in_args) override;

  // Parts.
  OFX::Host::ImageEffect::ClipInstance *
  newClipInstance(OFX::Host::ImageEffect::Instance *effect,
                  OFX::Host::ImageEffect::ClipDescriptor *descriptor, int index) override;
  OFX::Host::Param::Instance *newParam(const std::string &name,
                                       OFX::Host::Param::Descriptor &descriptor) override;

  // What the plugin tells the host.
  int abort() override;
  void paramChangedByPlugin(OFX::Host::Param::Instance *param) override;
  OfxStatus editBegin(const std::string &) override { return kOfxStatOK; }
  OfxStatus editEnd() override { return kOfxStatOK; }
  OfxStatus vmessage(const char *type, const char *id, const char *format, va_list args) override;
  OfxStatus setPersistentMessage(const char *type, const char *id, const char *format,
                                 va_list args) override;
  OfxStatus clearPersistentMessage() override;
  void progressStart(const std::string &label, const std::string &id) override;
  bool progressUpdate(double value) override;
  void progressEnd() override;
  double timeLineGetTime() override;
  void timeLineGotoTime(double time) override;
  void timeLineGetBounds(double &first, double &last) override;

  // What the host tells the plugin.
  const std::string &getDefaultOutputFielding() const override;
  void getProjectSize(double &width, double &height) const override;
  void getProjectOffset(double &x, double &y) const override;
  void getProjectExtent(double &width, double &height) const override;
  double getProjectPixelAspectRatio() const override { return _par; }
  double getEffectDuration() const override { return _last - _first + 1; }
  double getFrameRate() const override { return _frame_rate; }
  double getFrameRecursive() const override;
  void getRenderScaleRecursive(double &x, double &y) const override;
  int getDimension(const std::string &name) const OFX_EXCEPTION_SPEC override;

private:
  rust::Box<HostSide> _side;
  const InstanceSetup *_setup; ///< only while `populate` runs
  double _width;
  double _height;
  double _par;
  double _frame_rate;
  double _first;
  double _last;
  std::shared_ptr<std::atomic<long>> _live_images;
  friend std::unique_ptr<Effect> make_effect(OFX::Host::ImageEffect::ImageEffectPlugin &,
                                             OFX::Host::ImageEffect::Descriptor &,
                                             const InstanceSetup &, rust::Box<HostSide>);
};

/// An effect with its clips, parameters and their first values, before its create action.
std::unique_ptr<Effect> make_effect(OFX::Host::ImageEffect::ImageEffectPlugin &plugin,
                                    OFX::Host::ImageEffect::Descriptor &descriptor,
                                    const InstanceSetup &setup, rust::Box<HostSide> side);

} // namespace refhost
