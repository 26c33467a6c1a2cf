#include <weld/stack/link/arp.hpp>

#include "support/catch.hpp"
#include "support/stack/world.hpp"

using namespace test;
using weld::wire::arp_header;

namespace {

frame reply(weld::mac_address station, weld::address4 address, weld::mac_address to = our_mac) {
    return arp({arp_header::reply, station, address, our_mac, our_ip}, to, station);
}
frame request(weld::mac_address station, weld::address4 address, weld::address4 target) {
    return arp({arp_header::request, station, address, {}, target}, weld::mac_address::broadcast(), station);
}

}  // namespace

TEST_CASE("an address is announced when it is given to an interface", "[arp]") {  // RFC 5227 section 2.3
    virtual_clock time;
    script wire;
    weld::net net{own::interface{"eth0", own::ethernet{ethernet_script{wire}, our_mac}, "10.0.0.1/24"}, own::ipv4{}, weld::shared{time}, weld::seed{1}};
    REQUIRE(net.status());
    time.settle();
    const auto out = wire.taken();
    REQUIRE(out.size() == 1);
    const seen frame{out[0]};
    CHECK(frame.destination.is_broadcast());
    CHECK(frame.message == arp_header{arp_header::request, our_mac, our_ip, {}, our_ip});
}

TEST_CASE("a request for an address of ours is answered to who asked, and nothing else is", "[arp]") {  // RFC 826
    alone<> world;
    world.rcv_frame(request(peer_mac, peer_ip, our_ip));
    auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].destination == peer_mac);
    CHECK(out[0].message == arp_header{arp_header::reply, our_mac, our_ip, peer_mac, peer_ip});

    world.rcv_frame(request(peer_mac, peer_ip, third_ip));
    CHECK(world.sent().empty());
    world.rcv_frame(request(peer_mac, peer_ip, weld::address4::loopback()));
    CHECK(world.sent().empty());

    // RFC 5227 section 2.1.1: a probe, from nobody, is answered and teaches nothing
    const std::size_t known = world.arp().table.size();
    world.rcv_frame(request(third_mac, {}, our_ip));
    out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].message.target_hardware == third_mac);
    CHECK(world.arp().table.size() == known);
}

TEST_CASE("packets wait for an answer and then go, in order", "[arp]") {  // RFC 1122 section 2.3.2.2
    alone<> world;
    auto socket = *world.net.socket(weld::udp);
    for (const char* text : {"one", "two", "three"}) REQUIRE(send_to(socket, text, at(peer_ip, 7)));
    auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].message == arp_header{arp_header::request, our_mac, our_ip, {}, peer_ip});

    world.rcv_frame(reply(peer_mac, peer_ip));
    out = world.sent();
    REQUIRE(out.size() == 3);
    CHECK(text_of(out[0].udp().payload()) == "one");
    CHECK(text_of(out[2].udp().payload()) == "three");
    CHECK(out[0].destination == peer_mac);
    REQUIRE(send_to(socket, "four", at(peer_ip, 7)));
    CHECK(world.sent().size() == 1);
}

TEST_CASE("who asks us is known at once", "[arp]") {  // RFC 826: "it is likely that the target will want to talk back"
    alone<> world;
    world.know_peer();
    auto socket = *world.net.socket(weld::udp);
    REQUIRE(send_to(socket, "x", at(peer_ip, 7)));
    const auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].is_ip);
}

TEST_CASE("questions are repeated once a second, three times, and then the packets are given up", "[arp]") {
    alone<> world;
    auto socket = *world.net.socket(weld::udp);
    for (int i = 0; i < 100; ++i) REQUIRE(send_to(socket, "x", at(peer_ip, 7)));
    CHECK(world.sent().size() == 1);
    CHECK(world.net.context().packets().in_use().packets == 100);
    world.time.run_for(999_ms);
    CHECK(world.sent().empty());
    world.time.run_for(2_ms);
    CHECK(world.sent().size() == 1);
    world.time.run_for(1_s);
    CHECK(world.sent().size() == 1);
    world.time.run_for(1_s);
    CHECK(world.sent().empty());
    CHECK(world.arp().table.size() == 0);
    CHECK(world.net.context().packets().in_use().packets == 0);
}

