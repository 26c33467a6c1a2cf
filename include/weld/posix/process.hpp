// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/epoll_calls.hpp>
#include <weld/posix/ioctl_call.hpp>
#include <weld/posix/message_calls.hpp>
#include <weld/posix/option_calls.hpp>
#include <weld/posix/poll_calls.hpp>
#include <weld/posix/signal_calls.hpp>
#include <weld/posix/socket_calls.hpp>
#include <weld/posix/socketcall.hpp>

#include <errno.h>

namespace weld::inline v0::posix {

/// The socket calls by their POSIX names over a net: descriptors, -1 and errno, blocking by running the net. A program
/// in C's style is compiled for the kernel or for any net by what stands before the names:
///
///     weld::net net{...};
///     weld::posix::process os{net};
///     const int fd = os.socket(AF_INET, SOCK_STREAM, 0);   // ::socket(...) is the kernel's
///
/// Signatures, results and errno are those of section 2 of the manual. Signals are the process's own (posix/signals.hpp):
/// SIGPIPE, and what is sent to it; one without a handler does nothing. Its end closes all descriptors; the net outlives
/// it. In the kernel: a process, seen by its calls.
template <class Net>
class process {
public:
    explicit process(Net& net, process_options options = {}) noexcept : current_{net, options} {}
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    int socket(int family, int type, int protocol) { return made([&] { return sys_socket(current_, family, type, protocol); }); }
    int socketpair(int family, int type, int protocol, int numbers[2]) { return made([&] { return sys_socketpair(current_, family, type, protocol, numbers); }); }
    int bind(int fd, const ::sockaddr* address, ::socklen_t length) { return made([&] { return sys_bind(current_, fd, address, length); }); }
    int listen(int fd, int backlog) { return made([&] { return sys_listen(current_, fd, backlog); }); }
    int accept(int fd, ::sockaddr* address, ::socklen_t* length) { return made([&] { return sys_accept4(current_, fd, address, length, 0); }); }
    int accept4(int fd, ::sockaddr* address, ::socklen_t* length, int flags) { return made([&] { return sys_accept4(current_, fd, address, length, flags); }); }
    int connect(int fd, const ::sockaddr* address, ::socklen_t length) { return made([&] { return sys_connect(current_, fd, address, length); }); }
    int shutdown(int fd, int how) { return made([&] { return sys_shutdown(current_, fd, how); }); }
    int getsockname(int fd, ::sockaddr* address, ::socklen_t* length) { return made([&] { return sys_getsockname(current_, fd, address, length); }); }
    int getpeername(int fd, ::sockaddr* address, ::socklen_t* length) { return made([&] { return sys_getpeername(current_, fd, address, length); }); }
    int getsockopt(int fd, int level, int name, void* value, ::socklen_t* length) { return made([&] { return sys_getsockopt(current_, fd, level, name, value, length); }); }
    int setsockopt(int fd, int level, int name, const void* value, ::socklen_t length) { return made([&] { return sys_setsockopt(current_, fd, level, name, value, length); }); }

    ::ssize_t send(int fd, const void* data, std::size_t size, int flags) { return made([&] { return sys_sendto(current_, fd, data, size, flags, nullptr, 0); }); }
    ::ssize_t sendto(int fd, const void* data, std::size_t size, int flags, const ::sockaddr* address, ::socklen_t length) {
        return made([&] { return sys_sendto(current_, fd, data, size, flags, address, length); });
    }
    ::ssize_t sendmsg(int fd, const ::msghdr* message, int flags) { return made([&] { return sys_sendmsg(current_, fd, message, flags); }); }
    int sendmmsg(int fd, ::mmsghdr* messages, unsigned count, int flags) { return made([&] { return sys_sendmmsg(current_, fd, messages, count, flags); }); }
    ::ssize_t recv(int fd, void* buffer, std::size_t size, int flags) { return made([&] { return sys_recvfrom(current_, fd, buffer, size, flags, nullptr, nullptr); }); }
    ::ssize_t recvfrom(int fd, void* buffer, std::size_t size, int flags, ::sockaddr* address, ::socklen_t* length) {
        return made([&] { return sys_recvfrom(current_, fd, buffer, size, flags, address, length); });
    }
    ::ssize_t recvmsg(int fd, ::msghdr* message, int flags) { return made([&] { return sys_recvmsg(current_, fd, message, flags); }); }
    int recvmmsg(int fd, ::mmsghdr* messages, unsigned count, int flags, ::timespec* timeout) {
        return made([&] { return sys_recvmmsg(current_, fd, messages, count, flags, timeout); });
    }
    ::ssize_t read(int fd, void* buffer, std::size_t size) {
        const ::iovec one{buffer, size};
        return made([&] { return sys_readv(current_, fd, &one, 1); });
    }
    ::ssize_t write(int fd, const void* data, std::size_t size) {
        const ::iovec one{const_cast<void*>(data), size};
        return made([&] { return sys_writev(current_, fd, &one, 1); });
    }
    ::ssize_t readv(int fd, const ::iovec* vector, int count) { return made([&] { return sys_readv(current_, fd, vector, count); }); }
    ::ssize_t writev(int fd, const ::iovec* vector, int count) { return made([&] { return sys_writev(current_, fd, vector, count); }); }

