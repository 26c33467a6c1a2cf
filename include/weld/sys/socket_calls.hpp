// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/span.hpp>
#include <weld/sys/entry_policy.hpp>

#include <cstddef>
#include <cstdint>

#include <sys/socket.h>

namespace weld::inline v0::sys {

/// The socket calls of section 2 of the manual, each with its answer as a value. They begin again when a signal
/// interrupts them; none of them touches errno.
namespace detail {
template <number Number, class T = void, entry_policy Sys, class... Arguments>
[[gnu::always_inline]] inline result<T> restarting(Sys sys, Arguments... arguments) noexcept {
    for (;;) {
        const long raw = sys.template call<Number>(arguments...);
        if (raw == -static_cast<long>(errc::interrupted)) [[unlikely]] continue;
        return answer<T>(raw);
    }
}
}  // namespace detail

/// socket(2). The descriptor is non-blocking and closes on exec where `type` says so.
template <entry_policy Sys>
result<int> socket(Sys sys, int family, int type, int protocol) noexcept {
    return detail::restarting<number::socket, int>(sys, family, type, protocol);
}
/// socketpair(2).
template <entry_policy Sys>
result<> socketpair(Sys sys, int family, int type, int protocol, int (&pair)[2]) noexcept {
    return detail::restarting<number::socketpair>(sys, family, type, protocol, &pair[0]);
}
/// bind(2).
template <entry_policy Sys>
result<> bind(Sys sys, int fd, span<const std::byte> address) noexcept {
    return detail::restarting<number::bind>(sys, fd, address.data(), address.size());
}
/// connect(2). An interrupted connect goes on by itself: it answers operation_in_progress then, as if not blocking.
template <entry_policy Sys>
result<> connect(Sys sys, int fd, span<const std::byte> address) noexcept {
    const long raw = sys.template call<number::connect>(fd, address.data(), address.size());
    return raw == -static_cast<long>(errc::interrupted) ? errc::operation_in_progress : answer(raw);
}
/// listen(2).
template <entry_policy Sys>
result<> listen(Sys sys, int fd, int backlog) noexcept {
    return detail::restarting<number::listen>(sys, fd, backlog);
}
/// accept4(2), without the peer's address: getpeername tells it.
template <entry_policy Sys>
[[gnu::always_inline]] inline result<int> accept(Sys sys, int fd, int flags) noexcept {
    return detail::restarting<number::accept4, int>(sys, fd, nullptr, nullptr, flags);
}
/// recv(2): recvfrom without an address. On the hot path, and so not begun again here: interrupted is an answer.
/// `recv_raw` leaves the answer as the kernel gives it: a count or a negative errno.
template <entry_policy Sys>
[[gnu::always_inline]] inline long recv_raw(Sys sys, int fd, span<std::byte> buffer, int flags) noexcept {
    return sys.template call<number::recvfrom>(fd, buffer.data(), buffer.size(), flags, nullptr, nullptr);
}
template <entry_policy Sys>
[[gnu::always_inline]] inline result<std::size_t> recv(Sys sys, int fd, span<std::byte> buffer, int flags) noexcept {
    return answer<std::size_t>(recv_raw(sys, fd, buffer, flags));
}
/// send(2): sendto without an address. As recv.
template <entry_policy Sys>
[[gnu::always_inline]] inline long send_raw(Sys sys, int fd, span<const std::byte> data, int flags) noexcept {
    return sys.template call<number::sendto>(fd, data.data(), data.size(), flags, nullptr, 0);
}
template <entry_policy Sys>
[[gnu::always_inline]] inline result<std::size_t> send(Sys sys, int fd, span<const std::byte> data, int flags) noexcept {
    return answer<std::size_t>(send_raw(sys, fd, data, flags));
}
/// recvfrom(2). `length` is what `address` holds, and becomes what the kernel stored or would have stored. As recv.
template <entry_policy Sys>
[[gnu::always_inline]] inline result<std::size_t> recvfrom(Sys sys, int fd, span<std::byte> buffer, int flags, span<std::byte> address,
                             std::uint32_t& length) noexcept {
    length = static_cast<std::uint32_t>(address.size());
    return answer<std::size_t>(sys.template call<number::recvfrom>(fd, buffer.data(), buffer.size(), flags, address.data(), &length));
}
/// sendto(2). As recv.
template <entry_policy Sys>
[[gnu::always_inline]] inline result<std::size_t> sendto(Sys sys, int fd, span<const std::byte> data, int flags, span<const std::byte> address) noexcept {
    return answer<std::size_t>(sys.template call<number::sendto>(fd, data.data(), data.size(), flags, address.data(), address.size()));
}
/// recvmsg(2).
template <entry_policy Sys>
result<std::size_t> recvmsg(Sys sys, int fd, ::msghdr& message, int flags) noexcept {
    return detail::restarting<number::recvmsg, std::size_t>(sys, fd, &message, flags);
}
/// sendmsg(2).
template <entry_policy Sys>
result<std::size_t> sendmsg(Sys sys, int fd, const ::msghdr& message, int flags) noexcept {
    return detail::restarting<number::sendmsg, std::size_t>(sys, fd, &message, flags);
}
/// recvmmsg(2), without its timeout, which does not do what it says (its manual page, BUGS). As recv.
template <entry_policy Sys>
[[gnu::always_inline]] inline result<std::size_t> recvmmsg(Sys sys, int fd, span<::mmsghdr> messages, int flags) noexcept {
    return answer<std::size_t>(sys.template call<number::recvmmsg>(fd, messages.data(), messages.size(), flags, nullptr));
}
/// sendmmsg(2); `sendmmsg_raw` is as send_raw.
template <entry_policy Sys>
[[gnu::always_inline]] inline long sendmmsg_raw(Sys sys, int fd, span<::mmsghdr> messages, int flags) noexcept {
    return sys.template call<number::sendmmsg>(fd, messages.data(), messages.size(), flags);
}
template <entry_policy Sys>
result<std::size_t> sendmmsg(Sys sys, int fd, span<::mmsghdr> messages, int flags) noexcept {
    return detail::restarting<number::sendmmsg, std::size_t>(sys, fd, messages.data(), messages.size(), flags);
}
/// shutdown(2); `how` is SHUT_RD, SHUT_WR or SHUT_RDWR.
template <entry_policy Sys>
result<> shutdown(Sys sys, int fd, int how) noexcept {
    return detail::restarting<number::shutdown>(sys, fd, how);
}
/// getsockname(2): what is stored, and its true length, which may be more than `address` takes.
template <entry_policy Sys>
result<std::uint32_t> getsockname(Sys sys, int fd, span<std::byte> address) noexcept {
    auto length = static_cast<std::uint32_t>(address.size());
    const auto done = detail::restarting<number::getsockname>(sys, fd, address.data(), &length);
    if (!done) return done.error();
    return length;
}
/// getpeername(2), as getsockname.
template <entry_policy Sys>
result<std::uint32_t> getpeername(Sys sys, int fd, span<std::byte> address) noexcept {
    auto length = static_cast<std::uint32_t>(address.size());
    const auto done = detail::restarting<number::getpeername>(sys, fd, address.data(), &length);
    if (!done) return done.error();
    return length;
}
/// setsockopt(2).
template <entry_policy Sys>
result<> setsockopt(Sys sys, int fd, int level, int name, span<const std::byte> value) noexcept {
    return detail::restarting<number::setsockopt>(sys, fd, level, name, value.data(), value.size());
}
/// getsockopt(2): how many bytes of `value` the kernel filled.
template <entry_policy Sys>
result<std::uint32_t> getsockopt(Sys sys, int fd, int level, int name, span<std::byte> value) noexcept {
    auto length = static_cast<std::uint32_t>(value.size());
    const auto done = detail::restarting<number::getsockopt>(sys, fd, level, name, value.data(), &length);
    if (!done) return done.error();
    return length;
}

}  // namespace weld::inline v0::sys
