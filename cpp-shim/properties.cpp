#include "properties.h"

namespace wakeframe {
namespace {

// The suite's function, or null where the suite or the set is missing.
template <typename Function>
Function look_up(OfxPropertySetHandle set, Function OfxPropertySuiteV1::*member) {
  const auto *suite = suites().property;
  return set && suite ? suite->*member : nullptr;
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
  const auto call = look_up(handle_, &OfxPropertySuiteV1::propGetString);
  char *value = nullptr;
  if (!call || call(handle_, name, index, &value) != kOfxStatOK || !value) return false;
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
