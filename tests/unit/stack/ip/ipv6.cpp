#include <weld/stack/ip/ipv6.hpp>

#include "support/catch.hpp"
#include "support/stack/world6.hpp"

#include <weld/stack/ip/ipv4.hpp>

using namespace test;
using weld::wire::icmp6_header;
using weld::wire::ipv6_header;

namespace {

using world = alone6<weld::link_type::ethernet, recorder>;

frame bytes(auto... values) { return {static_cast<std::byte>(values)...}; }
frame joined(const frame& a, const frame& b, const frame& c) { return test::joined(test::joined(a, b), c); }
std::string take(world& in) {
    std::string all;
    for (const std::string& each : std::exchange(in.heard().got, {})) all += each + ";";
    return all;
}

}  // namespace

TEST_CASE("IPv6: a header is checked: version, length", "[ipv6]") {  // RFC 8200 section 3
    world world;
    const frame good = ip6(peer_ip6, our_ip6, 253, bytes_of("hello"));
    world.rcv(good);
    CHECK(take(world) == "hello;");
    CHECK(world.heard().last.source == peer_ip6);
    CHECK(world.heard().last.ttl == 64);
    CHECK(world.heard().last.interface == 1);
    world.rcv(joined(good, frame(17)));  // what the link padded is cut off
    CHECK(take(world) == "hello;");
    frame version = good;
    version[0] = std::byte{0x50};
    world.rcv(version);
    frame shorter = good;
    shorter.pop_back();
    world.rcv(shorter);
    world.rcv(frame(39, std::byte{0x60}));
    CHECK(take(world) == "");
    CHECK(world.ip().stats().in_header_errors == 3);
    world.rcv(ip6({.dscp = 46, .ecn = 3, .next_header = 253, .hop_limit = 1, .source = peer_ip6, .destination = our_ip6}, bytes_of("x")));
    CHECK(world.heard().last.tos == (46 << 2 | 3));
}

TEST_CASE("IPv6: addresses that no wire carries are martians", "[ipv6]") {  // RFC 4291 sections 2.5.2, 2.5.3, 2.7
    world world;
    for (const char* source : {"ff02::9", "::1", "2001:db8::1", "::ffff:10.0.0.2"}) world.rcv(ip6(six(source), our_ip6, 253, bytes_of("x")));
    for (const char* to : {"::", "::1", "ff01::1", "::ffff:10.0.0.1"}) world.rcv(ip6(peer_ip6, six(to), 253, bytes_of("x")));
    CHECK(take(world) == "");
    CHECK(world.ip().stats().in_martians == 8);
    world.rcv(ip6(peer_ip6, third_ip6, 253, bytes_of("x")));  // not for us, and we do not forward
    CHECK(world.ip().stats().in_address_errors == 1);
    world.rcv(ip6(peer_ip6, six("ff05::77"), 253, bytes_of("x")));  // a group that we are not in
    CHECK(take(world) == "");
    REQUIRE(world.ip().join(world.net, six("ff05::77"), 1));
    world.rcv(ip6(peer_ip6, six("ff05::77"), 253, bytes_of("x")));
    CHECK(take(world) == "x;");
    CHECK(world.heard().last.to_many);
}

