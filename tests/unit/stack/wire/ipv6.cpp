// SPDX-License-Identifier: BSL-1.0
#include <weld/stack/wire/ipv6.hpp>

#include "frames.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace weld;
using wire::ipv6_header;
using wire::ipv6_view;

namespace {
std::vector<std::byte> packet(std::uint8_t next_header, const_bytes payload) {
    std::vector<std::byte> bytes(40 + payload.size());
    ipv6_header{.payload_length = static_cast<std::uint16_t>(payload.size()), .next_header = next_header}.encode(bytes);
    copy(mutable_bytes{bytes}.subspan(40), payload);
    return bytes;
}
}  // namespace

TEST_CASE("an IPv6 packet of Linux is read as tshark reads it, and written the same", "[wire][ipv6]") {
    const auto syn = ipv6_view::parse(const_bytes{frames::tcp6_syn}.subspan(14));
    REQUIRE(syn);
    CHECK(syn->flow_label() == 0x1db33);
    CHECK(syn->payload_length() == 40);
    CHECK(syn->protocol() == wire::ip_protocol::tcp);
    CHECK(syn->hop_limit() == 64);
    CHECK(syn->source() == *address6::parse("2001:db8::1"));
    CHECK(syn->destination() == *address6::parse("2001:db8::2"));
    CHECK(syn->header_size() == 40);
    CHECK_FALSE(syn->is_fragment());
    std::byte encoded[40];
    syn->header().encode(encoded);
    CHECK(equal(encoded, syn->bytes().first(40)));
}

TEST_CASE("hop-by-hop options are stepped over", "[wire][ipv6]") {
    const auto report = ipv6_view::parse(const_bytes{frames::listener_report}.subspan(14));
    REQUIRE(report);
    CHECK(report->next_header() == wire::ip_protocol::hop_by_hop);
    CHECK(report->protocol() == wire::ip_protocol::icmp6);
    CHECK(report->header_size() == 48);
    CHECK(report->payload()[0] == std::byte{143});
}

TEST_CASE("every field of an IPv6 header survives encode and decode", "[wire][ipv6]") {
    const ipv6_header header{.dscp = 46, .ecn = 1, .flow_label = 0xabcde, .payload_length = 0, .next_header = 59, .hop_limit = 255,
                             .source = *address6::parse("fe80::1"), .destination = *address6::parse("ff02::1")};
    std::byte bytes[40];
    header.encode(bytes);
    CHECK(*ipv6_header::decode(bytes) == header);
    CHECK(ipv6_view::parse(bytes)->dscp() == 46);
}

TEST_CASE("a fragment header is found, and the middle of a packet is not taken for its payload", "[wire][ipv6]") {
    const auto first = packet(44, byte_array(17, 0, 0, 1, 0x12, 0x34, 0x56, 0x78, 0, 53, 0, 53, 0, 16, 0, 0));
    const auto view = ipv6_view::parse(first);
    REQUIRE(view);
    CHECK(view->is_fragment());
    CHECK(view->more_fragments());
    CHECK(view->fragment_offset() == 0);
    CHECK(view->identification() == 0x12345678);
    CHECK(view->protocol() == 17);
    CHECK(view->payload().size() == 8);

    const auto later = packet(44, byte_array(0, 0, 0, 8, 0, 0, 0, 1, 60, 255, 0, 0, 0, 0, 0, 0));
    REQUIRE(ipv6_view::parse(later));
    CHECK(ipv6_view::parse(later)->fragment_offset() == 8);
    CHECK(ipv6_view::parse(later)->payload().size() == 8);

    const auto atomic = packet(44, byte_array(17, 0, 0, 0, 0, 0, 0, 1));
    CHECK(ipv6_view::parse(atomic)->has_fragment_header());
    CHECK_FALSE(ipv6_view::parse(atomic)->is_fragment());
}

TEST_CASE("chains of extensions are walked to their end, and what does not fit is refused", "[wire][ipv6]") {
    // hop-by-hop, destination options (16 bytes), routing, authentication (8 bytes), udp
    const auto chain = byte_array(60, 0, 1, 4, 0, 0, 0, 0, /**/ 43, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /**/ 51, 0, 0, 0, 0, 0, 0, 0,
                                  /**/ 17, 0, 0, 0, 0, 0, 0, 0, /**/ 0, 53);
    const auto bytes = packet(0, chain);
    const auto view = ipv6_view::parse(bytes);
    REQUIRE(view);
    CHECK(view->protocol() == 17);
    CHECK(view->payload().size() == 2);
    for (std::size_t size = 1; size < chain.size() - 2; ++size) {
        const auto cut = packet(0, const_bytes{chain}.first(size));
        CHECK(ipv6_view::parse(cut).error() == errc::bad_message);
        REQUIRE(ipv6_view::parse_quoted(cut));
        CHECK(ipv6_view::parse_quoted(cut)->payload().empty());
    }
    CHECK(ipv6_view::parse(packet(60, byte_array(0, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0))).error() == errc::bad_message);
}

TEST_CASE("what is not an IPv6 packet is refused", "[wire][ipv6]") {
    auto bytes = packet(17, byte_array(1, 2, 3, 4));
    for (std::size_t size = 0; size < 40; ++size) CHECK(ipv6_view::parse({bytes.data(), size}).error() == errc::bad_message);
    CHECK(ipv6_view::parse({bytes.data(), 43}).error() == errc::message_size);
    bytes.resize(60);
    CHECK(ipv6_view::parse(bytes)->payload().size() == 4);
    bytes[0] = std::byte{0x45};
    CHECK(ipv6_view::parse(bytes).error() == errc::bad_message);
}
