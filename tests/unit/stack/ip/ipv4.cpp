#include <weld/stack/ip/ipv4.hpp>

#include "support/catch.hpp"
#include "support/stack/world.hpp"

#include <weld/stack/tcp/tcp.hpp>
#include <weld/stack/wire/tcp.hpp>

using namespace test;
using weld::wire::ipv4_header;

namespace {

struct listening {
    listening() { REQUIRE(server.bind(at({}, 7))); }
    alone<> world;
    weld::socket<alone<>::net_t, weld::udp> server = *world.net.socket(weld::udp);
    std::string rcv(frame packet, weld::mac_address to = our_mac) {
        world.rcv(std::move(packet), to);
        return received(server);
    }
    frame from(weld::address4 source, weld::address4 to = our_ip) { return udp(source, 9, to, 7, "x"); }
};

}  // namespace

TEST_CASE("a header is checked: version, length, total length, checksum", "[ipv4]") {  // RFC 1122 section 3.2.1.1, 3.2.1.2
    listening test;
    CHECK(test.rcv(test.from(peer_ip)) == "x");
    for (const std::size_t at : {0u, 2u, 8u, 10u, 12u}) {
        frame packet = test.from(peer_ip);
        packet[at] ^= std::byte{0x20};
        CHECK(test.rcv(packet) == "(none)");
    }
    frame packet = test.from(peer_ip);
    packet.pop_back();
    CHECK(test.rcv(packet) == "(none)");
    CHECK(test.rcv(frame(3, std::byte{0x45})) == "(none)");
    CHECK(test.world.ip().stats().in_header_errors == 7);
    CHECK(test.rcv(joined(test.from(peer_ip), frame(17))) == "x");  // what the link padded is cut off
}

TEST_CASE("addresses that no wire carries are martians", "[ipv4]") {  // RFC 1122 section 3.2.1.3; RFC 1812 section 5.3.7
    listening test;
    for (const weld::address4 source : {weld::address4{}, our_ip, weld::address4{{127, 0, 0, 1}}, weld::address4{{224, 0, 0, 1}},
                                        weld::address4::broadcast(), weld::address4{{10, 0, 0, 255}}})
        CHECK(test.rcv(test.from(source)) == "(none)");
    CHECK(test.rcv(test.from(peer_ip, {{127, 0, 0, 1}})) == "(none)");
    CHECK(test.rcv(test.from(peer_ip, {})) == "(none)");
    CHECK(test.world.ip().stats().in_martians == 8);
    CHECK(test.rcv(test.from({}, weld::address4::broadcast()), weld::mac_address::broadcast()) == "x");  // as a DHCP client speaks
    CHECK(test.rcv(test.from(peer_ip, third_ip)) == "(none)");  // not for us, and we do not forward
    CHECK(test.world.ip().stats().in_address_errors == 1);
    CHECK(test.world.sent().empty());
}

TEST_CASE("options are passed over; source routes are refused; crooked lists are reported", "[ipv4]") {  // RFC 1122 3.2.1.8
    listening test;
    test.world.know_peer();
    const auto with = [&](frame options) {
        return test.rcv(ip({.ttl = 64, .protocol = 17, .source = peer_ip, .destination = our_ip}, udp_datagram(peer_ip, 9, our_ip, 7, "x"), options));
    };
    const auto bytes = [](auto... values) { return frame{static_cast<std::byte>(values)...}; };
    CHECK(with(bytes(1, 1, 148, 4, 0, 0, 1, 0)) == "x");           // router alert among padding
    CHECK(with(bytes(7, 7, 4, 0, 0, 0, 0, 0)) == "x");             // record route
    CHECK(with(bytes(99, 4, 1, 2)) == "x");                        // nobody knows what
    CHECK(with(bytes(131, 7, 4, 10, 0, 0, 3, 0)) == "(none)");     // loose source route
    CHECK(test.world.sent().empty());
    CHECK(with(bytes(1, 7, 39, 4)) == "(none)");
    const auto out = test.world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].icmp().type() == weld::wire::icmp4_type::parameter_problem);
    CHECK(out[0].icmp().pointer() == 21);
}

