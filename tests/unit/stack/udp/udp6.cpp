// SPDX-License-Identifier: BSL-1.0
// What UDP over IPv6 does otherwise than over IPv4: RFC 8200 section 8.1, RFC 3493, RFC 3542, RFC 4007; ipv6(7).
#include <weld/stack/udp/udp.hpp>

#include "support/catch.hpp"
#include "support/stack/world6.hpp"

#include <weld/socket/control/ip.hpp>
#include <weld/socket/options/udp.hpp>

using namespace test;
using weld::endpoint6;

namespace {

using world = alone6<weld::link_type::ethernet, own::udp6>;

template <class Socket>
weld::result<std::size_t> send_to(Socket& socket, std::string_view text, const endpoint6& to) {
    return socket.try_send_to(weld::as_bytes(weld::text{text.data(), text.size()}), to);
}
/// What was received, or why nothing was; and from whom.
template <class Socket>
std::string received(Socket& socket, endpoint6* from = nullptr) {
    std::array<std::byte, 2000> buffer;
    const auto got = socket.try_recv_from(weld::mutable_bytes{buffer});
    if (!got) return got.error() == weld::errc::resource_unavailable_try_again ? "(none)" : weld::message(got.error());
    if (from != nullptr) *from = got->from;
    return text_of(weld::const_bytes{buffer}.first(got->size));
}
weld::wire::udp_view udp_of(const seen6& packet) { return *weld::wire::udp_view::parse(packet.body); }
std::vector<seen6> datagrams(world& of) {
    std::vector<seen6> all;
    for (const seen6& each : of.sent())
        if (each.protocol == 17) all.push_back(each);
    return all;
}

}  // namespace

TEST_CASE("a datagram over IPv6 goes and comes with its checksum", "[udp][ip6]") {
    world world;
    world.know_peer();
    auto socket = *world.net.socket(weld::udp6);
    REQUIRE(socket.bind(endpoint6{{}, 1000}));
    REQUIRE(send_to(socket, "there", {peer_ip6, 7}));
    const auto out = datagrams(world);
    REQUIRE(out.size() == 1);
    CHECK(out[0].header.source == our_ip6);
    CHECK(out[0].header.hop_limit == 64);
    CHECK(udp_of(out[0]).checksum_valid(our_ip6, peer_ip6));
    endpoint6 from;
    world.rcv(udp6(peer_ip6, 7, our_ip6, 1000, "back"));
    CHECK(received(socket, &from) == "back");
    CHECK(from == endpoint6{peer_ip6, 7});
}

TEST_CASE("a datagram over IPv6 without a checksum is no datagram", "[udp][ip6]") {  // RFC 8200 section 8.1
    world world;
    world.know_peer();
    auto socket = *world.net.socket(weld::udp6);
    REQUIRE(socket.bind(endpoint6{{}, 1000}));
    frame packet = udp6(peer_ip6, 7, our_ip6, 1000, "none");
    weld::store_be<std::uint16_t>(packet, 46, 0);
    world.rcv(packet);
    CHECK(received(socket) == "(none)");
    CHECK(world.net.part<own::udp6>().stats().in_checksum_errors == 1);
    packet = udp6(peer_ip6, 7, our_ip6, 1000, "wrong");
    packet.back() ^= std::byte{1};
    world.rcv(packet);
    CHECK(received(socket) == "(none)");
    CHECK(datagrams(world).empty());
}

TEST_CASE("a closed port over IPv6 is told of, and a connected socket hears so", "[udp][ip6]") {
    world world;
    world.know_peer();
    world.rcv(udp6(peer_ip6, 7, our_ip6, 1000, "anybody?"));
    const auto told = world.sent(icmp6_type::destination_unreachable);
    REQUIRE(told.size() == 1);
    CHECK(told[0].icmp().code() == 4);
    auto socket = *world.net.socket(weld::udp6);
    REQUIRE(socket.set(weld::receive_errors6{}));
    REQUIRE(socket.try_connect(endpoint6{peer_ip6, 7}));
    REQUIRE(socket.try_send(weld::as_bytes("x")));
    const auto out = datagrams(world);
    REQUIRE(out.size() == 1);
    world.rcv(icmp6(peer_ip6, our_ip6, weld::wire::icmp6_header::unreachable(4), out[0].payload));
    CHECK(received(socket) == "connection refused");
    std::byte rest[16];
    const auto report = socket.try_recv(weld::mutable_bytes{rest}, weld::control<weld::extended_error6>, weld::message_flags::error_queue);
    REQUIRE(report);
    const auto what = *report->get<weld::extended_error6>();
    CHECK(what.error == weld::errc::connection_refused);
    CHECK(what.from == weld::error_report<endpoint6>::origin::icmp6);
    CHECK(what.icmp_type == 1);
    CHECK(what.icmp_code == 4);
    CHECK(what.offender == endpoint6{peer_ip6, 0});
}

