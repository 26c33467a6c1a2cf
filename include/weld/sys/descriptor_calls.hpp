// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/sys/entry_policy.hpp>
#include <weld/sys/socket_calls.hpp>

#include <poll.h>

namespace weld::inline v0::sys {

/// close(2). Whatever it answers, the descriptor is gone: on Linux it is never closed again.
template <entry_policy Sys>
[[gnu::always_inline]] inline result<> close(Sys sys, int fd) noexcept {
    return answer(sys.template call<number::close>(fd));
}
/// read(2).
template <entry_policy Sys>
result<std::size_t> read(Sys sys, int fd, span<std::byte> buffer) noexcept {
    return detail::restarting<number::read, std::size_t>(sys, fd, buffer.data(), buffer.size());
}
/// write(2).
template <entry_policy Sys>
result<std::size_t> write(Sys sys, int fd, span<const std::byte> data) noexcept {
    return detail::restarting<number::write, std::size_t>(sys, fd, data.data(), data.size());
}
/// poll(2) on one descriptor: what of `wanted` is there, or nothing when `patience` is over (infinite: never over).
template <entry_policy Sys>
result<short> poll(Sys sys, int fd, short wanted, duration patience) noexcept {
    ::pollfd entry{fd, wanted, 0};
    const std::int64_t nanoseconds = patience.nanoseconds() < 0 ? 0 : patience.nanoseconds();
    const std::int64_t limit[2] = {nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};  // struct timespec
    const long raw = sys.template call<number::ppoll>(&entry, 1, patience == duration::infinite() ? nullptr : &limit[0], nullptr, 8);
    if (raw < 0) return static_cast<errc>(-raw);
    return entry.revents;
}

}  // namespace weld::inline v0::sys
