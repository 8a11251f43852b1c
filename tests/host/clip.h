// A clip of an instance.
#pragma once

#include <atomic>

#include "ofx.h"

namespace refhost {

class Effect;
struct ClipSetup;

/// The clip property by which Resolve says that a render is for a thumbnail; the constant of
/// that name has this very value.
constexpr const char *kResolveClipPropThumbnail = "kOfxImageClipPropThumbnail";

/// The render argument OFX 1.5.1 added for the same.
constexpr const char *kOfxRenderArgThumbnail = "OfxImageEffectPropThumbnailRender";

class Clip : public OFX::Host::ImageEffect::ClipInstance {
public:
  Clip(Effect &effect, OFX::Host::ImageEffect::ClipDescriptor &descriptor, const ClipSetup &setup);

  void set_connected(bool connected) { _connected = connected; }

  const std::string &getUnmappedBitDepth() const override { return _depth; }
  const std::string &getUnmappedComponents() const override { return _raw_components; }
  const std::string &getPremult() const override;
  double getAspectRatio() const override { return _par; }
  double getFrameRate() const override { return _frame_rate; }
  void getFrameRange(double &first, double &last) const override;
  const std::string &getFieldOrder() const override { return _field_order; }
  bool getConnected() const override { return _isOutput || _connected; }
  double getUnmappedFrameRate() const override { return _frame_rate; }
  void getUnmappedFrameRange(double &first, double &last) const override;
  bool getContinuousSamples() const override { return false; }
  OFX::Host::ImageEffect::Image *getImage(OfxTime time, const OfxRectD *bounds) override;
  OfxRectD getRegionOfDefinition(OfxTime time) const override;
  const std::string &findSupportedComp(const std::string &components) const override;

  int getIntProperty(const std::string &name, int index) const OFX_EXCEPTION_SPEC override;
  void getIntPropertyN(const std::string &name, int *values,
                       int count) const OFX_EXCEPTION_SPEC override;
  void getDoublePropertyN(const std::string &name, double *values,
                          int count) const OFX_EXCEPTION_SPEC override;

private:
  Effect &_effect;
  std::string _depth;
  std::string _raw_components;
  std::string _premult;
  std::string _field_order;
  double _par;
  double _frame_rate;
  double _first;
  double _last;
  OfxRectD _region;
  std::atomic<bool> _connected;
};

} // namespace refhost
