#include "suites.h"

#include "host.h"

namespace refhost {

namespace {

const OfxPropertySuiteV1 *real() {
  return static_cast<const OfxPropertySuiteV1 *>(OFX::Host::Property::GetSuite(1));
}

bool hidden(OfxPropertySetHandle handle, const char *name) {
  auto *set = reinterpret_cast<OFX::Host::Property::Set *>(handle);
  if (!set || !set->verifyMagic())
    return false;
  OFX::Host::Property::String *type = set->fetchStringProperty(kOfxPropType, false);
  return Host::current().hides(type ? type->getValue(0) : std::string(), name);
}

/// A getter that does not know hidden properties.
template <class... Args> struct Hiding {
  using Function = OfxStatus (*)(OfxPropertySetHandle, const char *, Args...);
  template <Function OfxPropertySuiteV1::*Member>
  static OfxStatus call(OfxPropertySetHandle handle, const char *name, Args... args) {
    try {
      if (hidden(handle, name))
        return kOfxStatErrUnknown;
    } catch (...) {
      return kOfxStatErrUnknown;
    }
    return (real()->*Member)(handle, name, args...);
  }
};

OfxPropertySuiteV1 make_suite() {
  OfxPropertySuiteV1 suite = *real();
  suite.propGetPointer = Hiding<int, void **>::call<&OfxPropertySuiteV1::propGetPointer>;
  suite.propGetString = Hiding<int, char **>::call<&OfxPropertySuiteV1::propGetString>;
  suite.propGetDouble = Hiding<int, double *>::call<&OfxPropertySuiteV1::propGetDouble>;
  suite.propGetInt = Hiding<int, int *>::call<&OfxPropertySuiteV1::propGetInt>;
  suite.propGetPointerN = Hiding<int, void **>::call<&OfxPropertySuiteV1::propGetPointerN>;
  suite.propGetStringN = Hiding<int, char **>::call<&OfxPropertySuiteV1::propGetStringN>;
  suite.propGetDoubleN = Hiding<int, double *>::call<&OfxPropertySuiteV1::propGetDoubleN>;
  suite.propGetIntN = Hiding<int, int *>::call<&OfxPropertySuiteV1::propGetIntN>;
  suite.propGetDimension = Hiding<int *>::call<&OfxPropertySuiteV1::propGetDimension>;
  return suite;
}

} // namespace

const void *hiding_property_suite() {
  static const OfxPropertySuiteV1 suite = make_suite();
  return &suite;
}

} // namespace refhost
