// SPDX-License-Identifier: BSL-1.0
// socket(2), socketpair(2), bind(2), connect(2), listen(2), accept(2), getsockname(2): arguments and their errors.
#include "both.hpp"

using namespace both;

TEST_CASE("socket and socketpair refuse in the kernel's order", "[conformance][posix]") {
    over_kernel_and_host([](auto& os, notes& note) {
        int ends[2] = {-7, -7};
        note("a family out of range", os.socket(-1, SOCK_STREAM, 0));
        note("a family out of range", os.socket(46, SOCK_STREAM, 0));
        note("a type out of range", os.socket(AF_INET, 11, 0));
        note("a type that inet lacks", os.socket(AF_INET, SOCK_SEQPACKET, 0));
        note("a wrong flag", os.socket(AF_INET, SOCK_STREAM | 0x100, 0));
        note("a protocol that inet lacks", os.socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
        note("a protocol out of range", os.socket(AF_INET, SOCK_STREAM, 999));
        note("socketpair of inet", os.socketpair(AF_INET, SOCK_STREAM, 0, ends));
        note("socketpair into null", os.socketpair(AF_UNIX, SOCK_STREAM, 0, nullptr));
        note("socketpair of a wrong flag", os.socketpair(AF_UNIX, SOCK_STREAM | 0x100, 0, ends));
        note("socketpair of a family out of range", os.socketpair(77, SOCK_STREAM, 0, ends));
        note("socketpair of a wrong protocol", os.socketpair(AF_UNIX, SOCK_STREAM, 7, ends));
        note("socketpair of a wrong type", os.socketpair(AF_UNIX, 4, 0, ends));
        note("socketpair", os.socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends));
        note("F_GETFD", os.fcntl(ends[0], F_GETFD));
        note.value("O_NONBLOCK", (os.fcntl(ends[1], F_GETFL) & O_NONBLOCK) != 0);
        char byte;
        note("recv", os.recv(ends[0], &byte, 1, 0));
        os.close(ends[0]);
        os.close(ends[1]);
    });
}

TEST_CASE("addresses are checked as move_addr_to_kernel does", "[conformance][posix]") {
    over_kernel_and_host([](auto& os, notes& note) {
        const int fd = os.socket(AF_INET, SOCK_STREAM, 0);
        const int unix_fd = os.socket(AF_UNIX, SOCK_STREAM, 0);
        const int epoll = os.epoll_create1(0);
        sockaddr_storage room{};
        sockaddr_in address = loopback();
        for (const socklen_t length : {0u, 1u, 2u, 15u, 16u, 28u, 128u, 129u, 0x80000000u, 0xffffffffu}) {
            note("connect null", os.connect(fd, nullptr, length));
            note("bind null", os.bind(fd, nullptr, length));
            note("sendto null", os.sendto(fd, "", 0, 0, nullptr, length));
            note("connect nobody", os.connect(epoll, any(room), length));
            note("bind nobody", os.bind(epoll, any(room), length));
            note("unix bind of no family", os.bind(unix_fd, any(room), length));
        }
        for (const socklen_t length : {1u, 2u, 15u, 129u}) {
            note("bind short", os.bind(fd, any(address), length));
            note("connect short", os.connect(fd, any(address), length));
        }
        address.sin_family = AF_UNIX;
        note("bind of another family", os.bind(fd, any(address), sizeof address));
        note("connect of another family", os.connect(fd, any(address), sizeof address));
        address = loopback();
        address.sin_addr.s_addr = htonl(0x01020304);
        note("bind to an address of somebody else", os.bind(fd, any(address), sizeof address));
        address = loopback();
        address.sin_family = AF_UNSPEC;
        note("bind to AF_UNSPEC and an address", os.bind(fd, any(address), sizeof address));
        address.sin_addr.s_addr = 0;
        note("bind to AF_UNSPEC and none", os.bind(fd, any(address), sizeof address));
        note("bind twice", os.bind(fd, any(address), sizeof address));
        for (const int each : {fd, unix_fd, epoll}) os.close(each);
    });
}

TEST_CASE("addresses are handed out as move_addr_to_user does", "[conformance][posix]") {
    over_kernel_and_host([](auto& os, notes& note) {
        sockaddr_in address;
        const int fd = tcp_listener(os, address);
        sockaddr_storage room;
        for (const socklen_t given : {0u, 1u, 2u, 4u, 16u, 100u, 0xffffffffu}) {
            std::memset(&room, 0x55, sizeof room);
            socklen_t length = given;
            note("getsockname", os.getsockname(fd, any(room), &length));
            note.value("length", length);
            const auto* const bytes = reinterpret_cast<const unsigned char*>(&room);
            note.value("first", bytes[0]);
            note.value("the byte behind", given < 16 ? bytes[given] : bytes[16]);
        }
        socklen_t length = sizeof room;
        note("getsockname into null", os.getsockname(fd, nullptr, &length));
        note("getsockname without length", os.getsockname(fd, any(room), nullptr));
        length = 0;
        note("getsockname of nothing into null", os.getsockname(fd, nullptr, &length));
        note("getpeername of a listener", os.getpeername(fd, any(room), &length));
        const int client = os.socket(AF_INET, SOCK_STREAM, 0);
        note("connect", os.connect(client, any(address), sizeof address));
        note("accept into a place without length", os.accept(fd, any(room), nullptr));  // and the connection is gone
        note("connect", os.connect(os.dup2(os.socket(AF_INET, SOCK_STREAM, 0), 40), any(address), sizeof address));
        length = 4;
        note.fd("accept", os.accept(fd, any(room), &length));
        note.value("length", length);
        for (int each = 3; each <= 40; ++each)
            if (each >= fd) os.close(each);
        os.close(fd);
    });
}

