// Text across the border: what a plugin hands over need not be UTF-8, what Rust gets must be.
#pragma once

#include <string>
#include <vector>

#include "rust/cxx.h"

namespace refhost {

inline rust::String lossy(const char *text) { return rust::String::lossy(text ? text : ""); }
inline rust::String lossy(const std::string &text) { return rust::String::lossy(text); }
inline std::string owned(const rust::String &text) { return std::string(text.data(), text.size()); }
inline std::string owned(rust::Str text) { return std::string(text.data(), text.size()); }

/// The text a printf-style suite call stands for.
std::string format_message(const char *format, va_list args);

} // namespace refhost