TEST_CASE("IPv6: extension headers are stepped over, in their order", "[ipv6][extensions]") {  // RFC 8200 section 4
    world world;
    world.know_peer();
    const auto rcv = [&](std::uint8_t first, const frame& headers) {
        world.rcv(ip6(peer_ip6, our_ip6, first, test::joined(headers, bytes_of("x"))));
        return take(world);
    };
    const auto problem = [&] {
        const auto out = world.sent();
        if (out.size() != 1 || out[0].type() != icmp6_type::parameter_problem) return std::pair{-1, 0u};
        return std::pair{int{out[0].icmp().code()}, out[0].icmp().pointer()};
    };
    const frame pad = bytes(253, 0, 1, 4, 0, 0, 0, 0);
    CHECK(rcv(0, pad) == "x;");                                                             // hop-by-hop options
    CHECK(rcv(60, pad) == "x;");                                                            // destination options
    CHECK(rcv(0, joined(bytes(60, 0, 5, 2, 0, 0, 1, 0), bytes(43, 0, 0, 0, 0, 0, 0, 0), bytes(253, 0, 9, 0, 0, 0, 0, 0))) == "x;");
    CHECK(rcv(60, bytes(253, 1, 0x1e, 5, 7, 7, 7, 7, 7, 1, 5, 0, 0, 0, 0, 0)) == "x;");        // an unknown option to be skipped
    CHECK(world.sent().empty());

    CHECK(rcv(60, test::joined(bytes(0, 0, 1, 4, 0, 0, 0, 0), pad)) == "");                 // hop-by-hop, and not first
    CHECK(problem() == std::pair{1, 40u});
    CHECK(rcv(0, test::joined(bytes(0, 0, 1, 4, 0, 0, 0, 0), pad)) == "");                  // twice
    CHECK(problem() == std::pair{1, 40u});
    CHECK(rcv(43, bytes(253, 2, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8)) == "");  // type 0: RFC 5095
    CHECK(problem() == std::pair{0, 42u});
    CHECK(rcv(60, bytes(253, 0, 0x47, 4, 0, 0, 0, 0)) == "");                               // to be dropped
    CHECK(problem() == std::pair{-1, 0u});
    CHECK(rcv(60, bytes(253, 0, 1, 0, 0x87, 2, 0, 0)) == "");                               // to be reported
    CHECK(problem() == std::pair{2, 44u});
    CHECK(rcv(60, bytes(253, 0, 0xc2, 4, 0, 1, 0, 0)) == "");                               // a jumbo payload: RFC 2675
    CHECK(problem() == std::pair{2, 42u});
    CHECK(rcv(60, bytes(253, 0, 0x1e, 5, 0, 0, 0, 0)) == "");                               // an option that does not fit
    CHECK(rcv(60, bytes(253, 3, 1, 4, 0, 0, 0, 0)) == "");                                  // a header that does not fit
    CHECK(rcv(60, bytes(253)) == "");
    CHECK(rcv(59, bytes(1, 2, 3)) == "");                                                   // nothing follows
    CHECK(world.sent().empty());
}

TEST_CASE("IPv6: long chains, many options and much padding are refused", "[ipv6][extensions]") {  // RFC 8504 section 5.3
    world world;
    const auto chain = [&](std::size_t headers) {
        frame all;
        for (std::size_t i = 0; i < headers; ++i) all = test::joined(all, bytes(i + 1 < headers ? 60 : 253, 0, 1, 4, 0, 0, 0, 0));
        world.rcv(ip6(peer_ip6, our_ip6, 60, test::joined(all, bytes_of("x"))));
        return take(world);
    };
    CHECK(chain(8) == "x;");
    CHECK(chain(9) == "");
    const auto options = [&](int count) {
        frame all = bytes(253, 3);
        for (int i = 0; i < count; ++i) all = test::joined(all, bytes(0x1e, 0));
        while (all.size() < 32) all = test::joined(all, all.size() + 7 <= 32 ? bytes(0x1e, 5, 0, 0, 0, 0, 0) : bytes(0));
        world.rcv(ip6(peer_ip6, our_ip6, 60, test::joined(all, bytes_of("x"))));
        return take(world);
    };
    CHECK(options(4) == "x;");
    CHECK(options(9) == "");
    world.rcv(ip6(peer_ip6, our_ip6, 60, test::joined(bytes(253, 1, 1, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0x1e, 2, 0, 0), bytes_of("x"))));
    CHECK(take(world) == "");  // eight bytes of padding have no use
    world.rcv(ip6(peer_ip6, our_ip6, 60, test::joined(bytes(253, 0, 1, 4, 0, 0, 9, 0), bytes_of("x"))));
    CHECK(take(world) == "");  // nor has padding that says something
}

