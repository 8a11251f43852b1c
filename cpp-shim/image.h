// An image fetched from a clip, given back when dropped.
#pragma once

#include "properties.h"

namespace wakeframe {

struct ImageFacts;

class Image {
 public:
  explicit Image(OfxPropertySetHandle handle) : properties_(handle) {}
  Image(const Image &) = delete;
  Image &operator=(const Image &) = delete;
  ~Image();

  // False where the host gave an image without pixels or bounds.
  bool facts(ImageFacts &out) const noexcept;

 private:
  Properties properties_;
};

}  // namespace wakeframe
