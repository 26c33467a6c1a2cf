#include <weld/stack/ip/ipv6_discovery.hpp>

#include "support/catch.hpp"
#include "support/stack/world6.hpp"

using namespace test;
using own::address6_phase;

namespace {

using world = alone6<weld::link_type::ethernet, recorder>;

struct told {
    std::uint16_t lifetime = 1800;
    std::uint8_t hop_limit = 0, flags = 0;
    std::uint32_t reachable = 0, retransmit = 0;
    frame options{};
};
frame advertisement_of(const told& what, weld::address6 from = router_link, weld::address6 to = own::all_nodes, std::uint8_t hop_limit = 255) {
    frame body(8);
    weld::store_be(weld::mutable_bytes{body}, 0, what.reachable);
    weld::store_be(weld::mutable_bytes{body}, 4, what.retransmit);
    body = joined(body, what.options);
    return icmp6(from, to, {.type = icmp6_type::router_advertisement, .rest = std::uint32_t{what.hop_limit} << 24 | std::uint32_t{what.flags} << 16 | what.lifetime}, body, hop_limit);
}
frame station_option(weld::mac_address station, std::uint8_t type = 1) {
    frame bytes(8);
    bytes[0] = std::byte{type}, bytes[1] = std::byte{1};
    weld::wire::store_address(bytes.data() + 2, station);
    return bytes;
}
frame mtu_option(std::uint32_t mtu) {
    frame bytes(8);
    bytes[0] = std::byte{5}, bytes[1] = std::byte{1};
    weld::store_be(weld::mutable_bytes{bytes}, 4, mtu);
    return bytes;
}
frame prefix_option(const char* prefix, std::uint32_t valid, std::uint32_t preferred, std::uint8_t flags = 0xc0, std::uint8_t length = 64) {
    frame bytes(32);
    bytes[0] = std::byte{3}, bytes[1] = std::byte{4}, bytes[2] = std::byte{length}, bytes[3] = std::byte{flags};
    weld::store_be(weld::mutable_bytes{bytes}, 4, valid);
    weld::store_be(weld::mutable_bytes{bytes}, 8, preferred);
    weld::wire::store_address(bytes.data() + 16, six(prefix));
    return bytes;
}
frame redirect_to(weld::address6 target, weld::address6 destination, const frame& options = {}, weld::address6 from = router_link) {
    frame body(32);
    weld::wire::store_address(body.data(), target);
    weld::wire::store_address(body.data() + 16, destination);
    return icmp6(from, our_ip6, {.type = icmp6_type::redirect}, joined(body, options), 255);
}

const weld::address6 made = six("2001:db8:5::ff:fe00:1");  // by EUI-64 of our_mac

/// A world in which a router has told of itself, and its station is known.
struct routed : world {
    explicit routed(const told& what = {}) : world{{}, "2001:db8::1/64"} {
        told with_station = what;
        with_station.options = joined(station_option(third_mac), what.options);
        rcv(advertisement_of(with_station), third_mac);
        time.run_for(2_s);
        wire.taken();
    }
    weld::address6 next_hop(weld::address6 to = far_ip6) {
        const auto way = ip().route_to(net, to);
        return way ? way->next_hop : weld::address6{};
    }
};

}  // namespace

TEST_CASE("IPv6: routers are asked for three times, unless one has answered", "[router_discovery]") {  // RFC 4861 section 6.3.7
    world world{{}, "2001:db8::1/64", 0_s};
    world.time.run_for(3100_ms);  // the link-local address is ours by then, and a second has passed
    auto out = world.sent(icmp6_type::router_solicitation);
    REQUIRE(out.size() == 1);
    CHECK(out[0].header.source == our_link);
    CHECK(out[0].header.destination == own::all_routers);
    CHECK(out[0].header.hop_limit == 255);
    CHECK(out[0].checksum_valid);
    CHECK(out[0].body.size() == 16);
    SECTION("nobody answers") {
        world.time.run_for(60_s);
        CHECK(world.sent(icmp6_type::router_solicitation).size() == 2);
    }
    SECTION("one does") {
        world.rcv(advertisement_of({}));
        world.time.run_for(60_s);
        CHECK(world.sent(icmp6_type::router_solicitation).empty());
    }
    SECTION("one that is no default router does not count") {
        world.rcv(advertisement_of({.lifetime = 0}));
        world.time.run_for(60_s);
        CHECK(world.sent(icmp6_type::router_solicitation).size() == 2);
    }
}