TEST_CASE("nobody can redirect a known neighbour by an answer that nobody asked for", "[arp]") {
    alone<> world;
    world.know_peer();
    auto socket = *world.net.socket(weld::udp);
    REQUIRE(send_to(socket, "x", at(peer_ip, 7)));
    world.time.run_for(6_s);  // delay, then a probe, which the peer answers: reachable
    world.rcv_frame(reply(peer_mac, peer_ip));
    world.sent();

    world.rcv_frame(reply(third_mac, peer_ip));  // the attack
    auto out = world.sent();
    REQUIRE(out.size() == 1);  // the station that is known is asked, alone
    CHECK(out[0].destination == peer_mac);
    CHECK(out[0].message.operation == arp_header::request);
    REQUIRE(send_to(socket, "y", at(peer_ip, 7)));
    out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].destination == peer_mac);
    world.rcv_frame(reply(peer_mac, peer_ip));
    CHECK(world.arp().table.lookup(peer_ip)->station == peer_mac);
    CHECK(world.arp().table.lookup(peer_ip)->state == own::neighbour_state::reachable);

    SECTION("gratuitous ones neither") {
        world.rcv_frame(arp({arp_header::request, third_mac, peer_ip, {}, peer_ip}, weld::mac_address::broadcast(), third_mac));
        CHECK(world.arp().table.lookup(peer_ip)->station == peer_mac);
    }
    SECTION("and strangers are not learnt from answers") {
        world.rcv_frame(reply(third_mac, third_ip));
        CHECK_FALSE(world.arp().table.lookup(third_ip));
    }
    SECTION("a neighbour that really moved is found again") {
        world.rcv_frame(reply(third_mac, peer_ip));
        world.time.run_for(4_s);  // the old station says nothing
        CHECK_FALSE(world.arp().table.lookup(peer_ip));
        world.sent();
        REQUIRE(send_to(socket, "z", at(peer_ip, 7)));
        world.rcv_frame(reply(third_mac, peer_ip));
        out = world.sent();
        CHECK(out.back().destination == third_mac);
    }
}

TEST_CASE("what is known grows old: stale after half a minute, probed when used, forgotten when not", "[arp]") {  // RFC 1122 2.3.2.1
    alone<> world;
    auto socket = *world.net.socket(weld::udp);
    REQUIRE(send_to(socket, "x", at(peer_ip, 7)));
    world.rcv_frame(reply(peer_mac, peer_ip));
    CHECK(world.arp().table.lookup(peer_ip)->state == own::neighbour_state::reachable);
    world.time.run_for(46_s);
    CHECK(world.arp().table.lookup(peer_ip)->state == own::neighbour_state::stale);
    world.sent();
    SECTION("used") {
        REQUIRE(send_to(socket, "y", at(peer_ip, 7)));
        CHECK(world.sent().size() == 1);
        CHECK(world.arp().table.lookup(peer_ip)->state == own::neighbour_state::delay);
        SECTION("a transport's progress spares the probe") {
            world.ip().confirm(world.net, *world.ip().route_to(world.net, peer_ip));
            world.time.run_for(6_s);
            CHECK(world.sent().empty());
        }
        SECTION("else it is asked alone") {
            world.time.run_for(6_s);
            const auto out = world.sent();
            REQUIRE(out.size() == 1);
            CHECK(out[0].destination == peer_mac);
            world.time.run_for(4_s);
            CHECK(world.arp().table.size() == 0);
        }
    }
    SECTION("not used") {
        world.time.run_for(61_s);
        CHECK(world.arp().table.size() == 0);
    }
}

TEST_CASE("somebody with our address is told so, at most every ten seconds", "[arp]") {  // RFC 5227 section 2.4 (b)
    alone<> world;
    for (int i = 0; i < 5; ++i) world.rcv_frame(request(third_mac, our_ip, peer_ip));
    auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].message == arp_header{arp_header::request, our_mac, our_ip, {}, our_ip});
    CHECK(world.arp().stats().conflicts == 5);
    world.time.run_for(11_s);
    world.rcv_frame(request(third_mac, our_ip, peer_ip));
    CHECK(world.sent().size() == 1);
    CHECK_FALSE(world.arp().table.lookup(our_ip));
}

TEST_CASE("floods of strangers and of unanswered questions are bounded", "[arp][flood]") {
    alone<> world{{}, "10.0.0.1/8"};
    for (std::uint32_t i = 0; i < 5000; ++i) {
        const weld::address4 stranger = weld::address4::from_uint32(0x0a010000 + i);
        world.rcv_frame(request(weld::mac_address{{2, 1, 0, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}}, stranger, our_ip));
        world.wire.taken();
    }
    CHECK(world.arp().table.size() == 512);
    auto socket = *world.net.socket(weld::udp);
    for (std::uint32_t i = 0; i < 5000; ++i) {
        REQUIRE(send_to(socket, "x", at(weld::address4::from_uint32(0x0a020000 + i), 7)));
        world.sent();
    }
    CHECK(world.arp().table.size() == 1024);
    CHECK(world.net.context().packets().in_use().packets <= 2048);

    // one that is reachable survives all of it
    world.rcv_frame(request(peer_mac, peer_ip, our_ip));
    world.time.run_for(120_s);
    CHECK(world.arp().table.size() == 0);
    CHECK(world.net.context().packets().in_use().packets == 0);
}

TEST_CASE("messages that are none are dropped", "[arp]") {
    alone<> world;
    world.rcv_frame(ethernet(our_mac, peer_mac, weld::wire::ether_type::arp, frame(27)));
    frame other = request(peer_mac, peer_ip, our_ip);
    other[15] = std::byte{6};  // hardware type
    world.rcv_frame(other);
    world.rcv_frame(request(weld::mac_address::broadcast(), peer_ip, our_ip));
    CHECK(world.sent().empty());
    CHECK(world.arp().stats().malformed >= 2);
}
