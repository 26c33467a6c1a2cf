// SPDX-License-Identifier: BSL-1.0
#include <weld/stack/wire/udp.hpp>

#include <weld/stack/wire/ipv4.hpp>

#include "frames.hpp"
#include "support/catch.hpp"

using namespace weld;
using wire::udp_header;
using wire::udp_view;

TEST_CASE("a UDP datagram is read as tshark reads it, and written the same", "[wire][udp]") {
    const auto ip = *wire::ipv4_view::parse(const_bytes{frames::udp}.subspan(14));
    const auto datagram = udp_view::parse(ip.payload());
    REQUIRE(datagram);
    CHECK(datagram->header() == udp_header{47709, 9, 15, 0xcc73});
    CHECK(as_text(datagram->payload()) == text{"hello!!"});
    CHECK(datagram->checksum_valid(ip.source(), ip.destination()));
    CHECK_FALSE(datagram->checksum_valid(ip.source(), address4{{10, 0, 0, 3}}));
    std::byte encoded[8];
    datagram->header().encode(encoded);
    CHECK(equal(encoded, ip.payload().first(8)));
}

TEST_CASE("UDP lengths are checked once", "[wire][udp]") {
    auto bytes = byte_array(0, 53, 0, 54, 0, 10, 0, 0, 1, 2, 3, 4);
    REQUIRE(udp_view::parse(bytes));
    CHECK(udp_view::parse(bytes)->payload().size() == 2);
    CHECK(udp_view::parse(bytes)->without_checksum());
    CHECK(udp_view::parse(const_bytes{bytes}.first(7)).error() == errc::bad_message);
    CHECK(udp_view::parse(const_bytes{bytes}.first(9)).error() == errc::message_size);
    bytes[5] = std::byte{7};
    CHECK(udp_view::parse(bytes).error() == errc::bad_message);
}

// RFC 768: a computed checksum of zero is sent as all ones.
static_assert(udp_header::finish(0xffff) == 0xffff);
static_assert(udp_header::finish(0x1234) == 0xedcb);
