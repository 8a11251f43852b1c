#include "image.h"

#include <algorithm>
#include <cstdint>

#include "guard.h"
#include "text.h"
#include "wakeframe-plugin/src/bridge.rs.h"

namespace wakeframe {

Image::~Image() {
  guarded([&] {
    const auto *suite = suites().effect;
    if (suite && suite->clipReleaseImage) suite->clipReleaseImage(properties_.handle());
  });
}

bool Image::facts(ImageFacts &out) const noexcept {
  return guarded(false, [&] {
    void *data = nullptr;
    int bounds[4] = {}, region[4] = {}, row_bytes = 0;
    if (!properties_.get(kOfxImagePropData, 0, data) || !data) return false;
    if (!properties_.get(kOfxImagePropBounds, bounds) || !properties_.get(kOfxImagePropRowBytes, 0, row_bytes)) return false;
    if (!properties_.get(kOfxImagePropRegionOfDefinition, region)) std::copy(bounds, bounds + 4, region);
    out.data = reinterpret_cast<std::uintptr_t>(data);
    out.row_bytes = row_bytes;
    out.bounds = Window{bounds[0], bounds[1], bounds[2], bounds[3]};
    out.region = Window{region[0], region[1], region[2], region[3]};
    out.depth = to_rust(properties_.text(kOfxImageEffectPropPixelDepth));
    out.components = to_rust(properties_.text(kOfxImageEffectPropComponents));
    out.premultiplication = to_rust(properties_.text(kOfxImageEffectPropPreMultiplication));
    out.pixel_aspect = properties_.number(kOfxImagePropPixelAspectRatio, 1.0);
    return true;
  });
}

}  // namespace wakeframe