TEST_CASE("IPv6: a default router, until its lifetime is over or it says that it is none", "[router_discovery]") {  // RFC 4861 6.3.4
    routed world;
    CHECK(world.next_hop() == router_link);
    CHECK(world.ndp().table.lookup(router_link)->station == third_mac);
    CHECK(world.ndp().table.lookup(router_link)->is_router);
    SECTION("time passes") {
        world.time.run_for(1790_s);
        CHECK(world.next_hop() == router_link);
        world.time.run_for(20_s);
        CHECK(world.next_hop().is_any());
    }
    SECTION("it is told again") {
        world.time.run_for(1000_s);
        world.rcv(advertisement_of({}));
        world.time.run_for(1700_s);
        CHECK(world.next_hop() == router_link);
    }
    SECTION("lifetime zero") {
        world.rcv(advertisement_of({.lifetime = 0}));
        CHECK(world.next_hop().is_any());
    }
    SECTION("an advertisement of its address without the router flag") {
        world.rcv(advertisement(router_link, third_mac, our_link), third_mac);
        CHECK(world.next_hop().is_any());
    }
    SECTION("one put into the table by hand comes first") {
        REQUIRE(world.ip().add_route(world.net, {.to = {}, .gateway = peer_link, .interface = 1}));
        CHECK(world.next_hop() == peer_link);
    }
}

TEST_CASE("IPv6: of two routers the preferred, and the other when that is silent", "[router_discovery]") {  // RFC 4191; RFC 4861 6.3.6
    routed world;
    world.rcv(advertisement_of({.flags = 0x08, .options = station_option(peer_mac)}, peer_link));  // high
    CHECK(world.next_hop() == peer_link);
    world.rcv(advertisement_of({.flags = 0x18}, peer_link));  // low
    CHECK(world.next_hop() == router_link);
    REQUIRE(world.send(far_ip6, "x"));
    world.time.run_for(20_s);  // its station is asked, and says nothing
    CHECK_FALSE(world.ndp().table.lookup(router_link));
    CHECK(world.next_hop() == peer_link);
    world.rcv(advertisement_of({}));
    CHECK(world.next_hop() == router_link);
}

TEST_CASE("IPv6: what is no router's message, or comes from another link, is not believed", "[router_discovery]") {  // RFC 4861 6.1.2
    world world;
    world.rcv(advertisement_of({}, router_link, own::all_nodes, 254));
    world.rcv(advertisement_of({}, peer_ip6));
    world.rcv(advertisement_of({.options = frame(8)}));                       // an option of size zero
    world.rcv(advertisement_of({.options = {std::byte{1}, std::byte{9}}}));  // one that does not fit
    frame broken = advertisement_of({});
    broken[46] ^= std::byte{1};
    world.rcv(broken);
    CHECK_FALSE(world.ip().route_to(world.net, far_ip6));
    alone6<> router{{.forward = true}};
    router.rcv(advertisement_of({}));
    CHECK_FALSE(router.ip().route_to(router.net, far_ip6));
    CHECK(router.ip().is_member(own::all_routers, 1));
    alone6<> unbelieving{{.believe_routers = false}};
    unbelieving.rcv(advertisement_of({}));
    CHECK_FALSE(unbelieving.ip().route_to(unbelieving.net, far_ip6));
}

