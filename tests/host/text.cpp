#include <cstdarg>
#include <cstdio>

#include "text.h"

namespace refhost {

std::string format_message(const char *format, va_list args) {
  if (!format)
    return std::string();
  va_list measured;
  va_copy(measured, args);
  int length = std::vsnprintf(nullptr, 0, format, measured);
  va_end(measured);
  if (length < 0)
    return format;
  std::vector<char> text(static_cast<size_t>(length) + 1);
  std::vsnprintf(text.data(), text.size(), format, args);
  return std::string(text.data(), static_cast<size_t>(length));
}

} // namespace refhost
