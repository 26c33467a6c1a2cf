// SPDX-License-Identifier: BSL-1.0
#include <weld/stack/wire/router_discovery.hpp>

#include <weld/stack/wire/ipv6.hpp>
#include <weld/stack/wire/ipv6_options.hpp>

#include "frames.hpp"
#include "support/catch.hpp"

using namespace weld;
using namespace weld::literals;

namespace {
const_bytes message_of(const_bytes frame) { return wire::ipv6_view::parse(frame.subspan(14))->payload(); }
}  // namespace

TEST_CASE("a router's advertisement, as radvd writes it", "[wire][router_discovery]") {  // RFC 4861 section 4.2
    const const_bytes message = message_of(frames::router_advertisement);
    const auto told = wire::router_advertisement_view::parse(message);
    REQUIRE(told);
    CHECK(told->hop_limit() == 64);
    CHECK(told->preference() == 0);
    CHECK(told->lifetime() == 12_s);
    CHECK(told->reachable_time() == duration{});
    CHECK(told->retransmit_time() == duration{});
    wire::discovery_options options{told->options()};
    wire::discovery_option option;
    REQUIRE(options.next(option));
    const auto prefix = wire::prefix_information::decode(option.bytes);
    REQUIRE(prefix);
    CHECK(prefix->prefix == *prefix6::parse("2001:db8:5::/64"));
    CHECK(prefix->on_link);
    CHECK(prefix->autonomous);
    CHECK(prefix->valid == 86'400_s);
    CHECK(prefix->preferred == 14'400_s);
    REQUIRE(options.next(option));
    CHECK(option.type == wire::discovery_option::mtu);
    CHECK(load_be<std::uint32_t>(option.bytes, 4) == 1480);
    REQUIRE(options.next(option));
    CHECK(option.station() == mac_address{{2, 0, 0, 0, 0, 3}});
    CHECK_FALSE(options.next(option));
    CHECK(options.ended());

    for (std::size_t size = 0; size < message.size(); ++size) {  // cut anywhere but between options it is none
        const bool whole = size == 16 || size == 48 || size == 56;
        CHECK(wire::router_advertisement_view::parse(message.first(size)).has_value() == whole);
    }
    std::byte changed[64];
    copy(changed, message);
    changed[1] = std::byte{1};
    CHECK_FALSE(wire::router_advertisement_view::parse(changed));
    changed[1] = std::byte{0}, changed[17] = std::byte{0};  // an option of no size
    CHECK_FALSE(wire::router_advertisement_view::parse(changed));
}

TEST_CASE("lifetimes without an end, and prefixes that are none", "[wire][router_discovery]") {
    std::byte option[32]{};
    option[0] = std::byte{3}, option[1] = std::byte{4}, option[2] = std::byte{64};
    store_be<std::uint32_t>(option, 4, 0xffffffff);
    CHECK(wire::prefix_information::decode(option)->valid == duration::infinite());
    CHECK_FALSE(wire::prefix_information::decode(option)->on_link);
    option[2] = std::byte{129};
    CHECK_FALSE(wire::prefix_information::decode(option));
    CHECK_FALSE(wire::prefix_information::decode(const_bytes{option}.first(24)));
}

TEST_CASE("what a host asks routers with", "[wire][router_discovery]") {  // RFC 4861 section 4.1
    const address6 from = *address6::parse("fe80::1"), to = *address6::parse("ff02::2");
    std::byte message[wire::router_solicitation::size_max]{};
    CHECK(wire::router_solicitation{}.encode(message, {}, to) == 8);
    CHECK(wire::icmp6_view::parse(const_bytes{message}.first(8))->checksum_valid({}, to));
    const mac_address station{{2, 0, 0, 0, 0, 1}};
    CHECK(wire::router_solicitation{true, station}.encode(message, from, to) == 16);
    CHECK(wire::icmp6_view::parse(message)->checksum_valid(from, to));
    mac_address found;
    CHECK(wire::discovery_options::find_station(const_bytes{message}.subspan(8), wire::discovery_option::source_link_address, found));
    CHECK(found == station);
}

TEST_CASE("options of extension headers: types, padding, what does not fit", "[wire][ipv6]") {  // RFC 8200 section 4.2
    const auto list = byte_array(0, 1, 2, 0, 0, 5, 2, 0, 0, 0xc2, 4, 0, 1, 0, 0);
    wire::ipv6_options options{list};
    wire::ipv6_option option;
    REQUIRE(options.next(option));
    CHECK(option.type == wire::ipv6_option::pad1);
    REQUIRE(options.next(option));
    CHECK((option.is_padding() && option.at == 1 && option.data.size() == 2));
    REQUIRE(options.next(option));
    CHECK((option.type == wire::ipv6_option::router_alert && option.at == 5));
    REQUIRE(options.next(option));
    CHECK(option.if_unknown() == wire::ipv6_option::otherwise::report_unless_multicast);
    CHECK_FALSE(options.next(option));
    CHECK_FALSE(options.malformed());
    const auto short_one = byte_array(5, 2, 0);
    wire::ipv6_options crooked{short_one};
    CHECK_FALSE(crooked.next(option));
    CHECK(crooked.malformed());
}
