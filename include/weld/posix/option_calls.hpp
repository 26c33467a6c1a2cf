// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/process_state.hpp>
#include <weld/posix/user_memory.hpp>
#include <weld/socket/levels.hpp>

#include <sys/socket.h>
#include <sys/time.h>

/// getsockopt(2) and setsockopt(2). What a socket is (SO_TYPE, SO_DOMAIN, SO_PROTOCOL) and how long it waits
/// (SO_RCVTIMEO, SO_SNDTIMEO) is known here; everything else is the protocol's. In the kernel: sk_getsockopt.
namespace weld::inline v0::posix {

namespace detail {
/// SO_RCVTIMEO and SO_SNDTIMEO: no time at all means for ever. Errors: invalid_argument (too short),
/// argument_out_of_domain (microseconds out of range). In the kernel: sock_set_timeout.
inline result<> set_timeout(duration& timeout, const_bytes value) noexcept {
    ::timeval given;
    if (value.size() < sizeof given) return errc::invalid_argument;
    if (value.data() == nullptr) return errc::bad_address;
    __builtin_memcpy(&given, value.data(), sizeof given);
    if (given.tv_usec < 0 || given.tv_usec >= 1'000'000) return errc::argument_out_of_domain;
    if (given.tv_sec < 0) timeout = duration{};
    else if (given.tv_sec == 0 && given.tv_usec == 0) timeout = duration::infinite();
    else if (given.tv_sec > 1'000'000'000) timeout = duration::infinite();
    else timeout = duration::seconds(given.tv_sec) + duration::microseconds(given.tv_usec);
    return {};
}
inline result<std::size_t> tell(mutable_bytes to, const_bytes value) noexcept { return copy(to, value); }
inline result<std::size_t> tell_timeout(mutable_bytes to, duration timeout) noexcept {
    ::timeval told{};
    if (timeout != duration::infinite()) told = {timeout.microseconds() / 1'000'000, timeout.microseconds() % 1'000'000};
    return tell(to, object_bytes(told));
}
/// A value that lies nowhere, where a protocol of this process would look at it; the host's kernel finds out by itself.
/// Options of IP may be one byte, all others are an int at the least, which is checked first.
template <class Net>
bool is_lost(process_state<Net>& current, socket_file<Net>& at, int level, const_bytes value) noexcept {
    const std::size_t least = level == levels::ip ? 1 : sizeof(int);
    return value.data() == nullptr && value.size() >= least && at.socket.family() != AF_UNIX && any_ops<Net>::host_descriptor(current.net, at.node()) == -1;
}
/// What is told of a socket without asking its protocol; nothing where it is the protocol's.
template <class Net>
result<std::size_t> own_option(socket_file<Net>& at, int name, mutable_bytes to) noexcept {
    switch (name) {
        case SO_TYPE: return tell(to, object_bytes(at.socket.type()));
        case SO_DOMAIN: return tell(to, object_bytes(at.socket.family()));
        case SO_PROTOCOL: return tell(to, object_bytes(at.socket.protocol()));
        case SO_RCVTIMEO: return tell_timeout(to, at.receive_timeout);
        case SO_SNDTIMEO: return tell_timeout(to, at.send_timeout);
        default: return errc::no_protocol_option;
    }
}
}  // namespace detail

/// getsockopt(2): as much of the value as fits, and how much that is.
template <class Net>
result<int> sys_getsockopt(process_state<Net>& current, int fd, int level, int name, void* value, ::socklen_t* length) {
    const auto at = current.lookup_socket(fd);
    if (!at) return at.error();
    if (length == nullptr) return errc::bad_address;
    if (static_cast<int>(*length) < 0) return errc::invalid_argument;
    std::byte nowhere[128];  // a name that does not exist is told before a place that does not
    const bool lost = value == nullptr && *length != 0;
    const mutable_bytes to = lost ? mutable_bytes{nowhere} : user_bytes(value, *length);
    auto told = level == SOL_SOCKET ? detail::own_option(**at, name, to) : result<std::size_t>{errc::no_protocol_option};
    if (told.error() == errc::no_protocol_option) told = (*at)->socket.get_option(level, name, to);
    if (!told) return told.error();
    if (lost) return errc::bad_address;
    *length = static_cast<::socklen_t>(*told);
    return 0;
}

/// setsockopt(2).
template <class Net>
result<int> sys_setsockopt(process_state<Net>& current, int fd, int level, int name, const void* value, ::socklen_t length) {
    const auto at = current.lookup_socket(fd);
    if (!at) return at.error();
    if (static_cast<int>(length) < 0) return errc::invalid_argument;
    const const_bytes given = user_bytes(value, length);
    result<> done;
    if (detail::is_lost(current, **at, level, given)) return errc::bad_address;
    if (level == SOL_SOCKET && name == SO_RCVTIMEO) done = detail::set_timeout((*at)->receive_timeout, given);
    else if (level == SOL_SOCKET && name == SO_SNDTIMEO) done = detail::set_timeout((*at)->send_timeout, given);
    else done = (*at)->socket.set_option(level, name, given);
    if (!done) return done.error();
    if (level == linger::level && name == linger::name) (*at)->lingers = true;
    return 0;
}

}  // namespace weld::inline v0::posix
