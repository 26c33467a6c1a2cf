// SPDX-License-Identifier: BSL-1.0
// open, dup(2), fcntl(2), close(2), ioctl(2): the numbers themselves.
#include "both.hpp"

using namespace both;

TEST_CASE("numbers that stand for nothing answer EBADF in every call", "[conformance][posix]") {
    over_kernel_and_host([](auto& os, notes& note) {
        sockaddr_in address = loopback();
        socklen_t length = sizeof address;
        char byte = 0;
        msghdr message{};
        iovec piece{&byte, 1};
        int value = 0;
        socklen_t value_length = sizeof value;
        epoll_event event{};
        for (const int fd : {-1, 99999}) {
            note("bind", os.bind(fd, any(address), length));
            note("listen", os.listen(fd, 1));
            note("accept", os.accept(fd, nullptr, nullptr));
            note("accept4 with a wrong flag", os.accept4(fd, nullptr, nullptr, 1));
            note("connect", os.connect(fd, any(address), length));
            note("connect without address", os.connect(fd, nullptr, length));
            note("shutdown", os.shutdown(fd, 9));
            note("getsockname", os.getsockname(fd, any(address), &length));
            note("getpeername", os.getpeername(fd, nullptr, nullptr));
            note("getsockopt", os.getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &value_length));
            note("setsockopt", os.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value));
            note("setsockopt of a negative length", os.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, static_cast<socklen_t>(-1)));
            note("send", os.send(fd, &byte, 1, 0));
            note("sendto", os.sendto(fd, &byte, 1, 0, any(address), length));
            note("sendmsg", os.sendmsg(fd, &message, 0));
            note("recv", os.recv(fd, &byte, 1, 0));
            note("recvmsg", os.recvmsg(fd, &message, 0));
            note("sendmmsg", os.sendmmsg(fd, nullptr, 0, 0));
            note("recvmmsg", os.recvmmsg(fd, nullptr, 0, 0, nullptr));
            note("read", os.read(fd, &byte, 1));
            note("write", os.write(fd, &byte, 1));
            note("readv", os.readv(fd, &piece, 1));
            note("writev", os.writev(fd, &piece, 1));
            note("close", os.close(fd));
            note("dup", os.dup(fd));
            note("dup2", os.dup2(fd, 50));
            note("dup2 onto itself", os.dup2(fd, fd));
            note("fcntl", os.fcntl(fd, F_GETFD));
            note("ioctl", os.ioctl(fd, FIONBIO, &value));
            note("epoll_ctl", os.epoll_ctl(fd, EPOLL_CTL_ADD, 0, &event));
            note("epoll_wait", os.epoll_wait(fd, &event, 1, 0));
        }
        pollfd entries[2] = {{99999, POLLIN, 0}, {-1, POLLIN, 7}};
        note("poll", os.poll(entries, 2, 0));
        note.value("revents", entries[0].revents);
        note.value("revents of -1", entries[1].revents);
        fd_set set;
        FD_ZERO(&set);
        FD_SET(900, &set);
        timeval none{0, 0};
        note("select", os.select(901, &set, nullptr, nullptr, &none));
    });
}

TEST_CASE("close makes a number nothing at once, also twice", "[conformance][posix]") {
    over_kernel_and_host([](auto& os, notes& note) {
        const int fd = note.fd("socket", os.socket(AF_INET, SOCK_STREAM, 0));
        note("close", os.close(fd));
        note("close again", os.close(fd));
        note("listen after close", os.listen(fd, 1));
        const int again = os.socket(AF_INET, SOCK_STREAM, 0);
        note.value("the lowest free number comes again", again == fd);
        os.close(again);
    });
}

