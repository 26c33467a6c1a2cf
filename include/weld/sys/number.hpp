// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <asm/unistd_64.h>

namespace weld::inline v0::sys {

/// The system calls that weld makes, and no others. Source: asm/unistd_64.h, arch/x86/entry/syscalls/syscall_64.tbl.
enum class number : long {
    read = __NR_read, write = __NR_write, close = __NR_close, fstat = __NR_fstat, poll = __NR_poll,
    mmap = __NR_mmap, munmap = __NR_munmap, ioctl = __NR_ioctl, pread64 = __NR_pread64, readv = __NR_readv,
    writev = __NR_writev, dup = __NR_dup, dup2 = __NR_dup2, getpid = __NR_getpid, sendfile = __NR_sendfile,
    socket = __NR_socket, connect = __NR_connect, accept4 = __NR_accept4, sendto = __NR_sendto,
    recvfrom = __NR_recvfrom, sendmsg = __NR_sendmsg, recvmsg = __NR_recvmsg, shutdown = __NR_shutdown,
    bind = __NR_bind, listen = __NR_listen, getsockname = __NR_getsockname, getpeername = __NR_getpeername,
    socketpair = __NR_socketpair, setsockopt = __NR_setsockopt, getsockopt = __NR_getsockopt, fcntl = __NR_fcntl,
    getppid = __NR_getppid, epoll_wait = __NR_epoll_wait, epoll_ctl = __NR_epoll_ctl, openat = __NR_openat,
    ppoll = __NR_ppoll, rt_sigprocmask = __NR_rt_sigprocmask, recvmmsg = __NR_recvmmsg, sendmmsg = __NR_sendmmsg,
    signalfd4 = __NR_signalfd4, eventfd2 = __NR_eventfd2, epoll_create1 = __NR_epoll_create1, getrandom = __NR_getrandom,
    epoll_pwait2 = __NR_epoll_pwait2, perf_event_open = __NR_perf_event_open,
};

}  // namespace weld::inline v0::sys
