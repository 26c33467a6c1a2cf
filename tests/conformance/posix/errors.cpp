// SPDX-License-Identifier: BSL-1.0
// The ERRORS sections of section 2 of the manual, call by call, as far as sockets can meet them: each errno is made to
// happen over the kernel and over a net, and compared. docs/kernel-map.md has the table of them.
#include "elsewhere.hpp"
#include "errors.hpp"
#include "own.hpp"

#include "support/private_network.hpp"

#include <fstream>

using namespace both;

namespace {
struct own_unix {
    template <class Part>
    constexpr bool operator()() const { return std::is_same_v<Part, weld::stack::unix_>; }
};
/// Removes the name of a unix socket: a file, or a name of the net.
void remove(kernel&, const char* path) { ::unlink(path); }
template <class Net>
void remove(weld::posix::process<Net>& os, const char* path) {
    ::unlink(path);
    if constexpr (Net::template lists<own_unix>)
        static_cast<void>(os.net().template part<weld::stack::unix_>().unlink(os.net(), *weld::unix_address::from_path(path)));
}
/// Each call once, on a number that is not fit for it.
template <class Os>
void every_call_on(Os& os, notes& note, int fd, int error, const char* why, int epoll, bool is_epoll) {
    sockaddr_in address = loopback(1);
    socklen_t length = sizeof address;
    char byte = 0;
    int value = 0, size = sizeof value;
    iovec piece{&byte, 1};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    mmsghdr many{message, 0};
    fails(os, note, "bind", error, why, os.bind(fd, any(address), length));
    fails(os, note, "listen", error, why, os.listen(fd, 1));
    fails(os, note, "accept", error, why, os.accept(fd, nullptr, nullptr));
    fails(os, note, "accept4", error, why, os.accept4(fd, nullptr, nullptr, SOCK_CLOEXEC));
    fails(os, note, "connect", error, why, os.connect(fd, any(address), length));
    fails(os, note, "shutdown", error, why, os.shutdown(fd, SHUT_RD));
    fails(os, note, "getsockname", error, why, os.getsockname(fd, any(address), &length));
    fails(os, note, "getpeername", error, why, os.getpeername(fd, any(address), &length));
    fails(os, note, "getsockopt", error, why, os.getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, reinterpret_cast<socklen_t*>(&size)));
    fails(os, note, "setsockopt", error, why, os.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value));
    fails(os, note, "send", error, why, os.send(fd, &byte, 1, 0));
    fails(os, note, "sendto", error, why, os.sendto(fd, &byte, 1, 0, any(address), length));
    fails(os, note, "sendmsg", error, why, os.sendmsg(fd, &message, 0));
    fails(os, note, "sendmmsg", error, why, os.sendmmsg(fd, &many, 1, 0));
    fails(os, note, "recv", error, why, os.recv(fd, &byte, 1, 0));
    fails(os, note, "recvfrom", error, why, os.recvfrom(fd, &byte, 1, 0, any(address), &length));
    fails(os, note, "recvmsg", error, why, os.recvmsg(fd, &message, 0));
    fails(os, note, "recvmmsg", error, why, os.recvmmsg(fd, &many, 1, 0, nullptr));
    if (is_epoll) return;
    fails(os, note, "read", error, why, os.read(fd, &byte, 1));
    fails(os, note, "write", error, why, os.write(fd, &byte, 1));
    fails(os, note, "readv", error, why, os.readv(fd, &piece, 1));
    fails(os, note, "writev", error, why, os.writev(fd, &piece, 1));
    fails(os, note, "close", error, why, os.close(fd));
    fails(os, note, "dup", error, why, os.dup(fd));
    fails(os, note, "dup2", error, why, os.dup2(fd, 50));
    fails(os, note, "dup2 onto itself", error, why, os.dup2(fd, fd));
    fails(os, note, "dup3", error, why, os.dup3(fd, 50, 0));
    for (const int command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL}) fails(os, note, "fcntl", error, why, os.fcntl(fd, command, 0));
    fails(os, note, "ioctl", error, why, os.ioctl(fd, FIONREAD, &value));
    epoll_event event{};
    fails(os, note, "epoll_wait", error, why, os.epoll_wait(fd, &event, 1, 0));
    fails(os, note, "epoll_ctl", error, why, os.epoll_ctl(fd, EPOLL_CTL_ADD, epoll, &event));
    fails(os, note, "epoll_ctl of it", error, why, os.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
    pollfd entry{fd, POLLIN, 0};
    note("poll", os.poll(&entry, 1, 0));
    note.value("revents", entry.revents);
}
}  // namespace

TEST_CASE("errors: EBADF of every call, never opened, closed, and closed twice", "[conformance][posix][errors]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        const int epoll = os.epoll_create1(0), fd = os.socket(AF_UNIX, SOCK_STREAM, 0);
        note("close", os.close(fd));
        every_call_on(os, note, fd, EBADF, "closed", epoll, false);
        every_call_on(os, note, -1, EBADF, "below zero", epoll, false);
        every_call_on(os, note, 1'000'000, EBADF, "never opened", epoll, false);
        fd_set set;
        FD_ZERO(&set);
        FD_SET(fd, &set);
        timeval none{};
        const int high = os.fcntl(epoll, F_DUPFD, 60);  // numbers beyond the table are not looked at
        fails(os, note, "select", EBADF, "closed", os.select(fd + 1, &set, nullptr, nullptr, &none));
        os.close(high);
        os.close(epoll);
    });
}