TEST_CASE("forwarding: TTL, the way back, what does not fit, what has no way", "[ipv4][forward]") {  // RFC 1812 section 5
    virtual_clock time;
    script left, right;
    right.mtu = 1000;
    weld::net router{own::interface{"left", own::ethernet{ethernet_script{left}, our_mac}, "10.0.0.1/24"},
                     own::interface{"right", own::ethernet{ethernet_script{right}, third_mac}, "10.0.1.1/24"},
                     own::ipv4{{.forward = true}}, own::icmp{}, weld::shared{time}, weld::seed{1}};
    const weld::address4 target{{10, 0, 1, 2}};
    const auto learn = [&](script& wire, weld::mac_address station, weld::address4 address, weld::address4 ours) {
        wire.inject(test::arp({weld::wire::arp_header::request, station, address, {}, ours}, weld::mac_address::broadcast(), station));
        time.settle();
        wire.taken();
    };
    learn(left, peer_mac, peer_ip, our_ip);
    learn(right, {{2, 0, 0, 0, 0, 9}}, target, {{10, 0, 1, 1}});
    const auto rcv = [&](frame packet, weld::mac_address to = our_mac) {
        left.inject(ethernet(to, peer_mac, 0x800, std::move(packet)));
        time.settle();
    };
    rcv(udp(peer_ip, 9, target, 7, "hello"));
    auto out = right.taken();
    REQUIRE(out.size() == 1);
    const seen passed{out[0]};
    CHECK(passed.header.ttl == 63);
    CHECK(passed.checksum_valid);
    CHECK(passed.header.source == peer_ip);
    CHECK(text_of(passed.udp().payload()) == "hello");
    CHECK(left.taken().empty());

    const auto report = [&] {
        const auto frames = left.taken();
        REQUIRE(frames.size() == 1);
        return seen{frames[0]};
    };
    rcv(ip({.ttl = 1, .protocol = 17, .source = peer_ip, .destination = target}, udp_datagram(peer_ip, 9, target, 7, "x")));
    auto told = report();
    CHECK(told.icmp().type() == weld::wire::icmp4_type::time_exceeded);
    CHECK(told.icmp().code() == 0);
    CHECK(told.header.source == our_ip);

    rcv(ip({.dont_fragment = true, .ttl = 9, .protocol = 17, .source = peer_ip, .destination = target}, udp_datagram(peer_ip, 9, target, 7, std::string(1200, 'x'))));
    told = report();
    CHECK(told.icmp().code() == weld::wire::icmp4_unreachable::fragmentation_needed);
    CHECK(told.icmp().next_hop_mtu() == 1000);
    CHECK(right.taken().empty());

    rcv(ip({.ttl = 9, .protocol = 17, .source = peer_ip, .destination = target}, udp_datagram(peer_ip, 9, target, 7, std::string(1200, 'x'))));
    out = right.taken();
    CHECK(out.size() == 2);  // cut on the way

    rcv(udp(peer_ip, 9, {{11, 0, 0, 1}}, 7, "x"));
    CHECK(report().icmp().code() == weld::wire::icmp4_unreachable::network);
    rcv(udp(peer_ip, 9, {{10, 0, 1, 77}}, 7, "x"));  // nobody there
    CHECK(left.taken().empty());
    time.run_for(4_s);
    CHECK(report().icmp().code() == weld::wire::icmp4_unreachable::host);
    right.taken();

    rcv(udp(peer_ip, 9, {{10, 0, 1, 255}}, 7, "x"));                                // a directed broadcast: RFC 2644
    rcv(udp(peer_ip, 9, target, 7, "x"), weld::mac_address::broadcast());           // in a broadcast frame
    rcv(udp(peer_ip, 9, {{224, 1, 1, 1}}, 7, "x"), {{1, 0, 0x5e, 1, 1, 1}});
    CHECK(right.taken().empty());
    CHECK(left.taken().empty());
    CHECK(router.packets().in_use().packets == 0);
}

TEST_CASE("the path's MTU: a report makes datagrams shorter, and told apart by IP_MTU_DISCOVER", "[ipv4][pmtu]") {  // RFC 1191
    alone<> world;
    world.know_peer({{10, 0, 0, 254}});
    const weld::address4 far{{8, 8, 8, 8}};
    auto socket = *world.net.socket(weld::udp);
    REQUIRE(socket.try_connect(at(far, 7)));
    REQUIRE(send(socket, std::string(1472, 'x')));
    auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].header.dont_fragment);
    world.rcv(icmp({{10, 0, 0, 254}}, our_ip, weld::wire::icmp4_header::unreachable(4, 1300), frame(out[0].payload.begin(), out[0].payload.begin() + 28)));
    CHECK(received(socket) == "message too long");
    REQUIRE(send(socket, std::string(1472, 'x')));
    out = world.sent();
    REQUIRE(out.size() == 2);  // cut by us now
    CHECK_FALSE(out[0].header.dont_fragment);
    CHECK(out[0].header.total_length <= 1300);
    CHECK(out[0].header.identification == out[1].header.identification);

    // a report about a datagram that nobody sent is not believed
    auto other = *world.net.socket(weld::udp);
    frame stray = frame(out[0].payload.begin(), out[0].payload.begin() + 28);
    stray[20] = std::byte{1};
    world.rcv(icmp({{10, 0, 0, 254}}, our_ip, weld::wire::icmp4_header::unreachable(4, 600), stray));
    CHECK(world.ip().route_to(world.net, far)->mtu == 1300);
}

TEST_CASE("identification: none for what nobody may cut, successive for the rest", "[ipv4]") {  // RFC 6864
    alone<> world;
    world.know_peer();
    auto socket = *world.net.socket(weld::udp);
    REQUIRE(send_to(socket, "x", at(peer_ip, 7)));
    CHECK(world.sent()[0].header.identification == 0);
    const int dont = 0;
    REQUIRE(world.net.part<own::udp>().set_option(world.net, socket.native(), 0, weld::ip_mtu_discover::name, weld::object_bytes(dont)));
    std::vector<std::uint16_t> ids;
    for (int i = 0; i < 3; ++i) {
        REQUIRE(send_to(socket, "x", at(peer_ip, 7)));
        ids.push_back(world.sent()[0].header.identification);
    }
    CHECK(ids[1] == static_cast<std::uint16_t>(ids[0] + 1));
    CHECK(ids[2] == static_cast<std::uint16_t>(ids[0] + 2));
}

