// The host's progress bar.
#include "effect.h"
#include "guard.h"
#include "text.h"

namespace wakeframe {

bool Effect::progress_start(rust::Str title, rust::Str id) const noexcept {
  return guarded(false, [&] {
    const Suites &s = suites();
    const std::string text = to_std(title);
    if (s.progress2 && s.progress2->progressStart)
      return s.progress2->progressStart(handle_, text.c_str(), to_std(id).c_str()) == kOfxStatOK;
    return s.progress1 && s.progress1->progressStart && s.progress1->progressStart(handle_, text.c_str()) == kOfxStatOK;
  });
}

bool Effect::progress_update(double fraction) const noexcept {
  return guarded(true, [&] {
    const Suites &s = suites();
    // ofxProgress.h: "kOfxStatReplyNo - the progress object was successfully updated and the task should abort".
    // Any other answer means to go on.
    if (s.progress2 && s.progress2->progressUpdate) return s.progress2->progressUpdate(handle_, fraction) != kOfxStatReplyNo;
    if (s.progress1 && s.progress1->progressUpdate) return s.progress1->progressUpdate(handle_, fraction) != kOfxStatReplyNo;
    return true;
  });
}

void Effect::progress_end() const noexcept {
  guarded([&] {
    const Suites &s = suites();
    if (s.progress2 && s.progress2->progressEnd)
      s.progress2->progressEnd(handle_);
    else if (s.progress1 && s.progress1->progressEnd)
      s.progress1->progressEnd(handle_);
  });
}

}  // namespace wakeframe
