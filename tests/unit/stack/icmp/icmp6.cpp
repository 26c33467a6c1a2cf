#include <weld/stack/icmp/icmp6.hpp>

#include "support/catch.hpp"
#include "support/stack/world6.hpp"

using namespace test;
using weld::wire::icmp6_header;

namespace {

using world = alone6<weld::link_type::ethernet, recorder>;

/// An error about a packet that we seem to have sent.
frame error_about(const icmp6_header& what, const frame& packet, weld::address6 from = peer_ip6) {
    return icmp6(from, our_ip6, what, frame(packet.begin(), packet.begin() + static_cast<long>(std::min<std::size_t>(packet.size(), 1232))));
}

}  // namespace

TEST_CASE("IPv6: an echo request is answered with its data, identifier and sequence", "[icmp6]") {  // RFC 4443 section 4.2
    alone6<> world;
    world.know_peer();
    world.rcv(echo6(peer_ip6, our_ip6, "abcdefg", 9));
    const auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].checksum_valid);
    CHECK(out[0].header.source == our_ip6);
    CHECK(out[0].header.destination == peer_ip6);
    CHECK(out[0].header.hop_limit == 64);
    CHECK(out[0].type() == icmp6_type::echo_reply);
    CHECK(out[0].icmp().identifier() == 7);
    CHECK(out[0].icmp().sequence() == 9);
    CHECK(text_of(out[0].icmp().payload()) == "abcdefg");
}

TEST_CASE("IPv6: echo to a group is answered from an address of ours, one with a wrong checksum not at all", "[icmp6]") {
    alone6<> world;
    world.know_peer(peer_link);
    world.rcv(echo6(peer_link, own::all_nodes, "x"));
    auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].header.source == our_link);
    CHECK(out[0].header.destination == peer_link);
    frame broken = echo6(peer_link, our_ip6, "abc");
    broken.back() ^= std::byte{1};
    world.rcv(broken);
    CHECK(world.sent().empty());
    CHECK(world.icmp().stats().in_checksum_errors == 1);
}

TEST_CASE("IPv6: an echo request larger than the MTU comes in fragments and goes back in fragments", "[icmp6]") {
    alone6<weld::link_type::bare_ip> world;
    frame data(4000);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 7);
    const frame message = icmp6_message(peer_ip6, our_ip6, icmp6_header::echo(icmp6_type::echo_request, 1, 1), data);
    for (std::size_t first = 0; first < message.size(); first += 1448) {
        const std::size_t size = std::min<std::size_t>(1448, message.size() - first);
        frame piece(8);
        own::fragment_header{58, first, first + size < message.size(), 77}.encode(piece);
        world.rcv(ip6(peer_ip6, our_ip6, 44, joined(piece, frame(message.begin() + static_cast<long>(first), message.begin() + static_cast<long>(first + size)))));
    }
    const auto out = world.sent();
    REQUIRE(out.size() == 3);
    frame answer;
    for (const seen6& piece : out) {
        CHECK(piece.payload.size() <= 1500);
        CHECK(piece.view.is_fragment());
        CHECK(piece.view.identification() == out[0].view.identification());
        CHECK(piece.view.fragment_offset() == answer.size());
        answer.insert(answer.end(), piece.payload.begin() + 48, piece.payload.end());
    }
    CHECK_FALSE(out[2].view.more_fragments());
    const auto reply = *weld::wire::icmp6_view::parse(answer);
    CHECK(reply.checksum_valid(our_ip6, peer_ip6));
    CHECK(weld::equal(reply.payload(), data));
}

TEST_CASE("IPv6: a closed port and an unknown protocol are reported with what caused it", "[icmp6]") {  // RFC 4443 sections 3.1, 3.4
    world world;
    world.know_peer();
    world.heard().listens = false;
    const frame closed = ip6(peer_ip6, our_ip6, 253, bytes_of("nobody listens"));
    world.rcv(closed);
    auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].type() == icmp6_type::destination_unreachable);
    CHECK(out[0].icmp().code() == weld::wire::icmp6_unreachable::port);
    CHECK(out[0].header.source == our_ip6);
    CHECK(out[0].checksum_valid);
    CHECK(weld::equal(out[0].icmp().payload(), closed));

    frame options(8);  // destination options: padding
    options[0] = std::byte{200}, options[2] = std::byte{1}, options[3] = std::byte{4};
    world.rcv(ip6(peer_ip6, our_ip6, 60, joined(options, bytes_of("unknown"))));
    out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].type() == icmp6_type::parameter_problem);
    CHECK(out[0].icmp().code() == 1);
    CHECK(out[0].icmp().pointer() == 40);  // where the options say that it is 200
}

