#include "clip.h"

#include "wakeframe-tests/src/bridge.rs.h"

#include "call.h"
#include "effect.h"
#include "host.h"
#include "image.h"
#include "text.h"

namespace refhost {

Clip::Clip(Effect &effect, OFX::Host::ImageEffect::ClipDescriptor &descriptor,
           const ClipSetup &setup)
    : OFX::Host::ImageEffect::ClipInstance(&effect, descriptor), _effect(effect),
      _depth(owned(setup.depth)), _raw_components(owned(setup.components)),
      _premult(owned(setup.premult)), _field_order(owned(setup.field_order)), _par(setup.par),
      _frame_rate(setup.frame_rate), _first(setup.first), _last(setup.last),
      _region{setup.region.x1, setup.region.y1, setup.region.x2, setup.region.y2},
      _connected(setup.connected) {
  if (Host::current().offers_thumbnails()) {
    OFX::Host::Property::PropSpec spec = {kResolveClipPropThumbnail, OFX::Host::Property::eInt, 1,
                                          true, "0"};
    _properties.createProperty(spec);
    _properties.setGetHook(kResolveClipPropThumbnail, this);
  }
}

const std::string &Clip::getPremult() const {
  // What the output holds is for the clip preferences action to say.
  return _isOutput ? _effect.getOutputPreMultiplication() : _premult;
}

void Clip::getFrameRange(double &first, double &last) const {
  first = _first;
  last = _last;
}

void Clip::getUnmappedFrameRange(double &first, double &last) const { getFrameRange(first, last); }

OFX::Host::ImageEffect::Image *Clip::getImage(OfxTime time, const OfxRectD *) {
  // The region is a minimum, "the returned image will be at least as big as this region": this
  // host always returns the whole image.
  const Call *call = current_call(&_effect);
  double scale_x = call ? call->scale_x : 1;
  double scale_y = call ? call->scale_y : 1;
  if (_isOutput) {
    // Only a render has somewhere to put its output.
    if (!call || !call->job)
      return nullptr;
    return new Image(*this, scale_x, scale_y, *call->job->output, kOfxImageFieldNone,
                     call->job->live_images);
  }
  if (!_connected)
    return nullptr;
  ImageRecord record{};
  std::string depth = getPixelDepth();
  std::string components = getComponents();
  if (!_effect.side().fetch(rust::Str(getName()), time, scale_x, scale_y, rust::Str(depth),
                            rust::Str(components), record))
    return nullptr;
  std::shared_ptr<std::atomic<long>> live =
      call && call->job ? call->job->live_images : _effect.live_images();
  return new Image(*this, scale_x, scale_y, record, kOfxImageFieldNone, live);
}

OfxRectD Clip::getRegionOfDefinition(OfxTime) const { return _region; }

const std::string &Clip::findSupportedComp(const std::string &components) const {
  // HostSupport has no answer for an RGB source on a clip that does not take RGB.
  static const std::string rgba(kOfxImageComponentRGBA), alpha(kOfxImageComponentAlpha);
  if (components == kOfxImageComponentRGB && !isSupportedComponent(components))
    return isSupportedComponent(rgba) ? rgba : alpha;
  return OFX::Host::ImageEffect::ClipInstance::findSupportedComp(components);
}

int Clip::getIntProperty(const std::string &name, int index) const OFX_EXCEPTION_SPEC {
  if (name == kResolveClipPropThumbnail) {
    const Call *call = current_call(&_effect);
    return call && call->job && call->job->thumbnail;
  }
  return OFX::Host::ImageEffect::ClipInstance::getIntProperty(name, index);
}

void Clip::getIntPropertyN(const std::string &name, int *values,
                           int count) const OFX_EXCEPTION_SPEC {
  // HostSupport's own refuses every count but 0.
  if (count > 1)
    throw OFX::Host::Property::Exception(kOfxStatErrBadIndex);
  if (count == 1)
    values[0] = getIntProperty(name, 0);
}

void Clip::getDoublePropertyN(const std::string &name, double *values,
                              int count) const OFX_EXCEPTION_SPEC {
  // HostSupport's own writes both ends of a range even where only one was asked for.
  for (int i = 0; i < count; ++i)
    values[i] = getDoubleProperty(name, i);
}

} // namespace refhost
