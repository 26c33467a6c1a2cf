// SPDX-License-Identifier: BSL-1.0
#include <weld/stack/wire/arp.hpp>

#include "frames.hpp"
#include "support/catch.hpp"

using namespace weld;
using wire::arp_header;
using wire::arp_view;

TEST_CASE("ARP is read as Linux wrote it, and written the same", "[wire][arp]") {
    const const_bytes request = const_bytes{frames::arp_request}.subspan(14);
    const auto asked = arp_view::parse(request);
    REQUIRE(asked);
    CHECK(asked->is_request());
    CHECK(asked->sender_protocol() == address4{{10, 0, 0, 1}});
    CHECK(asked->target_protocol() == address4{{10, 0, 0, 2}});
    CHECK(asked->target_hardware().is_any());
    CHECK_FALSE(asked->is_gratuitous());

    const const_bytes reply = const_bytes{frames::arp_reply}.subspan(14);
    const arp_header answer{arp_header::reply, {{2, 0, 0, 0, 0, 2}}, {{10, 0, 0, 2}}, {{2, 0, 0, 0, 0, 1}}, {{10, 0, 0, 1}}};
    CHECK(arp_header::decode(reply) == answer);
    for (const const_bytes packet : {request, reply}) {
        std::byte encoded[28];
        arp_header::decode(packet)->encode(encoded);
        CHECK(equal(encoded, packet));
    }
}

TEST_CASE("ARP for other hardware or protocols is not taken for ours", "[wire][arp]") {
    std::byte packet[46]{};  // padded as on a real Ethernet
    arp_header{}.encode(packet);
    REQUIRE(arp_view::parse(packet));
    CHECK(arp_view::parse(packet)->bytes().size() == 28);
    CHECK(arp_view::parse(const_bytes{packet}.first(27)).error() == errc::bad_message);
    for (std::size_t at = 0; at < 6; ++at) {
        packet[at] ^= std::byte{0x40};
        CHECK(arp_view::parse(packet).error() == errc::protocol_not_supported);
        packet[at] ^= std::byte{0x40};
    }
}