TEST_CASE("IPv6: this host reaches itself", "[ipv6][loop]") {
    world world;
    for (const weld::address6 to : {weld::address6::loopback(), our_ip6, our_link}) {
        REQUIRE(world.send(to, "self"));
        world.time.settle();
        CHECK(take(world) == "self;");
        CHECK(world.heard().last.source == to);
    }
    CHECK(world.sent().empty());
    CHECK(world.ip().route_to(world.net, {})->next_hop == weld::address6::loopback());
    REQUIRE(world.send(own::all_nodes, "group"));
    world.time.settle();
    CHECK(take(world) == "group;");
    CHECK(world.sent().size() == 1);
}

TEST_CASE("IPv6: routes, gateways, scopes", "[ipv6][routes]") {
    virtual_clock time;
    script left, right;
    weld::net net{own::interface{"left", own::ethernet{ethernet_script{left}, our_mac}, "2001:db8::1/64,fe80::9"},
                  own::interface{"right", own::ethernet{ethernet_script{right}, third_mac}, "2001:db8:1::1/64"},
                  own::ipv6{{.dad_transmits = 0}}, own::icmp6{}, weld::shared{time}, weld::seed{1}};
    REQUIRE(net.status());
    auto& ip = net.part<own::ipv6>();
    CHECK(ip.route_to(net, peer_ip6)->interface == 1);
    CHECK(ip.route_to(net, peer_ip6)->next_hop == peer_ip6);
    CHECK(ip.route_to(net, six("2001:db8:1::5"))->source == six("2001:db8:1::1"));
    const auto far = ip.route_to(net, far_ip6);
    REQUIRE(far);
    CHECK(far->next_hop == six("fe80::9"));
    CHECK(far->interface == 1);
    CHECK(far->source == our_ip6);
    CHECK(ip.route_to(net, six("fe80::7"), {}, 2)->interface == 2);
    CHECK(ip.route_to(net, six("fe80::7"), {}, 2)->source == own::with_eui64(six("fe80::"), third_mac));
    CHECK(ip.route_to(net, six("fe80::7"), own::with_eui64(six("fe80::"), third_mac))->interface == 2);
    CHECK(ip.route_to(net, six("ff02::7"), {}, 2)->type == weld::packet_type::multicast);
    CHECK(ip.route_to(net, far_ip6, third_ip6).error() == weld::errc::address_not_available);
    CHECK(ip.route_to(net, far_ip6, {}, 2).error() == weld::errc::network_unreachable);
    CHECK(ip.add_route(net, {.to = {six("2001:db8:7::"), 48}, .gateway = six("2001:db8:1::9")}) == weld::result<>{});
    CHECK(ip.route_to(net, six("2001:db8:7::1"))->next_hop == six("2001:db8:1::9"));
    CHECK(ip.add_route(net, {.to = {six("2001:db8:8::"), 48}, .gateway = six("2001:db8:99::9")}).error() == weld::errc::network_unreachable);
    CHECK(ip.add_route(net, {.to = {six("2001:db8:8::"), 48}, .gateway = six("fe80::1")}).error() == weld::errc::invalid_argument);
    CHECK(ip.add_address(net, {six("ff02::1"), 64}, 1).error() == weld::errc::invalid_argument);
    CHECK(ip.add_address(net, {six("2001:db8::1"), 64}, 1).error() == weld::errc::file_exists);
    const std::uint32_t before = ip.generation();
    REQUIRE(ip.remove_address(net, {six("2001:db8:1::1"), 64}, 2));
    CHECK(ip.generation() != before);
    CHECK(ip.route_to(net, six("2001:db8:1::5"))->next_hop == six("fe80::9"));
}

TEST_CASE("IPv6: an interface that cannot carry 1280 bytes has no IPv6", "[ipv6]") {  // RFC 8200 section 5
    virtual_clock time;
    script wire;
    weld::net net{own::interface{"eth0", own::ethernet{ethernet_script{wire}, our_mac}, own::mtu{1279}}, own::ipv6{}, weld::shared{time}, weld::seed{1}};
    CHECK(net.status());
    CHECK(net.part<own::ipv6>().addresses().entries().empty());
    weld::net wanted{own::interface{"eth0", own::ethernet{ethernet_script{wire}, our_mac}, own::mtu{1279}, "2001:db8::1/64"}, own::ipv6{}, weld::shared{time}, weld::seed{1}};
    CHECK(wanted.status().error() == weld::errc::invalid_argument);
}

