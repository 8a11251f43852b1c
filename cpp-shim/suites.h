// The host and the suites it hands out.
#pragma once

#include <ofxCore.h>
#include <ofxImageEffect.h>
#include <ofxMessage.h>
#include <ofxParam.h>
#include <ofxProgress.h>
#include <ofxProperty.h>

namespace wakeframe {

// Any pointer may be null: hosts leave out whole suites (no progress in Resolve) and single functions of a suite
// (Resolve 14 hands out OfxMessageSuiteV2 without setPersistentMessage). Look before every call.
struct Suites {
  const OfxPropertySuiteV1 *property = nullptr;
  const OfxImageEffectSuiteV1 *effect = nullptr;
  const OfxParameterSuiteV1 *parameter = nullptr;
  const OfxMessageSuiteV1 *message1 = nullptr;
  const OfxMessageSuiteV2 *message2 = nullptr;
  const OfxProgressSuiteV1 *progress1 = nullptr;
  const OfxProgressSuiteV2 *progress2 = nullptr;
};

// Remembers the host; called before any action.
void set_host(OfxHost *host) noexcept;

// The host's own properties, null before set_host.
OfxPropertySetHandle host_properties() noexcept;

// Fetches the suites. kOfxStatErrMissingHostFeature where the node cannot live with what there is.
OfxStatus fetch_suites();

const Suites &suites() noexcept;

}  // namespace wakeframe
