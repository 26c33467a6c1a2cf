// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sys/descriptor_calls.hpp>

#include <cstdint>

#include <sys/eventfd.h>

namespace weld::inline v0::sys {

/// eventfd(2): a counter, at 0, that can be waited for. Non-blocking, closed on exec.
template <entry_policy Sys>
result<int> eventfd(Sys sys) noexcept {
    return answer<int>(sys.template call<number::eventfd2>(0, EFD_NONBLOCK | EFD_CLOEXEC));
}
/// Adds to the counter; whoever waits for it wakes up.
template <entry_policy Sys>
result<> eventfd_add(Sys sys, int fd, std::uint64_t amount) noexcept {
    return detail::restarting<number::write>(sys, fd, &amount, sizeof amount);
}
/// Takes the counter, which is 0 then. Errors: resource_unavailable_try_again (it is 0).
template <entry_policy Sys>
result<std::uint64_t> eventfd_take(Sys sys, int fd) noexcept {
    std::uint64_t counter = 0;
    const auto done = detail::restarting<number::read>(sys, fd, &counter, sizeof counter);
    if (!done) return done.error();
    return counter;
}

}  // namespace weld::inline v0::sys
