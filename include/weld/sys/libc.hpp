// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/errc.hpp>
#include <weld/core/signal_set.hpp>
#include <weld/sys/direct.hpp>
#include <weld/sys/entry_policy.hpp>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <type_traits>

namespace weld::inline v0::sys {

/// Enters the kernel through the C library's functions, by their names: what is preloaded over them, and sanitizers,
/// see every call. `weld::net n{weld::host::inet{}, weld::sys::libc{}}`. Answers as `direct` does. Stateless.
struct libc {
    using role = weld::role::system_calls;

    template <number Number, class... Arguments>
    static long call(Arguments... arguments) noexcept {
        return named(std::integral_constant<number, Number>{}, detail::as_register(arguments)...);
    }

private:
    template <number Number>
    using is = std::integral_constant<number, Number>;

    template <class Parameter>
    static Parameter from_register(long value) noexcept {
        if constexpr (std::is_pointer_v<Parameter>) return reinterpret_cast<Parameter>(value);
        else return static_cast<Parameter>(value);
    }
    static long answered(long value) noexcept { return value == -1 ? -long{errno} : value; }
    template <class Answer, class... Parameters, class... Longs>
    static long through(Answer (*function)(Parameters...), Longs... arguments) noexcept {
        return answered(detail::as_register(function(from_register<Parameters>(arguments)...)));
    }
    template <class T>
    static T* pointer(long value) noexcept { return reinterpret_cast<T*>(value); }
    static int integer(long value) noexcept { return static_cast<int>(value); }

