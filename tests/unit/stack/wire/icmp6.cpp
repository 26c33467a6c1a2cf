// SPDX-License-Identifier: BSL-1.0
#include <weld/stack/wire/icmp6.hpp>

#include <weld/stack/wire/ipv6.hpp>
#include <weld/stack/wire/ndp.hpp>

#include "frames.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace weld;
using wire::icmp6_header;
using wire::icmp6_view;
using wire::neighbor_header;

TEST_CASE("ICMPv6 of Linux has checksums we agree with", "[wire][icmp6]") {
    for (const const_bytes frame : {const_bytes{frames::neighbor_solicitation}, const_bytes{frames::neighbor_advertisement}, const_bytes{frames::listener_report}}) {
        const auto ip = wire::ipv6_view::parse(frame.subspan(14));
        REQUIRE(ip);
        const auto message = icmp6_view::parse(ip->payload());
        REQUIRE(message);
        CHECK(message->checksum_valid(ip->source(), ip->destination()));
        CHECK_FALSE(message->is_error());
        std::vector<std::byte> written(message->bytes().begin(), message->bytes().end());
        fill(mutable_bytes{written}.first(4), std::byte{0xee});
        message->header().encode(written, ip->source(), ip->destination());
        CHECK(equal(written, message->bytes()));
    }
}

TEST_CASE("the ICMPv6 factories put their values where RFC 4443 has them", "[wire][icmp6]") {
    std::byte bytes[8];
    const address6 a = address6::loopback();
    const auto view = [&] { return *icmp6_view::parse(bytes); };
    icmp6_header::packet_too_big(1280).encode(bytes, a, a);
    CHECK(view().mtu() == 1280);
    CHECK(view().is_error());
    icmp6_header::echo(wire::icmp6_type::echo_request, 7, 8).encode(bytes, a, a);
    CHECK(view().identifier() == 7);
    CHECK(view().sequence() == 8);
    CHECK(view().checksum_valid(a, a));
    icmp6_header::parameter_problem(1, 40).encode(bytes, a, a);
    CHECK(view().pointer() == 40);
    CHECK(icmp6_header::decode(bytes)->code == 1);
    CHECK(icmp6_view::parse(const_bytes{bytes}.first(7)).error() == errc::bad_message);
}

TEST_CASE("neighbor messages of Linux are read, and written the same", "[wire][ndp]") {
    const auto solicitation = *wire::ipv6_view::parse(const_bytes{frames::neighbor_solicitation}.subspan(14));
    const auto advertisement = *wire::ipv6_view::parse(const_bytes{frames::neighbor_advertisement}.subspan(14));
    CHECK(neighbor_header::decode(solicitation.payload()) ==
          neighbor_header{.type = 135, .target = *address6::parse("2001:db8::2"), .has_link_address = true, .link_address = {{2, 0, 0, 0, 0, 1}}});
    CHECK(neighbor_header::decode(advertisement.payload()) ==
          neighbor_header{.type = 136, .solicited = true, .override_known = true, .target = *address6::parse("2001:db8::2"),
                          .has_link_address = true, .link_address = {{2, 0, 0, 0, 0, 2}}});
    for (const auto& ip : {solicitation, advertisement}) {
        std::byte encoded[32];
        CHECK(neighbor_header::decode(ip.payload())->encode(encoded, ip.source(), ip.destination()) == 32);
        CHECK(equal(encoded, ip.payload()));
    }
}

TEST_CASE("broken neighbor messages are refused", "[wire][ndp]") {
    const const_bytes good = wire::ipv6_view::parse(const_bytes{frames::neighbor_solicitation}.subspan(14))->payload();
    CHECK(neighbor_header::decode(good.first(24)));
    CHECK_FALSE(neighbor_header::decode(good.first(24))->has_link_address);
    for (std::size_t size : {0u, 23u, 25u, 31u}) CHECK(neighbor_header::decode(good.first(size)).error() == errc::bad_message);
    std::vector<std::byte> bytes(good.begin(), good.end());
    bytes[25] = std::byte{0};  // an option of size zero would never end: RFC 4861 section 4.6
    CHECK(neighbor_header::decode(bytes).error() == errc::bad_message);
    bytes[0] = std::byte{128};
    CHECK(neighbor_header::decode(bytes).error() == errc::bad_message);
}
