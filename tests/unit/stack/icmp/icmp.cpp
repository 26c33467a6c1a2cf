#include <weld/stack/icmp/icmp.hpp>

#include "support/catch.hpp"
#include "support/stack/world.hpp"

using namespace test;
using weld::wire::icmp4_header;
namespace type = weld::wire::icmp4_type;

TEST_CASE("an echo request is answered with its data, identifier and sequence", "[icmp]") {  // RFC 792; RFC 1122 3.2.2.6
    alone<> world;
    world.know_peer();
    world.rcv(icmp(peer_ip, our_ip, icmp4_header::echo(type::echo_request, 7, 9), bytes_of("abcdefg")));
    const auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].checksum_valid);
    CHECK(out[0].header.source == our_ip);
    CHECK(out[0].header.destination == peer_ip);
    CHECK(out[0].icmp().type() == type::echo_reply);
    CHECK(out[0].icmp().identifier() == 7);
    CHECK(out[0].icmp().sequence() == 9);
    CHECK(out[0].icmp().checksum_valid());
    CHECK(text_of(out[0].icmp().payload()) == "abcdefg");
}

TEST_CASE("an echo request larger than the MTU comes in fragments and goes back in fragments", "[icmp]") {
    alone<weld::link_type::bare_ip> world;
    frame data(4000);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 7);
    const frame whole = icmp(peer_ip, our_ip, icmp4_header::echo(type::echo_request, 1, 1), data);
    for (std::size_t first = 0; first < whole.size() - 20; first += 1480) {
        const std::size_t size = std::min<std::size_t>(1480, whole.size() - 20 - first);
        world.rcv(ip({.identification = 5, .more_fragments = first + size < whole.size() - 20, .fragment_offset = static_cast<std::uint16_t>(first),
                      .protocol = 1, .source = peer_ip, .destination = our_ip},
                     frame(whole.begin() + 20 + static_cast<long>(first), whole.begin() + 20 + static_cast<long>(first + size))));
    }
    const auto out = world.sent();
    REQUIRE(out.size() == 3);
    frame answer;
    for (const seen& piece : out) answer.insert(answer.end(), piece.body.begin(), piece.body.end());
    const auto message = *weld::wire::icmp4_view::parse(answer);
    CHECK(message.checksum_valid());
    CHECK(weld::equal(message.payload(), data));
}

TEST_CASE("echo to many, or with a wrong checksum, is not answered", "[icmp]") {
    alone<> world;
    world.know_peer();
    world.rcv(icmp(peer_ip, {{10, 0, 0, 255}}, icmp4_header::echo(type::echo_request, 1, 1), {}), weld::mac_address::broadcast());
    world.rcv(icmp(peer_ip, {{224, 0, 0, 1}}, icmp4_header::echo(type::echo_request, 1, 1), {}), weld::mac_address{{1, 0, 0x5e, 0, 0, 1}});
    frame broken = icmp(peer_ip, our_ip, icmp4_header::echo(type::echo_request, 1, 1), bytes_of("abc"));
    broken.back() ^= std::byte{1};
    world.rcv(broken);
    CHECK(world.sent().empty());
    CHECK(world.net.part<own::icmp>().stats().in_checksum_errors == 1);
}

TEST_CASE("a closed port and an unknown protocol are reported with what caused it", "[icmp]") {  // RFC 1122 3.2.2.1
    alone<> world;
    world.know_peer();
    const frame datagram = udp(peer_ip, 1000, our_ip, 7, "hello");
    world.rcv(datagram);
    auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].icmp().type() == type::destination_unreachable);
    CHECK(out[0].icmp().code() == weld::wire::icmp4_unreachable::port);
    CHECK(weld::equal(out[0].icmp().payload(), datagram));
    CHECK(out[0].header.dscp == 0x30);

    world.rcv(ip(peer_ip, our_ip, 200, bytes_of("something")));
    out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].icmp().code() == weld::wire::icmp4_unreachable::protocol);

    SECTION("quoting at most 576 bytes in all") {  // RFC 1812 section 4.3.2.3
        world.rcv(udp(peer_ip, 1000, our_ip, 7, std::string(1400, 'x')));
        out = world.sent();
        REQUIRE(out.size() == 1);
        CHECK(out[0].header.total_length == 576);
    }
}

