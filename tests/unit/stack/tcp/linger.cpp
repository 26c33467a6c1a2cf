// SPDX-License-Identifier: BSL-1.0
// SO_LINGER in its three meanings: off, a reset, and a close that waits. Source: socket(7), RFC 9293 section 3.6.
#include <weld/stack/tcp/close.hpp>

#include "support/catch.hpp"
#include "support/tcp_pair.hpp"

#include <weld/socket/lingering_close.hpp>
#include <weld/task.hpp>

using namespace tcp_test;
using stack::tcp_state;

namespace {
using handle = pair<>::socket;

/// Closes, and notes how that ended and when.
struct closer {
    result<> answer{errc::operation_in_progress};
    time_point at{};
    bool over = false;
    task<> run(pair<>& nets, handle& closed, deadline until = {}) {
        answer = co_await lingering_close(std::move(closed), until);
        at = nets.clock.now();
        over = true;
    }
};
bool is_fin(const on_wire& s) { return (s.header.flags & wire::tcp_flags::fin) != wire::tcp_flags{}; }
bool is_rst(const on_wire& s) { return (s.header.flags & wire::tcp_flags::rst) != wire::tcp_flags{}; }
}  // namespace

TEST_CASE("a lingering close ends when the peer has acknowledged the end", "[tcp][linger]") {
    pair nets;
    auto [near, far] = nets.connected();
    REQUIRE(near.set(linger::wait(30_s)));
    REQUIRE(near.try_send(as_bytes("the last words")));
    const time_point begun = nets.clock.now();
    closer c;
    nets.left.spawn(c.run(nets, near));
    REQUIRE(nets.run_until([&] { return c.over; }, 60_s));
    CHECK(c.answer);
    CHECK(c.at - begun >= 20_ms);   // one round trip
    CHECK(c.at - begun < 1_s);      // and not SO_LINGER's time, nor the peer's own end
    char text[32];
    CHECK(far.try_recv({reinterpret_cast<std::byte*>(text), sizeof text}) == 14u);
    CHECK(far.try_recv({reinterpret_cast<std::byte*>(text), sizeof text}) == 0u);
}

