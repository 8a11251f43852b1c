#include "location.h"

#include <string>

#include "guard.h"
#include "text.h"

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace wakeframe {

rust::String own_file() noexcept {
  std::string path;
  guarded([&] {
#if defined(_WIN32)
    HMODULE module = nullptr;
    const DWORD flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    if (!GetModuleHandleExW(flags, reinterpret_cast<LPCWSTR>(&own_file), &module)) return;
    std::wstring wide(32768, L'\0');
    wide.resize(GetModuleFileNameW(module, wide.data(), static_cast<DWORD>(wide.size())));
    const int size = WideCharToMultiByte(CP_UTF8, 0, wide.data(), static_cast<int>(wide.size()), nullptr, 0, nullptr, nullptr);
    path.resize(static_cast<std::size_t>(size));
    WideCharToMultiByte(CP_UTF8, 0, wide.data(), static_cast<int>(wide.size()), path.data(), size, nullptr, nullptr);
#else
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void *>(&own_file), &info) && info.dli_fname) path = info.dli_fname;
#endif
  });
  return guarded(rust::String(), [&] { return to_rust(path); });
}

}  // namespace wakeframe
