#include "properties.h"

namespace wakeframe {
namespace {

// The suite's function, or null where the suite or the set is missing.
template <typename Function>
Function look_up(OfxPropertySetHandle set, Function OfxPropertySuiteV1::*member) {
  const auto *suite = suites().property;
  return set && suite ? suite->*member : nullptr;
}

// OpenFX 1.4 headers disagree on const: propGetString's value is a char **, or a const char ** in ofx_sys.
template <typename Character>
const char *get_string(OfxStatus (*call)(OfxPropertySetHandle, const char *, int, Character **), OfxPropertySetHandle set,
                       const char *name, int index) {
  Character *value = nullptr;
  return call && call(set, name, index, &value) == kOfxStatOK ? value : nullptr;
}

}  // namespace

bool Properties::get(const char *name, int index, int &out) const {
  const auto call = look_up(handle_, &OfxPropertySuiteV1::propGetInt);
  int value = 0;
  if (!call || call(handle_, name, index, &value) != kOfxStatOK) return false;
  out = value;
  return true;
}

bool Properties::get(const char *name, int index, double &out) const {
  const auto call = look_up(handle_, &OfxPropertySuiteV1::propGetDouble);
  double value = 0;
  if (!call || call(handle_, name, index, &value) != kOfxStatOK) return false;
  out = value;
  return true;
}

bool Properties::get(const char *name, int index, std::string &out) const {
  const char *value = get_string(look_up(handle_, &OfxPropertySuiteV1::propGetString), handle_, name, index);
  if (!value) return false;
  out = value;
  return true;
}

bool Properties::get(const char *name, int index, void *&out) const {
  const auto call = look_up(handle_, &OfxPropertySuiteV1::propGetPointer);
  void *value = nullptr;
  if (!call || call(handle_, name, index, &value) != kOfxStatOK) return false;
  out = value;
  return true;
}

bool Properties::get(const char *name, int (&out)[4]) const {
  for (int i = 0; i < 4; ++i)
    if (!get(name, i, out[i])) return false;
  return true;
}

int Properties::integer(const char *name, int otherwise) const {
  get(name, 0, otherwise);
  return otherwise;
}

double Properties::number(const char *name, double otherwise) const {
  get(name, 0, otherwise);
  return otherwise;
}

std::string Properties::text(const char *name) const {
  std::string value;
  get(name, 0, value);
  return value;
}

int Properties::dimension(const char *name) const {
  const auto call = look_up(handle_, &OfxPropertySuiteV1::propGetDimension);
  int count = 0;
  return call && call(handle_, name, &count) == kOfxStatOK ? count : 0;
}

bool Properties::set(const char *name, int index, int value) const {
  const auto call = look_up(handle_, &OfxPropertySuiteV1::propSetInt);
  return call && call(handle_, name, index, value) == kOfxStatOK;
}

bool Properties::set(const char *name, int index, double value) const {
  const auto call = look_up(handle_, &OfxPropertySuiteV1::propSetDouble);
  return call && call(handle_, name, index, value) == kOfxStatOK;
}

bool Properties::set(const char *name, int index, const char *value) const {
  const auto call = look_up(handle_, &OfxPropertySuiteV1::propSetString);
  return call && call(handle_, name, index, value) == kOfxStatOK;
}

bool Properties::set(const char *name, int index, void *value) const {
  const auto call = look_up(handle_, &OfxPropertySuiteV1::propSetPointer);
  return call && call(handle_, name, index, value) == kOfxStatOK;
}

}  // namespace wakeframe
