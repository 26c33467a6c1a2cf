// SPDX-License-Identifier: BSL-1.0
// Raw sockets of IPv6, and echo requests by weld::ping6: RFC 3542 sections 3 and 3.2; net/ipv6/raw.c, ping.c.
#include <weld/stack/raw/raw.hpp>

#include "support/catch.hpp"
#include "support/stack/world6.hpp"

using namespace test;
using weld::endpoint6;

namespace {

using world = alone6<weld::link_type::ethernet, own::raw6>;

template <class Socket>
std::string received(Socket& socket, endpoint6* from = nullptr) {
    std::array<std::byte, 2000> buffer;
    const auto got = socket.try_recv_from(weld::mutable_bytes{buffer});
    if (!got) return got.error() == weld::errc::resource_unavailable_try_again ? "(none)" : weld::message(got.error());
    if (from != nullptr) *from = got->from;
    return text_of(weld::const_bytes{buffer}.first(got->size));
}

}  // namespace

TEST_CASE("raw sockets of IPv6 get the payload, and the rest as ancillary data", "[raw][ip6]") {
    world world;
    world.know_peer();
    auto socket = *world.net.socket(weld::raw6, 200), other = *world.net.socket(weld::raw6, 201);
    REQUIRE(socket.set(weld::receive_hops{}));
    world.rcv(ip6(peer_ip6, our_ip6, 200, bytes_of("payload"), 9));
    std::byte buffer[32];
    const auto got = socket.try_recv(weld::mutable_bytes{buffer}, weld::control<weld::hop_limit>);
    REQUIRE(got);
    CHECK(text_of(weld::const_bytes{buffer}.first(got->size)) == "payload");
    CHECK(got->from.address() == peer_ip6);
    CHECK(*got->get<weld::hop_limit>() == 9);
    CHECK(received(other) == "(none)");
    CHECK(world.sent(icmp6_type::parameter_problem).empty());  // somebody took it
}

TEST_CASE("IPV6_CHECKSUM: filled in, and looked at", "[raw][ip6]") {  // RFC 3542 section 3.1
    world world;
    world.know_peer();
    auto socket = *world.net.socket(weld::raw6, 200);
    CHECK(*socket.get<weld::ipv6_checksum>() == -1);
    CHECK(socket.set(weld::ipv6_checksum{3}).error() == weld::errc::invalid_argument);
    REQUIRE(socket.set(weld::ipv6_checksum{2}));
    CHECK(*socket.get<weld::ipv6_checksum>() == 2);
    REQUIRE(socket.try_send_to(bytes_of("abXXcd"), endpoint6{peer_ip6, 0}));
    auto out = world.sent();
    REQUIRE(out.size() == 1);
    const auto pseudo = weld::checksum::pseudo_header(our_ip6, peer_ip6, 200, 6);
    CHECK(weld::checksum::valid(weld::checksum::add(pseudo, weld::checksum::sum(out[0].body))));
    CHECK(socket.try_send_to(bytes_of("abc"), endpoint6{peer_ip6, 0}) == weld::errc::invalid_argument);
    frame right = out[0].body;
    world.rcv(ip6(peer_ip6, our_ip6, 200, right));
    CHECK(received(socket).size() == 6);  // sums do not care which way it went
    right[0] ^= std::byte{1};
    world.rcv(ip6(peer_ip6, our_ip6, 200, right));
    CHECK(received(socket) == "(none)");
}

TEST_CASE("raw ICMPv6 always has its checksum, and gets the types that it wants", "[raw][ip6]") {
    world world;
    world.know_peer();
    auto socket = *world.net.socket(weld::raw6, 58), all = *world.net.socket(weld::raw6, 58), plain = *world.net.socket(weld::raw6, 200);
    REQUIRE(socket.set(weld::icmpv6_filter::only(icmp6_type::echo_reply)));
    CHECK(plain.set(weld::icmpv6_filter::only(1)).error() == weld::errc::operation_not_supported);
    CHECK(*socket.get<weld::ipv6_checksum>() == 2);
    CHECK(socket.set(weld::ipv6_checksum{4}).error() == weld::errc::invalid_argument);
    frame request(8);
    request[0] = std::byte{icmp6_type::echo_request};
    REQUIRE(socket.try_send_to(request, endpoint6{peer_ip6, 0}));
    const auto out = world.sent(icmp6_type::echo_request);
    REQUIRE(out.size() == 1);
    CHECK(out[0].checksum_valid);
    world.rcv(echo6(peer_ip6, our_ip6, "asked"));
    CHECK(received(socket) == "(none)");
    CHECK(received(all).size() == 13);
    world.rcv(icmp6(peer_ip6, our_ip6, weld::wire::icmp6_header::echo(icmp6_type::echo_reply, 1, 1), bytes_of("answer")));
    CHECK(received(socket).size() == 14);
}

TEST_CASE("255 sends packets with headers of their own; a port is the protocol or nothing", "[raw][ip6]") {
    world world;
    world.know_peer();
    auto sender = *world.net.socket(weld::raw6, 255), plain = *world.net.socket(weld::raw6, 200);
    REQUIRE(sender.try_send_to(ip6(third_ip6, peer_ip6, 99, bytes_of("x"), 7), endpoint6{peer_ip6, 0}));
    const auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].header.source == third_ip6);
    CHECK(out[0].header.hop_limit == 7);
    CHECK(out[0].protocol == 99);
    CHECK(sender.try_send_to(bytes_of("no header"), endpoint6{peer_ip6, 0}) == weld::errc::invalid_argument);
    CHECK(sender.try_send_to(frame(1501), endpoint6{peer_ip6, 0}) == weld::errc::message_size);
    CHECK(plain.try_send_to(bytes_of("x"), endpoint6{peer_ip6, 201}) == weld::errc::invalid_argument);
    CHECK(plain.try_send_to(bytes_of("x"), endpoint6{peer_ip6, 200}));
}

TEST_CASE("weld::ping6: requests go, replies come to who asked", "[ping][ip6]") {
    alone6<> world;
    world.know_peer();
    auto one = *world.net.socket(weld::ping6), two = *world.net.socket(weld::ping6);
    REQUIRE(one.bind(endpoint6{{}, 77}));
    frame request(8);
    request[0] = std::byte{icmp6_type::echo_request};
    weld::store_be<std::uint16_t>(request, 6, 5);
    REQUIRE(one.try_send_to(request, endpoint6{peer_ip6, 0}));
    REQUIRE(two.try_send_to(request, endpoint6{peer_ip6, 0}));
    const auto out = world.sent(icmp6_type::echo_request);
    REQUIRE(out.size() == 2);
    CHECK(out[0].checksum_valid);
    CHECK(out[0].icmp().identifier() == 77);
    CHECK(out[0].icmp().sequence() == 5);
    CHECK(out[1].icmp().identifier() == two.local_address()->port());
    world.rcv(icmp6(peer_ip6, our_ip6, weld::wire::icmp6_header::echo(icmp6_type::echo_reply, 77, 5), bytes_of("pong")));
    endpoint6 from;
    CHECK(received(one, &from).size() == 12);
    CHECK(from.address() == peer_ip6);
    CHECK(received(two) == "(none)");
    request[0] = std::byte{icmp6_type::echo_reply};
    CHECK(one.try_send_to(request, endpoint6{peer_ip6, 0}) == weld::errc::invalid_argument);
    REQUIRE(two.try_connect(endpoint6{peer_ip6, 0}));
    world.rcv(icmp6(peer_ip6, our_ip6, weld::wire::icmp6_header::unreachable(1), out[1].payload));
    CHECK(received(two) == "permission denied");
}
