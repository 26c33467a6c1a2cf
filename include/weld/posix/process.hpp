// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/epoll_calls.hpp>
#include <weld/posix/ioctl_call.hpp>
#include <weld/posix/message_calls.hpp>
#include <weld/posix/option_calls.hpp>
#include <weld/posix/poll_calls.hpp>
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
/// Signatures, results and errno are those of section 2 of the manual. No call raises a signal: EPIPE is an errno, as
/// with MSG_NOSIGNAL. Its end closes all descriptors; the net outlives it. In the kernel: a process, seen by its calls.
template <class Net>
class process {
public:
    explicit process(Net& net, process_options options = {}) noexcept : current_{net, options} {}
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    int socket(int family, int type, int protocol) { return answer(sys_socket(current_, family, type, protocol)); }
    int socketpair(int family, int type, int protocol, int numbers[2]) { return answer(sys_socketpair(current_, family, type, protocol, numbers)); }
    int bind(int fd, const ::sockaddr* address, ::socklen_t length) { return answer(sys_bind(current_, fd, address, length)); }
    int listen(int fd, int backlog) { return answer(sys_listen(current_, fd, backlog)); }
    int accept(int fd, ::sockaddr* address, ::socklen_t* length) { return answer(sys_accept4(current_, fd, address, length, 0)); }
    int accept4(int fd, ::sockaddr* address, ::socklen_t* length, int flags) { return answer(sys_accept4(current_, fd, address, length, flags)); }
    int connect(int fd, const ::sockaddr* address, ::socklen_t length) { return answer(sys_connect(current_, fd, address, length)); }
    int shutdown(int fd, int how) { return answer(sys_shutdown(current_, fd, how)); }
    int getsockname(int fd, ::sockaddr* address, ::socklen_t* length) { return answer(sys_getsockname(current_, fd, address, length)); }
    int getpeername(int fd, ::sockaddr* address, ::socklen_t* length) { return answer(sys_getpeername(current_, fd, address, length)); }
    int getsockopt(int fd, int level, int name, void* value, ::socklen_t* length) { return answer(sys_getsockopt(current_, fd, level, name, value, length)); }
    int setsockopt(int fd, int level, int name, const void* value, ::socklen_t length) { return answer(sys_setsockopt(current_, fd, level, name, value, length)); }

    ::ssize_t send(int fd, const void* data, std::size_t size, int flags) { return sizes(sys_sendto(current_, fd, data, size, flags, nullptr, 0)); }
    ::ssize_t sendto(int fd, const void* data, std::size_t size, int flags, const ::sockaddr* address, ::socklen_t length) {
        return sizes(sys_sendto(current_, fd, data, size, flags, address, length));
    }
    ::ssize_t sendmsg(int fd, const ::msghdr* message, int flags) { return sizes(sys_sendmsg(current_, fd, message, flags)); }
    int sendmmsg(int fd, ::mmsghdr* messages, unsigned count, int flags) { return answer(sys_sendmmsg(current_, fd, messages, count, flags)); }
    ::ssize_t recv(int fd, void* buffer, std::size_t size, int flags) { return sizes(sys_recvfrom(current_, fd, buffer, size, flags, nullptr, nullptr)); }
    ::ssize_t recvfrom(int fd, void* buffer, std::size_t size, int flags, ::sockaddr* address, ::socklen_t* length) {
        return sizes(sys_recvfrom(current_, fd, buffer, size, flags, address, length));
    }
    ::ssize_t recvmsg(int fd, ::msghdr* message, int flags) { return sizes(sys_recvmsg(current_, fd, message, flags)); }
    int recvmmsg(int fd, ::mmsghdr* messages, unsigned count, int flags, ::timespec* timeout) {
        return answer(sys_recvmmsg(current_, fd, messages, count, flags, timeout));
    }
    ::ssize_t read(int fd, void* buffer, std::size_t size) {
        const ::iovec one{buffer, size};
        return sizes(sys_readv(current_, fd, &one, 1));
    }
    ::ssize_t write(int fd, const void* data, std::size_t size) {
        const ::iovec one{const_cast<void*>(data), size};
        return sizes(sys_writev(current_, fd, &one, 1));
    }
    ::ssize_t readv(int fd, const ::iovec* vector, int count) { return sizes(sys_readv(current_, fd, vector, count)); }
    ::ssize_t writev(int fd, const ::iovec* vector, int count) { return sizes(sys_writev(current_, fd, vector, count)); }

    int close(int fd) { return answer(sys_close(current_, fd)); }
    int dup(int fd) { return answer(sys_dup(current_, fd)); }
    int dup2(int fd, int onto) { return answer(sys_dup2(current_, fd, onto)); }
    int dup3(int fd, int onto, int flags) { return answer(sys_dup3(current_, fd, onto, flags)); }
    int fcntl(int fd, int command, long argument = 0) { return answer(sys_fcntl(current_, fd, command, argument)); }
    int ioctl(int fd, unsigned long request, void* argument = nullptr) { return answer(sys_ioctl(current_, fd, request, argument)); }

    int poll(::pollfd* entries, ::nfds_t count, int timeout) { return answer(sys_poll(current_, entries, count, timeout)); }
    int ppoll(::pollfd* entries, ::nfds_t count, const ::timespec* timeout, const ::sigset_t* = nullptr) {
        return answer(sys_ppoll(current_, entries, count, timeout));
    }
    int select(int count, ::fd_set* read, ::fd_set* write, ::fd_set* except, ::timeval* timeout) {
        return answer(sys_select(current_, count, read, write, except, timeout));
    }
    int epoll_create1(int flags) { return answer(sys_epoll_create1(current_, flags)); }
    int epoll_ctl(int epfd, int operation, int fd, ::epoll_event* event) { return answer(sys_epoll_ctl(current_, epfd, operation, fd, event)); }
    int epoll_wait(int epfd, ::epoll_event* events, int count, int timeout) { return answer(sys_epoll_wait(current_, epfd, events, count, timeout)); }

    /// The call that was all of these once, by number: SYS_SOCKET, SYS_BIND, ... Source: socketcall(2).
    int socketcall(int call, unsigned long* arguments) { return answer(sys_socketcall(current_, call, arguments)); }

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
    /// RLIMIT_NOFILE.
    void set_descriptors_max(int limit) noexcept { current_.files.set_limit(limit); }
    int descriptors_in_use() const noexcept { return current_.files.in_use(); }

private:
    template <class T>
    static auto failed(const result<T>& done) noexcept {
        errno = static_cast<int>(done.error());
        return -1;
    }
    template <class T>
    auto noted(const result<T>& done) noexcept -> const result<T>& {
        if constexpr (requires { current_.net.trace().answer_entry(done); }) current_.net.trace().answer_entry(done);
        return done;
    }
    int answer(const result<int>& done) noexcept { return noted(done) ? *done : failed(done); }
    ::ssize_t sizes(const result<std::size_t>& done) noexcept { return noted(done) ? static_cast<::ssize_t>(*done) : failed(done); }

    process_state<Net> current_;
    alignas(void*) std::byte place_[2 * sizeof(void*)]{};
};

}  // namespace weld::inline v0::posix
