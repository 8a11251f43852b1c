// Parameters of an instance.
#include "effect.h"
#include "guard.h"
#include "text.h"

namespace wakeframe {

OfxParamHandle Effect::parameter(rust::Str name, Properties *properties) const {
  const auto *effect = suites().effect;
  const auto *parameter = suites().parameter;
  OfxParamSetHandle set = nullptr;
  if (!effect || !effect->getParamSet || effect->getParamSet(handle_, &set) != kOfxStatOK || !set) return nullptr;
  OfxParamHandle handle = nullptr;
  if (!parameter || !parameter->paramGetHandle) return nullptr;
  OfxPropertySetHandle own = nullptr;
  if (parameter->paramGetHandle(set, to_std(name).c_str(), &handle, properties ? &own : nullptr) != kOfxStatOK) return nullptr;
  if (properties) *properties = Properties(own);
  return handle;
}

namespace {

// The suite writes through an untyped pointer: a value of another type than the one asked for would be read as garbage, or
// followed as an address. A host that does not tell the type is believed.
bool is_of_type(const Properties &p, std::initializer_list<const char *> types) {
  const std::string type = p.text(kOfxParamPropType);
  if (type.empty()) return true;
  for (const char *known : types)
    if (type == known) return true;
  return false;
}

// ofxParam.h: paramGetValue "should only be called from within a kOfxActionInstanceChanged or interact action and
// never from the render actions (which should always use paramGetValueAtTime)". Where a host has no
// paramGetValueAtTime for a parameter that cannot animate, the plain one is asked.
template <typename Value>
bool get_value(OfxParamHandle handle, double time, Value *out) {
  const auto *suite = suites().parameter;
  if (!handle || !suite) return false;
  if (suite->paramGetValueAtTime && suite->paramGetValueAtTime(handle, time, out) == kOfxStatOK) return true;
  return suite->paramGetValue && suite->paramGetValue(handle, out) == kOfxStatOK;
}

template <typename Value>
bool set_value(OfxParamHandle handle, Value value) {
  const auto *suite = suites().parameter;
  return handle && suite && suite->paramSetValue && suite->paramSetValue(handle, value) == kOfxStatOK;
}

}  // namespace

template <typename Value>
bool Effect::get(rust::Str name, double time, std::initializer_list<const char *> types, Value &out) const {
  Properties p;
  const OfxParamHandle handle = parameter(name, &p);
  return is_of_type(p, types) && get_value(handle, time, &out);
}

bool Effect::get_text(rust::Str name, double time, rust::String &out) const noexcept {
  return guarded(false, [&] {
    char *value = nullptr;
    if (!get(name, time, {kOfxParamTypeString, kOfxParamTypeCustom}, value) || !value) return false;
    out = to_rust(value);
    return true;
  });
}

bool Effect::get_number(rust::Str name, double time, double &out) const noexcept {
  return guarded(false, [&] {
    double value = 0;
    if (!get(name, time, {kOfxParamTypeDouble}, value)) return false;
    out = value;
    return true;
  });
}

bool Effect::get_int(rust::Str name, double time, std::int32_t &out) const noexcept {
  return guarded(false, [&] {
    int value = 0;
    if (!get(name, time, {kOfxParamTypeInteger, kOfxParamTypeBoolean, kOfxParamTypeChoice}, value)) return false;
    out = value;
    return true;
  });
}

bool Effect::set_text(rust::Str name, rust::Str value) const noexcept {
  return guarded(false, [&] {
    const std::string text = to_std(value);
    return set_value(parameter(name), text.c_str());
  });
}

bool Effect::set_int(rust::Str name, std::int32_t value) const noexcept {
  return guarded(false, [&] { return set_value(parameter(name), static_cast<int>(value)); });
}

bool Effect::set_enabled(rust::Str name, bool enabled) const noexcept {
  return guarded(false, [&] {
    Properties p;
    return parameter(name, &p) && p.set(kOfxParamPropEnabled, 0, enabled ? 1 : 0);
  });
}

bool Effect::set_hint(rust::Str name, rust::Str hint) const noexcept {
  return guarded(false, [&] {
    Properties p;
    return parameter(name, &p) && p.set(kOfxParamPropHint, 0, to_std(hint));
  });
}

}  // namespace wakeframe
