// SPDX-License-Identifier: BSL-1.0
// The facade over weld's own TCP and UDP: the same programs, the same answers as the kernel's.
#include "own.hpp"

using namespace both;

TEST_CASE("own TCP: what its calls answer in each state", "[conformance][posix][own]") {
    over_kernel_and_own([](auto& os, notes& note) {
        sockaddr_in address;
        char byte = 0;
        const int fresh = os.socket(AF_INET, SOCK_STREAM, 0);
        note("accept of a socket that does not listen", os.accept(fresh, nullptr, nullptr));
        note("getpeername unconnected", os.getpeername(fresh, any(address), nullptr));
        note("send unconnected", os.send(fresh, &byte, 1, 0));
        note("recv unconnected", os.recv(fresh, &byte, 1, 0));
        const int listener = tcp_listener(os, address);
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
        note("recv when there is nothing", os.recv(accepted, &byte, 1, 0));
        note("send", os.send(fresh, "hello", 5, 0));
        pollfd entry{accepted, POLLIN | POLLRDHUP, 0};
        note("poll", os.poll(&entry, 1, 1000));
        note.value("revents", entry.revents);
        char buffer[16];
        note("peek", os.recv(accepted, buffer, 3, MSG_PEEK));
        note("recv", os.recv(accepted, buffer, 16, 0));
        note("shutdown for writing", os.shutdown(fresh, SHUT_WR));
        note("send after that", os.send(fresh, &byte, 1, 0));
        entry.revents = 0;
        note("poll", os.poll(&entry, 1, 1000));
        note.value("revents", entry.revents);
        note("recv at the end", os.recv(accepted, &byte, 1, 0));
        note("recv at the end, again", os.recv(accepted, &byte, 1, 0));
        os.close(listener);
        const int late = os.socket(AF_INET, SOCK_STREAM, 0);
        note("connect to nobody", os.connect(late, any(address), sizeof address));
        for (const int each : {fresh, second, accepted, late}) os.close(each);
    });
}

TEST_CASE("own TCP: a connect that does not wait", "[conformance][posix][own]") {
    over_kernel_and_own([](auto& os, notes& note) {
        sockaddr_in address;
        const int listener = tcp_listener(os, address);
        const int fd = os.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        note("connect", os.connect(fd, any(address), sizeof address));
        pollfd entry{fd, POLLOUT, 0};
        note("poll", os.poll(&entry, 1, 1000));
        note.value("revents", entry.revents);
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

TEST_CASE("own UDP: datagrams by sendto and recvfrom", "[conformance][posix][own]") {
    over_kernel_and_own([](auto& os, notes& note) {
        const int from = os.socket(AF_INET, SOCK_DGRAM, 0), to = os.socket(AF_INET, SOCK_DGRAM, 0);
        sockaddr_in address = loopback(), sender{};
        socklen_t length = sizeof address;
        note("bind", os.bind(to, any(address), length));
        os.getsockname(to, any(address), &length);
        note("send to nobody", os.send(from, "x", 1, 0));
        note("sendto a short address", os.sendto(from, "x", 1, 0, any(address), 8));
        note("sendto", os.sendto(from, "a datagram", 10, 0, any(address), length));
        char buffer[4];
        pollfd entry{to, POLLIN, 0};
        note("poll", os.poll(&entry, 1, 1000));
        note("peek of the true size", os.recv(to, buffer, 4, MSG_PEEK | MSG_TRUNC));
        length = sizeof sender;
        note("recvfrom", os.recvfrom(to, buffer, 4, 0, any(sender), &length));
        note.value("length", length);
        note("recv of nothing", os.recv(to, buffer, 4, MSG_DONTWAIT));
        note("connect", os.connect(from, any(address), sizeof address));
        note("send", os.send(from, "y", 1, 0));
        char head[] = "two ", body[] = "pieces";
        iovec pieces[2] = {{head, 4}, {body, 6}};
        note("writev", os.writev(from, pieces, 2));
        note("recv", os.recv(to, buffer, 4, 0));
        char whole[16]{};
        note("read", os.read(to, whole, 16));
        note.value("as one", std::string(whole) == "two pieces");
        note("listen", os.listen(to, 1));
        note("accept", os.accept(to, nullptr, nullptr));
        os.close(to);
        note("send to who has gone", os.send(from, "z", 1, 0));
        entry = {from, POLLIN, 0};
        note("poll", os.poll(&entry, 1, 1000));
        note.value("revents", entry.revents);
        note("recv", os.recv(from, buffer, 4, MSG_DONTWAIT));
        note("recv", os.recv(from, buffer, 4, MSG_DONTWAIT));
        os.close(from);
    });
}
