#include <weld/stack/link/ndp.hpp>

#include "support/catch.hpp"
#include "support/stack/world6.hpp"

using namespace test;
using own::address6_phase;
using own::neighbour_state;

namespace {

/// Sends something that needs a neighbour: an echo request that the peer seems to have sent is answered to it.
template <class World>
void send_to(World& world, weld::address6 to) {
    weld::packet_buffer skb = weld::packet_buffer::allocate(world.net.packets(), 200, 100);
    copy(skb->put(8), bytes_of("whatever"));
    const auto way = world.ip().route_to(world.net, to);
    REQUIRE(way);
    REQUIRE(world.ip().send(world.net, std::move(skb), {.source = way->source, .destination = to, .protocol = 253}, *way));
}
template <class World>
auto phase(World& world, weld::address6 address) { return world.ip().address_on(address, 1)->state.phase; }

}  // namespace

TEST_CASE("IPv6: an address is asked for before it is used", "[ndp][dad]") {  // RFC 4862 section 5.4
    alone6<> world{{}, "2001:db8::1/64", 0_s};
    REQUIRE(world.net.status());
    CHECK(phase(world, our_ip6) == address6_phase::tentative);
    CHECK(phase(world, our_link) == address6_phase::tentative);
    CHECK_FALSE(world.ip().is_local(world.net, our_ip6));
    world.rcv(echo6(peer_ip6, our_ip6, "x"));
    CHECK(world.sent(icmp6_type::echo_reply).empty());
    CHECK(world.ip().route_to(world.net, peer_ip6).error() == weld::errc::address_not_available);

    world.time.run_for(1_s);
    const auto out = world.sent(icmp6_type::neighbor_solicitation);
    REQUIRE(out.size() == 2);  // the link-local one, too
    for (const seen6& each : out) {
        CHECK(each.header.source.is_any());
        CHECK(each.header.hop_limit == 255);
        CHECK(each.checksum_valid);
        CHECK_FALSE(each.neighbor().has_link_address);
        CHECK(each.header.destination == own::solicited_node(each.neighbor().target));
    }
    CHECK(out[0].destination == weld::mac_address{{0x33, 0x33, 0xff, 0, 0, 1}});

    SECTION("nobody answers: it is ours") {
        world.time.run_for(1_s);
        CHECK(phase(world, our_ip6) == address6_phase::preferred);
        CHECK(world.sent(icmp6_type::neighbor_solicitation).empty());
        CHECK(world.ip().route_to(world.net, peer_ip6)->source == our_ip6);
    }
    SECTION("somebody has it") {
        world.rcv(advertisement(our_ip6, peer_mac, own::all_nodes, {.solicited = false}));
        CHECK(phase(world, our_ip6) == address6_phase::duplicate);
        world.time.run_for(2_s);
        CHECK(phase(world, our_ip6) == address6_phase::duplicate);
        CHECK(phase(world, our_link) == address6_phase::preferred);
        CHECK_FALSE(world.ip().is_member(own::solicited_node(our_ip6), 1) != world.ip().is_member(own::solicited_node(our_link), 1));
        world.rcv(solicitation(our_ip6, peer_link, peer_mac));
        CHECK(world.sent(icmp6_type::neighbor_advertisement).empty());
    }
    SECTION("somebody else wants it at the same time") {
        world.rcv(solicitation(our_ip6, {}, peer_mac));
        CHECK(phase(world, our_ip6) == address6_phase::duplicate);
    }
    SECTION("somebody looks for who has it: that says nothing") {
        world.rcv(solicitation(our_ip6, peer_link, peer_mac));
        CHECK(phase(world, our_ip6) == address6_phase::tentative);
        CHECK(world.sent(icmp6_type::neighbor_advertisement).empty());
    }
}

TEST_CASE("IPv6: where nobody is to be asked an address is there at once", "[ndp][dad]") {
    alone6<> world{{.dad_transmits = 0}, "2001:db8::1/64", 0_s};
    CHECK(phase(world, our_ip6) == address6_phase::preferred);
    CHECK(world.sent(icmp6_type::neighbor_solicitation).empty());
    alone6<weld::link_type::bare_ip> tunnel{{}, "2001:db8::1/64", 0_s};
    CHECK(phase(tunnel, our_ip6) == address6_phase::preferred);
    CHECK(tunnel.ip().link_local_on(1).is_link_local());
}

