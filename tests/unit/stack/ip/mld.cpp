#include <weld/stack/ip/mld.hpp>

#include "support/catch.hpp"
#include "support/stack/world6.hpp"

using namespace test;
using weld::wire::listener_report;

namespace {

const weld::address6 group = six("ff05::1:2"), other_group = six("ff05::1:3");

struct member {
    weld::errc join(weld::address6 to) { return world.ip().join(world.net, to, 1).error(); }
    weld::errc leave(weld::address6 to) { return world.ip().leave(world.net, to, 1).error(); }
    void query(std::uint16_t code, weld::address6 about, int version = 2, weld::address6 from = peer_link, std::uint8_t hop_limit = 1) {
        frame body(version == 1 ? 24 : 28);
        const weld::address6 to = about.is_any() ? own::all_nodes : about;
        weld::wire::listener_header{.max_response = code, .group = about}.encode(body, from, to);
        frame alert(8);
        alert[0] = std::byte{58}, alert[2] = std::byte{5}, alert[3] = std::byte{2}, alert[6] = std::byte{1};
        world.rcv(ip6(from, to, 0, joined(alert, body), hop_limit));
    }
    std::vector<listener_report> reports() {
        std::vector<listener_report> all;
        for (const seen6& each : world.sent(icmp6_type::listener_report2)) {
            CHECK(each.checksum_valid);
            CHECK(each.header.destination == own::mld::version2_routers);
            CHECK(each.header.source == our_link);
            CHECK(each.header.hop_limit == 1);
            CHECK(each.header.next_header == 0);
            CHECK(each.payload[42] == std::byte{5});  // router alert: RFC 2711
            all.push_back(*listener_report::decode(each.body));
        }
        return all;
    }
    alone6<> world;
};

}  // namespace

TEST_CASE("IPv6: joining is reported at once and once more, and so is leaving", "[mld]") {  // RFC 3810 section 6.1
    member test;
    CHECK(test.join(group) == weld::errc{});
    CHECK(test.join(group) == weld::errc{});  // counted
    auto out = test.reports();
    REQUIRE(out.size() == 1);
    CHECK(out[0].group == group);
    CHECK(out[0].record_type == listener_report::to_excluding);
    test.world.time.run_for(1100_ms);
    CHECK(test.reports().size() == 1);
    test.world.time.run_for(60_s);
    CHECK(test.reports().empty());

    CHECK(test.leave(other_group) == weld::errc::address_not_available);
    CHECK(test.leave(group) == weld::errc{});
    CHECK(test.reports().empty());
    CHECK(test.leave(group) == weld::errc{});
    CHECK_FALSE(test.world.ip().is_member(group, 1));
    out = test.reports();
    REQUIRE(out.size() == 1);
    CHECK(out[0].record_type == listener_report::to_including);
    SECTION("to the end") {
        test.world.time.run_for(1100_ms);
        out = test.reports();
        REQUIRE(out.size() == 1);
        CHECK(out[0].record_type == listener_report::to_including);
        test.world.time.run_for(60_s);
        CHECK(test.reports().empty());
    }
    SECTION("and in again") {
        CHECK(test.join(group) == weld::errc{});
        test.world.time.run_for(60_s);
        out = test.reports();
        REQUIRE(out.size() == 2);
        CHECK(out[0].record_type == listener_report::to_excluding);
        CHECK(out[1].record_type == listener_report::to_excluding);
    }
    CHECK(test.join(peer_ip6) == weld::errc::invalid_argument);
}

TEST_CASE("IPv6: what stays on this host, or all are in, is not reported", "[mld]") {  // RFC 3810 section 6
    member test;
    CHECK(test.join(own::all_nodes) == weld::errc{});
    CHECK(test.join(six("ff01::5")) == weld::errc{});
    test.world.time.run_for(60_s);
    CHECK(test.reports().empty());
    CHECK(test.world.ip().is_member(six("ff01::5"), 1));
    CHECK_FALSE(test.world.ip().is_member(six("ff01::5"), 2));
}

TEST_CASE("IPv6: the groups of our addresses are reported, from :: at first and from our own address then", "[mld][dad]") {
    alone6<> world{{}, "2001:db8::1/64", 0_s};
    world.time.settle();
    auto out = world.sent(icmp6_type::listener_report2);
    REQUIRE(out.size() == 1);  // both addresses have the same group
    CHECK(out[0].header.source.is_any());  // RFC 3590
    world.time.run_for(10_s);
    bool again = false;
    for (const seen6& each : world.sent(icmp6_type::listener_report2))
        again |= each.header.source == our_link && listener_report::decode(each.body)->group == own::solicited_node(our_ip6);
    CHECK(again);
}

TEST_CASE("IPv6: queries are answered within their time, for the groups they ask about", "[mld]") {  // RFC 3810 section 6.2
    member test;
    test.join(group), test.join(other_group);
    test.world.time.run_for(20_s);
    test.reports();
    test.query(2000, {});
    test.world.time.run_for(2001_ms);
    auto out = test.reports();
    REQUIRE(out.size() == 3);  // one of them for our addresses
    for (const auto& each : out) CHECK(each.record_type == listener_report::is_excluding);
    test.query(2000, group);
    test.world.time.run_for(2001_ms);
    out = test.reports();
    REQUIRE(out.size() == 1);
    CHECK(out[0].group == group);
    test.query(2000, {}, 2, peer_ip6);              // not from a router of this link
    test.query(2000, {}, 2, peer_link, 2);
    test.world.time.run_for(3_s);
    CHECK(test.reports().empty());
}

TEST_CASE("IPv6: a version 1 querier is spoken to in version 1, for a while", "[mld]") {  // RFC 3810 section 8.2.1
    member test;
    test.join(group);
    test.world.time.run_for(20_s);
    test.reports();
    test.query(1000, group, 1);
    test.world.time.run_for(1100_ms);
    auto out = test.world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].type() == icmp6_type::listener_report);
    CHECK(out[0].header.destination == group);
    CHECK(out[0].destination == weld::mac_address{{0x33, 0x33, 0, 1, 0, 2}});
    CHECK(weld::wire::listener_header::decode(out[0].body)->group == group);
    SECTION("somebody else's report spares ours, and then we leave without a word") {
        test.query(10'000, group, 1);
        frame body(24);
        weld::wire::listener_header{.type = icmp6_type::listener_report, .group = group}.encode(body, peer_link, group);
        test.world.rcv(ip6(peer_link, group, 58, body, 1));
        test.world.time.run_for(11_s);
        CHECK(test.world.sent().empty());
        test.leave(group);
        CHECK(test.world.sent().empty());
    }
    SECTION("leaving is told to the routers") {
        test.leave(group);
        out = test.world.sent();
        REQUIRE(out.size() == 1);
        CHECK(out[0].type() == icmp6_type::listener_done);
        CHECK(out[0].header.destination == own::all_routers);
    }
    SECTION("version 2 again when nothing of version 1 was heard for long") {
        test.world.time.run_for(261_s);
        test.leave(group);
        CHECK(test.reports().size() == 1);
    }
}

TEST_CASE("the time that a query leaves for answers", "[mld]") {  // RFC 3810 section 5.1.3
    CHECK(weld::wire::listener_response_time(10'000, 2) == 10'000);
    CHECK(weld::wire::listener_response_time(0x7fff, 2) == 0x7fff);
    CHECK(weld::wire::listener_response_time(0x8000, 2) == 0x1000u << 3);
    CHECK(weld::wire::listener_response_time(0xffff, 2) == 0x1fffu << 10);
    CHECK(weld::wire::listener_response_time(0xffff, 1) == 0xffff);
}
