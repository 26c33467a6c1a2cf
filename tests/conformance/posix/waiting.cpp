// SPDX-License-Identifier: BSL-1.0
// poll(2), select(2), epoll(7): what is ready, and who is woken.
#include "both.hpp"

using namespace both;

namespace {
template <class Os>
void show(Os& os, notes& note, int epoll, int timeout = 0) {
    epoll_event events[4]{};
    const int count = note("epoll_wait", os.epoll_wait(epoll, events, 4, timeout));
    for (int i = 0; i < count; ++i) {
        note.value("  data", events[i].data.u32);
        note.value("  events", events[i].events);
    }
}
template <class Os>
int control(Os& os, int epoll, int operation, int fd, std::uint32_t events, std::uint32_t data = 0) {
    epoll_event event{events, {}};
    event.data.u32 = data;
    return os.epoll_ctl(epoll, operation, fd, &event);
}
}  // namespace

TEST_CASE("epoll_ctl refuses in the kernel's order", "[conformance][posix][epoll]") {
    over_kernel_and_host([](auto& os, notes& note) {
        note("a wrong flag", os.epoll_create1(1));
        const int epoll = note.fd("epoll_create1", os.epoll_create1(EPOLL_CLOEXEC));
        note("F_GETFD", os.fcntl(epoll, F_GETFD));
        const int fd = os.socket(AF_INET, SOCK_STREAM, 0);
        note("null", os.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, nullptr));
        note("null to delete", os.epoll_ctl(epoll, EPOLL_CTL_DEL, fd, nullptr));
        note("no such operation", control(os, epoll, 9, fd, EPOLLIN));
        note("a set in itself", control(os, epoll, EPOLL_CTL_ADD, epoll, EPOLLIN));
        note("not a set", control(os, fd, EPOLL_CTL_ADD, epoll, EPOLLIN));
        note("modify what is not there", control(os, epoll, EPOLL_CTL_MOD, fd, EPOLLIN));
        note("add", control(os, epoll, EPOLL_CTL_ADD, fd, EPOLLIN));
        note("add again", control(os, epoll, EPOLL_CTL_ADD, fd, EPOLLIN));
        const int other = os.dup(fd);
        note("add its duplicate", control(os, epoll, EPOLL_CTL_ADD, other, EPOLLIN));
        note("exclusive by modify", control(os, epoll, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLEXCLUSIVE));
        note("delete", control(os, epoll, EPOLL_CTL_DEL, fd, 0));
        note("exclusive with what it may not have", control(os, epoll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLRDHUP | EPOLLEXCLUSIVE));
        note("exclusive", control(os, epoll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE));
        note("modify what is exclusive", control(os, epoll, EPOLL_CTL_MOD, fd, EPOLLIN));
        epoll_event event;
        note("wait for none", os.epoll_wait(epoll, &event, 0, 0));
        note("wait for less", os.epoll_wait(epoll, &event, -1, 0));
        note("wait into null", os.epoll_wait(epoll, nullptr, 1, 0));
        note("wait for a socket", os.epoll_wait(fd, &event, 1, 0));
        const int second = os.epoll_create1(0);
        note("a set in a set", control(os, second, EPOLL_CTL_ADD, epoll, EPOLLIN));
        note("and back", control(os, epoll, EPOLL_CTL_ADD, second, EPOLLIN));
        note("exclusive with a set", control(os, os.epoll_create1(0), EPOLL_CTL_ADD, epoll, EPOLLIN | EPOLLEXCLUSIVE));
        for (int each = epoll; each <= second + 1; ++each) os.close(each);
    });
}

TEST_CASE("level, edge and one-shot", "[conformance][posix][epoll]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        for (const std::uint32_t how : {0u, static_cast<unsigned>(EPOLLET), static_cast<unsigned>(EPOLLONESHOT), EPOLLONESHOT | EPOLLET}) {
            int ends[2];
            os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
            const int epoll = os.epoll_create1(0);
            note("add", control(os, epoll, EPOLL_CTL_ADD, ends[1], EPOLLIN | how, 17));
            show(os, note, epoll);
            os.send(ends[0], "12", 2, 0);
            show(os, note, epoll, 1000);
            show(os, note, epoll);
            char byte;
            os.recv(ends[1], &byte, 1, 0);
            show(os, note, epoll);
            os.send(ends[0], "3", 1, 0);
            show(os, note, epoll, 50);
            note("modify", control(os, epoll, EPOLL_CTL_MOD, ends[1], EPOLLIN | EPOLLOUT | how, 18));
            show(os, note, epoll);
            show(os, note, epoll);
            os.close(ends[0]);
            show(os, note, epoll, 50);
            note("delete", control(os, epoll, EPOLL_CTL_DEL, ends[1], 0));
            show(os, note, epoll);
            os.close(ends[1]);
            os.close(epoll);
        }
    });
}