TEST_CASE("TTL, TOS and their multicast kin come from the socket's options", "[ipv4][options]") {
    alone<> world;
    world.know_peer();
    auto socket = *world.net.socket(weld::udp);
    auto& part = world.net.part<own::udp>();
    const auto set = [&](int name, int value) { return part.set_option(world.net, socket.native(), 0, name, weld::object_bytes(value)).error(); };
    CHECK(set(weld::ip_ttl::name, 7) == weld::errc{});
    CHECK(set(weld::ip_ttl::name, 0) == weld::errc::invalid_argument);
    CHECK(set(weld::ip_ttl::name, 256) == weld::errc::invalid_argument);
    CHECK(set(weld::ip_tos::name, 0x10) == weld::errc{});
    CHECK(set(12345, 0) == weld::errc::no_protocol_option);
    REQUIRE(send_to(socket, "x", at(peer_ip, 7)));
    auto out = world.sent();
    CHECK(out[0].header.ttl == 7);
    CHECK(out[0].header.dscp == 4);
    REQUIRE(send_to(socket, "x", at({{224, 1, 2, 3}}, 7)));
    out = world.sent();
    CHECK(out[0].header.ttl == 1);
    CHECK(out[0].destination == weld::mac_address{{1, 0, 0x5e, 1, 2, 3}});
    int value = 0;
    REQUIRE(part.get_option(world.net, socket.native(), 0, weld::ip_ttl::name, {reinterpret_cast<std::byte*>(&value), 4}));
    CHECK(value == 7);
    CHECK(part.get_option(world.net, socket.native(), 0, weld::ip_mtu::name, {reinterpret_cast<std::byte*>(&value), 4}) == weld::errc::not_connected);
}

TEST_CASE("the loop to ourselves is bounded", "[ipv4][flood]") {
    alone<> world;
    auto client = *world.net.socket(weld::udp), server = *world.net.socket(weld::udp);
    REQUIRE(server.bind(at({}, 7)));
    for (int i = 0; i < 3000; ++i) REQUIRE(send_to(client, "x", at(our_ip, 7)));
    CHECK(world.net.packets().in_use().packets == 1000);
    world.time.settle();
    CHECK(received(server) == "x");
    CHECK(world.ip().stats().out_discards == 2000);
}

namespace {
/// A router with or without a TCP of its own: with one, what it merges comes as fragments.
template <class... Parts>
void check_router(Parts... parts) {
    virtual_clock time;
    script left, right;
    weld::net router{own::interface{"left", own::ethernet{ethernet_script{left}, our_mac}, "10.0.0.1/24"},
                     own::interface{"right", own::ethernet{ethernet_script{right}, third_mac}, "10.0.1.1/24"},
                     own::ipv4{{.forward = true}}, own::icmp{}, std::move(parts)..., weld::shared{time}, weld::seed{1}};
    const weld::address4 target{{10, 0, 1, 2}};
    right.inject(test::arp({weld::wire::arp_header::request, {{2, 0, 0, 0, 0, 9}}, target, {}, {{10, 0, 1, 1}}}, weld::mac_address::broadcast(), {{2, 0, 0, 0, 0, 9}}));
    time.settle();
    right.taken();
    std::string all;
    for (std::uint32_t i = 0; i < 5; ++i) {
        const std::string text(1000, static_cast<char>('a' + i));
        frame segment = joined(frame(20), bytes_of(text));
        weld::wire::tcp_header{.source_port = 1, .destination_port = 2, .seq = 1000 * i, .ack = 1, .flags = weld::wire::tcp_flags::ack, .window = 9}.encode(segment);
        const auto sum = weld::checksum::add(weld::checksum::sum(segment), weld::checksum::pseudo_header(peer_ip, target, 6, static_cast<std::uint32_t>(segment.size())));
        weld::store_be(segment, 16, weld::checksum::finish(sum));
        left.inject(ethernet(our_mac, peer_mac, 0x800, ip({.dont_fragment = true, .ttl = 64, .protocol = 6, .source = peer_ip, .destination = target}, segment)));
        all += text;
    }
    time.settle();
    const auto out = right.taken();
    REQUIRE(out.size() == 5);
    std::string got;
    for (const frame& bytes : out) {
        const seen one{bytes};
        const auto tcp = *weld::wire::tcp_view::parse(one.body);
        CHECK(one.checksum_valid);
        CHECK(one.header.ttl == 63);
        CHECK(tcp.checksum_valid(peer_ip, target));
        got += text_of(tcp.payload());
    }
    CHECK((got == all));
}
}  // namespace

TEST_CASE("a router merges what comes in a batch and splits it again on its way out", "[ipv4][forward]") {
    check_router();
    check_router(own::tcp{});
}