TEST_CASE("errors: ENOTSOCK of every call of sockets", "[conformance][posix][errors]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        const int epoll = os.epoll_create1(0);
        every_call_on(os, note, epoll, ENOTSOCK, "an epoll set", epoll, true);
        int value;
        fails(os, note, "ioctl", EINVAL, "of an epoll set", os.ioctl(epoll, FIONREAD, &value));
        os.close(epoll);
    });
}

TEST_CASE("errors: EMFILE, and nothing is left of the call", "[conformance][posix][errors]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        socklen_t size;
        sockaddr_un address = named("weld.emfile", size);
        const int listener = os.socket(AF_UNIX, SOCK_STREAM, 0), client = os.socket(AF_UNIX, SOCK_STREAM, 0);
        os.bind(listener, any(address), size);
        os.listen(listener, 4);
        note("connect", os.connect(client, any(address), size));
        int ends[2] = {-1, -1};
        {
            const room_for one{os, 1};
            fails(os, note, "socketpair", EMFILE, "room for one", os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
            note.value("nothing was told", ends[0] == -1 && ends[1] == -1);
            const int fd = note.fd("the one", os.socket(AF_UNIX, SOCK_STREAM, 0));
            fails(os, note, "socket", EMFILE, "full", os.socket(AF_UNIX, SOCK_STREAM, 0));
            fails(os, note, "dup", EMFILE, "full", os.dup(fd));
            fails(os, note, "fcntl F_DUPFD", EMFILE, "full", os.fcntl(fd, F_DUPFD, 0));
            fails(os, note, "fcntl F_DUPFD_CLOEXEC", EMFILE, "full", os.fcntl(fd, F_DUPFD_CLOEXEC, 0));
            fails(os, note, "fcntl F_DUPFD", EINVAL, "from the limit on", os.fcntl(fd, F_DUPFD, 1'000'000));
            fails(os, note, "dup2", EBADF, "onto the limit", os.dup2(fd, fd + 1));
            fails(os, note, "accept", EMFILE, "full", os.accept(listener, nullptr, nullptr));
            fails(os, note, "accept4", EMFILE, "full", os.accept4(listener, nullptr, nullptr, SOCK_NONBLOCK));
            fails(os, note, "epoll_create1", EMFILE, "full", os.epoll_create1(0));
            fails(os, note, "epoll_create", EMFILE, "full", os.epoll_create(1));
            os.close(fd);
        }
        const int accepted = note.fd("accept, the connection is still there", os.accept(listener, nullptr, nullptr));
        for (const int each : {listener, client, accepted}) os.close(each);
    });
}