TEST_CASE("no error about an error, a later fragment, what was for many, or what nobody sent", "[icmp]") {  // RFC 1122 3.2.2
    alone<> world;
    world.know_peer();
    const frame quoted = udp(our_ip, 5, peer_ip, 6, "x");
    world.rcv(icmp(peer_ip, our_ip, {.type = type::destination_unreachable, .code = 2}, quoted));  // an error, and about our UDP
    world.rcv(udp(peer_ip, 1000, {{10, 0, 0, 255}}, 7, "x"), weld::mac_address::broadcast());
    world.rcv(udp(peer_ip, 1000, weld::address4::broadcast(), 7, "x"), weld::mac_address::broadcast());
    world.rcv(udp(peer_ip, 1000, our_ip, 7, "x"), weld::mac_address::broadcast());  // unicast in a broadcast frame
    world.rcv(udp({{10, 0, 0, 255}}, 1000, our_ip, 7, "x"));
    world.rcv(udp({{224, 0, 0, 9}}, 1000, our_ip, 7, "x"));
    world.rcv(udp({}, 1000, our_ip, 7, "x"));
    world.rcv(udp({{127, 0, 0, 1}}, 1000, our_ip, 7, "x"));
    CHECK(world.sent().empty());
}

TEST_CASE("errors are limited to a burst of fifty and a thousand a second", "[icmp][flood]") {
    alone<> world;
    world.know_peer();
    for (int i = 0; i < 1000; ++i) world.rcv(udp(peer_ip, 1000, our_ip, 7, "x"));
    CHECK(world.sent().size() == 50);
    CHECK(world.net.part<own::icmp>().stats().out_rate_limited == 950);
    world.time.run_for(20_ms);
    for (int i = 0; i < 1000; ++i) world.rcv(udp(peer_ip, 1000, our_ip, 7, "x"));
    CHECK(world.sent().size() == 20);
    CHECK(world.net.context().packets().in_use().packets == 0);
}

TEST_CASE("ping sockets ask, and get their own answers alone", "[icmp][ping]") {  // icmp(7)
    pair world;
    auto one = *world.a.socket(weld::ping), two = *world.a.socket(weld::ping);
    frame request = icmp_message(icmp4_header::echo(type::echo_request, 0, 3), bytes_of("data"));
    REQUIRE(one.try_send_to(request, at(peer_ip, 0)));
    world.time.settle();
    std::array<std::byte, 100> buffer;
    const auto got = one.try_recv_from(weld::mutable_bytes{buffer});
    REQUIRE(got);
    CHECK(got->from == at(peer_ip, 0));
    const auto answer = *weld::wire::icmp4_view::parse(weld::const_bytes{buffer}.first(got->size));
    CHECK(answer.type() == type::echo_reply);
    CHECK(answer.sequence() == 3);
    CHECK(answer.identifier() == one.local_address()->port());
    CHECK(text_of(answer.payload()) == "data");
    CHECK(received(two) == "(none)");

    CHECK(one.try_send_to(bytes_of("short"), at(peer_ip, 0)) == weld::errc::invalid_argument);
    CHECK(one.try_send_to(icmp_message({.type = type::echo_reply}, {}), at(peer_ip, 0)) == weld::errc::invalid_argument);
    CHECK(one.try_send(request) == weld::errc::destination_address_required);
    REQUIRE(one.try_connect(at(peer_ip, 0)));
    CHECK(one.try_send(request) == request.size());
}

TEST_CASE("reports reach the socket whose packet they are about", "[icmp]") {
    alone<> world;
    world.know_peer();
    auto socket = *world.net.socket(weld::udp);
    REQUIRE(socket.try_connect(at(peer_ip, 7)));
    REQUIRE(send(socket, "x"));
    const auto out = world.sent();
    REQUIRE(out.size() == 1);
    const auto report = [&](std::uint8_t code, frame quote) {
        world.rcv(icmp(peer_ip, our_ip, icmp4_header::unreachable(code), quote));
        return received(socket);
    };
    CHECK(report(3, out[0].payload) == "connection refused");
    CHECK(received(socket) == "(none)");  // told once
    CHECK(report(2, out[0].payload) == "protocol not available");
    CHECK(report(13, out[0].payload) == "no route to host");
    CHECK(report(1, out[0].payload) == "(none)");  // may pass: not for UDP without IP_RECVERR
    CHECK(report(0, out[0].payload) == "(none)");

    frame other = out[0].payload;  // about another port
    other[22] = std::byte{0};
    other[23] = std::byte{8};
    CHECK(report(3, other) == "(none)");
    CHECK(report(3, frame(other.begin(), other.begin() + 24)) == "(none)");  // too short a quote
}

TEST_CASE("next_plateau steps down through the usual MTUs", "[icmp]") {  // RFC 1191 section 7
    CHECK(own::next_plateau(1500) == 1492);
    CHECK(own::next_plateau(1492) == 1006);
    CHECK(own::next_plateau(70000) == 32000);
    CHECK(own::next_plateau(200) == 68);
}