TEST_CASE("a path's MTU over IPv6: cut, or refused", "[udp][ip6]") {  // IPV6_MTU_DISCOVER, IPV6_DONTFRAG
    world world;
    world.know_peer();
    auto socket = *world.net.socket(weld::udp6);
    REQUIRE(socket.try_connect(endpoint6{peer_ip6, 7}));
    CHECK(*socket.get<weld::ipv6_mtu>() == 1500);
    const std::string large(1400, 'x');
    REQUIRE(send_to(socket, large, {peer_ip6, 7}));
    const auto out = datagrams(world);
    REQUIRE(out.size() == 1);
    frame quote = out[0].payload;
    quote.resize(1000);
    world.rcv(icmp6(peer_ip6, our_ip6, weld::wire::icmp6_header::packet_too_big(1300), quote));
    CHECK(received(socket) == "message too long");
    CHECK(*socket.get<weld::ipv6_mtu>() == 1300);
    REQUIRE(send_to(socket, large, {peer_ip6, 7}));
    const auto pieces = world.sent();
    REQUIRE(pieces.size() == 2);
    CHECK(pieces[0].view.is_fragment());
    CHECK(pieces[0].payload.size() <= 1300);
    REQUIRE(socket.set(weld::ipv6_dont_fragment{}));
    CHECK(send_to(socket, large, {peer_ip6, 7}) == weld::errc::message_size);
    REQUIRE(socket.set(weld::ipv6_dont_fragment{false}));
    REQUIRE(socket.set(weld::ipv6_mtu_discover{weld::path_mtu_discovery::always}));
    CHECK(send_to(socket, large, {peer_ip6, 7}) == weld::errc::message_size);
    CHECK(send_to(socket, std::string(1300 - 48, 'x'), {peer_ip6, 7}));
}

TEST_CASE("ancillary data of IPv6: asked for, told, and obeyed", "[udp][ip6][options]") {  // RFC 3542 sections 4 to 6
    world world;
    world.know_peer();
    auto socket = *world.net.socket(weld::udp6);
    REQUIRE(socket.bind(endpoint6{{}, 1000}));
    REQUIRE(socket.set(weld::receive_packet_info6{}));
    REQUIRE(socket.set(weld::receive_hops{}));
    REQUIRE(socket.set(weld::receive_traffic_class{}));
    world.rcv(udp6(peer_ip6, 7, our_ip6, 1000, "x"));
    std::byte buffer[16];
    const auto got = socket.try_recv(weld::mutable_bytes{buffer}, weld::control<weld::packet_info6, weld::hop_limit, weld::ipv6_traffic_class>);
    REQUIRE(got);
    CHECK(*got->get<weld::packet_info6>() == weld::packet_info6::info{our_ip6, 1});
    CHECK(*got->get<weld::hop_limit>() == 64);
    CHECK(*got->get<weld::ipv6_traffic_class>() == 0);
    REQUIRE(socket.try_send_to(weld::as_bytes("y"), endpoint6{peer_ip6, 7}, weld::attached{weld::hop_limit{3}, weld::ipv6_traffic_class{0xb8}, weld::packet_info6{{our_link, 1}}}));
    const auto out = datagrams(world);
    REQUIRE(out.size() == 1);
    CHECK(out[0].header.hop_limit == 3);
    CHECK(out[0].header.dscp == 0xb8 >> 2);
    CHECK(out[0].header.source == our_link);
    CHECK(udp_of(out[0]).checksum_valid(our_link, peer_ip6));
}