TEST_CASE("IPv6: an address of a router's prefix: made, asked for, deprecated, gone", "[slaac]") {  // RFC 4862 section 5.5
    world world;
    world.rcv(advertisement_of({.options = prefix_option("2001:db8:5::", 3600, 1800)}));
    CHECK(world.ip().address_on(made, 1)->state.phase == address6_phase::tentative);
    world.time.run_for(2100_ms);
    CHECK(world.ip().address_on(made, 1)->state.phase == address6_phase::preferred);
    CHECK(world.sent(icmp6_type::neighbor_solicitation).size() == 1);
    CHECK(world.ip().route_to(world.net, six("2001:db8:5::7"))->source == made);
    CHECK(world.ip().route_to(world.net, six("2001:db8:5::7"))->next_hop == six("2001:db8:5::7"));  // on the link
    world.time.run_for(1800_s);
    CHECK(world.ip().address_on(made, 1)->state.phase == address6_phase::deprecated);
    CHECK(world.ip().is_local(world.net, made));
    CHECK(world.ip().route_to(world.net, six("2001:db8:5::7"))->source == our_ip6);
    world.time.run_for(1800_s);
    CHECK(world.ip().address_on(made, 1) == nullptr);
    CHECK_FALSE(world.ip().is_local(world.net, made));
    CHECK_FALSE(world.ip().route_to(world.net, six("2001:db8:5::7")));
}