TEST_CASE("the states of a TCP socket decide what its calls answer", "[conformance][posix]") {
    over_kernel_and_host([](auto& os, notes& note) {
        sockaddr_in address;
        char byte = 0;
        const int fresh = os.socket(AF_INET, SOCK_STREAM, 0);
        note("accept of a socket that does not listen", os.accept(fresh, nullptr, nullptr));
        note("getpeername unconnected", os.getpeername(fresh, any(address), nullptr));
        note("shutdown unconnected", os.shutdown(fresh, SHUT_WR));
        note("shutdown of no direction", os.shutdown(fresh, 3));
        note("send unconnected", os.send(fresh, &byte, 1, 0));
        note("recv unconnected", os.recv(fresh, &byte, 1, 0));
        const int listener = tcp_listener(os, address);
        note("connect of a listener", os.connect(listener, any(address), sizeof address));
        note("recv of a listener", os.recv(listener, &byte, 1, 0));
        note("send of a listener", os.send(listener, &byte, 1, 0));
        note("listen again", os.listen(listener, -1));
        sockaddr_in other = address;
        const int second = os.socket(AF_INET, SOCK_STREAM, 0);
        note("bind to a port in use", os.bind(second, any(other), sizeof other));
        note("connect", os.connect(fresh, any(address), sizeof address));
        note("connect again", os.connect(fresh, any(address), sizeof address));
        note("listen while connected", os.listen(fresh, 1));
        note("bind while connected", os.bind(fresh, any(address), sizeof address));
        os.fcntl(listener, F_SETFL, O_NONBLOCK);
        const int accepted = note.fd("accept", os.accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        note("accept when there is nobody", os.accept(listener, nullptr, nullptr));
        note("accept4 with a wrong flag", os.accept4(listener, nullptr, nullptr, 4));
        note("F_GETFD", os.fcntl(accepted, F_GETFD));
        note("recv when there is nothing", os.recv(accepted, &byte, 1, 0));
        note("shutdown for writing", os.shutdown(fresh, SHUT_WR));
        note("send after that", os.send(fresh, &byte, 1, 0));
        pollfd entry{accepted, POLLIN | POLLRDHUP, 0};
        note("poll", os.poll(&entry, 1, 1000));
        note.value("revents", entry.revents);
        note("recv at the end", os.recv(accepted, &byte, 1, 0));
        note("recv at the end, again", os.recv(accepted, &byte, 1, 0));
        os.close(listener);
        const int late = os.socket(AF_INET, SOCK_STREAM, 0);
        note("connect to nobody", os.connect(late, any(address), sizeof address));
        const int datagram = os.socket(AF_INET, SOCK_DGRAM, 0);
        note("listen of a datagram socket", os.listen(datagram, 1));
        note("accept of a datagram socket", os.accept(datagram, nullptr, nullptr));
        for (const int each : {fresh, second, accepted, late, datagram}) os.close(each);
    });
}

TEST_CASE("a connect that does not wait tells how it went at the second call", "[conformance][posix]") {
    over_kernel_and_host([](auto& os, notes& note) {
        sockaddr_in address;
        const int listener = tcp_listener(os, address);
        const int fd = os.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        note("connect", os.connect(fd, any(address), sizeof address));
        pollfd entry{fd, POLLOUT, 0};
        note("poll", os.poll(&entry, 1, 1000));
        int error = -1;
        socklen_t length = sizeof error;
        note("SO_ERROR", os.getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length));
        note.value("SO_ERROR", error);
        note("connect", os.connect(fd, any(address), sizeof address));
        note("connect", os.connect(fd, any(address), sizeof address));
        os.close(listener);
        os.close(fd);
        const int refused = os.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        note("connect to nobody", os.connect(refused, any(address), sizeof address));
        entry = {refused, POLLOUT, 0};
        note("poll", os.poll(&entry, 1, 1000));
        note.value("revents", entry.revents);
        note("SO_ERROR", os.getsockopt(refused, SOL_SOCKET, SO_ERROR, &error, &length));
        note.value("SO_ERROR", error);
        note("SO_ERROR", os.getsockopt(refused, SOL_SOCKET, SO_ERROR, &error, &length));
        note.value("SO_ERROR again", error);
        os.close(refused);
    });
}

TEST_CASE("socketcall is the same calls by number", "[posix]") {
    weld::net net{weld::host::all{}};
    weld::posix::process os{net};
    unsigned long arguments[6] = {AF_UNIX, SOCK_STREAM, 0, 0};
    int ends[2];
    arguments[3] = reinterpret_cast<unsigned long>(ends);
    CHECK(os.socketcall(8, arguments) == 0);  // SYS_SOCKETPAIR
    unsigned long send[6] = {static_cast<unsigned long>(ends[0]), reinterpret_cast<unsigned long>("one number"), 10, 0};
    CHECK(os.socketcall(9, send) == 10);  // SYS_SEND
    char buffer[16];
    unsigned long receive[6] = {static_cast<unsigned long>(ends[1]), reinterpret_cast<unsigned long>(buffer), sizeof buffer, 0};
    CHECK(os.socketcall(10, receive) == 10);  // SYS_RECV
    CHECK(os.socketcall(0, arguments) == -1);
    CHECK(errno == EINVAL);
    CHECK(os.socketcall(21, arguments) == -1);
    CHECK(errno == EINVAL);
    CHECK(os.socketcall(1, nullptr) == -1);
    CHECK(errno == EFAULT);
}
