// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/process_state.hpp>
#include <weld/posix/user_memory.hpp>

/// The calls that make, name and connect sockets, as the kernel's own: a value or an errno. The checks stand in the
/// kernel's order, so that of two errors the same one is told. In the kernel: net/socket.c, SYSCALL_DEFINE3(socket, ...).
namespace weld::inline v0::posix {

namespace detail {
inline constexpr int flags_allowed = SOCK_CLOEXEC | SOCK_NONBLOCK;
inline constexpr int backlog_max = 4096;  // net.core.somaxconn

/// A file for a socket. Errors: too_many_files_open_in_system, not_enough_memory. In the kernel: sock_alloc_file.
template <class Net>
result<socket_file<Net>*> alloc_file(Net& net, any_socket<Net>&& socket, int flags) {
    const auto crossing = cross(net, layer::entry, "posix::alloc_file", "sock_alloc_file");
    if (!net.sockets().add_file()) return errc::too_many_files_open_in_system;
    auto* const file = make<socket_file<Net>>(net.allocation(), std::move(socket));
    if (file == nullptr) {
        net.sockets().remove_file();
        return errc::not_enough_memory;
    }
    file->nonblocking = (flags & SOCK_NONBLOCK) != 0;
    return file;
}
/// A number for a socket; without one the socket is closed. In the kernel: sock_map_fd.
template <class Net>
result<int> map_fd(process_state<Net>& current, any_socket<Net>&& socket, int flags) {
    const auto crossing = cross(current.net, layer::entry, "posix::map_fd", "sock_map_fd, get_unused_fd_flags, fd_install");
    const auto fd = current.files.reserve((flags & SOCK_CLOEXEC) != 0);
    if (!fd) return fd;
    const auto file = alloc_file(current.net, std::move(socket), flags);
    if (!file) {
        current.files.put_back(*fd);
        return file.error();
    }
    current.files.install(*fd, **file);
    return fd;
}
}  // namespace detail

/// socket(2).
template <class Net>
result<int> sys_socket(process_state<Net>& current, int family, int type, int protocol) {
    const auto crossing = cross(current.net, layer::entry, "posix::sys_socket", "__sys_socket", family, type, protocol);
    auto made = current.net.socket(family, type, protocol);
    if (!made) return made.error();
    return detail::map_fd(current, std::move(*made), type);
}

/// socketpair(2): both numbers or none.
template <class Net>
result<int> sys_socketpair(process_state<Net>& current, int family, int type, int protocol, int* numbers) {
    const auto crossing = cross(current.net, layer::entry, "posix::sys_socketpair", "__sys_socketpair", family, type, protocol);
    const int flags = type & ~0xf;
    if ((flags & ~detail::flags_allowed) != 0) return errc::invalid_argument;
    const auto first = current.files.reserve((flags & SOCK_CLOEXEC) != 0);
    if (!first) return first;
    const auto second = current.files.reserve((flags & SOCK_CLOEXEC) != 0);
    const auto pair = !second ? result<int>{second.error()} : numbers == nullptr ? result<int>{errc::bad_address} : [&]() -> result<int> {
        auto made = current.net.socketpair(family, type, protocol);
        if (!made) return made.error();
        const auto one = detail::alloc_file(current.net, std::move(made->first), flags);
        if (!one) return one.error();
        const auto two = detail::alloc_file(current.net, std::move(made->second), flags);
        if (!two) {
            (*one)->put();
            return two.error();
        }
        current.files.install(*first, **one);
        current.files.install(*second, **two);
        return 0;
    }();
    if (pair) {
        numbers[0] = *first;
        numbers[1] = *second;
        return 0;
    }
    if (second) current.files.put_back(*second);
    current.files.put_back(*first);
    return pair;
}

/// bind(2).
template <class Net>
result<int> sys_bind(process_state<Net>& current, int fd, const ::sockaddr* address, ::socklen_t length) {
    const auto crossing = cross(current.net, layer::entry, "posix::sys_bind", "__sys_bind", fd);
    const auto at = current.lookup_socket(fd);
    if (!at) return at.error();
    const auto local = move_addr_to_kernel(address, length);
    if (!local) return local.error();
    const result<> done = (*at)->socket.bind(*local);
    if (!done) return done.error();
    return 0;
}

/// listen(2): a backlog over the limit, or below zero, is the limit.
template <class Net>
result<int> sys_listen(process_state<Net>& current, int fd, int backlog) {
    const auto crossing = cross(current.net, layer::entry, "posix::sys_listen", "__sys_listen", fd, backlog);
    const auto at = current.lookup_socket(fd);
    if (!at) return at.error();
    if (static_cast<unsigned>(backlog) > static_cast<unsigned>(detail::backlog_max)) backlog = detail::backlog_max;
    const result<> done = (*at)->socket.listen(backlog);
    if (!done) return done.error();
    return 0;
}

namespace detail {
/// The connection, the peer's address, and the number, in that order; what is not wanted any more ends.
/// In the kernel: do_accept.
template <class Net>
result<int> do_accept(process_state<Net>& current, file& listening, ::sockaddr* address, ::socklen_t* length, int flags, int fd) {
    const auto at = current.as_socket(listening);
    if (!at) return at.error();
    auto fresh = any_socket<Net>::allocate(current.net);
    if (!fresh) return fresh.error();
    const auto made = alloc_file(current.net, std::move(*fresh), flags);
    if (!made) return made.error();
    held<socket_file<Net>> file{**made};
    (*made)->put();  // `file` alone holds it now
    const result<> done = blocking(current, **at, events::readable, false, (*at)->receive_timeout, true, [&] {
        return any_ops<Net>::accept(current.net, (*at)->node(), file->node());
    });
    if (!done) return done.error();
    file->lingers = (*at)->lingers;
    if (address != nullptr) {
        const auto peer = file->socket.peer_address();
        if (!peer) return errc::connection_aborted;  // it has gone again
        if (const result<> told = move_addr_to_user(*peer, address, length); !told) return told.error();
    }
    file->hold();
    current.files.install(fd, *file);
    return fd;
}
}  // namespace detail

/// accept4(2). Errors: in this order EBADF, EINVAL (flags), EMFILE, ENOTSOCK, ENFILE, those of the protocol.
template <class Net>
result<int> sys_accept4(process_state<Net>& current, int fd, ::sockaddr* address, ::socklen_t* length, int flags) {
    const auto crossing = cross(current.net, layer::entry, "posix::sys_accept4", "__sys_accept4", fd);
    const auto listening = current.lookup(fd);
    if (!listening) return listening.error();
    if ((flags & ~detail::flags_allowed) != 0) return errc::invalid_argument;
    const held<file> stays{**listening};
    const auto fresh = current.files.reserve((flags & SOCK_CLOEXEC) != 0);
    if (!fresh) return fresh;
    const auto accepted = detail::do_accept(current, **listening, address, length, flags, *fresh);
    if (!accepted) current.files.put_back(*fresh);
    return accepted;
}

/// connect(2). A socket that blocks waits for the peer's answer; a send timeout makes that operation_in_progress.
template <class Net>
result<int> sys_connect(process_state<Net>& current, int fd, const ::sockaddr* address, ::socklen_t length) {
    const auto crossing = cross(current.net, layer::entry, "posix::sys_connect", "__sys_connect", fd);
    const auto found = current.lookup(fd);
    if (!found) return found.error();
    const auto to = move_addr_to_kernel(address, length);
    if (!to) return to.error();
    const auto at = current.as_socket(**found);
    if (!at) return at.error();
    socket_file<Net>& socket = **at;
    const auto once = [&] { return any_ops<Net>::connect(current.net, socket.node(), *to); };
    result<> done = any_ops<Net>::retries_connect(current.net, socket.node())
                        ? repeating(current, socket, false, socket.send_timeout, once) : once();
    const time_point until = current.net.now() + socket.send_timeout;
    while ((done.error() == errc::operation_in_progress || done.error() == errc::connection_already_in_progress) && !socket.nonblocking) {
        const result<> woke = wait_for(current, socket, events::writable, until);
        if (woke.error() == errc::timed_out) return errc::operation_in_progress;
        if (woke.error() == errc::interrupted) return current.signals.interrupt(socket.send_timeout == duration::infinite());
        if (!woke) return woke.error();
        done = once();
        if (done.error() == errc::already_connected) done = {};
    }
    if (!done) return done.error();
    return 0;
}

/// shutdown(2).
template <class Net>
result<int> sys_shutdown(process_state<Net>& current, int fd, int how) {
    const auto crossing = cross(current.net, layer::entry, "posix::sys_shutdown", "__sys_shutdown", fd, how);
    const auto at = current.lookup_socket(fd);
    if (!at) return at.error();
    if (how < 0 || how > 2) return errc::invalid_argument;
    const result<> done = (*at)->socket.shutdown(static_cast<shutdown_type>(how));
    if (!done) return done.error();
    return 0;
}

/// getsockname(2), getpeername(2).
template <class Net>
result<int> sys_getsockname(process_state<Net>& current, int fd, ::sockaddr* address, ::socklen_t* length) {
    const auto at = current.lookup_socket(fd);
    if (!at) return at.error();
    const auto local = (*at)->socket.local_address();
    if (!local) return local.error();
    const result<> told = move_addr_to_user(*local, address, length);
    if (!told) return told.error();
    return 0;
}
template <class Net>
result<int> sys_getpeername(process_state<Net>& current, int fd, ::sockaddr* address, ::socklen_t* length) {
    const auto at = current.lookup_socket(fd);
    if (!at) return at.error();
    const auto peer = (*at)->socket.peer_address();
    if (!peer) return peer.error();
    const result<> told = move_addr_to_user(*peer, address, length);
    if (!told) return told.error();
    return 0;
}

}  // namespace weld::inline v0::posix
