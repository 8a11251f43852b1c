// Where this library was loaded from.
#pragma once

#include <rust/cxx.h>

namespace wakeframe {

// Path of the file this code runs from; empty where the system does not say.
rust::String own_file() noexcept;

}  // namespace wakeframe