TEST_CASE("a set forgets what is closed, unless a duplicate keeps it", "[conformance][posix][epoll]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        int ends[2];
        os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        const int epoll = os.epoll_create1(0);
        control(os, epoll, EPOLL_CTL_ADD, ends[1], EPOLLIN, 1);
        os.send(ends[0], "x", 1, 0);
        const int other = os.dup(ends[1]);
        os.close(ends[1]);
        show(os, note, epoll);  // the file is open still
        os.close(other);
        show(os, note, epoll);
        os.close(ends[0]);
        os.close(epoll);
    });
}

TEST_CASE("events come in turn where there are more than asked for", "[conformance][posix][epoll]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        int pairs[4][2];
        const int epoll = os.epoll_create1(0);
        for (unsigned i = 0; i < 4; ++i) {
            os.socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]);
            control(os, epoll, EPOLL_CTL_ADD, pairs[i][0], EPOLLOUT, i);
        }
        for (int turn = 0; turn < 4; ++turn) {
            epoll_event events[3];
            const int count = note("epoll_wait", os.epoll_wait(epoll, events, 3, 0));
            for (int i = 0; i < count; ++i) note.value("  data", events[i].data.u32);
        }
        for (auto& pair : pairs) os.close(pair[0]), os.close(pair[1]);
        os.close(epoll);
    });
}

TEST_CASE("a set within a set", "[conformance][posix][epoll]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        int ends[2];
        os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        const int inner = os.epoll_create1(0), outer = os.epoll_create1(0);
        control(os, inner, EPOLL_CTL_ADD, ends[1], EPOLLIN, 1);
        control(os, outer, EPOLL_CTL_ADD, inner, EPOLLIN, 2);
        show(os, note, outer);
        os.send(ends[0], "x", 1, 0);
        show(os, note, outer, 1000);
        pollfd entry{inner, POLLIN, 0};
        note("poll", os.poll(&entry, 1, 0));
        char byte;
        os.recv(ends[1], &byte, 1, 0);
        show(os, note, outer);
        for (const int each : {ends[0], ends[1], inner, outer}) os.close(each);
    });
}

TEST_CASE("poll and select tell the same", "[conformance][posix][poll]") {
    over_kernel_and_host([](auto& os, notes& note) {
        int ends[2];
        os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        sockaddr_in address;
        const int listener = tcp_listener(os, address);
        const int fresh = os.socket(AF_INET, SOCK_STREAM, 0);
        const auto look = [&](int timeout) {
            pollfd entries[4] = {{ends[0], POLLIN | POLLOUT, 0}, {ends[1], POLLIN | POLLRDHUP | POLLRDNORM, 0}, {listener, POLLIN, 0},
                                 {fresh, POLLIN | POLLOUT | POLLWRNORM, 0}};
            note("poll", os.poll(entries, 4, timeout));
            for (const pollfd& each : entries) note.value("  revents", each.revents);
            fd_set read, write, except;
            FD_ZERO(&read);
            FD_ZERO(&write);
            FD_ZERO(&except);
            FD_SET(ends[1], &read);
            FD_SET(listener, &read);
            FD_SET(ends[0], &write);
            FD_SET(ends[1], &except);
            timeval none{0, 0};
            note("select", os.select(fresh + 1, &read, &write, &except, &none));
            note.value("  read", FD_ISSET(ends[1], &read));
            note.value("  listener", FD_ISSET(listener, &read));
            note.value("  write", FD_ISSET(ends[0], &write));
        };
        look(0);
        os.send(ends[0], "x", 1, 0);
        look(0);
        os.shutdown(ends[0], SHUT_WR);
        look(-1);
        os.close(ends[0]);
        os.connect(fresh, any(address), sizeof address);
        pollfd wait{listener, POLLIN, 0};
        note("poll", os.poll(&wait, 1, 1000));
        note("poll of null", os.poll(nullptr, 1, 0));
        note("poll of none", os.poll(nullptr, 0, 1));
        note("too many", os.poll(&wait, 1u << 30, 0));
        timespec wrong{-1, 0};
        note("ppoll of a wrong time", os.ppoll(&wait, 1, &wrong));
        timeval negative{-1, 0};
        note("select of a wrong time", os.select(0, nullptr, nullptr, nullptr, &negative));
        note("select of less than none", os.select(-1, nullptr, nullptr, nullptr, nullptr));
        fd_set closed;
        FD_ZERO(&closed);
        FD_SET(ends[0], &closed);
        timeval soon{0, 0};
        note("select of what is closed", os.select(ends[0] + 1, &closed, nullptr, nullptr, &soon));
        timeval left{5, 0};
        fd_set ready;
        FD_ZERO(&ready);
        FD_SET(listener, &ready);
        note("select", os.select(listener + 1, &ready, nullptr, nullptr, &left));
        note.value("what is left of the time", left.tv_sec >= 4);
        for (const int each : {ends[1], listener, fresh}) os.close(each);
    });
}