    static long named(is<number::read>, long fd, long to, long size) noexcept { return through(&::read, fd, to, size); }
    static long named(is<number::write>, long fd, long from, long size) noexcept { return through(&::write, fd, from, size); }
    static long named(is<number::close>, long fd) noexcept { return through(&::close, fd); }
    static long named(is<number::fstat>, long fd, long about) noexcept { return answered(::fstat(integer(fd), pointer<struct ::stat>(about))); }
    static long named(is<number::poll>, long fds, long count, long patience) noexcept { return through(&::poll, fds, count, patience); }
    static long named(is<number::ppoll>, long fds, long count, long patience, long mask, long) noexcept {
        return through(&::ppoll, fds, count, patience, mask);
    }
    static long named(is<number::mmap>, long at, long size, long protection, long flags, long fd, long offset) noexcept {
        return through(&::mmap, at, size, protection, flags, fd, offset);
    }
    static long named(is<number::munmap>, long at, long size) noexcept { return through(&::munmap, at, size); }
    static long named(is<number::ioctl>, long fd, long request, long argument) noexcept {
        return answered(::ioctl(integer(fd), static_cast<unsigned long>(request), argument));
    }
    static long named(is<number::fcntl>, long fd, long command, long argument = 0) noexcept {
        return answered(::fcntl(integer(fd), integer(command), argument));
    }
    static long named(is<number::openat>, long at, long path, long flags, long mode) noexcept {
        return answered(::openat(integer(at), pointer<const char>(path), integer(flags), integer(mode)));
    }
    static long named(is<number::pread64>, long fd, long to, long size, long offset) noexcept { return through(&::pread, fd, to, size, offset); }
    static long named(is<number::readv>, long fd, long parts, long count) noexcept { return through(&::readv, fd, parts, count); }
    static long named(is<number::writev>, long fd, long parts, long count) noexcept { return through(&::writev, fd, parts, count); }
    static long named(is<number::dup>, long fd) noexcept { return through(&::dup, fd); }
    static long named(is<number::dup2>, long from, long to) noexcept { return through(&::dup2, from, to); }
    static long named(is<number::getpid>) noexcept { return ::getpid(); }
    static long named(is<number::getppid>) noexcept { return ::getppid(); }
    static long named(is<number::sendfile>, long to, long from, long offset, long size) noexcept {
        return through(&::sendfile, to, from, offset, size);
    }
    static long named(is<number::socket>, long family, long type, long protocol) noexcept { return through(&::socket, family, type, protocol); }
    static long named(is<number::socketpair>, long family, long type, long protocol, long pair) noexcept {
        return through(&::socketpair, family, type, protocol, pair);
    }
    static long named(is<number::connect>, long fd, long to, long size) noexcept {
        return answered(::connect(integer(fd), pointer<const ::sockaddr>(to), static_cast<::socklen_t>(size)));
    }
    static long named(is<number::accept4>, long fd, long from, long size, long flags) noexcept {
        return answered(::accept4(integer(fd), pointer<::sockaddr>(from), pointer<::socklen_t>(size), integer(flags)));
    }
    static long named(is<number::bind>, long fd, long address, long size) noexcept {
        return answered(::bind(integer(fd), pointer<const ::sockaddr>(address), static_cast<::socklen_t>(size)));
    }
    static long named(is<number::listen>, long fd, long backlog) noexcept { return through(&::listen, fd, backlog); }
    static long named(is<number::getsockname>, long fd, long address, long size) noexcept {
        return answered(::getsockname(integer(fd), pointer<::sockaddr>(address), pointer<::socklen_t>(size)));
    }
    static long named(is<number::getpeername>, long fd, long address, long size) noexcept {
        return answered(::getpeername(integer(fd), pointer<::sockaddr>(address), pointer<::socklen_t>(size)));
    }
    static long named(is<number::sendto>, long fd, long from, long size, long flags, long to, long length) noexcept {
        return answered(::sendto(integer(fd), pointer<const void>(from), static_cast<std::size_t>(size), integer(flags),
                                 pointer<const ::sockaddr>(to), static_cast<::socklen_t>(length)));
    }
    static long named(is<number::recvfrom>, long fd, long to, long size, long flags, long from, long length) noexcept {
        return answered(::recvfrom(integer(fd), pointer<void>(to), static_cast<std::size_t>(size), integer(flags),
                                   pointer<::sockaddr>(from), pointer<::socklen_t>(length)));
    }
    static long named(is<number::sendmsg>, long fd, long message, long flags) noexcept { return through(&::sendmsg, fd, message, flags); }
    static long named(is<number::recvmsg>, long fd, long message, long flags) noexcept { return through(&::recvmsg, fd, message, flags); }
    static long named(is<number::sendmmsg>, long fd, long messages, long count, long flags) noexcept {
        return answered(::sendmmsg(integer(fd), pointer<::mmsghdr>(messages), static_cast<unsigned>(count), integer(flags)));
    }
    static long named(is<number::recvmmsg>, long fd, long messages, long count, long flags, long patience) noexcept {
        return answered(::recvmmsg(integer(fd), pointer<::mmsghdr>(messages), static_cast<unsigned>(count), integer(flags),
                                   pointer<::timespec>(patience)));
    }
    static long named(is<number::shutdown>, long fd, long how) noexcept { return through(&::shutdown, fd, how); }
    static long named(is<number::setsockopt>, long fd, long level, long name, long value, long size) noexcept {
        return through(&::setsockopt, fd, level, name, value, size);
    }
    static long named(is<number::getsockopt>, long fd, long level, long name, long value, long size) noexcept {
        return through(&::getsockopt, fd, level, name, value, size);
    }
    static long named(is<number::epoll_create1>, long flags) noexcept { return through(&::epoll_create1, flags); }
    static long named(is<number::epoll_ctl>, long epoll, long operation, long fd, long event) noexcept {
        return through(&::epoll_ctl, epoll, operation, fd, event);
    }
    static long named(is<number::epoll_wait>, long epoll, long events, long count, long patience) noexcept {
        return through(&::epoll_wait, epoll, events, count, patience);
    }
    /// In glibc since 2.35; without it, whole milliseconds as before Linux 5.11.
    static long named(is<number::epoll_pwait2>, long epoll, long events, long count, long patience, long mask, long) noexcept {
#if defined(__GLIBC_PREREQ)
#    if __GLIBC_PREREQ(2, 35)
        return through(&::epoll_pwait2, epoll, events, count, patience, mask);
#    endif
#endif
        static_cast<void>(epoll), static_cast<void>(events), static_cast<void>(count), static_cast<void>(patience), static_cast<void>(mask);
        return -static_cast<long>(errc::function_not_supported);
    }
    /// The kernel's set in the library's, which is longer and begins with it.
    static ::sigset_t widened(long set) noexcept {
        ::sigset_t wide;
        ::sigemptyset(&wide);
        if (set != 0) __builtin_memcpy(&wide, pointer<const void>(set), sizeof(signal_set));
        return wide;
    }
    static long named(is<number::rt_sigprocmask>, long how, long set, long before, long) noexcept {
        const ::sigset_t wanted = widened(set);
        ::sigset_t was;
        const int failed = ::pthread_sigmask(integer(how), set != 0 ? &wanted : nullptr, &was);
        if (failed == 0 && before != 0) __builtin_memcpy(pointer<void>(before), &was, sizeof(signal_set));
        return -long{failed};
    }
    static long named(is<number::signalfd4>, long fd, long set, long, long flags) noexcept {
        const ::sigset_t wanted = widened(set);
        return answered(::signalfd(integer(fd), &wanted, integer(flags)));
    }
    static long named(is<number::eventfd2>, long counter, long flags) noexcept {
        return answered(::eventfd(static_cast<unsigned>(counter), integer(flags)));
    }
    static long named(is<number::getrandom>, long to, long size, long flags) noexcept {
        return answered(::getrandom(pointer<void>(to), static_cast<std::size_t>(size), static_cast<unsigned>(flags)));
    }
};

static_assert(entry_policy<libc>);

}  // namespace weld::inline v0::sys
