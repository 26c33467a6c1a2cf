// SPDX-License-Identifier: BSL-1.0
#include <weld/stack/wire/icmp4.hpp>

#include <weld/stack/wire/ipv4.hpp>
#include <weld/stack/wire/udp.hpp>

#include "frames.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace weld;
using wire::icmp4_header;
using wire::icmp4_view;

namespace {
const_bytes message(const_bytes frame) { return wire::ipv4_view::parse(frame.subspan(14))->payload(); }
}  // namespace

TEST_CASE("echo messages of Linux are read, and written the same", "[wire][icmp4]") {
    const auto reply = icmp4_view::parse(message(frames::echo_reply));
    REQUIRE(reply);
    CHECK(reply->type() == wire::icmp4_type::echo_reply);
    CHECK(reply->identifier() == 0x1234);
    CHECK(reply->sequence() == 1);
    CHECK(as_text(reply->payload()) == text{"abcdefgh"});
    CHECK(reply->checksum_valid());
    CHECK_FALSE(reply->is_error());

    std::vector<std::byte> written(reply->bytes().begin(), reply->bytes().end());
    fill(mutable_bytes{written}.first(8), std::byte{0xee});
    icmp4_header::echo(wire::icmp4_type::echo_reply, 0x1234, 1).encode(written);
    CHECK(equal(written, reply->bytes()));
}

TEST_CASE("an error returns the datagram that caused it", "[wire][icmp4]") {
    const auto error = icmp4_view::parse(message(frames::port_unreachable));
    REQUIRE(error);
    CHECK(error->is_error());
    CHECK(error->type() == wire::icmp4_type::destination_unreachable);
    CHECK(error->code() == wire::icmp4_unreachable::port);
    CHECK(error->checksum_valid());
    const auto quoted = wire::ipv4_view::parse_quoted(error->payload());
    REQUIRE(quoted);
    CHECK(equal(quoted->bytes(), const_bytes{frames::udp}.subspan(14)));
    CHECK(load_be<std::uint16_t>(quoted->payload(), 0) == 47709);
}

TEST_CASE("the factories put their values where the RFCs have them", "[wire][icmp4]") {
    std::byte bytes[8];
    const auto view = [&] { return *icmp4_view::parse(bytes); };
    icmp4_header::unreachable(wire::icmp4_unreachable::fragmentation_needed, 1400).encode(bytes);
    CHECK(view().next_hop_mtu() == 1400);  // RFC 1191 section 4: the lower half of the unused word
    CHECK(equal(bytes, byte_array(3, 4, 0xf7, 0x83, 0, 0, 5, 0x78)));
    icmp4_header::parameter_problem(20).encode(bytes);
    CHECK(view().pointer() == 20);
    CHECK(view().is_error());
    icmp4_header::time_exceeded(1).encode(bytes);
    CHECK(view().code() == 1);
    CHECK(view().checksum_valid());
    icmp4_header{wire::icmp4_type::redirect, 1, 0, 0x0a000001}.encode(bytes);
    CHECK(view().gateway() == address4{{10, 0, 0, 1}});
    CHECK(icmp4_header::decode(bytes)->rest == 0x0a000001);
    CHECK(icmp4_view::parse(const_bytes{bytes}.first(7)).error() == errc::bad_message);
}