TEST_CASE("a link-local peer of UDP is complete with its interface", "[udp][ip6][scope]") {  // RFC 4007
    world world;
    world.know_peer(peer_link);
    auto socket = *world.net.socket(weld::udp6), bound = *world.net.socket(weld::udp6), connected = *world.net.socket(weld::udp6);
    CHECK(bound.bind(endpoint6{our_link, 7}).error() == weld::errc::invalid_argument);
    REQUIRE(bound.bind(endpoint6{our_link, 7, 1}));
    CHECK(bound.local_address() == endpoint6{our_link, 7, 1});
    world.rcv(udp6(peer_link, 9, our_link, 7, "hello"));
    endpoint6 from;
    CHECK(received(bound, &from) == "hello");
    CHECK(from == endpoint6{peer_link, 9, 1});
    REQUIRE(send_to(socket, "to you", {peer_link, 9, 1}));
    const auto out = datagrams(world);
    REQUIRE(out.size() == 1);
    CHECK(out[0].header.source == our_link);
    CHECK(connected.try_connect(endpoint6{peer_link, 9}).error() == weld::errc::invalid_argument);
    REQUIRE(connected.try_connect(endpoint6{peer_link, 9, 1}));
    CHECK(connected.peer_address() == endpoint6{peer_link, 9, 1});
    CHECK(*connected.get<weld::bind_to_interface>() == 1);
}

TEST_CASE("groups of IPv6", "[udp][ip6][multicast]") {  // RFC 3493 section 5.2
    world world;
    world.know_peer();
    const weld::address6 group = six("ff02::99");
    auto socket = *world.net.socket(weld::udp6);
    REQUIRE(socket.bind(endpoint6{{}, 7}));
    world.rcv(udp6(peer_ip6, 9, group, 7, "too early"));
    CHECK(received(socket) == "(none)");
    REQUIRE(socket.set(weld::ipv6_join_group{group, 1}));
    CHECK(socket.set(weld::ipv6_join_group{group, 1}).error() == weld::errc::address_in_use);
    CHECK(socket.set(weld::ipv6_join_group{group, 9}).error() == weld::errc::no_such_device);
    CHECK(socket.set(weld::ipv6_join_group{peer_ip6, 1}).error() == weld::errc::invalid_argument);
    CHECK(world.ip().is_member(group, 1));
    world.rcv(udp6(peer_ip6, 9, group, 7, "for us all"));
    CHECK(received(socket) == "for us all");
    world.sent();
    REQUIRE(socket.set(weld::ipv6_multicast_hops{5}));
    REQUIRE(send_to(socket, "from me", {group, 7, 1}));
    const auto out = datagrams(world);
    REQUIRE(out.size() == 1);
    CHECK(out[0].header.hop_limit == 5);
    CHECK(out[0].destination == weld::mac_address{{0x33, 0x33, 0, 0, 0, 0x99}});
    CHECK(received(socket) == "from me");  // its own copy
    REQUIRE(socket.set(weld::ipv6_multicast_loop{false}));
    REQUIRE(send_to(socket, "to others", {group, 7, 1}));
    CHECK(datagrams(world).size() == 1);
    CHECK(received(socket) == "(none)");
    REQUIRE(socket.set(weld::ipv6_leave_group{group, 1}));
    CHECK_FALSE(world.ip().is_member(group, 1));
    CHECK(socket.set(weld::ipv6_leave_group{group, 1}).error() == weld::errc::address_not_available);
}

TEST_CASE("UDP_CORK and UDP_SEGMENT over IPv6", "[udp][ip6][options]") {
    world world;
    world.know_peer();
    auto socket = *world.net.socket(weld::udp6);
    REQUIRE(socket.set(weld::udp_cork{}));
    REQUIRE(send_to(socket, "one ", {peer_ip6, 7}));
    REQUIRE(send_to(socket, "datagram", {third_ip6, 8}));
    REQUIRE(socket.set(weld::udp_cork{false}));
    auto out = datagrams(world);
    REQUIRE(out.size() == 1);
    CHECK(text_of(udp_of(out[0]).payload()) == "one datagram");
    CHECK(udp_of(out[0]).checksum_valid(our_ip6, peer_ip6));
    REQUIRE(socket.set(weld::udp_segment{100}));
    REQUIRE(send_to(socket, std::string(250, 'x'), {peer_ip6, 7}));
    out = datagrams(world);
    REQUIRE(out.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(udp_of(out[i]).payload().size() == (i < 2 ? 100u : 50u));
        CHECK(udp_of(out[i]).checksum_valid(our_ip6, peer_ip6));
    }
}

TEST_CASE("a mapped address is nobody's over IPv6 alone", "[udp][ip6]") {
    world world;
    auto socket = *world.net.socket(weld::udp6);
    const endpoint6 mapped = endpoint6::mapped(weld::endpoint4{our_ip, 7});
    CHECK(socket.bind(mapped).error() == weld::errc::invalid_argument);
    CHECK(send_to(socket, "x", mapped) == weld::errc::network_unreachable);
    CHECK(socket.try_connect(mapped).error() == weld::errc::network_unreachable);
}