    int close(int fd) { return made([&] { return sys_close(current_, fd); }); }
    int dup(int fd) { return made([&] { return sys_dup(current_, fd); }); }
    int dup2(int fd, int onto) { return made([&] { return sys_dup2(current_, fd, onto); }); }
    int dup3(int fd, int onto, int flags) { return made([&] { return sys_dup3(current_, fd, onto, flags); }); }
    int fcntl(int fd, int command, long argument = 0) { return made([&] { return sys_fcntl(current_, fd, command, argument); }); }
    int ioctl(int fd, unsigned long request, void* argument = nullptr) { return made([&] { return sys_ioctl(current_, fd, request, argument); }); }

    int poll(::pollfd* entries, ::nfds_t count, int timeout) { return made([&] { return sys_poll(current_, entries, count, timeout); }); }
    int ppoll(::pollfd* entries, ::nfds_t count, const ::timespec* timeout, const ::sigset_t* mask = nullptr) {
        return made([&] { return sys_ppoll(current_, entries, count, timeout, mask); });
    }
    int select(int count, ::fd_set* read, ::fd_set* write, ::fd_set* except, ::timeval* timeout) {
        return made([&] { return sys_select(current_, count, read, write, except, timeout); });
    }
    int pselect(int count, ::fd_set* read, ::fd_set* write, ::fd_set* except, const ::timespec* timeout, const ::sigset_t* mask) {
        return made([&] { return sys_pselect(current_, count, read, write, except, timeout, mask); });
    }
    int epoll_create(int size) { return made([&] { return size > 0 ? sys_epoll_create1(current_, 0) : result<int>{errc::invalid_argument}; }); }
    int epoll_create1(int flags) { return made([&] { return sys_epoll_create1(current_, flags); }); }
    int epoll_ctl(int epfd, int operation, int fd, ::epoll_event* event) { return made([&] { return sys_epoll_ctl(current_, epfd, operation, fd, event); }); }
    int epoll_wait(int epfd, ::epoll_event* events, int count, int timeout) { return epoll_pwait(epfd, events, count, timeout, nullptr); }
    int epoll_pwait(int epfd, ::epoll_event* events, int count, int timeout, const ::sigset_t* mask) {
        return made([&] { return sys_epoll_pwait(current_, epfd, events, count, timeout, mask); });
    }
    int epoll_pwait2(int epfd, ::epoll_event* events, int count, const ::timespec* timeout, const ::sigset_t* mask) {
        return made([&] { return sys_epoll_pwait2(current_, epfd, events, count, timeout, mask); });
    }

    int sigaction(int signal, const struct ::sigaction* wanted, struct ::sigaction* before) { return made([&] { return sys_sigaction(current_, signal, wanted, before); }); }
    int sigprocmask(int how, const ::sigset_t* set, ::sigset_t* before) { return made([&] { return sys_sigprocmask(current_, how, set, before); }); }
    int sigpending(::sigset_t* set) { return made([&] { return sys_sigpending(current_, set); }); }
    int getpid() const noexcept { return current_.credentials.pid; }
    int kill(int pid, int signal) { return made([&] { return sys_kill(current_, pid, signal); }); }
    int raise(int signal) { return kill(getpid(), signal); }
    /// A signal from outside, as another process's kill(2): from a task of the net, or from a program beside this one. A
    /// call that waits is interrupted; the handler runs before it returns. Pre: the signal exists.
    void send_signal(int signal) noexcept { current_.signals.send(signal, SI_USER, current_.net.runnable()); }

    /// The call that was all of these once, by number: SYS_SOCKET, SYS_BIND, ... Source: socketcall(2).
    int socketcall(int call, unsigned long* arguments) { return made([&] { return sys_socketcall(current_, call, arguments); }); }

    Net& net() noexcept { return current_.net; }
    /// What lies underneath, for those who compose: the sys_* functions, which answer values, take it.
    process_state<Net>& current() noexcept { return current_; }
    /// One object that refers to this process and lives as long: the calls by name (posix/bound.hpp).
    template <class Object>
    Object& place_for() noexcept {
        static_assert(sizeof(Object) <= sizeof place_);
        return *::new (static_cast<void*>(place_)) Object{*this};
    }
    /// Closes what exec would close.
    void close_those_on_exec() noexcept { current_.files.close_those_on_exec(); }
    /// The host's own number of what is behind a descriptor, for calls of the host; it stays open as long as this one.
    /// -1 with EBADF, or EOPNOTSUPP where the host has none: weld's own sockets, epoll sets.
    int host_descriptor(int fd) noexcept {
        file* const at = current_.files.lookup(fd);
        const int number = at == nullptr ? -1 : detail::host_descriptor<Net>(*at);
        if (number == -1) errno = at == nullptr ? EBADF : EOPNOTSUPP;
        return number;
    }
    /// RLIMIT_NOFILE.
    void set_descriptors_max(int limit) noexcept { current_.files.set_limit(limit); }
    int descriptors_in_use() const noexcept { return current_.files.in_use(); }

private:
    /// Makes a call, once more where a signal's handler wants it so, and tells what came of it as the manual says.
    template <class Call>
    auto made(Call call) {
        for (;;) {
            const auto done = call();
            if constexpr (requires { current_.net.trace().answer_entry(done); }) current_.net.trace().answer_entry(done);
            using answer = std::make_signed_t<std::remove_cvref_t<decltype(*done)>>;
            if (current_.signals.finish(done.error() == errc::interrupted)) continue;
            if (done) return static_cast<answer>(*done);
            errno = static_cast<int>(done.error());
            return answer{-1};
        }
    }

    process_state<Net> current_;
    alignas(void*) std::byte place_[2 * sizeof(void*)]{};
};

}  // namespace weld::inline v0::posix
