// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sys/descriptor_calls.hpp>

#include <sys/epoll.h>

namespace weld::inline v0::sys {

/// epoll_create1(2) with EPOLL_CLOEXEC.
template <entry_policy Sys>
result<int> epoll_create(Sys sys) noexcept {
    return answer<int>(sys.template call<number::epoll_create1>(EPOLL_CLOEXEC));
}
/// epoll_ctl(2); `operation` is EPOLL_CTL_ADD, EPOLL_CTL_MOD or EPOLL_CTL_DEL.
template <entry_policy Sys>
result<> epoll_ctl(Sys sys, int epoll, int operation, int fd, ::epoll_event event) noexcept {
    return answer(sys.template call<number::epoll_ctl>(epoll, operation, fd, &event));
}
/// epoll_wait(2): how many events it stored. A signal is an answer without events. Nanoseconds count where they
/// matter, by epoll_pwait2 (Linux 5.11); an older kernel waits whole milliseconds, rounded up.
template <entry_policy Sys>
[[gnu::always_inline]] inline result<int> epoll_wait(Sys sys, int epoll, span<::epoll_event> events, duration patience) noexcept {
    const auto capacity = static_cast<int>(events.size());
    long raw = -static_cast<long>(errc::function_not_supported);
    if (patience == duration::infinite()) [[likely]] {
        raw = sys.template call<number::epoll_wait>(epoll, events.data(), capacity, -1);
    } else if (patience <= duration{}) {
        raw = sys.template call<number::epoll_wait>(epoll, events.data(), capacity, 0);
    } else {
        const std::int64_t limit[2] = {patience.nanoseconds() / 1'000'000'000, patience.nanoseconds() % 1'000'000'000};
        raw = sys.template call<number::epoll_pwait2>(epoll, events.data(), capacity, &limit[0], nullptr, 8);
        if (raw == -static_cast<long>(errc::function_not_supported))
            raw = sys.template call<number::epoll_wait>(epoll, events.data(), capacity,
                                                        static_cast<int>((patience.nanoseconds() + 999'999) / 1'000'000));
    }
    if (const auto count = static_cast<int>(raw); count > 0) [[likely]] return count;
    return raw == 0 || raw == -static_cast<long>(errc::interrupted) ? result<int>{0} : static_cast<errc>(-raw);
}

}  // namespace weld::inline v0::sys
