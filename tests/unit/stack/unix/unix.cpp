// SPDX-License-Identifier: BSL-1.0
#include <weld/stack/unix/unix.hpp>

#include <weld/posix.hpp>
#include <weld/sim.hpp>
#include <weld/socket/allocation/failing.hpp>
#include <weld/task.hpp>

#include <sys/un.h>

#include <cstring>
#include <string>

#include "support/catch.hpp"

namespace {

using namespace weld::literals;
using weld::errc;

struct machine {
    weld::sim::timeline time;
    weld::sim::virtual_clock clock{time, 1};
};
auto abstract(const char* name) { return *weld::unix_address::from_abstract(name); }
auto path(const char* name) { return *weld::unix_address::from_path(name); }
weld::const_bytes bytes(const std::string& text) { return {reinterpret_cast<const std::byte*>(text.data()), text.size()}; }

}  // namespace

TEST_CASE("a stream over a path, in tasks, without a kernel", "[unix]") {
    machine here;
    weld::net net{weld::stack::unix_{}, weld::shared{here.clock}};
    auto listener = net.socket(weld::unix_stream);
    REQUIRE(listener);
    CHECK(listener->bind(path("/run/echo")));
    CHECK(listener->listen(1));
    std::string heard;
    const auto server = [](auto& on) -> weld::task<> {
        auto accepted = co_await on.accept();
        std::byte buffer[64];
        for (;;) {
            const auto got = co_await accepted->recv(buffer);
            if (!got || *got == 0) co_return;
            static_cast<void>(co_await accepted->send_all(weld::const_bytes{buffer}.first(*got)));
        }
    };
    const auto client = [](auto& in, std::string& into) -> weld::task<> {
        auto socket = in.socket(weld::unix_stream);
        if (!co_await socket->connect(path("/run/echo"))) co_return;
        static_cast<void>(co_await socket->send_all(bytes("over a path")));
        std::byte buffer[64];
        const auto got = co_await socket->recv(buffer);
        if (got) into.assign(reinterpret_cast<char*>(buffer), *got);
    };
    net.spawn(server(*listener));
    net.spawn(client(net, heard));
    net.run();
    CHECK(heard == "over a path");
}

TEST_CASE("a path stays when its socket has gone, until it is unlinked", "[unix]") {
    machine here;
    weld::net net{weld::stack::unix_{}, weld::shared{here.clock}};
    {
        auto first = net.socket(weld::unix_stream);
        CHECK(first->bind(path("/run/a")));
        CHECK(first->listen(1));
    }
    auto second = net.socket(weld::unix_stream), client = net.socket(weld::unix_stream);
    auto datagram = net.socket(weld::unix_datagram);
    CHECK(second->bind(path("/run/a")).error() == errc::address_in_use);
    CHECK(client->try_connect(path("/run/a")).error() == errc::connection_refused);
    CHECK(client->try_connect(path("/run/b")).error() == errc::no_such_file_or_directory);
    auto& family = net.part<weld::stack::unix_>();
    CHECK(family.unlink(net, path("/run/b")).error() == errc::no_such_file_or_directory);
    CHECK(family.unlink(net, path("/run/a")));
    CHECK(second->bind(path("/run/a")));
    CHECK(second->listen(0));
    CHECK(datagram->try_connect(path("/run/a")).error() == errc::wrong_protocol_type);
    CHECK(client->try_connect(path("/run/a")));
    CHECK(family.unlink(net, path("/run/a")));  // who is connected stays so
    CHECK(*client->peer_address() == path("/run/a"));
    CHECK(datagram->try_connect(path("/run/a")).error() == errc::no_such_file_or_directory);
}

TEST_CASE("one connection wakes one of those who accept", "[unix]") {
    machine here;
    weld::net net{weld::stack::unix_{}, weld::shared{here.clock}};
    auto listener = net.socket(weld::unix_stream);
    CHECK(listener->bind(abstract("crowd")));
    CHECK(listener->listen(8));
    int served[3]{};
    const auto wait = [](auto& on, int& count) -> weld::task<> {
        auto accepted = co_await on.accept();
        ++count;
        static_cast<void>(accepted);
    };
    for (int& each : served) net.spawn(wait(*listener, each));
    for (int turn = 1; turn <= 3; ++turn) {
        auto client = net.socket(weld::unix_stream);
        CHECK(client->connect(abstract("crowd")).blocking());
        static_cast<void>(weld::block_on(net, weld::sleep(net, 1_ms)));
        CHECK(served[0] + served[1] + served[2] == turn);
        CHECK(served[turn - 1] == 1);  // in the order in which they came
    }
}

