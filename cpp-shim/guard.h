// Nothing thrown may leave this library: the host and the Rust side are both across a C border.
#pragma once

#include <utility>

namespace wakeframe {

// What `body` returns, or `otherwise` where it throws. Hosts written in C++ can throw through their own suites.
template <typename Body, typename Value>
Value guarded(Value otherwise, Body &&body) noexcept {
  try {
    return std::forward<Body>(body)();
  } catch (...) {
    return otherwise;
  }
}

template <typename Body>
void guarded(Body &&body) noexcept {
  try {
    std::forward<Body>(body)();
  } catch (...) {
  }
}

}  // namespace wakeframe