TEST_CASE("dup shares the file, and each number has its own close-on-exec", "[conformance][posix]") {
    over_kernel_and_host([](auto& os, notes& note) {
        const int fd = os.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        const int other = note.fd("dup", os.dup(fd));
        note("F_GETFD", os.fcntl(fd, F_GETFD));
        note("F_GETFD of the other", os.fcntl(other, F_GETFD));
        note("F_SETFD", os.fcntl(other, F_SETFD, FD_CLOEXEC));
        note("F_GETFD of the other", os.fcntl(other, F_GETFD));
        note.value("O_NONBLOCK is shared", (os.fcntl(other, F_GETFL) & O_NONBLOCK) != 0);
        note("F_SETFL", os.fcntl(other, F_SETFL, 0));
        note.value("O_NONBLOCK is shared", (os.fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
        note.value("O_RDWR", os.fcntl(fd, F_GETFL) & O_ACCMODE);
        const int high = note.fd("F_DUPFD", os.fcntl(fd, F_DUPFD, 200));
        note.value("from 200 on", high);
        const int higher = note.fd("F_DUPFD_CLOEXEC", os.fcntl(fd, F_DUPFD_CLOEXEC, 200));
        note.value("from 200 on", higher);
        note("F_GETFD", os.fcntl(higher, F_GETFD));
        note("F_DUPFD below zero", os.fcntl(fd, F_DUPFD, -1));
        note("no such command", os.fcntl(fd, 9999));
        note("close one", os.close(fd));
        int type = 0;
        socklen_t length = sizeof type;
        note("the other is open", os.getsockopt(other, SOL_SOCKET, SO_TYPE, &type, &length));
        for (const int each : {other, high, higher}) os.close(each);
    });
}

TEST_CASE("dup2 closes what was there, and takes its own number for nothing to do", "[conformance][posix]") {
    over_kernel_and_host([](auto& os, notes& note) {
        int ends[2];
        os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        const int other = os.socket(AF_INET, SOCK_STREAM, 0);
        note.value("dup2 onto itself", os.dup2(other, other) == other);
        note("dup3 onto itself", os.dup3(other, other, 0));
        note("dup3 with a wrong flag", os.dup3(other, 70, O_NONBLOCK));
        note("dup2 below zero", os.dup2(other, -5));
        note("dup2 over the limit", os.dup2(other, 1 << 30));
        note.value("dup2", os.dup2(other, ends[0]) == ends[0]);
        char byte;
        note("the peer of what was there reads its end", os.read(ends[1], &byte, 1));
        note("dup2 to a high number", os.dup2(other, 300));
        os.close(300);
        os.close(other);
        os.close(ends[0]);
        os.close(ends[1]);
    });
}

TEST_CASE("ioctl of sockets", "[conformance][posix]") {
    over_kernel_and_host([](auto& os, notes& note) {
        int ends[2];
        tcp_pair(os, ends);
        int value = 1;
        note("FIONBIO", os.ioctl(ends[1], FIONBIO, &value));
        char buffer[8];
        note("recv", os.recv(ends[1], buffer, sizeof buffer, 0));
        value = 0;
        note("FIONBIO off", os.ioctl(ends[1], FIONBIO, &value));
        note("FIONBIO of null", os.ioctl(ends[1], FIONBIO, nullptr));
        note("send", os.send(ends[0], "12345", 5, 0));
        note("recv", os.recv(ends[1], buffer, 1, 0));
        note("FIONREAD", os.ioctl(ends[1], FIONREAD, &value));
        note.value("left", value);
        note("FIOCLEX", os.ioctl(ends[1], FIOCLEX));
        note("F_GETFD", os.fcntl(ends[1], F_GETFD));
        note("FIONCLEX", os.ioctl(ends[1], FIONCLEX));
        note("F_GETFD", os.fcntl(ends[1], F_GETFD));
        note("no such request", os.ioctl(ends[1], 0x1234, &value));
        os.close(ends[0]);
        os.close(ends[1]);
    });
}

TEST_CASE("a full table answers EMFILE, and a call that fails gives its number back", "[posix]") {
    weld::net net{weld::host::all{}};
    weld::posix::process os{net, {.descriptors_max = 3}};
    const int first = os.socket(AF_INET, SOCK_STREAM, 0);
    int ends[2] = {-1, -1};
    CHECK(os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    CHECK((first == 0 && ends[0] == 1 && ends[1] == 2));
    CHECK(os.socket(AF_INET, SOCK_STREAM, 0) == -1);
    CHECK(errno == EMFILE);
    CHECK(os.socket(AF_INET, 99, 0) == -1);
    CHECK(errno == EINVAL);  // the socket is made before the number is taken
    CHECK(os.dup(first) == -1);
    CHECK(errno == EMFILE);
    CHECK(os.epoll_create1(0) == -1);
    CHECK(errno == EMFILE);
    CHECK(os.accept(first, nullptr, nullptr) == -1);
    CHECK(errno == EMFILE);  // before it is known that nobody listens
    os.close(ends[0]);
    CHECK(os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1);
    CHECK(errno == EMFILE);
    CHECK(os.accept(first, nullptr, nullptr) == -1);
    CHECK(errno == EINVAL);
    CHECK(os.descriptors_in_use() == 2);
    CHECK(net.stats().files == 2);
    net.sockets().files_max = 2;
    CHECK(os.socket(AF_INET, SOCK_STREAM, 0) == -1);
    CHECK(errno == ENFILE);
    CHECK(os.epoll_create1(0) == -1);
    CHECK(errno == ENFILE);
    CHECK(net.stats().sockets == 2);
    CHECK(os.dup(first) == 1);  // no new file
}

TEST_CASE("exec closes those that were marked for it", "[posix]") {
    weld::net net{weld::host::all{}};
    weld::posix::process os{net};
    const int stays = os.socket(AF_INET, SOCK_STREAM, 0);
    const int goes = os.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    os.close_those_on_exec();
    CHECK(os.fcntl(stays, F_GETFD) == 0);
    CHECK(os.fcntl(goes, F_GETFD) == -1);
}
