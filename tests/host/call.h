// Which plugin call the current thread is inside. Suites have no other way to know: they are
// given an effect or a clip, never the action or the render they are called from.
#pragma once

#include <atomic>
#include <memory>

namespace refhost {

class Effect;
struct ImageRecord;

/// One render action: where its output goes, and the images it has fetched and not released.
struct RenderJob {
  const ImageRecord *output;
  bool thumbnail;
  std::shared_ptr<std::atomic<long>> live_images;
};

/// One call into the plugin.
struct Call {
  const Effect *effect = nullptr;
  const char *action = "";
  double time = 0;
  double scale_x = 1;
  double scale_y = 1;
  const RenderJob *job = nullptr;
  const Call *outer = nullptr;
};

/// The innermost call on this thread into this effect; null on a thread the plugin made itself.
const Call *current_call(const Effect *effect);

/// The action of that call, or "".
const char *current_action(const Effect *effect);

/// Puts a call on this thread's stack for as long as it lives.
class CallScope {
public:
  explicit CallScope(Call call);
  ~CallScope();
  CallScope(const CallScope &) = delete;
  CallScope &operator=(const CallScope &) = delete;

private:
  Call _call;
};

} // namespace refhost
