// Parameters of an instance: HostSupport leaves where values live to the host.
#pragma once

#include "ofx.h"

namespace refhost {

class Effect;
struct ValueRecord;

/// A parameter that has a value.
class HostValue {
public:
  virtual ~HostValue() {}
  virtual ValueRecord read() const = 0;
  /// Throws `std::runtime_error` if the value does not fit the parameter.
  virtual void write(const ValueRecord &value) = 0;
};

/// The parameter a descriptor asks for; null for a type the host does not know.
OFX::Host::Param::Instance *new_param(Effect &effect, OFX::Host::Param::Descriptor &descriptor);

} // namespace refhost
