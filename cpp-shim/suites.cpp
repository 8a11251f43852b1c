#include "suites.h"

namespace wakeframe {
namespace {

OfxHost *the_host = nullptr;
Suites the_suites;

template <typename Suite>
const Suite *fetch(const char *name, int version) {
  if (!the_host || !the_host->fetchSuite) return nullptr;
  return static_cast<const Suite *>(the_host->fetchSuite(the_host->host, name, version));
}

}  // namespace

void set_host(OfxHost *host) noexcept { the_host = host; }

OfxPropertySetHandle host_properties() noexcept { return the_host ? the_host->host : nullptr; }

OfxStatus fetch_suites() {
  Suites s;
  s.property = fetch<OfxPropertySuiteV1>(kOfxPropertySuite, 1);
  s.effect = fetch<OfxImageEffectSuiteV1>(kOfxImageEffectSuite, 1);
  s.parameter = fetch<OfxParameterSuiteV1>(kOfxParameterSuite, 1);
  s.message2 = fetch<OfxMessageSuiteV2>(kOfxMessageSuite, 2);
  s.message1 = fetch<OfxMessageSuiteV1>(kOfxMessageSuite, 1);
  // ofxProgress.h: "plugin should fetchSuite passing 2 … and if no success pass" 1.
  s.progress2 = fetch<OfxProgressSuiteV2>(kOfxProgressSuite, 2);
  if (!s.progress2) s.progress1 = fetch<OfxProgressSuiteV1>(kOfxProgressSuite, 1);
  the_suites = s;
  return s.property && s.effect && s.parameter ? kOfxStatOK : kOfxStatErrMissingHostFeature;
}

const Suites &suites() noexcept { return the_suites; }

}  // namespace wakeframe
