#include "image.h"

#include "wakeframe-tests/src/bridge.rs.h"

#include "text.h"

namespace refhost {

namespace {
OfxRectI rect(const Window &w) { return OfxRectI{w.x1, w.y1, w.x2, w.y2}; }
} // namespace

Image::Image(OFX::Host::ImageEffect::ClipInstance &clip, double scale_x, double scale_y,
             const ImageRecord &record, const std::string &field,
             std::shared_ptr<std::atomic<long>> live)
    : OFX::Host::ImageEffect::Image(clip, scale_x, scale_y, reinterpret_cast<void *>(record.data),
                                    rect(record.bounds), rect(record.region), record.row_bytes,
                                    field, owned(record.uid)),
      _live(std::move(live)) {
  ++*_live;
}

Image::~Image() { --*_live; }

} // namespace refhost
