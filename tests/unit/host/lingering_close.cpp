// SPDX-License-Identifier: BSL-1.0
// A close that waits, of the kernel's sockets: no thread is blocked, whatever SO_LINGER says. Source: socket(7).
#include <weld/socket/lingering_close.hpp>

#include "support/catch.hpp"

#include <weld/host.hpp>
#include <weld/io.hpp>
#include <weld/socket.hpp>
#include <weld/task.hpp>

namespace {
using namespace weld::literals;
using host_net = weld::net<weld::host::inet>;
using handle = weld::socket<host_net, weld::tcp>;
constexpr weld::endpoint4 somewhere{weld::address4::loopback(), 0};

struct connection {
    host_net net{weld::host::inet{}};
    handle listener = *weld::listen(net, weld::tcp, somewhere, weld::receive_buffer{4096});
    handle near = connecting();
    handle far = *listener.accept().blocking();

    handle connecting() {
        handle made = *net.socket(weld::tcp);
        REQUIRE(made.connect(*listener.local_address()).blocking());
        return made;
    }
    /// More than the peer's buffer takes, so that the end is not acknowledged before it reads.
    std::size_t fill() {
        static std::byte block[65536]{};
        std::size_t sent = 0;
        for (auto n = near.try_send(block); n; n = near.try_send(block)) sent += *n;
        return sent;
    }
};
struct closer {
    weld::result<> answer{weld::errc::operation_in_progress};
    weld::duration took{};
    weld::task<> run(connection& c, weld::deadline until = {}) {
        const weld::time_point begun = c.net.clock();
        answer = co_await weld::lingering_close(std::move(c.near), until);
        took = c.net.clock() - begun;
    }
};
weld::task<> read_later(connection& c, std::size_t& got) {
    co_await weld::sleep(c.net, 50_ms);
    std::byte buffer[65536];
    for (;;) {
        const auto n = co_await c.far.recv(buffer);
        if (!n || *n == 0) co_return;
        got += *n;
    }
}
}  // namespace

TEST_CASE("a host socket's close waits for what the peer reads later", "[host][linger]") {
    connection c;
    REQUIRE(c.near.set(weld::linger::wait(20_s)));
    const std::size_t sent = c.fill();
    std::size_t got = 0;
    closer closed;
    weld::block_on(c.net, weld::when_all(closed.run(c), read_later(c, got)));
    CHECK(closed.answer);
    CHECK(closed.took >= 50_ms);
    CHECK(closed.took < 10_s);
    CHECK(got == sent);
}

TEST_CASE("its time is over: the rest goes on in the background, and close(2) blocks nobody", "[host][linger]") {
    connection c;
    REQUIRE(c.near.set(weld::linger::wait(20_s)));
    const std::size_t sent = c.fill();
    closer closed;
    weld::block_on(c.net, closed.run(c, 60_ms));
    CHECK(closed.answer.error() == weld::errc::timed_out);
    CHECK(closed.took >= 60_ms);
    CHECK(closed.took < 5_s);
    std::size_t got = 0;
    weld::block_on(c.net, read_later(c, got));
    CHECK(got == sent);
}

TEST_CASE("the blocking form, and SO_LINGER's three meanings", "[host][linger]") {
    SECTION("off: it does not wait") {
        connection c;
        c.fill();
        CHECK(weld::lingering_close(std::move(c.near)).blocking());
    }
    SECTION("no time: a reset") {
        connection c;
        REQUIRE(c.near.set(weld::linger::abort()));
        CHECK(weld::lingering_close(std::move(c.near), 5_s).blocking());
        std::byte b[1];
        CHECK(c.far.recv(b).blocking().error() == weld::errc::connection_reset);
    }
    SECTION("a time: the peer acknowledges what is little at once") {
        connection c;
        REQUIRE(c.near.set(weld::linger::wait(20_s)));
        REQUIRE(c.near.try_send(weld::as_bytes("little")));
        const weld::time_point begun = c.net.clock();
        CHECK(weld::lingering_close(std::move(c.near)).blocking());
        CHECK(c.net.clock() - begun < 5_s);
    }
    SECTION("something unread: a reset, and no waiting") {
        connection c;
        REQUIRE(c.near.set(weld::linger::wait(20_s)));
        REQUIRE(c.far.try_send(weld::as_bytes("?")));
        REQUIRE(c.near.wait_readable().blocking());
        const weld::time_point begun = c.net.clock();
        CHECK(weld::lingering_close(std::move(c.near)).blocking());
        CHECK(c.net.clock() - begun < 5_s);
        std::byte b[1];
        CHECK(c.far.recv(b).blocking().error() == weld::errc::connection_reset);
    }
}

TEST_CASE("a close that waits is for everybody: datagrams and listeners have nothing to wait for", "[host][linger]") {
    host_net net{weld::host::inet{}};
    auto udp = net.socket(weld::udp);
    auto listener = weld::listen(net, weld::tcp, somewhere);
    REQUIRE(udp);
    REQUIRE(listener);
    CHECK(weld::lingering_close(std::move(*udp), 5_s).blocking());
    CHECK(weld::lingering_close(std::move(*listener), 5_s).blocking());
}