TEST_CASE("IPv6: the path's MTU", "[ipv6][pmtu]") {  // RFC 8201
    world world{{}, "2001:db8::1/64,fe80::ff:fe00:2"};
    world.know_peer(peer_link);
    CHECK(world.ip().route_to(world.net, far_ip6)->mtu == 1500);
    world.ip().path_mtu(world.net, far_ip6, 1400);
    CHECK(world.ip().route_to(world.net, far_ip6)->mtu == 1400);
    CHECK(world.send(far_ip6, std::string(1361, 'x'), true).error() == weld::errc::message_size);
    REQUIRE(world.send(far_ip6, std::string(1361, 'x')));
    auto out = world.sent();
    REQUIRE(out.size() == 2);
    CHECK(out[0].payload.size() <= 1400);
    world.ip().path_mtu(world.net, far_ip6, 600);  // no path takes less than 1280
    CHECK(world.ip().route_to(world.net, far_ip6)->mtu == 1280);
    CHECK(world.ip().route_to(world.net, six("2001:db8:9::8"))->mtu == 1500);
    world.time.run_for(601_s);
    CHECK(world.ip().route_to(world.net, far_ip6)->mtu == 1500);
}

TEST_CASE("IPv6: forwarding: hop limit, what does not fit, what has no way", "[ipv6][forward]") {  // RFC 8200 section 3
    virtual_clock time;
    script left, right;
    right.mtu = 1300;
    weld::net router{own::interface{"left", own::ethernet{ethernet_script{left}, our_mac}, "2001:db8::1/64"},
                     own::interface{"right", own::ethernet{ethernet_script{right}, third_mac}, "2001:db8:1::1/64"},
                     own::ipv6{{.forward = true, .dad_transmits = 0}}, own::icmp6{}, weld::shared{time}, weld::seed{1}};
    time.run_for(5_s);
    const weld::address6 target = six("2001:db8:1::2");
    const auto learn = [&](script& wire, weld::mac_address station, weld::address6 address, weld::address6 ours) {
        wire.inject(ethernet({{0x33, 0x33, 0xff, 0, 0, 1}}, station, 0x86dd, solicitation(ours, address, station)));
        time.settle();
        wire.taken();
    };
    learn(left, peer_mac, peer_ip6, our_ip6);
    learn(right, {{2, 0, 0, 0, 0, 9}}, target, six("2001:db8:1::1"));
    const auto rcv = [&](frame packet, weld::mac_address to = our_mac) {
        left.inject(ethernet(to, peer_mac, 0x86dd, std::move(packet)));
        time.settle();
    };
    rcv(ip6(peer_ip6, target, 253, bytes_of("hello")));
    const auto out = right.taken();
    REQUIRE(out.size() == 1);
    const seen6 passed{out[0]};
    CHECK(passed.header.hop_limit == 63);
    CHECK(passed.header.source == peer_ip6);
    CHECK(text_of(passed.body) == "hello");
    CHECK(left.taken().empty());

    const auto report = [&] {
        const auto frames = left.taken();
        REQUIRE(frames.size() == 1);
        return seen6{frames[0]};
    };
    rcv(ip6(peer_ip6, target, 253, bytes_of("x"), 1));
    auto told = report();
    CHECK(told.type() == icmp6_type::time_exceeded);
    CHECK(told.header.source == our_ip6);
    rcv(ip6(peer_ip6, target, 253, frame(1261)));
    told = report();
    CHECK(told.type() == icmp6_type::packet_too_big);
    CHECK(told.icmp().mtu() == 1300);
    rcv(ip6(peer_ip6, far_ip6, 253, bytes_of("x")));
    told = report();
    CHECK(told.type() == icmp6_type::destination_unreachable);
    CHECK(told.icmp().code() == weld::wire::icmp6_unreachable::no_route);
    rcv(ip6(peer_link, target, 253, bytes_of("x")));  // a link-local source goes nowhere; its station is asked for first
    CHECK(right.taken().empty());
    CHECK(seen6{left.taken().at(0)}.type() == icmp6_type::neighbor_solicitation);
    rcv(ip6(peer_ip6, six("2001:db8:1::77"), 253, bytes_of("x")));  // nobody there
    left.taken();
    time.run_for(4_s);
    right.taken();
    bool unreachable = false;
    for (const frame& each : left.taken()) {
        const seen6 one{each};
        unreachable |= one.type() == icmp6_type::destination_unreachable && one.icmp().code() == weld::wire::icmp6_unreachable::address;
    }
    CHECK(unreachable);
    rcv(ip6(peer_ip6, target, 253, bytes_of("x")), {{0x33, 0x33, 0, 0, 0, 1}});  // in a frame for many
    rcv(ip6(peer_ip6, six("ff0e::5"), 253, bytes_of("x")), {{0x33, 0x33, 0, 0, 0, 5}});
    CHECK(right.taken().empty());
    CHECK(left.taken().empty());
    CHECK(router.packets().in_use().packets == 0);
}

