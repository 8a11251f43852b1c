#include "call.h"

namespace refhost {

namespace {
thread_local const Call *innermost = nullptr;
}

const Call *current_call(const Effect *effect) {
  for (const Call *call = innermost; call; call = call->outer)
    if (call->effect == effect)
      return call;
  return nullptr;
}

const char *current_action(const Effect *effect) {
  const Call *call = current_call(effect);
  return call ? call->action : "";
}

CallScope::CallScope(Call call) : _call(call) {
  _call.outer = innermost;
  innermost = &_call;
}

CallScope::~CallScope() { innermost = _call.outer; }

} // namespace refhost
