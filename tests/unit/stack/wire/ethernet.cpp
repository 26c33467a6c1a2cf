// SPDX-License-Identifier: BSL-1.0
#include <weld/stack/wire/ethernet.hpp>

#include "frames.hpp"
#include "support/catch.hpp"

using namespace weld;
using wire::ethernet_header;
using wire::ethernet_view;

static_assert(sizeof(ethernet_view) == 16 && std::is_trivially_copyable_v<result<ethernet_view>>);
static_assert(ethernet_view::parse(frames::tcp_syn)->type() == wire::ether_type::ipv4);
static_assert(ethernet_view::parse(frames::tcp_syn)->source() == mac_address{{2, 0, 0, 0, 0, 1}});
static_assert(ethernet_view::parse(const_bytes{frames::tcp_syn}.first(13)).error() == errc::bad_message);

TEST_CASE("an Ethernet frame round-trips", "[wire][ethernet]") {
    for (const const_bytes frame : {const_bytes{frames::tcp_syn}, const_bytes{frames::arp_request}, const_bytes{frames::tcp6_syn}}) {
        const auto header = ethernet_header::decode(frame);
        REQUIRE(header);
        std::byte encoded[14];
        header->encode(encoded);
        CHECK(equal(encoded, frame.first(14)));
        CHECK(ethernet_view::parse(frame)->payload().size() == frame.size() - 14);
    }
    CHECK(ethernet_header::decode(frames::arp_request)->destination.is_broadcast());
}

TEST_CASE("802.1Q and 802.1ad tags are stepped over", "[wire][ethernet]") {
    auto frame = byte_array(2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0xe0, 100, 0x08, 0, 0x45, 0, 0, 0);
    const auto tagged = ethernet_view::parse(frame);
    REQUIRE(tagged);
    CHECK(tagged->tagged());
    CHECK(tagged->vlan() == 100);
    CHECK(tagged->type() == wire::ether_type::ipv4);
    CHECK(tagged->payload().size() == 4);

    auto twice = byte_array(2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xa8, 0, 7, 0x81, 0, 0, 8, 0x86, 0xdd);
    REQUIRE(ethernet_view::parse(twice));
    CHECK(ethernet_view::parse(twice)->vlan() == 7);
    CHECK(ethernet_view::parse(twice)->type() == wire::ether_type::ipv6);
    CHECK(ethernet_view::parse(twice)->payload().empty());
    for (std::size_t size = 0; size < twice.size(); ++size)
        CHECK(ethernet_view::parse(const_bytes{twice}.first(size)).error() == errc::bad_message);
}
