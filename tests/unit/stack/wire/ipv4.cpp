// SPDX-License-Identifier: BSL-1.0
#include <weld/stack/wire/ipv4.hpp>

#include <weld/stack/wire/ipv4_options.hpp>

#include "frames.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace weld;
using wire::ipv4_header;
using wire::ipv4_option;
using wire::ipv4_options;
using wire::ipv4_view;

namespace {
std::vector<std::byte> datagram(std::size_t payload = 8) {
    std::vector<std::byte> bytes(20 + payload);
    ipv4_header{.total_length = static_cast<std::uint16_t>(bytes.size()), .protocol = 17}.encode(bytes);
    return bytes;
}
}  // namespace

static_assert(ipv4_view::parse(const_bytes{frames::tcp_syn}.subspan(14))->protocol() == wire::ip_protocol::tcp);

TEST_CASE("an IPv4 header is read as tshark reads it", "[wire][ipv4]") {
    const auto syn = ipv4_view::parse(const_bytes{frames::tcp_syn}.subspan(14));
    REQUIRE(syn);
    const ipv4_header expected{.total_length = 60, .identification = 0x59c9, .dont_fragment = true, .ttl = 64, .protocol = 6,
                               .checksum = 0xccf0, .source = {{10, 0, 0, 1}}, .destination = {{10, 0, 0, 2}}};
    CHECK(syn->header() == expected);
    CHECK(syn->checksum_valid());
    CHECK_FALSE(syn->is_fragment());
    CHECK(syn->header_size() == 20);
    CHECK(syn->payload().size() == 40);
}

TEST_CASE("headers of Linux encode to the bytes of Linux, options too", "[wire][ipv4]") {
    for (const const_bytes frame : {const_bytes{frames::tcp_syn}, const_bytes{frames::udp}, const_bytes{frames::udp_record_route},
                                    const_bytes{frames::echo_reply}, const_bytes{frames::igmp3_report}, const_bytes{frames::port_unreachable_record_route}}) {
        const auto packet = ipv4_view::parse(frame.subspan(14));
        REQUIRE(packet);
        std::byte encoded[60];
        const std::size_t size = packet->header().encode(encoded, packet->options());
        CHECK(size == packet->header_size());
        CHECK(equal({encoded, size}, packet->bytes().first(size)));
        CHECK(packet->checksum_valid());
    }
}

TEST_CASE("every field of an IPv4 header survives encode and decode", "[wire][ipv4]") {
    ipv4_header header{.dscp = 46, .ecn = 3, .total_length = 24, .identification = 0xbeef, .dont_fragment = false, .more_fragments = true,
                       .fragment_offset = 65528, .ttl = 1, .protocol = 253, .checksum = 0, .source = {{1, 2, 3, 4}}, .destination = {{255, 254, 253, 252}}};
    std::byte bytes[24]{};
    CHECK(header.encode(bytes) == 20);
    header.checksum = ipv4_view::parse(bytes)->checksum();
    CHECK(*ipv4_header::decode(bytes) == header);
    CHECK(ipv4_view::parse(bytes)->is_fragment());
    const auto odd_options = byte_array(1, 1, 1);
    std::byte padded[24];
    CHECK(header.encode(padded, odd_options) == 24);
    CHECK(padded[23] == std::byte{0});
    CHECK(ipv4_view::parse(padded)->checksum_valid());
}

TEST_CASE("what is not an IPv4 datagram is refused", "[wire][ipv4]") {
    auto bytes = datagram();
    for (std::size_t size = 0; size < 20; ++size) CHECK(ipv4_view::parse({bytes.data(), size}).error() == errc::bad_message);
    for (std::size_t size = 20; size < bytes.size(); ++size) CHECK(ipv4_view::parse({bytes.data(), size}).error() == errc::message_size);
    for (unsigned first : {0x44u, 0x40u, 0x65u, 0x05u, 0x4fu}) {  // ihl under 5, other versions, a header longer than all
        bytes[0] = static_cast<std::byte>(first);
        CHECK(ipv4_view::parse(bytes).error() == errc::bad_message);
    }
    bytes = datagram();
    bytes[3] = std::byte{19};  // total length under the header's
    CHECK(ipv4_view::parse(bytes).error() == errc::bad_message);
    bytes = datagram();
    bytes[8] ^= std::byte{1};
    CHECK_FALSE(ipv4_view::parse(bytes)->checksum_valid());
}

TEST_CASE("padding behind the datagram is not payload", "[wire][ipv4]") {
    auto bytes = datagram(3);
    bytes.resize(46);
    CHECK(ipv4_view::parse(bytes)->payload().size() == 3);
}

TEST_CASE("the datagram in an ICMP error may be cut", "[wire][ipv4]") {
    const auto bytes = datagram(100);
    const auto quoted = ipv4_view::parse_quoted({bytes.data(), 28});
    REQUIRE(quoted);
    CHECK(quoted->payload().size() == 8);
    CHECK(quoted->total_length() == 120);
    CHECK(ipv4_view::parse_quoted({bytes.data(), 19}).error() == errc::bad_message);
    CHECK(ipv4_view::parse_quoted(bytes)->payload().size() == 100);
}

TEST_CASE("options are walked, and a broken list is reported where it breaks", "[wire][ipv4]") {
    ipv4_option option;
    ipv4_options recorded{ipv4_view::parse(const_bytes{frames::udp_record_route}.subspan(14))->options()};
    REQUIRE(recorded.next(option));
    CHECK(option.type == ipv4_option::record_route);
    CHECK(option.data.size() == 5);
    CHECK_FALSE(option.copied());
    CHECK_FALSE(recorded.next(option));
    CHECK_FALSE(recorded.malformed());

    const auto mixed = byte_array(1, 148, 4, 0, 0, 1, 131, 3, 4, 0, 99, 99);
    ipv4_options walk{mixed};
    REQUIRE(walk.next(option));
    CHECK(option.type == ipv4_option::router_alert);
    REQUIRE(walk.next(option));
    CHECK(option.is_source_route());
    CHECK(option.copied());
    CHECK_FALSE(walk.next(option));  // 0 ends the list
    CHECK_FALSE(walk.malformed());

    for (const auto& broken : {byte_array(1, 7, 4, 0), byte_array(1, 7, 1, 0), byte_array(1, 7, 0, 0), byte_array(1, 1, 1, 7)}) {
        ipv4_options list{broken};
        CHECK_FALSE(list.next(option));
        CHECK(list.malformed());
        CHECK(list.pointer() == (broken[1] == std::byte{7} ? 21 : 23));
    }
}
