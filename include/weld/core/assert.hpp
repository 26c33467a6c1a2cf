// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Ends the program when a promise between two pieces of weld or of its user does not hold: what only a bug can do.
/// What the world can do to a program is never asserted, it is a `result`. Off with NDEBUG, as assert(3) is.
#if defined(WELD_ASSERT)
    // the user's own
#elif defined(NDEBUG)
#    define WELD_ASSERT(condition) static_cast<void>(0)
#else
#    define WELD_ASSERT(condition) ((condition) ? static_cast<void>(0) : ::weld::detail::assertion_failed(#condition, __FILE__, __LINE__))
#endif

extern "C" int dprintf(int, const char*, ...);

namespace weld::inline v0::detail {

/// Prints what was expected, and where, and ends the program.
[[noreturn, gnu::cold, gnu::noinline]] inline void assertion_failed(const char* what, const char* file, int line) noexcept {
    ::dprintf(2, "weld: %s:%d: assertion failed: %s\n", file, line, what);
    __builtin_trap();
}

}  // namespace weld::inline v0::detail
