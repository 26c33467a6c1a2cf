// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>

namespace weld::inline v0 {

namespace allocation {
/// Fails one allocation, the one that it is told: a test counts it up until the call under test succeeds, and has met
/// every failure there can be. In the kernel: CONFIG_FAILSLAB with fail-nth, lib/fault-inject.c.
struct fault {
    std::size_t at = 0;    // 0: none
    std::size_t made = 0;  // allocations since the fault was set
    bool happened = false;
    void set(std::size_t nth) noexcept { *this = {nth, 0, false}; }
    /// Counts an allocation; true where it is the one.
    bool hits() noexcept {
        if (++made != at) return false;
        return happened = true;
    }
};
}  // namespace allocation

namespace detail {
#if defined(NDEBUG)
constexpr bool allocation_fails() noexcept { return false; }
#else
/// Of this thread: what allocation::failing points at it. Pools ask it where assertions are on, and are free of it
/// otherwise. In the kernel: current->fail_nth.
inline constinit thread_local allocation::fault* fault_here = nullptr;
inline bool allocation_fails() noexcept { return fault_here != nullptr && fault_here->hits(); }
#endif
}  // namespace detail

}  // namespace weld::inline v0
