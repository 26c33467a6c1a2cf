// SPDX-License-Identifier: BSL-1.0
// What the conformance cases of the facade share: a case is written once, as a program over `os`, and run over the
// kernel's own calls and over weld's. Each call is noted with its result and errno, and the two notes are compared.
#pragma once

#include <weld/host/all.hpp>
#include <weld/io/epoll.hpp>
#include <weld/posix.hpp>
#include <weld/stack/unix/unix.hpp>

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace both {

/// The kernel's calls, as members of the same names. SIGPIPE does nothing, as it does over a net, unless a case handles it.
struct kernel {
    kernel() { ::signal(SIGPIPE, SIG_IGN); }
    int socket(int f, int t, int p) { return ::socket(f, t, p); }
    int socketpair(int f, int t, int p, int* n) { return ::socketpair(f, t, p, n); }
    int bind(int fd, const sockaddr* a, socklen_t l) { return ::bind(fd, a, l); }
    int listen(int fd, int n) { return ::listen(fd, n); }
    int accept(int fd, sockaddr* a, socklen_t* l) { return ::accept(fd, a, l); }
    int accept4(int fd, sockaddr* a, socklen_t* l, int f) { return ::accept4(fd, a, l, f); }
    int connect(int fd, const sockaddr* a, socklen_t l) { return ::connect(fd, a, l); }
    int shutdown(int fd, int how) { return ::shutdown(fd, how); }
    int getsockname(int fd, sockaddr* a, socklen_t* l) { return ::getsockname(fd, a, l); }
    int getpeername(int fd, sockaddr* a, socklen_t* l) { return ::getpeername(fd, a, l); }
    int getsockopt(int fd, int l, int n, void* v, socklen_t* s) { return ::getsockopt(fd, l, n, v, s); }
    int setsockopt(int fd, int l, int n, const void* v, socklen_t s) { return ::setsockopt(fd, l, n, v, s); }
    ssize_t send(int fd, const void* d, size_t n, int f) { return ::send(fd, d, n, f); }
    ssize_t sendto(int fd, const void* d, size_t n, int f, const sockaddr* a, socklen_t l) { return ::sendto(fd, d, n, f, a, l); }
    ssize_t sendmsg(int fd, const msghdr* m, int f) { return ::sendmsg(fd, m, f); }
    int sendmmsg(int fd, mmsghdr* m, unsigned n, int f) { return ::sendmmsg(fd, m, n, f); }
    ssize_t recv(int fd, void* d, size_t n, int f) { return ::recv(fd, d, n, f); }
    ssize_t recvfrom(int fd, void* d, size_t n, int f, sockaddr* a, socklen_t* l) { return ::recvfrom(fd, d, n, f, a, l); }
    ssize_t recvmsg(int fd, msghdr* m, int f) { return ::recvmsg(fd, m, f); }
    int recvmmsg(int fd, mmsghdr* m, unsigned n, int f, timespec* t) { return ::recvmmsg(fd, m, n, f, t); }
    ssize_t read(int fd, void* d, size_t n) { return ::read(fd, d, n); }
    ssize_t write(int fd, const void* d, size_t n) { return ::write(fd, d, n); }
    ssize_t readv(int fd, const iovec* v, int n) { return ::readv(fd, v, n); }
    ssize_t writev(int fd, const iovec* v, int n) { return ::writev(fd, v, n); }
    int close(int fd) { return ::close(fd); }
    int dup(int fd) { return ::dup(fd); }
    int dup2(int fd, int onto) { return ::dup2(fd, onto); }
    int dup3(int fd, int onto, int f) { return ::dup3(fd, onto, f); }
    int fcntl(int fd, int c, long a = 0) { return ::fcntl(fd, c, a); }
    int ioctl(int fd, unsigned long r, void* a = nullptr) { return ::ioctl(fd, r, a); }
    int poll(pollfd* p, nfds_t n, int t) { return static_cast<int>(::syscall(SYS_poll, p, n, t)); }  // past sanitizers
    int ppoll(pollfd* p, nfds_t n, const timespec* t, const sigset_t* s = nullptr) { return ::ppoll(p, n, t, s); }
    int select(int n, fd_set* r, fd_set* w, fd_set* e, timeval* t) { return ::select(n, r, w, e, t); }
    int pselect(int n, fd_set* r, fd_set* w, fd_set* e, const timespec* t, const sigset_t* s) { return ::pselect(n, r, w, e, t, s); }
    int epoll_create(int n) { return ::epoll_create(n); }
    int epoll_create1(int f) { return ::epoll_create1(f); }
    int epoll_ctl(int e, int o, int fd, epoll_event* v) { return ::epoll_ctl(e, o, fd, v); }
    int epoll_wait(int e, epoll_event* v, int n, int t) { return ::epoll_wait(e, v, n, t); }
    int epoll_pwait(int e, epoll_event* v, int n, int t, const sigset_t* s) { return ::epoll_pwait(e, v, n, t, s); }
    int epoll_pwait2(int e, epoll_event* v, int n, const timespec* t, const sigset_t* s) { return ::epoll_pwait2(e, v, n, t, s); }
    int sigaction(int n, const struct sigaction* a, struct sigaction* b) { return ::sigaction(n, a, b); }
    int sigprocmask(int h, const sigset_t* s, sigset_t* b) { return (errno = ::pthread_sigmask(h, s, b)) == 0 ? 0 : -1; }
    int sigpending(sigset_t* s) { return ::sigpending(s); }
    int getpid() { return ::getpid(); }
    int kill(int p, int n) { return ::kill(p, n); }
    int raise(int n) { return ::raise(n); }
    static constexpr bool is_kernel = true;
};

/// What was called and what came of it.
class notes {
public:
    /// A call whose result is a number that both sides share: 0, a count, or -1 with an errno.
    template <class Result>
    Result operator()(const char* what, Result result) {
        const int error = errno;
        lines_.push_back(std::string{what} + ": " + (result < 0 ? std::string{"-1 "} + std::strerror(error) : std::to_string(result)));
        return result;
    }
    /// A call whose result is a new descriptor: its number is not compared.
    int fd(const char* what, int result) {
        const int error = errno;
        lines_.push_back(std::string{what} + ": " + (result < 0 ? std::string{"-1 "} + std::strerror(error) : "a descriptor"));
        return result;
    }
    void value(const char* what, long number) { lines_.push_back(std::string{what} + " = " + std::to_string(number)); }
    const std::vector<std::string>& lines() const { return lines_; }

private:
    std::vector<std::string> lines_;
};

inline void compare(const notes& expected, const notes& found) {
    for (std::size_t i = 0; i < expected.lines().size() && i < found.lines().size(); ++i) {
        CAPTURE(i);
        REQUIRE(found.lines()[i] == expected.lines()[i]);  // what follows a difference differs, too
    }
    CHECK(expected.lines().size() == found.lines().size());
}

/// Runs `program(os, note)` over the kernel and over a net of the host's families; what was open before is open after.
template <class Program>
void over_kernel_and_host(Program program) {
    notes expected, found;
    kernel calls;
    program(calls, expected);
    weld::net net{weld::host::all{}};
    {
        weld::posix::process os{net};
        program(os, found);
    }
    compare(expected, found);
    CHECK(net.stats() == weld::net_stats{});
}

/// The same, and over unix sockets of this process: for programs that use no other family.
template <class Program>
void over_kernel_and_every_unix(Program program) {
    over_kernel_and_host(program);
    notes expected, found;
    kernel calls;
    program(calls, expected);
    weld::net net{weld::stack::unix_{}, weld::io::epoll{}};
    {
        weld::posix::process os{net};
        program(os, found);
    }
    INFO("in process");
    compare(expected, found);
    CHECK(net.stats() == weld::net_stats{});
}

inline sockaddr* any(sockaddr_in& a) { return reinterpret_cast<sockaddr*>(&a); }
inline sockaddr* any(sockaddr_un& a) { return reinterpret_cast<sockaddr*>(&a); }
inline sockaddr* any(sockaddr_storage& a) { return reinterpret_cast<sockaddr*>(&a); }
inline sockaddr_in loopback(int port = 0) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(static_cast<std::uint16_t>(port));
    made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return made;
}
/// An abstract name; no file stays behind.
inline sockaddr_un named(const std::string& name, socklen_t& length) {
    sockaddr_un made{};
    made.sun_family = AF_UNIX;
    std::memcpy(made.sun_path + 1, name.data(), name.size());
    length = static_cast<socklen_t>(sizeof(sa_family_t) + 1 + name.size());
    return made;
}

/// A listener on a free port of the loopback interface, and its address.
template <class Os>
int tcp_listener(Os& os, sockaddr_in& address, int backlog = 8) {
    const int fd = os.socket(AF_INET, SOCK_STREAM, 0);
    address = loopback();
    socklen_t length = sizeof address;
    os.bind(fd, any(address), length);
    os.listen(fd, backlog);
    os.getsockname(fd, any(address), &length);
    return fd;
}
/// Two ends of a TCP connection.
template <class Os>
void tcp_pair(Os& os, int (&ends)[2]) {
    sockaddr_in address;
    const int listener = tcp_listener(os, address);
    ends[0] = os.socket(AF_INET, SOCK_STREAM, 0);
    os.connect(ends[0], any(address), sizeof address);
    ends[1] = os.accept(listener, nullptr, nullptr);
    os.close(listener);
}

}  // namespace both
