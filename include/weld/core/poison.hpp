// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#    define WELD_DETAIL_ASAN 1
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define WELD_DETAIL_ASAN 1
#    endif
#endif

#if defined(WELD_DETAIL_ASAN)
extern "C" void __asan_poison_memory_region(const volatile void*, std::size_t);
extern "C" void __asan_unpoison_memory_region(const volatile void*, std::size_t);
#endif

namespace weld::inline v0::detail {

/// Tells AddressSanitizer that these bytes are free, though the heap thinks they are not: an access is reported.
/// Nothing without that sanitizer.
inline void poison([[maybe_unused]] const void* from, [[maybe_unused]] std::size_t size) noexcept {
#if defined(WELD_DETAIL_ASAN)
    __asan_poison_memory_region(from, size);
#endif
}

/// The opposite, before the bytes are handed out again.
inline void unpoison([[maybe_unused]] const void* from, [[maybe_unused]] std::size_t size) noexcept {
#if defined(WELD_DETAIL_ASAN)
    __asan_unpoison_memory_region(from, size);
#endif
}

}  // namespace weld::inline v0::detail

#undef WELD_DETAIL_ASAN
