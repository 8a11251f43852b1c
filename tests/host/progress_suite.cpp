#include "suites.h"

#include "effect.h"

namespace refhost {

namespace {

OfxStatus start_v2(void *handle, const char *label, const char *id) {
  try {
    Effect *effect = Effect::from_handle(handle);
    if (!effect)
      return kOfxStatErrBadHandle;
    effect->progressStart(label ? label : "", id ? id : "");
    return kOfxStatOK;
  } catch (...) {
    return kOfxStatFailed;
  }
}

OfxStatus start_v1(void *handle, const char *label) { return start_v2(handle, label, ""); }

OfxStatus update(void *handle, double value) {
  try {
    Effect *effect = Effect::from_handle(handle);
    if (!effect)
      return kOfxStatErrBadHandle;
    // "kOfxStatReplyNo - the progress object was successfully updated and the task should abort"
    return effect->progressUpdate(value) ? kOfxStatOK : kOfxStatReplyNo;
  } catch (...) {
    return kOfxStatFailed;
  }
}

OfxStatus end(void *handle) {
  try {
    Effect *effect = Effect::from_handle(handle);
    if (!effect)
      return kOfxStatErrBadHandle;
    effect->progressEnd();
    return kOfxStatOK;
  } catch (...) {
    return kOfxStatFailed;
  }
}

const OfxProgressSuiteV1 suite_v1 = {start_v1, update, end};
const OfxProgressSuiteV2 suite_v2 = {start_v2, update, end};

} // namespace

const void *progress_suite(unsigned offered, int version) {
  if (version == 1 && offered >= 1)
    return &suite_v1;
  if (version == 2 && offered >= 2)
    return &suite_v2;
  return nullptr;
}

} // namespace refhost