TEST_CASE("IPv6: a solicitation is answered to who asked, and nothing else is", "[ndp]") {  // RFC 4861 section 7.2.4
    alone6<> world;
    world.rcv(solicitation(our_ip6, peer_ip6, peer_mac));
    auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].destination == peer_mac);
    CHECK(out[0].header.source == our_ip6);
    CHECK(out[0].header.destination == peer_ip6);
    CHECK(out[0].header.hop_limit == 255);
    CHECK(out[0].checksum_valid);
    CHECK(out[0].neighbor() == weld::wire::neighbor_header{.type = icmp6_type::neighbor_advertisement, .solicited = true, .override_known = true,
                                                          .target = our_ip6, .has_link_address = true, .link_address = our_mac});
    CHECK(world.ndp().table.lookup(peer_ip6)->state == neighbour_state::delay);  // it was used at once
    world.rcv(solicitation(third_ip6, peer_ip6, peer_mac));
    CHECK(world.sent().empty());
    // a probe is answered to all, and teaches nothing
    world.rcv(solicitation(our_ip6, {}, third_mac), third_mac);
    out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].header.destination == own::all_nodes);
    CHECK_FALSE(out[0].neighbor().solicited);
    CHECK(world.ndp().table.size() == 1);
}

TEST_CASE("IPv6: messages that are none, or from another link, are dropped", "[ndp]") {  // RFC 4861 sections 7.1.1, 7.1.2
    alone6<> world;
    const weld::wire::neighbor_header good{.type = icmp6_type::neighbor_solicitation, .target = our_ip6, .has_link_address = true, .link_address = peer_mac};
    world.rcv(neighbor(good, peer_ip6, own::solicited_node(our_ip6), 254));
    frame broken = neighbor(good, peer_ip6, own::solicited_node(our_ip6));
    broken[50] ^= std::byte{1};
    world.rcv(broken);
    world.rcv(neighbor(good, {}, own::solicited_node(our_ip6)));                                            // :: with a link address
    world.rcv(neighbor({.type = good.type, .target = our_ip6}, {}, our_ip6));                               // :: not to the group
    world.rcv(neighbor({.type = good.type, .target = own::all_nodes}, peer_ip6, own::all_nodes));           // of a group
    world.rcv(neighbor({.type = icmp6_type::neighbor_advertisement, .solicited = true, .target = peer_ip6, .has_link_address = true, .link_address = peer_mac}, peer_ip6, own::all_nodes));
    CHECK(world.sent().empty());
    CHECK(world.ndp().table.size() == 0);
    CHECK(world.ndp().stats().malformed == 4);
}

TEST_CASE("IPv6: packets wait for an answer and then go, in order", "[ndp]") {  // RFC 4861 section 7.2.2
    alone6<> world;
    send_to(world, peer_ip6), send_to(world, peer_ip6);
    auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].destination == weld::mac_address{{0x33, 0x33, 0xff, 0, 0, 2}});
    CHECK(out[0].header.destination == own::solicited_node(peer_ip6));
    CHECK(out[0].header.source == our_ip6);
    CHECK(out[0].neighbor().link_address == our_mac);
    world.rcv(advertisement(peer_ip6, peer_mac, our_ip6));
    out = world.sent();
    REQUIRE(out.size() == 2);
    CHECK(out[0].destination == peer_mac);
    CHECK(world.ndp().table.lookup(peer_ip6)->state == neighbour_state::reachable);
}

TEST_CASE("IPv6: questions are repeated once a second, three times, and then the packets are given up", "[ndp]") {
    alone6<> world;
    send_to(world, peer_ip6);
    CHECK(world.sent().size() == 1);
    world.time.run_for(1001_ms), world.time.run_for(1_s);
    CHECK(world.sent().size() == 2);
    world.time.run_for(1100_ms);
    CHECK(world.sent().empty());
    CHECK(world.ndp().table.size() == 0);
    CHECK(world.net.packets().in_use().packets == 0);
}

