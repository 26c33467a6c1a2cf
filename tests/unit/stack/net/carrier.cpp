// SPDX-License-Identifier: BSL-1.0
// A carrier that is lost and comes back: routes, neighbours, groups, sockets, connections.
#include <weld/stack/interface.hpp>

#include "support/catch.hpp"
#include "support/stack/world.hpp"

#include <weld/device/memory.hpp>
#include <weld/stack/tcp/tcp.hpp>

#include <array>
#include <vector>

using namespace test;

namespace {
weld::result<own::route<own::ip4>> way(alone<>& world, weld::address4 to) { return world.ip().route_to(world.net, to); }

/// Two nets with TCP, and a cable between them.
struct cable {
    using net_t = weld::net<own::interface<own::ethernet<weld::device::memory<>>>, own::ipv4, own::icmp, own::tcp, own::udp, weld::shared<virtual_clock>, weld::seed>;
    using handle = weld::socket<net_t, weld::tcp>;
    cable()
        : a{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}, weld::shared{time}, weld::seed{1}},
          b{own::interface{"eth0", own::ethernet{wire.right()}, "10.0.0.2/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}, weld::shared{time}, weld::seed{2}} {
        time.settle();
    }
    void plug(bool in) {
        wire.set_carrier(in);
        time.settle();
    }
    handle listener(net_t& on) {
        handle made = *on.socket(weld::tcp);
        REQUIRE(made.bind(at({}, 80)));
        REQUIRE(made.listen(8));
        return made;
    }
    virtual_clock time;
    weld::device::memory_link<> wire;
    net_t a, b;
};
std::byte octet(std::size_t at) { return static_cast<std::byte>(at * 31 + at / 251); }
}  // namespace

TEST_CASE("without a carrier routes rest and sockets are told; with it they are back, and neighbours hear of us", "[interface][carrier]") {
    alone<> world;
    world.know_peer();
    REQUIRE(world.ip().add_route(world.net, {.to = *weld::prefix4::parse("172.16.0.0/12"), .gateway = peer_ip}));
    auto connected = *world.net.socket(weld::udp), idle = *world.net.socket(weld::udp);
    REQUIRE(connected.try_connect(at(peer_ip, 7)));
    REQUIRE(idle.bind(at({}, 8)));
    const std::uint32_t before = world.ip().generation();

    world.wire.carrier(weld::carrier_lost);
    world.time.settle();
    CHECK_FALSE(world.io().is_up());
    CHECK(world.io().error() == weld::errc::network_down);
    CHECK(world.ip().generation() != before);
    CHECK(received(connected) == "network is down");
    CHECK(received(connected) == "(none)");
    CHECK(received(idle) == "(none)");
    CHECK(way(world, peer_ip).error() == weld::errc::network_unreachable);
    CHECK(way(world, {{8, 8, 8, 8}}).error() == weld::errc::network_unreachable);
    CHECK(way(world, our_ip)->interface == 0);  // to ourselves, as before
    CHECK(send_to(idle, "x", at(peer_ip, 7)) == weld::errc::network_unreachable);
    CHECK(world.arp().table.size() == 0);
    REQUIRE(world.ip().add_address(world.net, *weld::prefix4::parse("10.7.0.1/16"), 1));  // while it is away
    CHECK(way(world, {{10, 7, 0, 2}}).error() == weld::errc::network_unreachable);
    CHECK(world.sent().empty());

    world.wire.carrier({});
    world.time.settle();
    CHECK(world.io().is_up());
    CHECK(way(world, peer_ip)->next_hop == peer_ip);
    CHECK(way(world, {{8, 8, 8, 8}})->next_hop == weld::address4{{10, 0, 0, 254}});
    CHECK(way(world, {{172, 20, 0, 1}})->next_hop == peer_ip);
    CHECK(way(world, {{10, 7, 0, 2}})->interface == 1);
    const auto out = world.sent();
    REQUIRE(out.size() == 2);  // RFC 5227 section 2.3: an announcement for each address
    for (const auto& frame : out) {
        CHECK(frame.type == weld::wire::ether_type::arp);
        CHECK(frame.destination == weld::mac_address::broadcast());
        CHECK(frame.message.sender_protocol == frame.message.target_protocol);
    }
    CHECK(out[0].message.sender_protocol == our_ip);
    world.know_peer();
    CHECK(send(connected, "again"));
    CHECK(world.sent().size() == 1);
    world.rcv(udp(peer_ip, 7, our_ip, 8, "hello"));
    CHECK(received(idle) == "hello");
}

TEST_CASE("what waits for a device without a carrier is dropped, and senders do not wait for ever", "[interface][carrier]") {
    alone<> world;
    world.know_peer();
    auto socket = *world.net.socket(weld::udp);
    REQUIRE(socket.try_connect(at(peer_ip, 7)));
    world.wire.room = 0;
    int queued = 0;
    while (send(socket, "x")) ++queued;
    CHECK(queued == 1000);
    CHECK_FALSE(any(world.net.part<own::udp>().poll(world.net, socket.native()) & weld::events::writable));
    world.wire.carrier(weld::carrier_lost);
    world.time.settle();
    CHECK(world.net.context().packets().in_use().packets == 0);
    CHECK(world.io().stats().tx_dropped == 1000);
    CHECK(received(socket) == "network is down");
    CHECK(any(world.net.part<own::udp>().poll(world.net, socket.native()) & weld::events::writable));
    world.wire.room = 10;
    world.wire.carrier({});
    world.time.settle();
    world.know_peer();
    CHECK(send(socket, "y"));
    CHECK(world.sent().size() == 1);
}

