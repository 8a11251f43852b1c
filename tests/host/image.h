// An image lent to the plugin.
#pragma once

#include <atomic>
#include <memory>

#include "ofx.h"

namespace refhost {

struct ImageRecord;

/// Counts itself, to notice one that was not "disposed of by clipReleaseImage before the action
/// returns".
class Image : public OFX::Host::ImageEffect::Image {
public:
  Image(OFX::Host::ImageEffect::ClipInstance &clip, double scale_x, double scale_y,
        const ImageRecord &record, const std::string &field,
        std::shared_ptr<std::atomic<long>> live);
  ~Image() override;

private:
  std::shared_ptr<std::atomic<long>> _live;
};

} // namespace refhost