TEST_CASE("IPv6: what an advertisement changes depends on its flags", "[ndp]") {  // RFC 4861 section 7.2.5, appendix C
    alone6<> world;
    world.know_peer();
    auto& table = world.ndp().table;
    REQUIRE(table.lookup(peer_ip6)->state == neighbour_state::reachable);
    SECTION("another station without override: doubt, no more") {
        world.rcv(advertisement(peer_ip6, third_mac, our_ip6, {.override_known = false}));
        CHECK(table.lookup(peer_ip6)->station == peer_mac);
        CHECK(table.lookup(peer_ip6)->state == neighbour_state::stale);
        SECTION("and in doubt nothing") {
            world.rcv(advertisement(peer_ip6, third_mac, our_ip6, {.override_known = false}));
            CHECK(table.lookup(peer_ip6)->station == peer_mac);
        }
    }
    SECTION("with override, asked for: it moved") {
        world.rcv(advertisement(peer_ip6, third_mac, our_ip6));
        CHECK(table.lookup(peer_ip6)->station == third_mac);
        CHECK(table.lookup(peer_ip6)->state == neighbour_state::reachable);
    }
    SECTION("with override, not asked for: to be proved") {
        world.rcv(advertisement(peer_ip6, third_mac, own::all_nodes, {.solicited = false}));
        CHECK(table.lookup(peer_ip6)->station == third_mac);
        CHECK(table.lookup(peer_ip6)->state == neighbour_state::stale);
    }
    SECTION("a solicitation from another station: to be proved as well") {
        world.rcv(solicitation(our_ip6, peer_ip6, third_mac), third_mac);
        CHECK(table.lookup(peer_ip6)->station == third_mac);
        CHECK(table.lookup(peer_ip6)->state == neighbour_state::delay);
    }
    SECTION("the router flag is kept") {
        world.rcv(advertisement(peer_ip6, peer_mac, our_ip6, {.router = true}));
        CHECK(table.lookup(peer_ip6)->is_router);
        world.rcv(advertisement(peer_ip6, peer_mac, our_ip6));
        CHECK_FALSE(table.lookup(peer_ip6)->is_router);
    }
    SECTION("strangers are not learnt from advertisements") {
        world.rcv(advertisement(third_ip6, third_mac, our_ip6), third_mac);
        CHECK_FALSE(table.lookup(third_ip6));
    }
}

TEST_CASE("IPv6: reachability: stale, delay when used, then the station alone is asked", "[ndp][nud]") {  // RFC 4861 section 7.3
    alone6<> world;
    world.know_peer();
    world.time.run_for(46_s);
    CHECK(world.ndp().table.lookup(peer_ip6)->state == neighbour_state::stale);
    send_to(world, peer_ip6);
    CHECK(world.sent().size() == 1);
    CHECK(world.ndp().table.lookup(peer_ip6)->state == neighbour_state::delay);
    SECTION("a transport's progress spares the probe") {
        world.ip().confirm(world.net, *world.ip().route_to(world.net, peer_ip6));
        world.time.run_for(6_s);
        CHECK(world.sent().empty());
    }
    SECTION("it answers") {
        world.time.run_for(5001_ms);
        const auto out = world.sent();
        REQUIRE(out.size() == 1);
        CHECK(out[0].destination == peer_mac);
        CHECK(out[0].header.destination == peer_ip6);
        CHECK(world.ndp().table.lookup(peer_ip6)->state == neighbour_state::probe);
        world.rcv(advertisement(peer_ip6, peer_mac, our_ip6));
        CHECK(world.ndp().table.lookup(peer_ip6)->state == neighbour_state::reachable);
    }
    SECTION("it is gone") {
        world.time.run_for(9_s);
        CHECK(world.sent().size() == 3);
        CHECK_FALSE(world.ndp().table.lookup(peer_ip6));
    }
}

TEST_CASE("IPv6: when the carrier is back our addresses are told", "[ndp][carrier]") {  // RFC 4861 section 7.2.6
    alone6<> world;
    world.wire.carrier(weld::carrier_lost);
    world.time.settle();
    CHECK(world.ip().route_to(world.net, peer_ip6).error() == weld::errc::network_unreachable);
    world.wire.carrier({});
    world.time.settle();
    const auto out = world.sent(icmp6_type::neighbor_advertisement);
    REQUIRE(out.size() == 2);
    CHECK(out[0].header.destination == own::all_nodes);
    CHECK_FALSE(out[0].neighbor().solicited);
    CHECK(world.ip().route_to(world.net, peer_ip6));
}

TEST_CASE("IPv6: floods of strangers and of unanswered questions are bounded", "[ndp][flood]") {
    alone6<> world;
    for (std::uint16_t i = 0; i < 5000; ++i) {
        weld::address6 stranger = peer_ip6;
        stranger.set_group(6, static_cast<std::uint16_t>(i + 1));
        world.rcv(solicitation(our_ip6, stranger, {{2, 1, 0, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}}));
        world.wire.taken();
    }
    CHECK(world.ndp().table.size() == 1024);  // half of them strangers, half asked for to answer the others
    world.time.run_for(120_s);
    CHECK(world.ndp().table.size() == 0);
    CHECK(world.net.packets().in_use().packets == 0);
}