TEST_CASE("IPv6 beside IPv4 on one interface, neither in the other's way", "[ipv6]") {
    virtual_clock time;
    script wire;
    weld::net net{own::interface{"eth0", own::ethernet{ethernet_script{wire}, our_mac}, "10.0.0.1/24", "2001:db8::1/64"},
                  own::ipv4{}, own::ipv6{{.dad_transmits = 0}}, own::icmp6{}, weld::shared{time}, weld::seed{1}};
    REQUIRE(net.status());
    time.run_for(5_s);
    wire.taken();
    CHECK(net.part<own::ipv4>().route_to(net, peer_ip)->source == our_ip);
    CHECK(net.part<own::ipv6>().route_to(net, peer_ip6)->source == our_ip6);
    wire.inject(arp({weld::wire::arp_header::request, peer_mac, peer_ip, {}, our_ip}, weld::mac_address::broadcast(), peer_mac));
    wire.inject(ethernet({{0x33, 0x33, 0xff, 0, 0, 1}}, peer_mac, 0x86dd, solicitation(our_ip6, peer_ip6, peer_mac)));
    time.settle();
    CHECK(wire.taken().size() == 2);
    weld::net without{own::interface{"eth0", own::ethernet{ethernet_script{wire}, our_mac}, "2001:db8::1/64"}, own::ipv4{}, weld::shared{time}, weld::seed{1}};
    CHECK(without.status().error() == weld::errc::address_family_not_supported);
}

TEST_CASE("IPv6: a device that is gone takes its routes, groups and questions with it", "[ipv6]") {
    virtual_clock time;
    script left, right;
    weld::net net{own::interface{"left", own::ethernet{ethernet_script{left}, our_mac}, "2001:db8::1/64,fe80::9"},
                  own::interface{"right", own::ethernet{ethernet_script{right}, third_mac}, "2001:db8:1::1/64"},
                  own::ipv6{}, own::icmp6{}, weld::shared{time}, weld::seed{1}};
    auto& ip = net.part<own::ipv6>();
    REQUIRE(ip.join(net, six("ff05::7"), 1));
    time.run_for(500_ms);
    left.fail(weld::device_gone);
    time.run_for(100_s);  // nothing of it is asked or reported any more
    CHECK_FALSE(ip.is_member(six("ff05::7"), 1));
    CHECK(ip.route_to(net, far_ip6).error() == weld::errc::network_unreachable);
    CHECK(ip.route_to(net, six("fe80::5"), {}, 1).error() == weld::errc::network_unreachable);
    CHECK(ip.route_to(net, six("2001:db8:1::5"))->interface == 2);
    for (const auto& line : ip.routes().entries()) CHECK(line.interface == 2);
    CHECK(net.packets().in_use().packets == 0);
}
