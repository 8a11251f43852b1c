// Clips and parameters, told to the host.
#include "actions.h"
#include "instance.h"
#include "text.h"

namespace wakeframe {
namespace {

void define_clip(OfxImageEffectHandle effect, const ClipDescription &clip) {
  const auto *suite = suites().effect;
  OfxPropertySetHandle set = nullptr;
  if (!suite->clipDefine || suite->clipDefine(effect, std::string(clip.name).c_str(), &set) != kOfxStatOK) return;
  const Properties p(set);
  p.set(kOfxPropLabel, 0, std::string(clip.name));
  int index = 0;
  for (const auto &components : clip.components) p.set(kOfxImageEffectPropSupportedComponents, index++, std::string(components));
  p.set(kOfxImageEffectPropTemporalClipAccess, 0, clip.temporal ? 1 : 0);
  p.set(kOfxImageClipPropOptional, 0, clip.optional ? 1 : 0);
  p.set(kOfxImageClipPropIsMask, 0, clip.is_mask ? 1 : 0);
  p.set(kOfxImageEffectPropSupportsTiles, 0, 0);
}

// Every parameter is constant over a clip: a take belongs to one set of values.
void set_common(const Properties &p, const ParamDescription &param) {
  p.set(kOfxPropLabel, 0, std::string(param.label));
  p.set(kOfxPropShortLabel, 0, std::string(param.label));
  p.set(kOfxPropLongLabel, 0, std::string(param.label));
  p.set(kOfxParamPropScriptName, 0, std::string(param.name));
  p.set(kOfxParamPropHint, 0, std::string(param.hint));
  p.set(kOfxParamPropSecret, 0, param.secret ? 1 : 0);
  if (!param.group.empty()) p.set(kOfxParamPropParent, 0, std::string(param.group));
}

void set_value_properties(const Properties &p, const ParamDescription &param) {
  p.set(kOfxParamPropAnimates, 0, 0);
  p.set(kOfxParamPropEvaluateOnChange, 0, param.evaluate_on_change ? 1 : 0);
  p.set(kPersistent, 0, param.persistent ? 1 : 0);
  p.set(kOfxParamPropCanUndo, 0, param.can_undo ? 1 : 0);
}

void set_string(const Properties &p, const ParamDescription &param, const char *mode) {
  p.set(kOfxParamPropStringMode, 0, mode);
  p.set(kOfxParamPropDefault, 0, std::string(param.default_text));
  set_value_properties(p, param);
}

// Range and display range both: without them Resolve shows −1…1 for a double and 0…0 for an int.
template <typename Number>
void set_range(const Properties &p, const ParamDescription &param) {
  p.set(kOfxParamPropDefault, 0, static_cast<Number>(param.default_value));
  p.set(kOfxParamPropMin, 0, static_cast<Number>(param.minimum));
  p.set(kOfxParamPropMax, 0, static_cast<Number>(param.maximum));
  p.set(kOfxParamPropDisplayMin, 0, static_cast<Number>(param.display_minimum));
  p.set(kOfxParamPropDisplayMax, 0, static_cast<Number>(param.display_maximum));
  set_value_properties(p, param);
}

const char *type_name(ParamKind kind) {
  switch (kind) {
    case ParamKind::Int:
      return kOfxParamTypeInteger;
    case ParamKind::Double:
      return kOfxParamTypeDouble;
    case ParamKind::Bool:
      return kOfxParamTypeBoolean;
    case ParamKind::Choice:
      return kOfxParamTypeChoice;
    case ParamKind::Button:
      return kOfxParamTypePushButton;
    case ParamKind::Group:
      return kOfxParamTypeGroup;
    default:
      return kOfxParamTypeString;
  }
}

void set_kind(const Properties &p, const ParamDescription &param) {
  switch (param.kind) {
    case ParamKind::Text:
      return set_string(p, param, kOfxParamStringIsSingleLine);
    case ParamKind::MultilineText:
      return set_string(p, param, kOfxParamStringIsMultiLine);
    case ParamKind::Label:
      return set_string(p, param, kOfxParamStringIsLabel);
    case ParamKind::Int:
      return set_range<int>(p, param);
    case ParamKind::Double:
      p.set(kOfxParamPropDoubleType, 0, kOfxParamDoubleTypePlain);
      p.set(kOfxParamPropIncrement, 0, param.increment);
      p.set(kOfxParamPropDigits, 0, static_cast<int>(param.digits));
      return set_range<double>(p, param);
    case ParamKind::Bool:
      p.set(kOfxParamPropDefault, 0, param.default_value != 0 ? 1 : 0);
      return set_value_properties(p, param);
    case ParamKind::Choice: {
      int index = 0;
      for (const auto &option : param.options) p.set(kOfxParamPropChoiceOption, index++, std::string(option));
      p.set(kOfxParamPropDefault, 0, static_cast<int>(param.default_value));
      return set_value_properties(p, param);
    }
    case ParamKind::Group:
      p.set(kOfxParamPropGroupOpen, 0, 1);
      return;
    default:
      return;
  }
}

void define_params(OfxParamSetHandle set, const NodeDescription &node) {
  const auto *suite = suites().parameter;
  if (!suite->paramDefine) return;
  for (const auto &param : node.params) {
    OfxPropertySetHandle handle = nullptr;
    if (suite->paramDefine(set, type_name(param.kind), std::string(param.name).c_str(), &handle) != kOfxStatOK) continue;
    const Properties p(handle);
    set_common(p, param);
    set_kind(p, param);
  }
  OfxPropertySetHandle handle = nullptr;
  if (suite->paramDefine(set, kOfxParamTypePage, "Controls", &handle) != kOfxStatOK) return;
  const Properties page(handle);
  page.set(kOfxPropLabel, 0, "Controls");
  int index = 0;
  for (const auto &param : node.params) page.set(kOfxParamPropPageChild, index++, std::string(param.name));
}

}  // namespace

OfxStatus describe_in_context(OfxImageEffectHandle effect, const Properties &) {
  const auto *suite = suites().effect;
  const NodeDescription node = describe_node(host_facts(Effect(effect).properties()), false);
  for (const auto &clip : node.clips) define_clip(effect, clip);
  OfxParamSetHandle set = nullptr;
  if (!suite->getParamSet || suite->getParamSet(effect, &set) != kOfxStatOK || !set) return kOfxStatErrBadHandle;
  define_params(set, node);
  return kOfxStatOK;
}

}  // namespace wakeframe
