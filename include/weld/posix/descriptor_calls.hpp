// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/process_state.hpp>

#include <fcntl.h>
#include <sys/ioctl.h>

/// What can be done with a number, whatever is behind it. In the kernel: fs/file.c, fs/fcntl.c, fs/ioctl.c, fs/open.c.
namespace weld::inline v0::posix {

namespace detail {
/// What close(2) waits for: SO_LINGER's time, or until the peer has acknowledged what was sent, or a signal. The file's
/// descriptor is free before. In the kernel: __fput, inet_release, sk_stream_wait_close.
template <class Net>
void linger_of_last(process_state<Net>& current, file& at) {
    using ops = any_ops<Net>;
    if (at.kind != file_kind::socket || at.references != 1 || !static_cast<socket_file<Net>&>(at).lingers) return;
    auto& socket = static_cast<socket_file<Net>&>(at);
    socket_node& node = socket.node();
    const duration patience = closing::patience<ops>(current.net, node);
    if (patience == duration{}) return;
    epoll_file::forget_watchers(socket.watchers);
    if (!ops::begin_close(current.net, node)) return;
    const time_point until = current.net.now() + patience;
    for (duration pause = duration::milliseconds(1); ops::is_closing(current.net, node) && current.net.now() < until; pause = pause * 2) {
        sleeper sleep;
        sleeper::entry entry{sleep, events::writable, false};
        const bool told = ops::wait_closed(current.net, node, entry);
        const time_point next = current.net.now() + (pause < duration::milliseconds(64) ? pause : duration::milliseconds(64));
        if (sleep_until(current, sleep, told || until < next ? until : next).error() == errc::interrupted) break;
    }
    const linger::raw off{};  // the rest goes on in the background: a kernel's own close would block for it
    if (ops::is_closing(current.net, node)) static_cast<void>(ops::set_option(current.net, node, linger::level, linger::name, object_bytes(off)));
}
/// In the kernel: filp_close.
template <class Net>
void close_file(process_state<Net>& current, file& at) {
    linger_of_last(current, at);
    at.put();
}
}  // namespace detail

/// close(2). Who is blocked on it stays so, on the file that he holds. In the kernel: file_close_fd, filp_close.
template <class Net>
result<int> sys_close(process_state<Net>& current, int fd) {
    const auto crossing = cross(current.net, layer::entry, "posix::sys_close", "sys_close, __fput", fd);
    const auto at = current.files.remove(fd);
    if (!at) return at.error();
    detail::close_file(current, **at);
    return 0;
}

namespace detail {
/// Another number for a file, the lowest from `first` on. In the kernel: f_dupfd.
template <class Net>
result<int> dup_from(process_state<Net>& current, int fd, int first, bool close_on_exec) {
    const auto at = current.lookup(fd);
    if (!at) return at.error();
    if (first < 0 || first >= current.files.limit()) return errc::invalid_argument;
    const auto fresh = current.files.reserve(close_on_exec, first);
    if (!fresh) return fresh;
    (*at)->hold();
    current.files.install(*fresh, **at);
    return fresh;
}
}  // namespace detail

/// dup(2).
template <class Net>
result<int> sys_dup(process_state<Net>& current, int fd) {
    const auto at = current.lookup(fd);
    if (!at) return at.error();
    const auto fresh = current.files.reserve(false);
    if (!fresh) return fresh;
    (*at)->hold();
    current.files.install(*fresh, **at);
    return fresh;
}
/// dup3(2), and dup2(2), which takes equal numbers: what was open under the new number is closed.
template <class Net>
result<int> sys_dup3(process_state<Net>& current, int fd, int onto, int flags) {
    if ((flags & ~O_CLOEXEC) != 0 || fd == onto) return errc::invalid_argument;
    if (onto < 0 || onto >= current.files.limit()) return errc::bad_file_descriptor;
    const auto at = current.lookup(fd);
    if (!at) return at.error();
    if (current.files.reserved(onto)) return errc::device_or_resource_busy;  // another call is about to fill it
    const auto before = current.files.remove(onto);
    const result<> room = current.files.reserve_exactly(onto, (flags & O_CLOEXEC) != 0);
    if (!room) return room.error();
    (*at)->hold();
    current.files.install(onto, **at);
    if (before) detail::close_file(current, **before);
    return onto;
}
template <class Net>
result<int> sys_dup2(process_state<Net>& current, int fd, int onto) {
    if (fd != onto) return sys_dup3(current, fd, onto, 0);
    const auto at = current.lookup(fd);
    if (!at) return at.error();
    return fd;
}

/// fcntl(2), as far as it concerns sockets: F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL (O_NONBLOCK).
template <class Net>
result<int> sys_fcntl(process_state<Net>& current, int fd, int command, long argument) {
    const auto at = current.lookup(fd);
    if (!at) return at.error();
    switch (command) {
        case F_DUPFD: return detail::dup_from(current, fd, static_cast<int>(argument), false);
        case F_DUPFD_CLOEXEC: return detail::dup_from(current, fd, static_cast<int>(argument), true);
        case F_GETFD: return current.files.close_on_exec(fd) ? FD_CLOEXEC : 0;
        case F_SETFD: current.files.set_close_on_exec(fd, (argument & FD_CLOEXEC) != 0); return 0;
        case F_GETFL: return O_RDWR | ((*at)->nonblocking ? O_NONBLOCK : 0);
        case F_SETFL: (*at)->nonblocking = (argument & O_NONBLOCK) != 0; return 0;
        default: return errc::invalid_argument;
    }
}

/// ioctl(2): FIONBIO, FIOCLEX and FIONCLEX of every descriptor, the protocol's of a socket, and the interfaces'.
/// Errors: inappropriate_io_control_operation. In the kernel: do_vfs_ioctl, sock_ioctl.
template <class Net>
result<int> sys_ioctl(process_state<Net>& current, int fd, unsigned long request, void* argument);

}  // namespace weld::inline v0::posix
