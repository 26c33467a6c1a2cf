#include <weld/stack/ip/igmp.hpp>

#include "support/catch.hpp"
#include "support/stack/world.hpp"

using namespace test;
namespace type = weld::wire::igmp_type;

namespace {

constexpr weld::address4 group{{239, 1, 2, 3}}, other_group{{239, 1, 2, 4}};
constexpr weld::mac_address group_mac{{1, 0, 0x5e, 1, 2, 3}};

struct member {
    member() { REQUIRE(socket.bind(at({}, 7))); }
    weld::errc change(int name, weld::address4 to) {
        const weld::ip_multicast_interface::raw request{to, {}, 1};
        return world.net.part<own::udp>().set_option(world.net, socket.native(), 0, name, weld::object_bytes(request)).error();
    }
    weld::errc join(weld::address4 to) { return change(weld::ip_join_group::name, to); }
    weld::errc leave(weld::address4 to) { return change(weld::ip_leave_group::name, to); }
    void query(std::uint8_t tenths, weld::address4 about, weld::address4 to = own::igmp::all_systems) {
        frame body(8);
        weld::wire::igmp_header{.type = type::membership_query, .max_response_time = tenths, .group = about}.encode(body);
        world.rcv(ip({.ttl = 1, .protocol = 2, .source = peer_ip, .destination = to}, body), weld::mac_address{{1, 0, 0x5e, 0, 0, 1}});
    }
    std::vector<seen> reports() { return world.sent(); }

    alone<> world;
    weld::socket<alone<>::net_t, weld::udp> socket = *world.net.socket(weld::udp);
};

weld::wire::igmp_view igmp_of(const seen& frame) { return *weld::wire::igmp_view::parse(frame.body); }

}  // namespace

TEST_CASE("joining is reported at once and once more; leaving is told to the routers", "[igmp]") {  // RFC 2236 section 3
    member test;
    CHECK(test.join(group) == weld::errc{});
    CHECK(test.join(group) == weld::errc::address_in_use);
    auto out = test.reports();
    REQUIRE(out.size() == 1);
    CHECK(out[0].destination == group_mac);
    CHECK(out[0].header.destination == group);
    CHECK(out[0].header.ttl == 1);
    CHECK(out[0].options == frame{std::byte{148}, std::byte{4}, std::byte{0}, std::byte{0}});  // RFC 2113
    CHECK(igmp_of(out[0]).type() == type::membership_report2);
    CHECK(igmp_of(out[0]).group() == group);
    CHECK(igmp_of(out[0]).checksum_valid());
    test.world.time.run_for(11_s);
    CHECK(test.reports().size() == 1);
    test.world.time.run_for(60_s);
    CHECK(test.reports().empty());

    CHECK(test.leave(other_group) == weld::errc::address_not_available);
    CHECK(test.leave(group) == weld::errc{});
    out = test.reports();
    REQUIRE(out.size() == 1);
    CHECK(igmp_of(out[0]).type() == type::leave_group);
    CHECK(out[0].header.destination == weld::address4{{224, 0, 0, 2}});
    CHECK(test.join({{10, 0, 0, 9}}) == weld::errc::invalid_argument);
}

TEST_CASE("queries are answered within their time, for the groups they ask about", "[igmp]") {
    member test;
    test.join(group);
    test.join(other_group);
    test.world.time.run_for(20_s);
    test.reports();
    test.query(20, {});
    CHECK(test.reports().size() <= 2);
    test.world.time.run_for(2001_ms);
    CHECK(test.reports().size() == 2);
    test.query(20, group, group);
    test.world.time.run_for(2001_ms);
    CHECK(test.reports().size() == 1);

    SECTION("somebody else's report spares ours, and then we leave without a word") {
        test.query(100, group, group);
        frame body(8);
        weld::wire::igmp_header{.type = type::membership_report2, .group = group}.encode(body);
        test.world.rcv(ip({.ttl = 1, .protocol = 2, .source = third_ip, .destination = group}, body), group_mac);
        test.world.time.run_for(11_s);
        CHECK(test.reports().empty());
        test.leave(group);
        CHECK(test.reports().empty());
    }
    SECTION("a version 1 router is spoken to in version 1") {  // RFC 2236 section 4
        test.query(0, {});
        test.world.time.run_for(11_s);
        const auto out = test.reports();
        REQUIRE(out.size() == 2);
        CHECK(igmp_of(out[0]).type() == type::membership_report1);
        test.leave(group);
        CHECK(test.reports().empty());
    }
}

TEST_CASE("a group's datagrams reach those who joined, and nobody before", "[igmp][udp]") {
    member test;
    const frame packet = udp(peer_ip, 9, group, 7, "to the group");
    test.world.rcv(packet, group_mac);
    CHECK(received(test.socket) == "(none)");
    test.join(group);
    auto second = *test.world.net.socket(weld::udp);
    REQUIRE(second.bind(at(group, 7)).error() == weld::errc::address_in_use);
    test.world.rcv(packet, group_mac);
    CHECK(received(test.socket) == "to the group");
    // what we send to it we hear, unless that is turned off
    REQUIRE(send_to(test.socket, "own", at(group, 7)));
    test.world.time.settle();
    CHECK(received(test.socket) == "own");
    const int off = 0;
    REQUIRE(test.world.net.part<own::udp>().set_option(test.world.net, test.socket.native(), 0, weld::ip_multicast_loop::name, weld::object_bytes(off)));
    REQUIRE(send_to(test.socket, "own", at(group, 7)));
    test.world.time.settle();
    CHECK(received(test.socket) == "(none)");
    test.socket.close();  // leaves
    CHECK_FALSE(test.world.ip().is_member(group, 1));
}