TEST_CASE("a lingering close takes what the peer reads slowly for not yet delivered", "[tcp][linger]") {
    pair nets;
    auto [near, far] = nets.connected();
    REQUIRE(near.set(linger::wait(100_s)));
    stream<handle> data{&near, &far, 3'000'000};
    data.push();
    const std::uint64_t queued = data.sent;
    REQUIRE(queued > 16'000);
    bool reads = false;
    nets.link.rule = [&](const on_wire& s) { return s.from == 1 || s.payload == 0 || reads; };  // data does not get through
    closer c;
    nets.left.spawn(c.run(nets, near));
    nets.run_for(3_s);
    CHECK_FALSE(c.over);
    reads = true;
    REQUIRE(nets.run_until([&] { data.pull(); return c.over; }, 60_s));
    CHECK(c.answer);
    data.pull();
    CHECK(data.received == queued);
    nets.link.rule = nullptr;
    CHECK_FALSE(data.wrong);
    CHECK(data.ended);
}

TEST_CASE("when SO_LINGER's time is over, close says so and goes on in the background", "[tcp][linger]") {
    pair nets;
    auto [near, far] = nets.connected();
    REQUIRE(near.set(linger::wait(2_s)));
    REQUIRE(near.try_send(as_bytes("late")));
    nets.link.rule = [](const on_wire&) { return false; };
    const time_point begun = nets.clock.now();
    closer c;
    nets.left.spawn(c.run(nets, near));
    REQUIRE(nets.run_until([&] { return c.over; }, 60_s));
    CHECK(c.answer.error() == errc::timed_out);
    CHECK(c.at - begun >= 2_s);
    CHECK(c.at - begun < 2100_ms);
    CHECK(nets.tcp(0).orphans == 1);
    nets.link.rule = nullptr;
    char text[8];
    REQUIRE(nets.run_until([&] { return far.try_recv({reinterpret_cast<std::byte*>(text), sizeof text}) == 4u; }, 60_s));
    REQUIRE(nets.run_until([&] { return far.try_recv({reinterpret_cast<std::byte*>(text), sizeof text}) == 0u; }, 60_s));
}

TEST_CASE("without SO_LINGER, or with a deadline, close waits not at all, or so long", "[tcp][linger]") {
    pair nets;
    auto [near, far] = nets.connected();
    auto [other, far_too] = nets.connected(81);
    nets.link.rule = [](const on_wire&) { return false; };
    closer at_once, limited;
    const time_point begun = nets.clock.now();
    nets.left.spawn(at_once.run(nets, near));
    nets.left.spawn(limited.run(nets, other, 500_ms));
    REQUIRE(nets.run_until([&] { return at_once.over; }, 60_s));
    CHECK(at_once.at - begun < 1_ms);
    CHECK(at_once.answer);
    REQUIRE(nets.run_until([&] { return limited.over; }, 60_s));
    CHECK(limited.at - begun >= 500_ms);
    CHECK(limited.at - begun < 600_ms);
    CHECK(limited.answer.error() == errc::timed_out);
}

TEST_CASE("a reset meanwhile is told", "[tcp][linger]") {
    pair nets;
    auto [near, far] = nets.connected();
    REQUIRE(near.set(linger::wait(30_s)));
    REQUIRE(near.try_send(as_bytes("unread")));
    nets.link.rule = [&](const on_wire& s) { return s.from == 0 || is_rst(s); };  // no acknowledgement comes back
    closer c;
    nets.left.spawn(c.run(nets, near));
    nets.run_for(100_ms);
    REQUIRE_FALSE(c.over);
    far.close();  // with something unread
    REQUIRE(nets.run_until([&] { return c.over; }, 60_s));
    CHECK(c.answer.error() == errc::connection_reset);
}

TEST_CASE("SO_LINGER without time, and something unread, reset at once", "[tcp][linger]") {
    for (const bool unread : {false, true}) {
        pair nets;
        auto [near, far] = nets.connected();
        if (unread) {
            REQUIRE(far.try_send(as_bytes("?")));
            nets.run_for(100_ms);
            REQUIRE(near.set(linger::wait(30_s)));
        } else {
            REQUIRE(near.set(linger::abort()));
        }
        nets.link.record = true;
        closer c;
        const time_point begun = nets.clock.now();
        nets.left.spawn(c.run(nets, near));
        REQUIRE(nets.run_until([&] { return c.over; }, 60_s));
        CHECK(c.at - begun < 1_ms);
        nets.run_for(100_ms);
        REQUIRE(nets.link.log.size() == 1);
        CHECK(is_rst(nets.link.log[0]));
        std::byte b[1];
        CHECK(far.try_recv(b).error() == errc::connection_reset);
        CHECK(nets.tcp(0).orphans == 0);
    }
}

TEST_CASE("data for one who closes and waits is lost, and the peer is told", "[tcp][linger]") {
    pair nets;
    auto [near, far] = nets.connected();
    REQUIRE(near.set(linger::wait(30_s)));
    nets.link.record = true;
    nets.link.rule = [&](const on_wire& s) { return !(s.from == 0 && is_fin(s)); };
    closer c;
    nets.left.spawn(c.run(nets, near));
    nets.run_for(50_ms);
    REQUIRE_FALSE(c.over);
    REQUIRE(far.try_send(as_bytes("nobody reads this")));
    REQUIRE(nets.run_until([&] { return c.over; }, 60_s));
    CHECK(c.answer.error() == errc::connection_reset);
    nets.run_for(100_ms);
    std::byte b[1];
    CHECK(far.try_recv(b).error() == errc::connection_reset);
}

TEST_CASE("a lingering close that is cancelled goes on in the background", "[tcp][linger]") {
    pair nets;
    auto [near, far] = nets.connected();
    REQUIRE(near.set(linger::wait(30_s)));
    REQUIRE(near.try_send(as_bytes("still")));
    closer c;
    {
        scope tasks{nets.left.runnable()};
        tasks.spawn(c.run(nets, near));
        nets.run_for(1_ms);
        CHECK_FALSE(c.over);
        tasks.cancel();
    }
    CHECK_FALSE(c.over);
    char text[8];
    REQUIRE(nets.run_until([&] { return far.try_recv({reinterpret_cast<std::byte*>(text), sizeof text}) == 5u; }, 60_s));
    REQUIRE(nets.run_until([&] { return far.try_recv({reinterpret_cast<std::byte*>(text), sizeof text}) == 0u; }, 60_s));
    far.close();
    nets.run_for(120_s);
    CHECK(nets.tcp(0).orphans == 0);
}

TEST_CASE("the blocking form runs the net until the peer has acknowledged", "[tcp][linger]") {
    pair nets;
    auto [near, far] = nets.connected();
    REQUIRE(near.set(linger::wait(30_s)));
    REQUIRE(near.try_send(as_bytes("blocking")));
    const time_point begun = nets.clock.now();
    CHECK(lingering_close(std::move(near)).blocking());
    CHECK(nets.clock.now() - begun >= 20_ms);
    CHECK(nets.clock.now() - begun < 1_s);
}
