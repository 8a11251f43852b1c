// Clips and images of an instance.
#include "effect.h"
#include "guard.h"
#include "text.h"
#include "wakeframe-plugin/src/bridge.rs.h"

namespace wakeframe {

Properties Effect::properties() const {
  const auto *suite = suites().effect;
  OfxPropertySetHandle set = nullptr;
  if (!suite || !suite->getPropertySet || suite->getPropertySet(handle_, &set) != kOfxStatOK) return {};
  return Properties(set);
}

OfxImageClipHandle Effect::find_clip(rust::Str name, Properties &properties) const {
  const auto *suite = suites().effect;
  OfxImageClipHandle clip = nullptr;
  OfxPropertySetHandle set = nullptr;
  if (!suite || !suite->clipGetHandle) return nullptr;
  if (suite->clipGetHandle(handle_, to_std(name).c_str(), &clip, &set) != kOfxStatOK) return nullptr;
  properties = Properties(set);
  return clip;
}

bool Effect::clip(rust::Str name, ClipFacts &out) const noexcept {
  return guarded(false, [&] {
    Properties p;
    if (!find_clip(name, p)) return false;
    // A host that does not say (MLT at creation) is taken at its images.
    out.connected = p.integer(kOfxImageClipPropConnected, 1) != 0;
    out.components = to_rust(p.text(kOfxImageEffectPropComponents));
    out.premultiplication = to_rust(p.text(kOfxImageEffectPropPreMultiplication));
    double first = 0, last = 0;
    out.has_range = p.get(kOfxImageEffectPropFrameRange, 0, first) && p.get(kOfxImageEffectPropFrameRange, 1, last);
    out.range = Range{first, last};
    out.frame_rate = p.number(kOfxImageEffectPropFrameRate);
    // Resolve's name, and the same under the prefix every other property has.
    out.thumbnail = p.integer("kOfxImageClipPropThumbnail") != 0 || p.integer("OfxImageClipPropThumbnail") != 0;
    return true;
  });
}

bool Effect::clip_region(rust::Str name, double time, Region &out) const noexcept {
  return guarded(false, [&] {
    const auto *suite = suites().effect;
    Properties p;
    OfxImageClipHandle clip = find_clip(name, p);
    OfxRectD r{};
    if (!clip || !suite->clipGetRegionOfDefinition) return false;
    if (suite->clipGetRegionOfDefinition(clip, time, &r) != kOfxStatOK) return false;
    out = Region{r.x1, r.y1, r.x2, r.y2};
    return true;
  });
}

bool Effect::project_region(Region &out) const noexcept {
  return guarded(false, [&] {
    const Properties p = properties();
    double size[2] = {}, offset[2] = {};
    for (int i = 0; i < 2; ++i) {
      if (!p.get(kOfxImageEffectPropProjectSize, i, size[i]) || size[i] <= 0) return false;
      p.get(kOfxImageEffectPropProjectOffset, i, offset[i]);
    }
    out = Region{offset[0], offset[1], offset[0] + size[0], offset[1] + size[1]};
    return true;
  });
}

std::unique_ptr<Image> Effect::fetch(rust::Str name, double time) const noexcept {
  return guarded(std::unique_ptr<Image>(), [&]() -> std::unique_ptr<Image> {
    const auto *suite = suites().effect;
    Properties p;
    OfxImageClipHandle clip = find_clip(name, p);
    OfxPropertySetHandle image = nullptr;
    if (!clip || !suite->clipGetImage) return nullptr;
    // Some hosts say OK and give nothing (an optional clip in Resolve).
    if (suite->clipGetImage(clip, time, nullptr, &image) != kOfxStatOK || !image) return nullptr;
    return std::make_unique<Image>(image);
  });
}

double Effect::frame_rate() const noexcept {
  return guarded(0.0, [&] { return properties().number(kOfxImageEffectPropFrameRate); });
}

bool Effect::aborted() const noexcept {
  return guarded(false, [&] {
    const auto *suite = suites().effect;
    return suite && suite->abort && suite->abort(handle_) != 0;
  });
}

}  // namespace wakeframe
