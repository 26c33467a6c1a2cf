// SPDX-License-Identifier: BSL-1.0
// RFC 9293 section 3.6.1, RFC 6191, RFC 1337: what is left of a connection.
#include <weld/stack/tcp/tcp.hpp>

#include "support/catch.hpp"
#include "support/tcp_peer.hpp"

using namespace tcp_test;
using stack::tcp_state;

namespace {
/// A connection to our listener that ends in TIME-WAIT there; the peer's next sequence number is 2, ours 2.
void end_in_time_wait(peer<>& p, peer<>::socket& listener, wire::tcp_options offer = {.mss = 1460}) {
    auto s = p.accepted(listener, offer);
    s.close();
    p.send(1, flags::fin | flags::ack, {.ack = 2, .with = offer});
    REQUIRE(p.tcp().connections.size() == 1);
    p.wait(1_s);
    p.forget();
}
}  // namespace

TEST_CASE("TIME-WAIT answers what repeats, and a RST does not end it", "[stack][tcp][timewait]") {
    peer<> p;
    auto listener = p.listener();
    end_in_time_wait(p, listener);
    p.send(1, flags::ack | flags::psh, {.ack = 2, .payload = octets(1)});
    const on_wire again = p.next();
    CHECK(again.header.flags == flags::ack);
    CHECK(again.header.seq == 2);
    CHECK(again.header.ack == 2);
    p.send(2, flags::rst);
    CHECK(p.tcp().connections.size() == 1);
    p.send(0, flags::syn, {.with = {.mss = 1460}});  // an old SYN
    p.wait(1_s);
    CHECK(p.next().header.flags == flags::ack);
}

TEST_CASE("a SYN above the old connection's numbers begins a new one", "[stack][tcp][timewait]") {
    peer<> p;
    auto listener = p.listener();
    end_in_time_wait(p, listener);
    const std::uint32_t old = p.iss;
    p.send(1000, flags::syn, {.with = {.mss = 1460}});
    const on_wire answer = p.next();
    CHECK(answer.header.flags == (flags::syn | flags::ack));
    CHECK(answer.header.ack == 1001);
    CHECK(answer.header.seq == 2 + 65537);
    static_cast<void>(old);
    p.send(1001, flags::ack, {.ack = 2 + 65538});
    CHECK(listener.try_accept());
}

TEST_CASE("a newer timestamp tells a new connection from the old, whatever its numbers", "[stack][tcp][timewait]") {
    peer<> p;
    auto listener = p.listener();
    wire::tcp_options offer{.mss = 1460, .has_timestamps = true, .tsval = 5000};
    end_in_time_wait(p, listener, offer);
    offer.tsval = 5000;
    p.send(0, flags::syn, {.with = offer});
    CHECK(p.next().header.flags == flags::ack);
    offer.tsval = 5001;
    p.wait(1_s);
    p.send(0, flags::syn, {.with = offer});
    CHECK(p.next().header.flags == (flags::syn | flags::ack));
}

TEST_CASE("connect takes over what is left where timestamps make it safe", "[stack][tcp][timewait]") {
    pair<> world;
    auto listener = world.listener(1);
    const auto connect_and_close = [&] {
        auto a = world.make(0);
        CHECK(a.set(weld::reuse_address{true}));
        REQUIRE(a.bind(endpoint4{{}, 5555}));
        const auto begun = a.try_connect(world.at(1));
        if (begun.error() != errc::operation_in_progress) return begun.error();
        world.run_for(100_ms);
        auto b = listener.try_accept();
        REQUIRE(b);
        a.close();
        world.run_for(50_ms);
        b->close();
        world.run_for(100_ms);
        return errc{};
    };
    CHECK(connect_and_close() == errc{});
    CHECK(connect_and_close() == errc::address_not_available);  // within the second
    world.run_for(2_s);
    CHECK(connect_and_close() == errc{});
}

TEST_CASE("their number is bounded", "[stack][tcp][timewait]") {
    peer<> p{{}, {.time_wait_socks = 2}};
    auto listener = p.listener();
    for (std::uint16_t port = 1; port <= 5; ++port) {
        p.open(port, 80);
        p.send(1, flags::ack, {.ack = 1});
        auto s = std::move(*listener.try_accept());
        s.close();
        p.send(1, flags::fin | flags::ack, {.ack = 2});
    }
    CHECK(p.tcp().connections.size() == 2);
    p.wait(61_s);
    CHECK(p.tcp().connections.size() == 0);
}

TEST_CASE("SO_REUSEADDR frees a port whose connection is in TIME-WAIT", "[stack][tcp][timewait]") {
    peer<> p;
    {
        auto listener = std::move(*p.local.socket(weld::tcp));
        const bool shared = GENERATE(false, true);
        CHECK(listener.set(weld::reuse_address{shared}));
        REQUIRE(listener.bind(endpoint4{{}, 80}));
        REQUIRE(listener.listen(1));
        end_in_time_wait(p, listener);
        listener.close();
        auto next = std::move(*p.local.socket(weld::tcp));
        CHECK(next.set(weld::reuse_address{true}));
        CHECK(next.bind(endpoint4{{}, 80}).error() == (shared ? errc{} : errc::address_in_use));
    }
}