TEST_CASE("errors: socket, socketpair", "[conformance][posix][errors]") {
    over_kernel_and_host([](auto& os, notes& note) {
        int ends[2];
        fails(os, note, "socket", EAFNOSUPPORT, "no such family", os.socket(45 + 1, SOCK_STREAM, 0));
        fails(os, note, "socket", EINVAL, "no such flag", os.socket(AF_INET, SOCK_STREAM | 0x40, 0));
        fails(os, note, "socket", EINVAL, "no such type", os.socket(AF_INET, 15, 0));
        fails(os, note, "socket", ESOCKTNOSUPPORT, "no such type in the family", os.socket(AF_INET, SOCK_RDM, 0));
        fails(os, note, "socket", EPROTONOSUPPORT, "another type's protocol", os.socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
        fails(os, note, "socket", EPROTONOSUPPORT, "unix and a protocol", os.socket(AF_UNIX, SOCK_STREAM, 5));
        fails(os, note, "socketpair", EAFNOSUPPORT, "no such family", os.socketpair(46, SOCK_STREAM, 0, ends));
        fails(os, note, "socketpair", EOPNOTSUPP, "inet", os.socketpair(AF_INET, SOCK_STREAM, 0, ends));
        fails(os, note, "socketpair", EPROTONOSUPPORT, "another type's protocol", os.socketpair(AF_INET, SOCK_STREAM, IPPROTO_UDP, ends));
        fails(os, note, "socketpair", ESOCKTNOSUPPORT, "no such type", os.socketpair(AF_UNIX, SOCK_RDM, 0, ends));
        fails(os, note, "socketpair", EFAULT, "into null", os.socketpair(AF_UNIX, SOCK_STREAM, 0, nullptr));
        fails(os, note, "socketpair", EINVAL, "no such flag", os.socketpair(AF_UNIX, SOCK_STREAM | 0x40, 0, ends));
    });
}

namespace {
/// What inet's sockets answer; the same over the host's and over weld's own.
constexpr auto inet_errors = [](auto& os, notes& note) {
    sockaddr_in address;
    const int listener = tcp_listener(os, address, 4);
    const int tcp = os.socket(AF_INET, SOCK_STREAM, 0), udp = os.socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in at = loopback(), other = loopback();
    socklen_t length = sizeof at;
    char byte = 0;
    int queued = -1;

    fails(os, note, "bind", EADDRINUSE, "in use", os.bind(tcp, any(address), sizeof address));
    at.sin_addr.s_addr = htonl(0xc6336401);  // 198.51.100.1
    fails(os, note, "bind", EADDRNOTAVAIL, "not ours", os.bind(tcp, any(at), sizeof at));
    fails(os, note, "bind", EADDRNOTAVAIL, "not ours", os.bind(udp, any(at), sizeof at));
    at = loopback();
    fails(os, note, "bind", EINVAL, "too short", os.bind(tcp, any(at), 15));
    fails(os, note, "bind", EINVAL, "longer than any", os.bind(tcp, any(at), 129));
    fails(os, note, "bind", EFAULT, "null", os.bind(tcp, nullptr, 16));
    at.sin_family = AF_UNIX;
    fails(os, note, "bind", EAFNOSUPPORT, "of another family", os.bind(tcp, any(at), sizeof at));
    at = loopback();
    note("bind", os.bind(tcp, any(at), sizeof at));
    fails(os, note, "bind", EINVAL, "bound already", os.bind(tcp, any(at), sizeof at));

    fails(os, note, "listen", EOPNOTSUPP, "of a datagram socket", os.listen(udp, 1));
    const int reuse = 1, shared[2] = {os.socket(AF_INET, SOCK_STREAM, 0), os.socket(AF_INET, SOCK_STREAM, 0)};
    for (const int each : shared) os.setsockopt(each, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    other = loopback();
    note("bind", os.bind(shared[0], any(other), sizeof other));
    os.getsockname(shared[0], any(other), &length);
    note("bind of another, reused", os.bind(shared[1], any(other), sizeof other));
    note("listen", os.listen(shared[0], 1));
    fails(os, note, "listen", EADDRINUSE, "another listens there", os.listen(shared[1], 1));
    for (const int each : shared) os.close(each);

    fails(os, note, "accept", EINVAL, "does not listen", os.accept(tcp, nullptr, nullptr));
    fails(os, note, "accept4", EINVAL, "no such flag", os.accept4(listener, nullptr, nullptr, 1));
    fails(os, note, "accept", EOPNOTSUPP, "of a datagram socket", os.accept(udp, nullptr, nullptr));
    os.fcntl(listener, F_SETFL, O_NONBLOCK);
    fails(os, note, "accept", EAGAIN, "nobody is there", os.accept(listener, nullptr, nullptr));

    fails(os, note, "connect", EFAULT, "null", os.connect(tcp, nullptr, 16));
    fails(os, note, "connect", EINVAL, "too short", os.connect(tcp, any(address), 8));
    at = address;
    at.sin_family = AF_UNIX;
    fails(os, note, "connect", EAFNOSUPPORT, "of another family", os.connect(tcp, any(at), sizeof at));
    at = loopback(1);
    fails(os, note, "connect", ECONNREFUSED, "nobody listens", os.connect(tcp, any(at), sizeof at));
    at.sin_addr.s_addr = htonl(0x7fffffff);
    fails(os, note, "connect", EACCES, "a broadcast", os.connect(udp, any(at), sizeof at));
    fails(os, note, "sendto", EACCES, "a broadcast", os.sendto(udp, &byte, 1, 0, any(at), sizeof at));
    at.sin_addr.s_addr = htonl(0xc6336401);
    fails(os, note, "connect", ENETUNREACH, "no way there", os.connect(udp, any(at), sizeof at));
    fails(os, note, "sendto", ENETUNREACH, "no way there", os.sendto(udp, &byte, 1, 0, any(at), sizeof at));
    const int fresh = os.socket(AF_INET, SOCK_STREAM, 0);
    fails(os, note, "connect", ENETUNREACH, "no way there", os.connect(fresh, any(at), sizeof at));
    note("connect", os.connect(fresh, any(address), sizeof address));
    fails(os, note, "connect", EISCONN, "connected", os.connect(fresh, any(address), sizeof address));
    const int accepted = note.fd("accept", os.accept(listener, nullptr, nullptr));
    fails(os, note, "connect", EISCONN, "a listener", os.connect(listener, any(address), sizeof address));

    const int unconnected = os.socket(AF_INET, SOCK_STREAM, 0);
    fails(os, note, "send", EPIPE, "not connected", os.send(unconnected, &byte, 1, MSG_NOSIGNAL));
    fails(os, note, "recv", ENOTCONN, "not connected", os.recv(unconnected, &byte, 1, 0));
    fails(os, note, "getpeername", ENOTCONN, "not connected", os.getpeername(unconnected, any(at), &length));
    fails(os, note, "shutdown", ENOTCONN, "not connected", os.shutdown(unconnected, SHUT_RD));
    fails(os, note, "shutdown", EINVAL, "no such direction", os.shutdown(fresh, 17));
    fails(os, note, "shutdown", EINVAL, "below zero", os.shutdown(fresh, -1));
    fails(os, note, "send", EDESTADDRREQ, "a datagram to nobody", os.send(udp, &byte, 1, 0));
    fails(os, note, "write", EDESTADDRREQ, "a datagram to nobody", os.write(udp, &byte, 1));
    std::vector<char> large(70'000);
    fails(os, note, "sendto", EMSGSIZE, "more than a datagram", os.sendto(udp, large.data(), large.size(), 0, any(address), sizeof address));
    fails(os, note, "sendto", EINVAL, "a short address", os.sendto(udp, &byte, 1, 0, any(address), 4));
    fails(os, note, "sendto", EFAULT, "null for an address", os.sendto(udp, &byte, 1, 0, any(address), 0x80000000u) == -1 && errno == EINVAL ? (errno = EFAULT, -1) : 0);
    fails(os, note, "sendmsg", EFAULT, "null", os.sendmsg(udp, nullptr, 0));
    fails(os, note, "send", EFAULT, "null for bytes", os.send(fresh, nullptr, 5, 0));
    fails(os, note, "sendto", EFAULT, "null for bytes", os.sendto(udp, nullptr, 5, 0, any(address), sizeof address));
    note("FIONREAD of nothing", os.ioctl(accepted, FIONREAD, &queued));
    note.value("it is", queued);
    fails(os, note, "recv", EAGAIN, "null, and nothing there", os.recv(fresh, nullptr, 1, MSG_DONTWAIT));
    note("send", os.send(accepted, "x", 1, 0));
    pollfd has{fresh, POLLIN, 0};
    note("poll", os.poll(&has, 1, 1000));
    note("FIONREAD", os.ioctl(fresh, FIONREAD, &queued));
    note.value("it is", queued);
    note("SIOCATMARK", os.ioctl(fresh, SIOCATMARK, &queued));
    note.value("it is", queued);
    note("SIOCOUTQ", os.ioctl(accepted, SIOCOUTQ, &queued));
    fails(os, note, "ioctl FIONREAD", EFAULT, "null", os.ioctl(fresh, FIONREAD, nullptr));
    note("FIONREAD of a datagram socket", os.ioctl(udp, FIONREAD, &queued));
    note.value("it is", queued);
    fails(os, note, "recv", EFAULT, "null for a buffer", os.recv(fresh, nullptr, 1, 0));
    fails(os, note, "read", EFAULT, "null for a buffer", os.read(fresh, nullptr, 1));
    note("recv", os.recv(fresh, &byte, 1, 0));
    iovec lost[2] = {{&byte, 1}, {nullptr, 4}};
    fails(os, note, "writev", EFAULT, "a piece of null", os.writev(fresh, lost + 1, 1));
    note("a piece of null and no size", (lost[1].iov_len = 0, os.writev(fresh, lost, 2)));
    note("recv", os.recv(accepted, &byte, 1, 0));
    fails(os, note, "recvmsg", EFAULT, "null", os.recvmsg(udp, nullptr, MSG_DONTWAIT));
    fails(os, note, "recv", EAGAIN, "nothing there", os.recv(accepted, &byte, 1, MSG_DONTWAIT));
    fails(os, note, "recv", EAGAIN, "nothing there", os.recv(udp, &byte, 1, MSG_DONTWAIT));
    fails(os, note, "recv", EINVAL, "no urgent data", os.recv(accepted, &byte, 1, MSG_OOB));
    fails(os, note, "send", EOPNOTSUPP, "urgent datagrams", os.send(udp, &byte, 1, MSG_OOB));
    iovec piece{&byte, static_cast<std::size_t>(-5)};
    fails(os, note, "writev", EINVAL, "a negative length", os.writev(fresh, &piece, 1));
    fails(os, note, "readv", EINVAL, "a negative length", os.readv(accepted, &piece, 1));
    piece = {&byte, 1};
    fails(os, note, "writev", EINVAL, "too many", os.writev(fresh, &piece, 1025));
    fails(os, note, "readv", EINVAL, "less than none", os.readv(accepted, &piece, -1));
    fails(os, note, "readv", EFAULT, "null", os.readv(accepted, nullptr, 1));
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1025;
    fails(os, note, "sendmsg", EMSGSIZE, "too many pieces", os.sendmsg(fresh, &message, 0));
    fails(os, note, "recvmsg", EMSGSIZE, "too many pieces", os.recvmsg(accepted, &message, 0));
    mmsghdr many[2]{};
    many[0].msg_hdr = message;
    fails(os, note, "sendmmsg", EMSGSIZE, "too many pieces", os.sendmmsg(fresh, many, 1, 0));
    timespec wrong{-1, 0};
    fails(os, note, "recvmmsg", EINVAL, "a wrong time", os.recvmmsg(accepted, many, 1, 0, &wrong));
    fails(os, note, "recvmmsg", EAGAIN, "nothing there", (many[0].msg_hdr.msg_iovlen = 1, os.recvmmsg(accepted, many, 1, MSG_DONTWAIT, nullptr)));

    int value = 0;
    length = sizeof value;
    fails(os, note, "getsockopt", ENOPROTOOPT, "no such option", os.getsockopt(fresh, SOL_SOCKET, 4711, &value, &length));
    fails(os, note, "getsockopt", ENOPROTOOPT, "no such option of TCP", os.getsockopt(fresh, IPPROTO_TCP, 4711, &value, &length));
    fails(os, note, "getsockopt", ENOPROTOOPT, "no such option of IP", os.getsockopt(fresh, IPPROTO_IP, 4711, &value, &length));
    fails(os, note, "getsockopt", EFAULT, "null", os.getsockopt(fresh, SOL_SOCKET, SO_TYPE, nullptr, &length));
    fails(os, note, "getsockopt", EFAULT, "without a length", os.getsockopt(fresh, SOL_SOCKET, SO_TYPE, &value, nullptr));
    length = static_cast<socklen_t>(-1);
    fails(os, note, "getsockopt", EINVAL, "a negative length", os.getsockopt(fresh, SOL_SOCKET, SO_TYPE, &value, &length));
    fails(os, note, "setsockopt", ENOPROTOOPT, "no such option", os.setsockopt(fresh, SOL_SOCKET, 4711, &value, sizeof value));
    fails(os, note, "setsockopt", ENOPROTOOPT, "no such option of TCP", os.setsockopt(fresh, IPPROTO_TCP, 4711, &value, sizeof value));
    fails(os, note, "setsockopt", EINVAL, "too short", os.setsockopt(fresh, SOL_SOCKET, SO_REUSEADDR, &value, 1));
    fails(os, note, "setsockopt", EINVAL, "too short, of TCP", os.setsockopt(fresh, IPPROTO_TCP, TCP_NODELAY, &value, 1));
    fails(os, note, "setsockopt", EFAULT, "null", os.setsockopt(fresh, SOL_SOCKET, SO_REUSEADDR, nullptr, sizeof value));
    fails(os, note, "setsockopt", EDOM, "a timeout of too many microseconds", [&] {
        const timeval time{0, 2'000'000};
        return os.setsockopt(fresh, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    }());
    fails(os, note, "setsockopt", EINVAL, "a segment of no size", (value = 1, os.setsockopt(fresh, IPPROTO_TCP, TCP_MAXSEG, &value, sizeof value)));

    length = sizeof at;
    fails(os, note, "getsockname", EFAULT, "null", os.getsockname(fresh, nullptr, &length));
    fails(os, note, "getsockname", EFAULT, "without a length", os.getsockname(fresh, any(at), nullptr));
    length = static_cast<socklen_t>(-3);
    fails(os, note, "getsockname", EINVAL, "a negative length", os.getsockname(fresh, any(at), &length));
    fails(os, note, "getpeername", EINVAL, "a negative length", os.getpeername(fresh, any(at), &length));
    fails(os, note, "getpeername", EFAULT, "without a length", os.getpeername(fresh, any(at), nullptr));
    fails(os, note, "ioctl", EFAULT, "null", os.ioctl(fresh, FIONBIO, nullptr));
    fails(os, note, "ioctl", ENOTTY, "no such request", os.ioctl(fresh, 0x5678, &value));
    fails(os, note, "ioctl SIOCINQ", EINVAL, "a listener", os.ioctl(listener, FIONREAD, &value));
    fails(os, note, "fcntl", EINVAL, "no such command", os.fcntl(fresh, 4711, 0));
    fails(os, note, "fcntl F_DUPFD", EINVAL, "below zero", os.fcntl(fresh, F_DUPFD, -1));
    fails(os, note, "dup3", EINVAL, "onto itself", os.dup3(fresh, fresh, 0));
    fails(os, note, "dup3", EINVAL, "no such flag", os.dup3(fresh, 50, 1));

    // The peer's reset: once ECONNRESET, then EPIPE and an end.
    const linger reset{1, 0};
    os.setsockopt(fresh, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    os.close(fresh);
    pollfd entry{accepted, POLLIN, 0};
    note("poll", os.poll(&entry, 1, 1000));
    note.value("revents", entry.revents);
    fails(os, note, "recv", ECONNRESET, "the peer has reset", os.recv(accepted, &byte, 1, 0));
    note("recv after it", os.recv(accepted, &byte, 1, 0));
    fails(os, note, "send", EPIPE, "the peer has reset", os.send(accepted, &byte, 1, MSG_NOSIGNAL));
    const int twins[2] = {os.socket(AF_INET, SOCK_STREAM, 0), os.socket(AF_INET, SOCK_STREAM, 0)};
    for (const int each : twins) os.setsockopt(each, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    other = loopback();
    note("bind", os.bind(twins[0], any(other), sizeof other));
    length = sizeof other;
    os.getsockname(twins[0], any(other), &length);
    note("bind of the other", os.bind(twins[1], any(other), sizeof other));
    note("connect", os.connect(twins[0], any(address), sizeof address));
    fails(os, note, "connect", EADDRNOTAVAIL, "the same two ends", os.connect(twins[1], any(address), sizeof address));
    for (const int each : {listener, tcp, udp, accepted, unconnected, twins[0], twins[1]}) os.close(each);
};

constexpr auto inet_waits = [](auto& os, notes& note) {
    // A listener whose backlog is full lets further SYNs lie.
    sockaddr_in address;
    const int listener = tcp_listener(os, address, 0);
    const int first = os.socket(AF_INET, SOCK_STREAM, 0);
    note("connect", os.connect(first, any(address), sizeof address));
    const int waits = os.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    fails(os, note, "connect", EINPROGRESS, "non-blocking", os.connect(waits, any(address), sizeof address));
    fails(os, note, "connect", EALREADY, "again", os.connect(waits, any(address), sizeof address));
    char byte = 0;
    fails(os, note, "send", EAGAIN, "not connected yet", os.send(waits, &byte, 1, 0));
    fails(os, note, "recv", EAGAIN, "not connected yet", os.recv(waits, &byte, 1, 0));

    struct sigaction action{};
    action.sa_handler = [](int) {};
    os.sigaction(SIGUSR1, &action, nullptr);
    const int patient = os.socket(AF_INET, SOCK_STREAM, 0);
    {
        const auto soon = signal_after(os, 30, SIGUSR1);
        fails(os, note, "connect", EINTR, "a signal", os.connect(patient, any(address), sizeof address));
    }
    const int none = 0;
    os.ioctl(patient, FIONBIO, const_cast<int*>(&none));
    os.fcntl(patient, F_SETFL, O_NONBLOCK);
    fails(os, note, "connect", EALREADY, "after the signal", os.connect(patient, any(address), sizeof address));
    const int limited = os.socket(AF_INET, SOCK_STREAM, 0);
    const timeval time{0, 50'000};
    os.setsockopt(limited, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
    fails(os, note, "connect", EINPROGRESS, "SO_SNDTIMEO is over", os.connect(limited, any(address), sizeof address));
    const int tries = 1, hasty = os.socket(AF_INET, SOCK_STREAM, 0);
    note("TCP_SYNCNT", os.setsockopt(hasty, IPPROTO_TCP, TCP_SYNCNT, &tries, sizeof tries));
    fails(os, note, "connect", ETIMEDOUT, "nobody answers", os.connect(hasty, any(address), sizeof address));
    for (const int each : {listener, first, waits, patient, limited, hasty}) os.close(each);
};
}  // namespace

TEST_CASE("errors: inet, call by call", "[conformance][posix][errors]") {
    const support::private_network apart;  // where there is no way to anywhere
    if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
    over_kernel_and_host(inet_errors);
    over_kernel_and_own(inet_errors);
}

// Where the kernel hands the dead connection over with its peer's address, weld says what accept(2) has a word for.
TEST_CASE("errors: a connection that was reset before it was accepted", "[posix][errors]") {
    namespace own = weld::stack;
    weld::net net{own::interface{"lo", own::bare_ip{weld::device::loopback{}}, "127.0.0.1/8"}, own::ipv4{}, own::icmp{}, own::tcp{}, weld::io::epoll{}};
    {
        weld::posix::process os{net};
        sockaddr_in address, peer;
        const int listener = tcp_listener(os, address);
        const linger reset{1, 0};
        for (const bool asked : {true, false}) {
            const int gone = os.socket(AF_INET, SOCK_STREAM, 0);
            CHECK(os.connect(gone, any(address), sizeof address) == 0);
            os.setsockopt(gone, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
            os.close(gone);
            os.poll(nullptr, 0, 10);
            socklen_t length = sizeof peer;
            const int dead = os.accept(listener, asked ? any(peer) : nullptr, asked ? &length : nullptr);
            CHECK((dead == -1) == asked);
            if (asked) CHECK(errno == ECONNABORTED);
            else os.close(dead);
        }
    }
    CHECK(net.stats() == weld::net_stats{});
}

TEST_CASE("errors: a connect that takes its time", "[conformance][posix][errors]") {
    over_kernel_and_host(inet_waits);
    over_kernel_and_own(inet_waits);
}

TEST_CASE("errors: unix, call by call", "[conformance][posix][errors]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        socklen_t size;
        sockaddr_un address = named("weld.errors", size);
        const int listener = os.socket(AF_UNIX, SOCK_STREAM, 0), stream = os.socket(AF_UNIX, SOCK_STREAM, 0), datagram = os.socket(AF_UNIX, SOCK_DGRAM, 0);
        char byte = 0;
        fails(os, note, "connect", ECONNREFUSED, "nobody has the name", os.connect(stream, any(address), size));
        fails(os, note, "sendto", ECONNREFUSED, "nobody has the name", os.sendto(datagram, &byte, 1, 0, any(address), size));
        note("bind", os.bind(listener, any(address), size));
        fails(os, note, "bind", EADDRINUSE, "in use", os.bind(stream, any(address), size));
        fails(os, note, "bind", EINVAL, "bound already", os.bind(listener, any(address), size));
        sockaddr_storage roomy{};
        std::memcpy(&roomy, &address, sizeof address);
        fails(os, note, "bind", EINVAL, "too long", os.bind(stream, any(roomy), 111));
        fails(os, note, "bind", EINVAL, "too short", os.bind(stream, any(address), 1));
        fails(os, note, "bind", EFAULT, "null", os.bind(stream, nullptr, 10));
        sockaddr_un path{};
        path.sun_family = AF_UNIX;
        std::strcpy(path.sun_path, "/nowhere/at/all");
        fails(os, note, "connect", ENOENT, "no such path", os.connect(stream, any(path), sizeof path));
        fails(os, note, "sendto", ENOENT, "no such path", os.sendto(datagram, &byte, 1, 0, any(path), sizeof path));
        fails(os, note, "connect", ECONNREFUSED, "does not listen", os.connect(stream, any(address), size));
        fails(os, note, "connect", ECONNREFUSED, "abstract, of another type", os.connect(datagram, any(address), size));
        const std::string file = "/tmp/weld.errors." + std::to_string(::getpid());
        std::strcpy(path.sun_path, file.c_str());
        const int at_path = os.socket(AF_UNIX, SOCK_STREAM, 0);
        note("bind to a path", os.bind(at_path, any(path), sizeof path));
        note("listen", os.listen(at_path, 1));
        fails(os, note, "connect", EPROTOTYPE, "of another type", os.connect(datagram, any(path), sizeof path));
        fails(os, note, "sendto", EPROTOTYPE, "of another type", os.sendto(datagram, &byte, 1, 0, any(path), sizeof path));
        os.close(at_path);
        fails(os, note, "connect", ECONNREFUSED, "the path of one that has gone", os.connect(stream, any(path), sizeof path));
        remove(os, file.c_str());
        fails(os, note, "listen", EINVAL, "not bound", os.listen(stream, 1));
        fails(os, note, "listen", EOPNOTSUPP, "a datagram socket", os.listen(datagram, 1));
        fails(os, note, "accept", EOPNOTSUPP, "a datagram socket", os.accept(datagram, nullptr, nullptr));
        fails(os, note, "accept", EINVAL, "does not listen", os.accept(listener, nullptr, nullptr));
        note("listen", os.listen(listener, 1));
        os.fcntl(listener, F_SETFL, O_NONBLOCK);
        fails(os, note, "accept", EAGAIN, "nobody is there", os.accept(listener, nullptr, nullptr));
        fails(os, note, "send", ENOTCONN, "not connected", os.send(stream, &byte, 1, 0));
        fails(os, note, "recv", EINVAL, "not connected", os.recv(stream, &byte, 1, 0));
        fails(os, note, "send", ENOTCONN, "a datagram to nobody", os.send(datagram, &byte, 1, 0));
        fails(os, note, "getpeername", ENOTCONN, "not connected", os.getpeername(stream, any(path), &size));
        fails(os, note, "shutdown", EINVAL, "no such direction", os.shutdown(stream, 3));
        note("connect", os.connect(stream, any(address), size));
        fails(os, note, "connect", EISCONN, "connected", os.connect(stream, any(address), size));
        fails(os, note, "sendto", EISCONN, "an address, and connected", os.sendto(stream, &byte, 1, 0, any(address), size));
        const int second = os.socket(AF_UNIX, SOCK_STREAM, 0), late = os.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        note("connect a second", os.connect(second, any(address), size));
        fails(os, note, "connect", EAGAIN, "the backlog is full", os.connect(late, any(address), size));
        const int seqpacket = os.socket(AF_UNIX, SOCK_SEQPACKET, 0);
        fails(os, note, "send", ENOTCONN, "not connected", os.send(seqpacket, &byte, 1, 0));
        fails(os, note, "recv", ENOTCONN, "not connected", os.recv(seqpacket, &byte, 1, 0));
        const int accepted = os.accept(listener, nullptr, nullptr);
        fails(os, note, "recv", EAGAIN, "nothing there", os.recv(accepted, &byte, 1, MSG_DONTWAIT));
        fails(os, note, "recv", EOPNOTSUPP, "urgent data, of another type", os.recv(datagram, &byte, 1, MSG_OOB));
        fails(os, note, "send", EFAULT, "null for bytes", os.send(stream, nullptr, 1, 0));
        note("send", os.send(stream, "x", 1, 0));
        fails(os, note, "recv", EFAULT, "null for a buffer", os.recv(accepted, nullptr, 1, 0));
        while (os.send(stream, std::string(4096, 'x').data(), 4096, MSG_DONTWAIT) > 0) {}
        fails(os, note, "send", EAGAIN, "full", os.send(stream, &byte, 1, MSG_DONTWAIT));
        os.close(accepted);
        fails(os, note, "recv", ECONNRESET, "the peer left something unread", os.recv(stream, &byte, 1, 0));
        fails(os, note, "send", EPIPE, "the peer has gone", os.send(stream, &byte, 1, MSG_NOSIGNAL));
        for (const int each : {listener, stream, datagram, second, late, seqpacket}) os.close(each);
    });
}

TEST_CASE("errors: poll, select, epoll", "[conformance][posix][errors]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        int ends[2];
        os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        pollfd entry{ends[0], POLLIN, 0};
        fails(os, note, "poll", EFAULT, "null", os.poll(nullptr, 1, 0));
        {
            const room_for few{os, 3};
            std::vector<pollfd> many(2000, entry);
            fails(os, note, "poll", EINVAL, "more than descriptors", os.poll(many.data(), many.size(), 0));
        }
        fd_set set;
        FD_ZERO(&set);
        timeval wrong{-1, 0};
        fails(os, note, "select", EINVAL, "less than none", os.select(-1, &set, nullptr, nullptr, nullptr));
        fails(os, note, "select", EINVAL, "a wrong time", os.select(0, &set, nullptr, nullptr, &wrong));
        fails(os, note, "epoll_create", EINVAL, "no size", os.epoll_create(-1));
        fails(os, note, "epoll_create1", EINVAL, "no such flag", os.epoll_create1(2));
        int sets[7];
        for (int& each : sets) each = os.epoll_create1(0);
        epoll_event event{EPOLLIN, {}};
        fails(os, note, "epoll_ctl", EFAULT, "null", os.epoll_ctl(sets[0], EPOLL_CTL_ADD, ends[0], nullptr));
        fails(os, note, "epoll_ctl", EINVAL, "itself", os.epoll_ctl(sets[0], EPOLL_CTL_ADD, sets[0], &event));
        fails(os, note, "epoll_ctl", EINVAL, "no set", os.epoll_ctl(ends[0], EPOLL_CTL_ADD, ends[1], &event));
        fails(os, note, "epoll_ctl", EINVAL, "no such operation", os.epoll_ctl(sets[0], 42, ends[0], &event));
        fails(os, note, "epoll_ctl", ENOENT, "not there to modify", os.epoll_ctl(sets[0], EPOLL_CTL_MOD, ends[0], &event));
        fails(os, note, "epoll_ctl", ENOENT, "not there to delete", os.epoll_ctl(sets[0], EPOLL_CTL_DEL, ends[0], nullptr));
        note("add", os.epoll_ctl(sets[0], EPOLL_CTL_ADD, ends[0], &event));
        fails(os, note, "epoll_ctl", EEXIST, "added twice", os.epoll_ctl(sets[0], EPOLL_CTL_ADD, ends[0], &event));
        for (int i = 1; i < 5; ++i) note("a set in a set", os.epoll_ctl(sets[i], EPOLL_CTL_ADD, sets[i - 1], &event));
        fails(os, note, "epoll_ctl", ELOOP, "too deep", os.epoll_ctl(sets[5], EPOLL_CTL_ADD, sets[4], &event));
        fails(os, note, "epoll_ctl", ELOOP, "in a circle", os.epoll_ctl(sets[0], EPOLL_CTL_ADD, sets[2], &event));
        fails(os, note, "epoll_wait", EINVAL, "no room", os.epoll_wait(sets[6], &event, 0, 0));
        fails(os, note, "epoll_wait", EINVAL, "no set", os.epoll_wait(ends[0], &event, 1, 0));
        os.send(ends[1], "x", 1, 0);
        fails(os, note, "epoll_wait", EFAULT, "null", os.epoll_wait(sets[0], nullptr, 1, 1000));
        note("and it is still there", os.epoll_wait(sets[0], &event, 1, 0));
        for (const int each : sets) os.close(each);
        os.close(ends[0]);
        os.close(ends[1]);
    });
}

namespace {
/// Where the ephemeral ports are two.
template <class Os>
void ports_run_out(Os& os, notes& note) {
    const int three[3] = {os.socket(AF_INET, SOCK_STREAM, 0), os.socket(AF_INET, SOCK_STREAM, 0), os.socket(AF_INET, SOCK_STREAM, 0)};
    sockaddr_in at = loopback();
    note("bind", os.bind(three[0], any(at), sizeof at));
    note("bind", os.bind(three[1], any(at), sizeof at));
    fails(os, note, "bind", EADDRINUSE, "no port is left", os.bind(three[2], any(at), sizeof at));
    fails(os, note, "listen", EADDRINUSE, "no port is left", os.listen(three[2], 1));
    sockaddr_in there = loopback(7000);
    const int listener = os.socket(AF_INET, SOCK_STREAM, 0);
    note("bind", os.bind(listener, any(there), sizeof there));
    note("listen", os.listen(listener, 8));
    fails(os, note, "connect", EADDRNOTAVAIL, "no port is left", os.connect(three[2], any(there), sizeof there));
    for (const int each : three) os.close(each);
    os.close(listener);
    const int datagrams[3] = {os.socket(AF_INET, SOCK_DGRAM, 0), os.socket(AF_INET, SOCK_DGRAM, 0), os.socket(AF_INET, SOCK_DGRAM, 0)};
    note("bind", os.bind(datagrams[0], any(at), sizeof at));
    note("bind", os.bind(datagrams[1], any(at), sizeof at));
    fails(os, note, "bind", EADDRINUSE, "no port is left", os.bind(datagrams[2], any(at), sizeof at));
    fails(os, note, "sendto", EAGAIN, "no port is left", os.sendto(datagrams[2], "x", 1, 0, any(there), sizeof there));
    fails(os, note, "connect", EAGAIN, "no port is left", os.connect(datagrams[2], any(there), sizeof there));
    for (const int each : datagrams) os.close(each);
}
}  // namespace

TEST_CASE("errors: no ephemeral port is left", "[conformance][posix][errors]") {
    const support::private_network apart;
    if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
    std::ofstream{"/proc/sys/net/ipv4/ip_local_port_range"} << "50000 50001\n";
    notes expected, found;
    kernel calls;
    ports_run_out(calls, expected);
    namespace own = weld::stack;
    weld::net net{own::interface{"lo", own::bare_ip{weld::device::loopback{}}, "127.0.0.1/8"}, own::ipv4{}, own::icmp{}, own::tcp{{.ports = {50000, 50001}}},
                  own::udp{{.ephemeral = {50000, 50001}}}, weld::io::epoll{}};
    {
        weld::posix::process os{net};
        ports_run_out(os, found);
    }
    compare(expected, found);
}

TEST_CASE("a descriptor that is closed while another waits on it, and a listener that was duplicated", "[conformance][posix][errors]") {
    const auto program = [](auto& os, notes& note) {
        int ends[2];
        char byte;
        os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        {
            const auto closes = after(os, 20, [&os, ends] { os.close(ends[0]); });
            const auto sends = send_after(os, 60, ends[1]);
            note("recv of what is closed meanwhile", os.recv(ends[0], &byte, 1, 0));
        }
        fails(os, note, "recv", EBADF, "closed", os.recv(ends[0], &byte, 1, 0));
        os.close(ends[1]);
        os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        {
            const auto closes = after(os, 20, [&os, ends] { os.close(ends[0]); });
            const auto sends = send_after(os, 60, ends[1]);
            pollfd entry{ends[0], POLLIN, 0};
            note("poll of what is closed meanwhile", os.poll(&entry, 1, 120) >= 0 ? 0 : -1);
        }
        os.close(ends[1]);
        os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        const int epoll = os.epoll_create1(0);
        epoll_event event{EPOLLIN, {}};
        os.epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
        {
            const auto closes = after(os, 20, [&os, ends] { os.close(ends[0]); });
            note("epoll_wait for what is closed meanwhile", os.epoll_wait(epoll, &event, 1, 60));
        }
        {
            const auto closes = after(os, 20, [&os, epoll] { os.close(epoll); });
            note("epoll_wait of a set that is closed meanwhile", os.epoll_wait(epoll, &event, 1, 60));
        }
        fails(os, note, "epoll_wait", EBADF, "closed", os.epoll_wait(epoll, &event, 1, 0));
        os.close(ends[1]);

        socklen_t size;
        sockaddr_un address = named("weld.duplicate", size);
        const int listener = os.socket(AF_UNIX, SOCK_STREAM, 0);
        os.bind(listener, any(address), size);
        os.listen(listener, 4);
        const int other = os.dup(listener);
        note("close the first", os.close(listener));
        int clients[3] = {os.socket(AF_UNIX, SOCK_STREAM, 0), os.socket(AF_UNIX, SOCK_STREAM, 0), os.socket(AF_UNIX, SOCK_STREAM, 0)};
        note("connect", os.connect(clients[0], any(address), size));
        const int accepted = note.fd("accept by the second", os.accept(other, nullptr, nullptr));
        int late = -1, reserved = os.dup(other), answer = 0, error = 0;
        os.close(reserved);
        {
            const auto takes = after(os, 20, [&] { error = (answer = os.dup2(clients[0], reserved)) == -1 ? errno : 0; });
            const auto calls = after(os, 60, [&os, &clients, address, size]() mutable { os.connect(clients[1], any(address), size); });
            late = note.fd("accept while another wants its number", os.accept(other, nullptr, nullptr));
        }
        errno = error;
        fails(os, note, "dup2", EBUSY, "onto a number that is reserved", answer);
        os.close(late);
        os.close(clients[1]);
        clients[1] = os.socket(AF_UNIX, SOCK_STREAM, 0);
        {
            const auto closes = after(os, 20, [&os, other] { os.close(other); });
            const auto calls = after(os, 60, [&os, &clients, address, size]() mutable { os.connect(clients[1], any(address), size); });
            late = note.fd("accept of a listener that is closed meanwhile", os.accept(other, nullptr, nullptr));
        }
        fails(os, note, "connect", ECONNREFUSED, "no descriptor of the listener is left", os.connect(clients[2], any(address), size));
        for (const int each : {accepted, late, clients[0], clients[1], clients[2]}) os.close(each);
    };
    over_kernel_and_every_unix(program);
}
