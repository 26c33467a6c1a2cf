// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/control.hpp>
#include <weld/posix/message_header.hpp>
#include <weld/posix/process_state.hpp>
#include <weld/posix/user_memory.hpp>

/// The calls that send and receive. A stream's send that blocks ends when all is taken; what was sent before an error
/// is the answer, and the error waits. In the kernel: net/socket.c, SYSCALL_DEFINE6(sendto, ...).
namespace weld::inline v0::posix {

namespace detail {
inline constexpr int handled_here = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_CMSG_CLOEXEC | MSG_WAITALL | MSG_WAITFORONE;
constexpr message_flags passed_on(int flags) noexcept { return static_cast<message_flags>(flags & ~handled_here); }

/// Null instead of a buffer, where a protocol of this process would look at it; the host's kernel finds out by itself.
template <class Net, class Bytes>
bool is_lost(process_state<Net>& current, socket_file<Net>& at, const pieces<Bytes>& data) noexcept {
    return data.nowhere() && any_ops<Net>::host_descriptor(current.net, at.node()) == -1;
}
/// One message; of a stream all its bytes, where the socket blocks. A stream that nobody reads any more raises SIGPIPE.
/// In the kernel: sock_sendmsg, and sk_stream_error.
template <class Net>
result<std::size_t> send_message(process_state<Net>& current, socket_file<Net>& at, pieces<const_bytes>& data, any_outgoing message, int flags) {
    const bool at_once = (flags & MSG_DONTWAIT) != 0 || at.nonblocking;
    if (is_lost(current, at, data)) return errc::bad_address;
    const auto once = [&] {
        message.pieces = data.left();
        return any_ops<Net>::send_message(current.net, at.node(), message, passed_on(flags));
    };
    const auto waiting = [&] {
        const bool stream = any_ops<Net>::is_stream(current.net, at.node());
        if (any_ops<Net>::retries_send_to(current.net, at.node()) && !stream) return repeating(current, at, at_once, at.send_timeout, once);
        if (!stream) {  // a datagram that is not sent though there is room: no ephemeral port is left
            const auto first = once();
            if (first || !try_again(first.error()) || any_ops<Net>::is_ready(current.net, at.node(), events::writable)) return first;
        }
        return blocking(current, at, events::writable, at_once, at.send_timeout, false, once);
    };
    std::size_t sent = 0;
    for (;;) {
        const auto done = waiting();
        if (!done && sent != 0) return sent;
        if (!done) {
            const bool stream = any_ops<Net>::is_stream(current.net, at.node());
            if (done.error() == errc::broken_pipe && stream && (flags & MSG_NOSIGNAL) == 0) current.signals.send(SIGPIPE, SI_USER, current.net.runnable());
            return done;
        }
        sent += *done;
        data.advance(*done);
        message.objects = nullptr;  // they went with the first part
        if (at_once || data.empty() || !any_ops<Net>::is_stream(current.net, at.node())) return sent;
    }
}

/// One message; of a stream, with MSG_WAITALL, until the buffers are full. In the kernel: sock_recvmsg.
template <class Net>
result<std::size_t> recv_message(process_state<Net>& current, socket_file<Net>& at, pieces<mutable_bytes>& buffers, any_incoming& message, int flags) {
    const bool at_once = (flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) != 0;
    const bool all = (flags & MSG_WAITALL) != 0 && (flags & MSG_PEEK) == 0 && any_ops<Net>::is_stream(current.net, at.node());
    const bool lost = is_lost(current, at, buffers);
    std::size_t got = 0;
    for (;;) {
        const auto done = blocking(current, at, events::readable, at_once, at.receive_timeout, false, [&]() -> result<std::size_t> {
            if (lost) return any_ops<Net>::is_ready(current.net, at.node(), events::readable) ? errc::bad_address : errc::resource_unavailable_try_again;
            message.pieces = buffers.left();
            return any_ops<Net>::recv_message(current.net, at.node(), message, passed_on(flags));
        });
        if (!done) return got != 0 ? result<std::size_t>{got} : done;
        got += *done;
        buffers.advance(*done);
        if (!all || *done == 0 || buffers.empty() || at_once || at.nonblocking) return got;
    }
}
}  // namespace detail

/// sendto(2), and send(2) where there is no address.
template <class Net>
result<std::size_t> sys_sendto(process_state<Net>& current, int fd, const void* data, std::size_t size, int flags,
                               const ::sockaddr* address, ::socklen_t length) {
    const auto crossing = cross(current.net, layer::entry, "posix::sys_sendto", "__sys_sendto", fd, user_bytes(data, size));
    const auto at = current.lookup_socket(fd);
    if (!at) return at.error();
    any_outgoing message;
    generic_address to;
    if (address != nullptr) {
        const auto given = move_addr_to_kernel(address, length);
        if (!given) return given.error();
        to = *given;
        message.to = &to;
    }
    message.credentials = &current.credentials;
    pieces<const_bytes> whole{user_bytes(data, size)};
    return detail::send_message(current, **at, whole, message, flags);
}

/// recvfrom(2), and recv(2) where no address is asked for.
template <class Net>
result<std::size_t> sys_recvfrom(process_state<Net>& current, int fd, void* buffer, std::size_t size, int flags, ::sockaddr* address,
                                 ::socklen_t* length) {
    const auto crossing = cross(current.net, layer::entry, "posix::sys_recvfrom", "__sys_recvfrom", fd, user_bytes(buffer, size));
    const auto at = current.lookup_socket(fd);
    if (!at) return at.error();
    any_incoming message;
    pieces<mutable_bytes> whole{user_bytes(buffer, size)};
    const auto got = detail::recv_message(current, **at, whole, message, flags);
    if (!got || address == nullptr) return got;
    const result<> told = move_addr_to_user(message.from, address, length);
    if (!told) return told.error();
    return got;
}

namespace detail {
/// In the kernel: ___sys_sendmsg.
template <class Net>
result<std::size_t> sendmsg(process_state<Net>& current, socket_file<Net>& at, const ::msghdr* header, int flags) {
    message_header<const_bytes> copied;
    if (const result<> readable = copied.load(header); !readable) return readable.error();
    any_outgoing message;
    generic_address to;
    if (copied.name_size() != 0) {
        const auto given = move_addr_to_kernel(static_cast<const ::sockaddr*>(header->msg_name), copied.name_size());
        if (!given) return given.error();
        to = *given;
        message.to = &to;
    }
    message.credentials = &current.credentials;
    shared_objects objects;
    outgoing_control control{current, objects};
    if (const result<> sound = control.load(header, at); !sound) return sound.error();
    message.control = control.for_host();
    message.objects = objects.size() != 0 ? &objects : nullptr;
    return send_message(current, at, copied.data(), message, flags);
}
/// In the kernel: ___sys_recvmsg.
template <class Net>
result<std::size_t> recvmsg(process_state<Net>& current, socket_file<Net>& at, ::msghdr* header, int flags) {
    message_header<mutable_bytes> copied;
    if (const result<> readable = copied.load(header); !readable) return readable.error();
    any_incoming message;
    shared_objects objects;
    message.objects = &objects;
    message.control = user_bytes(header->msg_control, header->msg_control == nullptr ? 0 : header->msg_controllen);
    const auto got = recv_message(current, at, copied.data(), message, flags);
    if (!got) return got;
    if (header->msg_name != nullptr) {
        ::socklen_t length = header->msg_namelen;
        if (const result<> told = move_addr_to_user(message.from, static_cast<::sockaddr*>(header->msg_name), &length); !told) return told.error();
        header->msg_namelen = length;
    }
    incoming_control control{current};
    control.store(message, *header, (flags & MSG_CMSG_CLOEXEC) != 0);
    header->msg_flags = message.flags | (flags & MSG_CMSG_CLOEXEC);
    return got;
}
/// A count of messages as the kernel takes it. Source: UIO_MAXIOV, linux/uio.h.
inline constexpr unsigned messages_max = 1024;
}  // namespace detail

/// sendmsg(2).
template <class Net>
result<std::size_t> sys_sendmsg(process_state<Net>& current, int fd, const ::msghdr* message, int flags) {
    const auto at = current.lookup_socket(fd);
    if (!at) return at.error();
    return detail::sendmsg(current, **at, message, flags);
}
/// recvmsg(2).
template <class Net>
result<std::size_t> sys_recvmsg(process_state<Net>& current, int fd, ::msghdr* message, int flags) {
    const auto at = current.lookup_socket(fd);
    if (!at) return at.error();
    return detail::recvmsg(current, **at, message, flags);
}
/// sendmmsg(2): how many messages were sent; an error counts only where it is the first one's.
template <class Net>
result<int> sys_sendmmsg(process_state<Net>& current, int fd, ::mmsghdr* messages, unsigned count, int flags) {
    const auto at = current.lookup_socket(fd);
    if (!at) return at.error();
    if (count > detail::messages_max) count = detail::messages_max;
    for (unsigned i = 0; i < count; ++i) {
        const auto sent = messages == nullptr ? result<std::size_t>{errc::bad_address}
                                              : detail::sendmsg(current, **at, &messages[i].msg_hdr, flags);
        if (!sent) return i != 0 ? result<int>{static_cast<int>(i)} : sent.error();
        messages[i].msg_len = static_cast<unsigned>(*sent);
    }
    return static_cast<int>(count);
}
/// recvmmsg(2). The timeout is looked at after each message, as in the kernel. MSG_WAITFORONE waits for the first alone.
template <class Net>
result<int> sys_recvmmsg(process_state<Net>& current, int fd, ::mmsghdr* messages, unsigned count, int flags, const ::timespec* timeout) {
    if (timeout != nullptr && (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= 1'000'000'000)) return errc::invalid_argument;
    const auto at = current.lookup_socket(fd);
    if (!at) return at.error();
    if (count > detail::messages_max) count = detail::messages_max;
    const time_point until = timeout == nullptr ? time_point::never()
                                                : current.net.now() + duration::seconds(timeout->tv_sec) + duration::nanoseconds(timeout->tv_nsec);
    for (unsigned i = 0; i < count; ++i) {
        const auto got = messages == nullptr ? result<std::size_t>{errc::bad_address}
                                             : detail::recvmsg(current, **at, &messages[i].msg_hdr, flags & ~MSG_WAITFORONE);
        if (!got) return i != 0 ? result<int>{static_cast<int>(i)} : got.error();
        messages[i].msg_len = static_cast<unsigned>(*got);
        if ((flags & MSG_WAITFORONE) != 0) flags |= MSG_DONTWAIT;
        if (current.net.now() >= until) return static_cast<int>(i + 1);
    }
    return static_cast<int>(count);
}

namespace detail {
/// read and write of anything but a socket: an epoll set has neither.
template <class Net>
result<held<socket_file<Net>>> readable_file(process_state<Net>& current, int fd) {
    auto at = current.lookup_socket(fd);
    if (at.error() == errc::not_a_socket) return errc::invalid_argument;
    return at;
}
}  // namespace detail

/// read(2), readv(2). No bytes asked for are none read, without a look at the socket. In the kernel: sock_read_iter.
template <class Net>
result<std::size_t> sys_readv(process_state<Net>& current, int fd, const ::iovec* vector, int count) {
    const auto at = detail::readable_file(current, fd);
    if (!at) return at.error();
    message_header<mutable_bytes> copied;
    if (const result<> readable = copied.load(vector, count, errc::invalid_argument); !readable) return readable.error();
    if (copied.data().empty()) return std::size_t{0};
    any_incoming message;
    return detail::recv_message(current, **at, copied.data(), message, 0);
}
/// write(2), writev(2).
template <class Net>
result<std::size_t> sys_writev(process_state<Net>& current, int fd, const ::iovec* vector, int count) {
    const auto at = detail::readable_file(current, fd);
    if (!at) return at.error();
    message_header<const_bytes> copied;
    if (const result<> readable = copied.load(vector, count, errc::invalid_argument); !readable) return readable.error();
    any_outgoing message;
    message.credentials = &current.credentials;
    return detail::send_message(current, **at, copied.data(), message, 0);
}

}  // namespace weld::inline v0::posix
