// SPDX-License-Identifier: BSL-1.0
#include <weld/stack/wire/igmp.hpp>

#include <weld/stack/wire/ipv4.hpp>

#include "frames.hpp"
#include "support/catch.hpp"

using namespace weld;
using wire::igmp_header;
using wire::igmp_view;

TEST_CASE("a report is written as RFC 2236 has it", "[wire][igmp]") {
    std::byte bytes[8];
    igmp_header report{.type = wire::igmp_type::membership_report2, .group = {{239, 1, 2, 3}}};
    report.encode(bytes);
    CHECK(equal(bytes, byte_array(0x16, 0, 0xf8, 0xfa, 239, 1, 2, 3)));
    CHECK(igmp_view::parse(bytes)->checksum_valid());
    report.checksum = 0xf8fa;
    CHECK(*igmp_header::decode(bytes) == report);
    CHECK(igmp_view::parse(const_bytes{bytes}.first(7)).error() == errc::bad_message);
}

TEST_CASE("queries tell their version", "[wire][igmp]") {
    std::byte bytes[12]{};
    igmp_header{.type = wire::igmp_type::membership_query, .max_response_time = 100}.encode({bytes, 8});
    CHECK(igmp_view::parse({bytes, 8})->query_version() == 2);
    CHECK(igmp_view::parse(bytes)->query_version() == 3);
    igmp_header{.type = wire::igmp_type::membership_query}.encode({bytes, 8});
    CHECK(igmp_view::parse({bytes, 8})->query_version() == 1);
}

TEST_CASE("a version 3 report of Linux has a valid checksum", "[wire][igmp]") {
    const auto ip = wire::ipv4_view::parse(const_bytes{frames::igmp3_report}.subspan(14));
    REQUIRE(ip);
    const auto report = igmp_view::parse(ip->payload());
    REQUIRE(report);
    CHECK(report->type() == wire::igmp_type::membership_report3);
    CHECK(report->checksum_valid());
}