TEST_CASE("IPv6: what is quoted fits into the smallest MTU", "[icmp6]") {  // RFC 4443 section 2.4 (c)
    world world;
    world.know_peer();
    world.heard().listens = false;
    world.rcv(ip6(peer_ip6, our_ip6, 253, frame(1400)));
    const auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].payload.size() == 1280);
    CHECK(out[0].checksum_valid);
}

TEST_CASE("IPv6: errors are answered by nothing, nor what came for many or from nobody", "[icmp6]") {  // RFC 4443 section 2.4 (e)
    world world;
    world.know_peer();
    world.heard().listens = false;
    const frame packet = ip6(our_ip6, peer_ip6, 200, bytes_of("12345678"));
    world.rcv(icmp6(peer_ip6, our_ip6, {.type = 77}, packet));           // an error nobody knows
    world.rcv(ip6(peer_ip6, own::all_nodes, 253, bytes_of("to many")));
    world.rcv(ip6(weld::address6{}, our_ip6, 253, bytes_of("from nobody")));
    frame option(8);
    option[0] = std::byte{253}, option[2] = std::byte{0xc7}, option[3] = std::byte{4};
    world.rcv(ip6(peer_ip6, own::all_nodes, 60, joined(option, bytes_of("x"))));  // not where it is for many
    CHECK(world.sent().empty());
    option[2] = std::byte{0x87};
    world.rcv(ip6(peer_ip6, own::all_nodes, 60, joined(option, bytes_of("x"))));  // even there
    const auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].icmp().code() == 2);
    CHECK(out[0].icmp().pointer() == 42);
}

TEST_CASE("IPv6: errors that we send are limited", "[icmp6]") {  // RFC 4443 section 2.4 (f)
    world world;
    world.know_peer();
    world.heard().listens = false;
    for (int i = 0; i < 200; ++i) world.rcv(ip6(peer_ip6, our_ip6, 253, bytes_of("x")));
    CHECK(world.sent().size() == 50);
    CHECK(world.icmp().stats().out_rate_limited == 150);
    world.time.run_for(10_ms);
    for (int i = 0; i < 200; ++i) world.rcv(ip6(peer_ip6, our_ip6, 253, bytes_of("x")));
    CHECK(world.sent().size() == 10);
}

TEST_CASE("IPv6: an error about a packet of ours reaches its protocol", "[icmp6]") {  // RFC 4443 section 2.4 (d)
    world world;
    world.know_peer();
    REQUIRE(world.send(peer_ip6, "12345678"));
    const frame ours = world.sent()[0].payload;
    struct {
        icmp6_header what;
        weld::errc error;
        bool hard;
    } const cases[] = {{icmp6_header::unreachable(0), weld::errc::network_unreachable, false},
                       {icmp6_header::unreachable(1), weld::errc::permission_denied, true},
                       {icmp6_header::unreachable(3), weld::errc::host_unreachable, false},
                       {icmp6_header::unreachable(4), weld::errc::connection_refused, true},
                       {icmp6_header::packet_too_big(1400), weld::errc::message_size, false},
                       {icmp6_header::time_exceeded(0), weld::errc::host_unreachable, false},
                       {icmp6_header::parameter_problem(1, 6), weld::errc::protocol_error, true}};
    for (const auto& each : cases) {
        world.rcv(error_about(each.what, ours));
        REQUIRE(world.heard().errors.size() == 1);
        const auto& told = world.heard().errors[0];
        CHECK(told.error == each.error);
        CHECK(told.hard == each.hard);
        CHECK(told.type == each.what.type);
        CHECK(told.destination == peer_ip6);
        CHECK(told.reporter == peer_ip6);
        CHECK(told.mtu == (each.what.type == icmp6_type::packet_too_big ? 1400u : 0u));
        world.heard().errors.clear();
    }
    frame stranger = ours;
    stranger[23] = std::byte{9};  // from somebody else
    world.rcv(error_about(icmp6_header::unreachable(4), stranger));
    world.rcv(icmp6(peer_ip6, our_ip6, icmp6_header::unreachable(4), frame(ours.begin(), ours.begin() + 44)));  // too little is quoted
    CHECK(world.heard().errors.empty());
    CHECK(world.icmp().stats().in_errors == 2);
}

TEST_CASE("IPv6: a neighbour that does not answer is an error for who sent to it", "[icmp6][ndp]") {
    world world;
    REQUIRE(world.send(peer_ip6, "12345678"));
    world.time.run_for(4_s);
    REQUIRE(world.heard().errors.size() == 1);
    CHECK(world.heard().errors[0].error == weld::errc::host_unreachable);
    CHECK(world.heard().errors[0].code == weld::wire::icmp6_unreachable::address);
}