TEST_CASE("IPv6: what nobody has signed makes no lifetime shorter than two hours", "[slaac]") {  // RFC 4862 section 5.5.3 (e)
    world world;
    const auto left = [&] { return (world.ip().address_on(made, 1)->state.valid_until - world.time.now()).nanoseconds() / 1'000'000'000; };
    const auto tell = [&](std::uint32_t valid, std::uint32_t preferred) { world.rcv(advertisement_of({.options = prefix_option("2001:db8:5::", valid, preferred)})); };
    tell(100'000, 1000);
    world.time.run_for(3_s);
    tell(0, 0);
    CHECK(left() == 7200);
    CHECK(world.ip().address_on(made, 1)->state.phase == address6_phase::deprecated);  // but nothing new is to use it
    tell(600, 600);
    CHECK(left() == 7200);
    CHECK(world.ip().address_on(made, 1)->state.phase == address6_phase::preferred);
    tell(7300, 600);
    CHECK(left() == 7300);
    tell(0xffffffff, 0xffffffff);
    CHECK(world.ip().address_on(made, 1)->state.valid_until == weld::time_point::never());
}

TEST_CASE("IPv6: which prefixes make addresses, and which are on the link", "[slaac]") {
    world world;
    const auto tell = [&](const frame& option) { world.rcv(advertisement_of({.options = option})); };
    tell(prefix_option("2001:db8:5::", 3600, 3601));         // preferred for longer than valid
    tell(prefix_option("fe80::", 3600, 3600));               // link-local
    tell(prefix_option("2001:db8:6::", 3600, 3600, 0xc0, 63));
    tell(prefix_option("2001:db8:7::", 3600, 3600, 0x80));   // on the link alone
    tell(prefix_option("2001:db8:8::", 3600, 3600, 0x40));   // autonomous alone
    world.time.run_for(3_s);
    std::size_t autoconfigured = 0;
    for (const auto& each : world.ip().addresses().entries()) autoconfigured += each.state.autoconfigured;
    CHECK(autoconfigured == 1);
    CHECK(world.ip().address_on(six("2001:db8:8::ff:fe00:1"), 1) != nullptr);
    const auto neighbour = [&](const char* address) {
        const auto way = world.ip().route_to(world.net, six(address));
        return way && way->next_hop == six(address);
    };
    CHECK(neighbour("2001:db8:7::1"));
    CHECK(neighbour("2001:db8:6:0::1"));
    CHECK_FALSE(neighbour("2001:db8:8::1"));  // RFC 5942
    tell(prefix_option("2001:db8:7::", 0, 0, 0x80));
    CHECK_FALSE(neighbour("2001:db8:7::1"));
    tell(prefix_option("2001:db8::", 0, 0, 0x80));  // what was given by hand stays
    CHECK(neighbour("2001:db8::77"));
}

TEST_CASE("IPv6: a flood of prefixes takes its share and no more", "[slaac][flood]") {
    world world;
    for (int i = 0; i < 500; ++i) {
        char prefix[40];
        std::snprintf(prefix, sizeof prefix, "2001:db8:%x::", 0x100 + i);
        world.rcv(advertisement_of({.options = prefix_option(prefix, 3600, 3600)}));
    }
    world.time.run_for(3_s);
    CHECK(world.ip().addresses().entries().size() == 32);
    CHECK(world.ip().routes().entries().size() <= 64);
    world.time.run_for(3700_s);
    CHECK(world.ip().addresses().entries().size() == 2);
    CHECK(world.ip().routes().entries().size() == 2);
    CHECK(world.net.packets().in_use().packets == 0);
}

TEST_CASE("IPv6: a router's hop limit, MTU and times", "[router_discovery]") {  // RFC 4861 section 6.3.4
    routed world{{.hop_limit = 33, .reachable = 10'000, .retransmit = 500, .options = mtu_option(1400)}};
    CHECK(world.ip().route_to(world.net, far_ip6)->mtu == 1400);
    CHECK(world.ip().route_to(world.net, far_ip6)->hop_limit == 33);
    CHECK(world.ndp().table.options().reachable_time == 10_s);
    CHECK(world.ndp().table.options().retransmit_time == 500_ms);
    world.rcv(advertisement_of({.options = mtu_option(1279)}));
    world.rcv(advertisement_of({.options = mtu_option(1501)}));
    CHECK(world.ip().route_to(world.net, far_ip6)->mtu == 1400);
    CHECK(world.ip().route_to(world.net, far_ip6)->hop_limit == 33);  // 0: it does not say
    world.know_peer();
    world.rcv(echo6(peer_ip6, our_ip6, "x"));
    CHECK(world.sent()[0].header.hop_limit == 33);
}

TEST_CASE("IPv6: a better way, told by the router that is used", "[redirect]") {  // RFC 4861 section 8
    routed world;
    SECTION("another router") {
        world.rcv(redirect_to(peer_link, far_ip6, station_option(peer_mac, 2)), third_mac);
        CHECK(world.next_hop() == peer_link);
        CHECK(world.next_hop(six("2001:db8:9::8")) == router_link);
        CHECK(world.ndp().table.lookup(peer_link)->station == peer_mac);
        world.time.run_for(601_s);
        CHECK(world.next_hop() == router_link);
    }
    SECTION("it is a neighbour") {
        world.rcv(redirect_to(far_ip6, far_ip6, station_option(peer_mac, 2)), third_mac);
        CHECK(world.next_hop() == far_ip6);
        REQUIRE(world.send(far_ip6, "x"));
        CHECK(world.sent()[0].destination == peer_mac);
    }
    SECTION("twice: the last counts") {
        world.rcv(redirect_to(peer_link, far_ip6));
        world.rcv(redirect_to(six("fe80::77"), far_ip6, {}, peer_link));
        CHECK(world.next_hop() == six("fe80::77"));
    }
    SECTION("that router is silent: back to the first") {
        world.rcv(redirect_to(peer_link, far_ip6, station_option(peer_mac, 2)), third_mac);
        REQUIRE(world.send(far_ip6, "x"));
        world.time.run_for(20_s);
        CHECK(world.next_hop() == router_link);
    }
    SECTION("what is not to be believed") {
        world.rcv(redirect_to(peer_link, far_ip6, {}, peer_link));         // not from the router that is used
        world.rcv(redirect_to(peer_ip6, far_ip6));                         // to what is no router
        world.rcv(redirect_to(peer_link, six("ff0e::1")));                 // of a group
        world.rcv(redirect_to(peer_link, far_ip6, frame(8)));              // with a crooked option
        frame far = redirect_to(peer_link, far_ip6);
        far[7] = std::byte{254};
        world.rcv(far);
        CHECK(world.next_hop() == router_link);
    }
}