TEST_CASE("who waits to send goes on when the other has read", "[unix]") {
    machine here;
    weld::net net{weld::stack::unix_{{.send_buffer = 8192}}, weld::shared{here.clock}};
    auto pair = net.socketpair(weld::unix_stream);
    const std::string large(100'000, 'w');
    std::size_t read = 0;
    const auto writer = [](auto& socket, const std::string& data) -> weld::task<> {
        const auto sent = co_await socket.send_all(bytes(data));
        CHECK(sent == data.size());
        CHECK(socket.shutdown(weld::shutdown_type::write));
    };
    const auto reader = [](auto& socket, std::size_t& count) -> weld::task<> {
        std::byte buffer[777];
        for (;;) {
            const auto got = co_await socket.recv(buffer);
            if (!got || *got == 0) co_return;
            count += *got;
        }
    };
    net.spawn(writer(pair->first, large));
    net.spawn(reader(pair->second, read));
    net.run();
    CHECK(read == large.size());
}

TEST_CASE("a receive that is cancelled leaves nothing behind, and a deadline ends one", "[unix]") {
    machine here;
    weld::net net{weld::stack::unix_{}, weld::shared{here.clock}};
    auto pair = net.socketpair(weld::unix_datagram);
    std::byte buffer[8];
    CHECK(pair->first.recv(buffer, 10_ms).blocking().error() == errc::timed_out);
    {
        weld::scope some{net};
        some.spawn([](auto& socket, weld::mutable_bytes into) -> weld::task<> { static_cast<void>(co_await socket.recv(into)); }(pair->first, buffer));
        some.cancel();
    }
    CHECK(pair->second.try_send(bytes("still")) == 5u);
    CHECK(pair->first.try_recv(buffer) == 5u);
}

TEST_CASE("a net's end frees what is open, and what messages still carry", "[unix]") {
    machine here;
    weld::allocation::fault fault;
    weld::net net{weld::stack::unix_{}, weld::shared{here.clock}, weld::allocation::failing{fault}};
    weld::posix::process os{net};
    int ends[2];
    REQUIRE(os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    // Each end is on its way inside the other, and no number stands for either: the kernel has a garbage collector for
    // this; here the net's end is theirs. Source: unix_gc, net/unix/garbage.c.
    for (const int i : {0, 1}) {
        alignas(8) char control[CMSG_SPACE(sizeof(int))]{};
        char byte = 'x';
        iovec piece{&byte, 1};
        msghdr message{};
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        cmsghdr* const head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(head), &ends[i], sizeof(int));
        CHECK(os.sendmsg(ends[i], &message, 0) == 1);
    }
    os.close(ends[0]);
    os.close(ends[1]);
    CHECK(net.stats().files == 2);
    CHECK(net.part<weld::stack::unix_>().socks_in_use() == 2);
}

// Every allocation of every call fails once; the call answers an error, and nothing is left of it.
TEST_CASE("a failed allocation in any call leaves every table as it was", "[unix][posix][allocation]") {
    machine here;
    weld::allocation::fault fault;
    weld::net net{weld::stack::unix_{}, weld::shared{here.clock}, weld::allocation::failing{fault}};
    weld::posix::process os{net};
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, "\0fail", 5);
    const socklen_t length = sizeof(sa_family_t) + 5;
    const auto* const address = reinterpret_cast<const sockaddr*>(&name);
    const int listener = os.socket(AF_UNIX, SOCK_STREAM, 0), epoll = os.epoll_create1(0), unnamed = os.socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(os.bind(listener, address, length) == 0);
    REQUIRE(os.listen(listener, 5) == 0);
    int ends[2];
    REQUIRE(os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);

    const auto every = [&](const char* what, auto call, auto undo) {
        CAPTURE(what);
        const weld::net_stats before = net.stats();
        const int descriptors = os.descriptors_in_use();
        int got_over = 0;
        for (std::size_t nth = 1;; ++nth) {
            REQUIRE(nth < 50);
            fault.set(nth);
            const auto answer = call();
            const bool failed = fault.happened;
            fault.set(0);
            if (failed && answer != -1) ++got_over;
            if (answer == -1) CHECK((errno == ENOMEM || errno == ENFILE || errno == ENOBUFS));
            if (answer != -1) undo(static_cast<int>(answer));
            CHECK(net.stats() == before);
            CHECK(os.descriptors_in_use() == descriptors);
            if (!failed) break;
        }
        CHECK(got_over <= 1);  // a hash table that cannot grow has longer chains
    };
    const auto nothing = [](int) {};
    const auto close = [&](int fd) { os.close(fd); };
    every("socket", [&] { return os.socket(AF_UNIX, SOCK_STREAM, 0); }, close);
    int made[2];
    every("socketpair", [&] { return os.socketpair(AF_UNIX, SOCK_STREAM, 0, made); }, [&](int) { os.close(made[0]), os.close(made[1]); });
    every("epoll_create1", [&] { return os.epoll_create1(0); }, close);
    epoll_event event{EPOLLIN, {}};
    every("epoll_ctl", [&] { return os.epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event); },
          [&](int) { os.epoll_ctl(epoll, EPOLL_CTL_DEL, ends[0], nullptr); });
    every("send", [&] { return os.send(ends[0], "bytes", 5, 0); }, [&](int) {
        char buffer[8];
        os.recv(ends[1], buffer, 8, 0);
    });
    every("bind and close", [&] {
        const int fd = os.socket(AF_UNIX, SOCK_DGRAM, 0);
        if (fd == -1) return -1;
        const int bound = os.bind(fd, address, length);
        const int error = errno;
        os.close(fd);
        errno = error;
        return bound;
    }, nothing);
    every("connect, accept and close", [&] {
        const int fd = os.socket(AF_UNIX, SOCK_STREAM, 0);
        if (fd == -1) return -1;
        int answer = os.connect(fd, address, length);
        int error = errno;
        if (answer == 0) {
            answer = os.accept(listener, nullptr, nullptr);
            error = errno;
            if (answer == -1) os.close(os.accept(listener, nullptr, nullptr));  // it waits in the backlog still
            else os.close(answer);
        }
        os.close(fd);
        errno = error;
        return answer == -1 ? -1 : 0;
    }, nothing);
    every("poll", [&] {
        pollfd entry{ends[1], POLLIN, 0};
        return os.poll(&entry, 1, 1);
    }, nothing);
    every("dup over the table's end", [&] { return os.fcntl(ends[0], F_DUPFD, 10); }, close);
    fault.set(0);
    os.close(unnamed);
}

