#include "suites.h"

#include "wakeframe-tests/src/bridge.rs.h"

#include "effect.h"
#include "host.h"
#include "text.h"

namespace refhost {

namespace {

OfxStatus message(void *handle, const char *type, const char *id, const char *format, ...) {
  try {
    va_list args;
    va_start(args, format);
    Effect *effect = Effect::from_handle(handle);
    OfxStatus status = effect ? effect->vmessage(type, id, format, args)
                              : Host::current().vmessage(type, id, format, args);
    va_end(args);
    return status;
  } catch (...) {
    return kOfxStatFailed;
  }
}

OfxStatus set_persistent(void *handle, const char *type, const char *id, const char *format, ...) {
  try {
    Effect *effect = Effect::from_handle(handle);
    if (!effect)
      return kOfxStatErrBadHandle;
    va_list args;
    va_start(args, format);
    OfxStatus status = effect->setPersistentMessage(type, id, format, args);
    va_end(args);
    return status;
  } catch (...) {
    return kOfxStatFailed;
  }
}

OfxStatus clear_persistent(void *handle) {
  try {
    Effect *effect = Effect::from_handle(handle);
    return effect ? effect->clearPersistentMessage() : kOfxStatErrBadHandle;
  } catch (...) {
    return kOfxStatFailed;
  }
}

const OfxMessageSuiteV1 suite_v1 = {message};
const OfxMessageSuiteV2 suite_v2 = {message, set_persistent, clear_persistent};
/// What Resolve 14 hands out.
const OfxMessageSuiteV2 suite_v2_without_persistent = {message, nullptr, nullptr};

} // namespace

const void *message_suite(MessageSuite offered, int version) {
  if (version == 1 && offered != MessageSuite::None)
    return &suite_v1;
  if (version == 2 && offered == MessageSuite::V2)
    return &suite_v2;
  if (version == 2 && offered == MessageSuite::V2WithoutPersistent)
    return &suite_v2_without_persistent;
  return nullptr;
}

} // namespace refhost
