// One instance of the node as the Rust side sees it: parameters, clips, images, messages, progress.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>

#include <rust/cxx.h>

#include "image.h"
#include "properties.h"

namespace wakeframe {

struct ClipFacts;
struct Region;
enum class MessageKind : std::uint8_t;

// Holds only the instance's handle, so that any number of threads may use it at once. Clips and parameters are
// looked up at each use: hosts create them late (MLT) and remake them.
class Effect {
 public:
  explicit Effect(OfxImageEffectHandle handle) : handle_(handle) {}

  OfxImageEffectHandle handle() const { return handle_; }
  Properties properties() const;

  // Parameters. False where there is none of that name.
  bool get_text(rust::Str name, double time, rust::String &out) const noexcept;
  bool get_number(rust::Str name, double time, double &out) const noexcept;
  bool get_int(rust::Str name, double time, std::int32_t &out) const noexcept;
  // Setters: in InstanceChanged only ("paramSetValue should only be called from within a
  // kOfxActionInstanceChanged or interact action", ofxParam.h).
  bool set_text(rust::Str name, rust::Str value) const noexcept;
  bool set_int(rust::Str name, std::int32_t value) const noexcept;
  // Greyed out or not, and the help that says why.
  bool set_enabled(rust::Str name, bool enabled) const noexcept;
  bool set_hint(rust::Str name, rust::Str hint) const noexcept;

  // Clips.
  bool clip(rust::Str name, ClipFacts &out) const noexcept;
  bool clip_region(rust::Str name, double time, Region &out) const noexcept;
  bool project_region(Region &out) const noexcept;
  std::unique_ptr<Image> fetch(rust::Str name, double time) const noexcept;
  // 0 where the host names none.
  double frame_rate() const noexcept;

  bool aborted() const noexcept;

  // Messages. False where the host cannot show that sort.
  bool message(MessageKind kind, rust::Str text) const noexcept;
  bool set_persistent_message(MessageKind kind, rust::Str text) const noexcept;
  bool clear_persistent_message() const noexcept;

  // The host's progress bar. progress_update is false where the user pressed cancel.
  bool progress_start(rust::Str title, rust::Str id) const noexcept;
  bool progress_update(double fraction) const noexcept;
  void progress_end() const noexcept;

 private:
  // A value of one of these types; false where the parameter is of another.
  template <typename Value>
  bool get(rust::Str name, double time, std::initializer_list<const char *> types, Value &out) const;
  OfxParamHandle parameter(rust::Str name, Properties *properties = nullptr) const;
  OfxImageClipHandle find_clip(rust::Str name, Properties &properties) const;

  OfxImageEffectHandle handle_;
};

}  // namespace wakeframe