TEST_CASE("who closes a descriptor that another waits on does not end his wait", "[unix][posix]") {
    machine here;
    weld::net net{weld::stack::unix_{}, weld::shared{here.clock}};
    weld::posix::process os{net};
    int ends[2];
    REQUIRE(os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    net.spawn([](auto& in, auto& calls, int (&fds)[2]) -> weld::task<> {
        co_await weld::sleep(in, 1_ms);
        CHECK(calls.close(fds[0]) == 0);
        CHECK(calls.close(fds[0]) == -1);
        CHECK(errno == EBADF);
        co_await weld::sleep(in, 1_ms);
        CHECK(calls.send(fds[1], "late", 4, 0) == 4);
    }(net, os, ends));
    char buffer[8];
    CHECK(os.recv(ends[0], buffer, 8, 0) == 4);  // the file that it holds is open until it returns
    CHECK(os.recv(ends[0], buffer, 8, 0) == -1);
    CHECK(errno == EBADF);
    CHECK(os.send(ends[1], "x", 1, 0) == -1);
    CHECK(errno == EPIPE);
    os.close(ends[1]);
    CHECK(net.stats().files == 0);
    CHECK(net.stats().socks == 0);
}

namespace {
struct no_names {
    using role = weld::role::security_policy;
    weld::result<> bind(const auto&, const auto&) { return errc::permission_denied; }
};
}  // namespace

TEST_CASE("a security policy stands before unix sockets, on both paths", "[unix][security]") {
    machine here;
    weld::net net{weld::stack::unix_{}, weld::shared{here.clock}, no_names{}};
    auto typed = net.socket(weld::unix_stream);
    CHECK(typed->bind(path("/run/a")).error() == errc::permission_denied);
    auto by_number = net.socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(by_number->bind(path("/run/a")).error() == errc::permission_denied);
    auto kernels = net.kernel_socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(kernels->bind(path("/run/a")));
    auto pair = net.socketpair(AF_UNIX, SOCK_SEQPACKET, 0);
    CHECK(pair->first.try_send(bytes("through")) == 7u);
    std::byte buffer[8];
    CHECK(pair->second.try_recv(buffer) == 7u);
}
