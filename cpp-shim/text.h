// Strings across the border.
#pragma once

#include <string>

#include <rust/cxx.h>

namespace wakeframe {

// Host strings may not be UTF-8 (paths, prompts pasted into old hosts): what is not becomes U+FFFD.
inline rust::String to_rust(const std::string &text) { return rust::String::lossy(text); }

inline std::string to_std(rust::Str text) { return std::string(text.data(), text.size()); }

}  // namespace wakeframe
