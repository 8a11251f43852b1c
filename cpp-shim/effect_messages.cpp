// Messages of an instance.
#include "effect.h"
#include "guard.h"
#include "text.h"
#include "wakeframe-plugin/src/bridge.rs.h"

namespace wakeframe {
namespace {

const char *kind_name(MessageKind kind) {
  switch (kind) {
    case MessageKind::Error:
      return kOfxMessageError;
    case MessageKind::Warning:
      return kOfxMessageWarning;
    default:
      return kOfxMessageMessage;
  }
}

// The suite takes a printf format. Natron hands its varargs on wrongly, so there are none: the text is the format,
// and every % in it is doubled.
std::string as_format(rust::Str text) {
  std::string format;
  format.reserve(text.size());
  for (const char c : text) {
    if (c == '%') format += '%';
    format += c;
  }
  return format;
}

}  // namespace

bool Effect::message(MessageKind kind, rust::Str text) const noexcept {
  return guarded(false, [&] {
    const Suites &s = suites();
    const std::string format = as_format(text);
    const auto call = s.message2 && s.message2->message ? s.message2->message : s.message1 ? s.message1->message : nullptr;
    return call && call(handle_, kind_name(kind), "wakeframe", format.c_str()) == kOfxStatOK;
  });
}

bool Effect::set_persistent_message(MessageKind kind, rust::Str text) const noexcept {
  return guarded(false, [&] {
    const auto *suite = suites().message2;
    const std::string format = as_format(text);
    return suite && suite->setPersistentMessage &&
           suite->setPersistentMessage(handle_, kind_name(kind), "wakeframe", format.c_str()) == kOfxStatOK;
  });
}

bool Effect::clear_persistent_message() const noexcept {
  return guarded(false, [&] {
    const auto *suite = suites().message2;
    return suite && suite->clearPersistentMessage && suite->clearPersistentMessage(handle_) == kOfxStatOK;
  });
}

}  // namespace wakeframe