TEST_CASE("routers are told again of the groups", "[interface][carrier][igmp]") {
    alone<> world;
    const weld::address4 group{{239, 1, 2, 3}};
    REQUIRE(world.ip().join(world.net, group, 1));
    world.time.run_for(30_s);
    world.wire.taken();
    world.wire.carrier(weld::carrier_lost);
    world.time.run_for(30_s);
    CHECK(world.ip().is_member(group, 1));
    world.wire.carrier({});
    world.time.run_for(30_s);
    int reports = 0;
    for (const auto& frame : world.sent()) reports += frame.is_ip && frame.header.protocol == 2 && frame.header.destination == group;
    CHECK(reports == 2);
}

TEST_CASE("a carrier that comes and goes a thousand times takes nothing with it", "[interface][carrier]") {
    alone<> world;
    auto socket = *world.net.socket(weld::udp);
    REQUIRE(socket.bind(at({}, 8)));
    for (int i = 0; i < 1000; ++i) {
        world.wire.carrier(weld::carrier_lost);
        if (i % 3 != 0) world.time.settle();
        world.wire.carrier({});
        if (i % 5 != 0) world.time.settle();
    }
    world.time.settle();
    world.wire.taken();
    world.know_peer();
    world.rcv(udp(peer_ip, 7, our_ip, 8, "still"));
    while (received(socket) == "network is down") {}
    CHECK(send_to(socket, "here", at(peer_ip, 7)));
    CHECK(world.sent().size() == 1);
    CHECK(world.ip().routes().entries().size() == 2);
}

TEST_CASE("a device that is gone for good does not come back, with or without a carrier before", "[interface][carrier]") {
    for (const bool lost_first : {false, true}) {
        alone<> world;
        if (lost_first) {
            world.wire.carrier(weld::carrier_lost);
            world.time.settle();
        }
        world.wire.fail(weld::device_gone);
        world.time.settle();
        CHECK(world.io().error() == weld::device_gone);
        CHECK(world.ip().routes().entries().empty());
        world.wire.carrier({});
        world.time.settle();
        CHECK_FALSE(world.io().is_up());
        CHECK(way(world, peer_ip).error() == weld::errc::network_unreachable);
    }
}

TEST_CASE("a stream outlives a cable that is pulled out and put in again", "[interface][carrier][tcp]") {
    cable c;
    auto listener = c.listener(c.b);
    auto near = *c.a.socket(weld::tcp);
    REQUIRE(near.try_connect(at({{10, 0, 0, 2}}, 80)).error() == weld::errc::operation_in_progress);
    c.time.run_for(10_ms);
    auto far = *listener.try_accept();
    constexpr std::size_t total = 2'000'000;
    std::size_t sent = 0, got = 0;
    bool wrong = false;
    int pulled = 0;
    std::array<std::byte, 8192> block;
    for (int round = 0; got < total && round < 20'000; ++round) {
        for (;;) {
            const std::size_t n = std::min(block.size(), total - sent);
            for (std::size_t i = 0; i < n; ++i) block[i] = octet(sent + i);
            const auto took = n != 0 ? near.try_send(weld::const_bytes{block}.first(n)) : weld::result<std::size_t>{weld::errc::resource_unavailable_try_again};
            if (!took) break;
            sent += *took;
        }
        c.time.run_for(1_ms);
        while (const auto n = far.try_recv(block)) {
            if (*n == 0) break;
            for (std::size_t i = 0; i < *n; ++i) wrong |= block[i] != octet(got + i);
            got += *n;
        }
        if (got > static_cast<std::size_t>(pulled + 1) * 300'000) {
            ++pulled;
            c.plug(false);
            CHECK(c.a.part<own::ipv4>().route_to(c.a, {{10, 0, 0, 2}}).error() == weld::errc::network_unreachable);
            c.time.run_for(1500_ms);
            c.plug(true);
        }
    }
    CHECK(pulled >= 5);
    CHECK(got == total);
    CHECK_FALSE(wrong);
}

TEST_CASE("without a carrier a connection does not begin, and one that gives up says why", "[interface][carrier][tcp]") {
    cable c;
    auto listener = c.listener(c.b);
    auto near = *c.a.socket(weld::tcp), opening = *c.a.socket(weld::tcp), late = *c.a.socket(weld::tcp);
    REQUIRE(near.try_connect(at({{10, 0, 0, 2}}, 80)).error() == weld::errc::operation_in_progress);
    c.time.run_for(10_ms);
    REQUIRE(near.set(weld::user_timeout{5_s}));
    REQUIRE(opening.try_connect(at({{10, 0, 0, 2}}, 80)).error() == weld::errc::operation_in_progress);
    c.wire.set_carrier(false);
    c.time.settle();
    CHECK(opening.try_connect(at({{10, 0, 0, 2}}, 80)).error() == weld::errc::network_down);
    CHECK(late.try_connect(at({{10, 0, 0, 2}}, 80)).error() == weld::errc::network_unreachable);
    REQUIRE(near.try_send(weld::as_bytes("anybody?")));
    c.time.run_for(60_s);
    std::array<std::byte, 8> b;
    CHECK(near.try_recv(b).error() == weld::errc::network_down);
    CHECK(c.a.context().packets().in_use().packets == 0);
}
