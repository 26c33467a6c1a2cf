// SPDX-License-Identifier: BSL-1.0
// listen(2), accept(2): queues and their bounds; SO_REUSEPORT; TCP_DEFER_ACCEPT; floods. net/ipv4/tcp_ipv4.c.
#include <weld/stack/tcp/tcp.hpp>

#include "support/catch.hpp"
#include "support/tcp_peer.hpp"

#include <vector>

using namespace tcp_test;
using stack::tcp_state;

TEST_CASE("a full accept queue lets the last ACK fall, and the peer tries again", "[stack][tcp][listen]") {
    peer<> p;
    auto listener = p.listener(80, 1);
    for (std::uint16_t port : {std::uint16_t{1000}, std::uint16_t{1001}}) {  // one more than asked for, as in the kernel
        p.open(port, 80);
        p.send(1, flags::ack, {.ack = 1});
    }
    CHECK(listener.native().listening->waiting == 2);
    p.ours = 1002;
    p.forget();
    p.send(0, flags::syn, {.with = {.mss = 1460}});
    CHECK(p.silent());  // no SYN is answered now
    CHECK(p.tcp().counters.listen_drops == 1);
    CHECK(listener.try_accept());
    CHECK(listener.try_accept());
    const on_wire answer = p.open(1003, 80);
    CHECK(answer.header.flags == (flags::syn | flags::ack));
}

TEST_CASE("an ACK that found no room is made good by data", "[stack][tcp][listen]") {
    peer<> p;
    auto listener = p.listener(80, 1);
    p.open(1000, 80);
    const std::uint32_t first = p.iss;
    p.open(1001, 80);
    p.send(1, flags::ack, {.ack = 1});
    p.open(1002, 80);
    p.send(1, flags::ack, {.ack = 1});
    p.ours = 1000, p.iss = first;
    p.send(1, flags::ack, {.ack = 1});
    CHECK(p.tcp().counters.listen_overflows == 1);
    CHECK(listener.try_accept());
    p.forget();
    p.send(1, flags::ack | flags::psh, {.ack = 1, .payload = octets(3)});
    CHECK(listener.try_accept());
    auto late = listener.try_accept();
    REQUIRE(late);
    std::byte buffer[8];
    CHECK(late->try_recv(buffer) == 3u);
}

TEST_CASE("a flood of SYNs takes no more memory than the backlog allows", "[stack][tcp][listen]") {
    peer<> p;
    auto listener = p.listener(80, 64);
    p.theirs = 80;
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        p.ours = static_cast<std::uint16_t>(1024 + i % 60'000);
        p.send(i, flags::syn, {.with = {.mss = 1460}});
    }
    CHECK(listener.native().listening->half_open <= 65);
    CHECK(p.tcp().connections.size() <= 65);
    p.wait(120_s);
    CHECK(p.tcp().connections.size() == 0);
    CHECK(p.link.packets.in_use().packets == 0);
}

TEST_CASE("TCP_DEFER_ACCEPT waits for data, but not for ever", "[stack][tcp][listen]") {
    peer<> p;
    auto listener = p.listener();
    CHECK(listener.set(weld::defer_accept{3_s}));
    CHECK(*listener.get<weld::defer_accept>() == 3_s);
    p.open(1000, 80);
    p.send(1, flags::ack, {.ack = 1});
    CHECK(listener.try_accept().error() == errc::resource_unavailable_try_again);
    SECTION("data comes") {
        p.send(1, flags::ack | flags::psh, {.ack = 1, .payload = octets(3)});
        CHECK(listener.try_accept());
    }
    SECTION("nothing comes, and the peer confirms once more") {
        p.forget();
        CHECK(p.next(10_s).header.flags == (flags::syn | flags::ack));
        p.send(1, flags::ack, {.ack = 1});
        CHECK(listener.try_accept());
    }
}

TEST_CASE("SO_REUSEPORT spreads connections over listeners", "[stack][tcp][listen]") {
    peer<> p;
    std::vector<peer<>::socket> listeners;
    for (int i = 0; i < 4; ++i) {
        listeners.push_back(std::move(*p.local.socket(weld::tcp)));
        CHECK(listeners.back().set(weld::reuse_port{true}));
        REQUIRE(listeners.back().bind(endpoint4{{}, 80}));
        REQUIRE(listeners.back().listen(200));
    }
    for (std::uint16_t port = 1; port <= 200; ++port) {
        p.open(port, 80);
        p.send(1, flags::ack, {.ack = 1});
    }
    std::uint32_t total = 0;
    for (auto& l : listeners) {
        CHECK(l.native().listening->waiting > 20);
        total += l.native().listening->waiting;
    }
    CHECK(total == 200);
}

TEST_CASE("a listener on an address goes before one on all", "[stack][tcp][listen]") {
    peer<> p;
    auto all = std::move(*p.local.socket(weld::tcp)), one = std::move(*p.local.socket(weld::tcp));
    for (auto* s : {&all, &one}) CHECK(s->set(weld::reuse_port{true}));
    REQUIRE(all.bind(endpoint4{{}, 80}));
    REQUIRE(one.bind(endpoint4{{{10, 0, 0, 1}}, 80}));
    REQUIRE(all.listen(5));
    REQUIRE(one.listen(5));
    p.open(1000, 80);
    p.send(1, flags::ack, {.ack = 1});
    CHECK(one.try_accept());
    CHECK_FALSE(all.try_accept());
}

TEST_CASE("two may share a port by SO_REUSEADDR, but not both listen", "[stack][tcp][listen]") {
    peer<> p;
    auto a = std::move(*p.local.socket(weld::tcp)), b = std::move(*p.local.socket(weld::tcp));
    for (auto* s : {&a, &b}) {
        CHECK(s->set(weld::reuse_address{true}));
        REQUIRE(s->bind(endpoint4{{}, 80}));
    }
    CHECK(a.listen(1));
    CHECK(b.listen(1).error() == errc::address_in_use);
    CHECK(a.listen(7));  // only the limit changes
    CHECK(a.native().listening->backlog == 7);
    CHECK(*a.get<weld::accepting>());
    CHECK_FALSE(*b.get<weld::accepting>());
}

TEST_CASE("a connection that was reset is still accepted, and then tells", "[stack][tcp][listen]") {
    peer<> p;
    auto listener = p.listener();
    p.open(1000, 80);
    p.send(1, flags::ack, {.ack = 1});
    p.send(1, flags::rst);
    auto s = listener.try_accept();
    REQUIRE(s);
    std::byte buffer[4];
    CHECK(s->try_recv(buffer).error() == errc::connection_reset);
}

TEST_CASE("an accepted socket inherits what its listener was told", "[stack][tcp][listen]") {
    peer<> p;
    auto listener = std::move(*p.local.socket(weld::tcp));
    CHECK(listener.set(weld::no_delay{true}));
    CHECK(listener.set(weld::keep_alive{true}));
    CHECK(listener.set(weld::receive_buffer{8000}));
    REQUIRE(listener.bind(endpoint4{{}, 80}));
    REQUIRE(listener.listen(5));
    auto s = p.accepted(listener);
    CHECK(*s.get<weld::no_delay>());
    CHECK(*s.get<weld::keep_alive>());
    CHECK(*s.get<weld::receive_buffer>() == 16'000);
    CHECK(s.native().rcv_wnd <= 16'000);
}
