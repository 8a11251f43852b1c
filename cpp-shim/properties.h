// A property set, read and written through the property suite with every pointer checked.
#pragma once

#include <string>

#include "suites.h"

namespace wakeframe {

// OpenFX 1.4 headers disagree on the macro's name (kOfxParamPropPersistant, or Persistent in ofx_sys), not on this.
constexpr const char *kPersistent = "OfxParamPropPersistant";

class Properties {
 public:
  Properties() = default;
  explicit Properties(OfxPropertySetHandle handle) : handle_(handle) {}

  OfxPropertySetHandle handle() const { return handle_; }

  // Each getter is false, and leaves `out` alone, where the property is not there.
  bool get(const char *name, int index, int &out) const;
  bool get(const char *name, int index, double &out) const;
  bool get(const char *name, int index, std::string &out) const;
  bool get(const char *name, int index, void *&out) const;
  bool get(const char *name, int (&out)[4]) const;

  // The value, or `otherwise`.
  int integer(const char *name, int otherwise = 0) const;
  double number(const char *name, double otherwise = 0.0) const;
  std::string text(const char *name) const;

  // How many values the property has.
  int dimension(const char *name) const;

  // Each setter is false where the host does not know the property: older hosts know fewer.
  bool set(const char *name, int index, int value) const;
  bool set(const char *name, int index, double value) const;
  bool set(const char *name, int index, const char *value) const;
  bool set(const char *name, int index, const std::string &value) const { return set(name, index, value.c_str()); }
  bool set(const char *name, int index, void *value) const;

 private:
  OfxPropertySetHandle handle_ = nullptr;
};

}  // namespace wakeframe
