#include <weld/stack/ip/route_table.hpp>

#include "support/catch.hpp"
#include "support/stack/world.hpp"

#include <weld/core/random.hpp>

using namespace test;
using table = own::route_table<own::ip4>;

namespace {
constexpr weld::prefix4 prefix(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, unsigned length) { return {{{a, b, c, d}}, length}; }
}

TEST_CASE("the longest prefix wins, then the smallest metric", "[routes]") {
    table routes;
    REQUIRE(routes.add({.to = {}, .interface = 1}));
    REQUIRE(routes.add({.to = prefix(10, 0, 0, 0, 8), .interface = 2}));
    REQUIRE(routes.add({.to = prefix(10, 1, 0, 0, 16), .interface = 3, .metric = 5}));
    REQUIRE(routes.add({.to = prefix(10, 1, 0, 0, 16), .interface = 4, .metric = 2}));
    REQUIRE(routes.add({.to = prefix(10, 1, 2, 3, 32), .interface = 5}));
    CHECK(routes.find({{10, 1, 2, 3}})->interface == 5);
    CHECK(routes.find({{10, 1, 2, 4}})->interface == 4);
    CHECK(routes.find({{10, 1, 2, 4}}, 3)->interface == 3);
    CHECK(routes.find({{10, 2, 0, 0}})->interface == 2);
    CHECK(routes.find({{11, 0, 0, 0}})->interface == 1);
    CHECK(routes.add({.to = prefix(10, 1, 9, 9, 16), .interface = 4, .metric = 2}).error() == weld::errc::file_exists);
    REQUIRE(routes.remove({.to = {}, .interface = 1}));
    CHECK(routes.find({{11, 0, 0, 0}}) == nullptr);
    CHECK(routes.remove_interface(4) == 1);
    CHECK(routes.find({{10, 1, 2, 4}})->interface == 3);
}

TEST_CASE("against a naive search", "[routes]") {
    weld::random_generator chance{3};
    for (int round = 0; round < 200; ++round) {
        table routes;
        std::vector<own::route_entry<own::ip4>> naive;
        for (int i = 0; i < 40; ++i) {
            const own::route_entry<own::ip4> entry{.to = {weld::address4::from_uint32(static_cast<std::uint32_t>(chance.next()) & 0xff0f00ff), static_cast<unsigned>(chance.below(33))},
                                                   .interface = static_cast<std::uint32_t>(1 + chance.below(3)), .metric = static_cast<std::uint32_t>(chance.below(4))};
            if (routes.add(entry)) naive.push_back(entry);
            if (chance.chance(1, 8) && !naive.empty()) {
                REQUIRE(routes.remove(naive[0]));
                naive.erase(naive.begin());
            }
        }
        for (int i = 0; i < 200; ++i) {
            const auto to = weld::address4::from_uint32(static_cast<std::uint32_t>(chance.next()) & 0xff0f00ff);
            const auto by = static_cast<std::uint32_t>(chance.below(4));
            const own::route_entry<own::ip4>* best = nullptr;
            for (const auto& each : naive)
                if (each.to.contains(to) && (by == 0 || each.interface == by))
                    if (best == nullptr || each.to.length() > best->to.length() || (each.to.length() == best->to.length() && each.metric < best->metric)) best = &each;
            const auto* found = routes.find(to, by);
            REQUIRE((found == nullptr) == (best == nullptr));
            if (found == nullptr) continue;
            CHECK(found->to.length() == best->to.length());
            CHECK(found->metric == best->metric);
        }
    }
}

TEST_CASE("the table is bounded", "[routes]") {
    table routes;
    for (std::uint8_t i = 0; i < 64; ++i) REQUIRE(routes.add({.to = prefix(10, i, 0, 0, 16), .interface = 1}));
    CHECK(routes.add({.to = prefix(11, 0, 0, 0, 16), .interface = 1}).error() == weld::errc::no_buffer_space);
}

TEST_CASE("route_to chooses the source, the next hop and the interface", "[ipv4][routes]") {  // RFC 1122 section 3.3.1, 3.3.4.3
    virtual_clock time;
    script first, second;
    weld::net net{own::interface{"eth0", own::ethernet{ethernet_script{first}}, "10.0.0.1/24,10.0.0.254", "10.0.5.1/24"},
                  own::interface{"eth1", own::ethernet{ethernet_script{second}}, "192.168.1.1/16", own::mtu{1280}},
                  own::ipv4{}, weld::shared{time}, weld::seed{1}};
    REQUIRE(net.status());
    auto& ip = net.part<own::ipv4>();
    const auto way = [&](weld::address4 to, weld::address4 source = {}, std::uint32_t by = 0) { return ip.route_to(net, to, source, by); };

    CHECK(way({{10, 0, 0, 9}})->source == weld::address4{{10, 0, 0, 1}});
    CHECK(way({{10, 0, 5, 9}})->source == weld::address4{{10, 0, 5, 1}});
    CHECK(way({{10, 0, 5, 9}})->interface == 1);
    CHECK(way({{192, 168, 77, 1}})->interface == 2);
    CHECK(way({{192, 168, 77, 1}})->mtu == 1280);
    CHECK(way({{8, 8, 8, 8}})->next_hop == weld::address4{{10, 0, 0, 254}});
    CHECK(way({{8, 8, 8, 8}})->source == weld::address4{{10, 0, 0, 1}});
    CHECK(way({{8, 8, 8, 8}}, {{10, 0, 5, 1}})->source == weld::address4{{10, 0, 5, 1}});
    CHECK(way({{8, 8, 8, 8}}, {{10, 0, 5, 2}}).error() == weld::errc::address_not_available);
    CHECK(way({{8, 8, 8, 8}}, {}, 2)->next_hop == weld::address4{{8, 8, 8, 8}});  // bound to eth1: taken to be on the link
    CHECK(way({{8, 8, 8, 8}}, {}, 2)->interface == 2);
    CHECK(way({{10, 0, 0, 255}})->type == weld::packet_type::broadcast);
    CHECK(way(weld::address4::broadcast(), {}, 2)->type == weld::packet_type::broadcast);
    CHECK(way({{224, 1, 1, 1}})->type == weld::packet_type::multicast);
    CHECK(way({{224, 1, 1, 1}}, {{192, 168, 1, 1}})->interface == 2);
    CHECK(way({{10, 0, 5, 1}})->interface == 0);
    CHECK(way({{127, 1, 2, 3}})->source == weld::address4{{127, 1, 2, 3}});
    CHECK(way({})->next_hop == weld::address4::loopback());
    CHECK(way({{10, 0, 0, 9}}, {}, 9).error() == weld::errc::no_such_device);

    const std::uint32_t before = ip.generation();
    REQUIRE(ip.add_route(net, {.to = prefix(172, 16, 0, 0, 12), .gateway = {{192, 168, 0, 1}}}));
    CHECK(ip.generation() != before);
    CHECK(way({{172, 20, 0, 1}})->interface == 2);
    CHECK(ip.add_route(net, {.to = prefix(1, 0, 0, 0, 8), .gateway = {{172, 20, 0, 1}}}).error() == weld::errc::network_unreachable);
    REQUIRE(ip.remove_address(net, prefix(10, 0, 5, 1, 24), 1));
    CHECK(way({{10, 0, 5, 9}})->next_hop == weld::address4{{10, 0, 0, 254}});

    time.settle();
    second.fail(weld::errc::network_down);
    time.settle();
    CHECK(way({{172, 20, 0, 1}})->interface == 1);
    CHECK(ip.add_address(net, prefix(10, 0, 0, 255, 24), 1).error() == weld::errc::invalid_argument);
    CHECK(ip.add_address(net, prefix(10, 0, 0, 1, 24), 1).error() == weld::errc::file_exists);
}

TEST_CASE("what an interface is told wrongly is the net's status", "[interface]") {
    virtual_clock time;
    script wire;
    const auto status = [&](auto... settings) {
        weld::net net{own::interface{"eth0", own::ethernet{ethernet_script{wire}}, settings...}, own::ipv4{}, weld::shared{time}, weld::seed{1}};
        return net.status().error();
    };
    CHECK(status("10.0.0.1/24") == weld::errc{});
    CHECK(status("10.0.0.1/24", own::gateway{"10.0.0.2"}, own::mtu{1400}) == weld::errc{});
    CHECK(status("10.0.0.1") == weld::errc::invalid_argument);
    CHECK(status("10.0.0.1/24,x") == weld::errc::invalid_argument);
    CHECK(status("10.0.0.1/24,10.0.1.1") == weld::errc::network_unreachable);
    CHECK(status("10.0.0.0/24") == weld::errc::invalid_argument);
}

TEST_CASE("path MTUs are kept for ten minutes, and not believed below 552", "[ipv4][pmtu]") {  // RFC 1191 section 6
    alone<> world;
    auto& ip = world.ip();
    const weld::address4 far{{8, 8, 8, 8}};
    const auto mtu = [&] { return ip.route_to(world.net, far)->mtu; };
    CHECK(mtu() == 1500);
    std::uint32_t generation = ip.generation();
    ip.path_mtu(world.net, far, 1400);
    CHECK(mtu() == 1400);
    CHECK(ip.generation() != generation);
    CHECK(ip.route_to(world.net, {{8, 8, 8, 9}})->mtu == 1500);
    ip.path_mtu(world.net, far, 1450);  // a report does not raise it
    CHECK(mtu() == 1400);
    world.time.run_for(300_s);
    ip.path_mtu(world.net, far, 100);
    CHECK(mtu() == 552);
    CHECK(ip.route_to(world.net, far)->mtu_locked);
    generation = ip.generation();
    world.time.run_for(601_s);
    CHECK(mtu() == 1500);
    CHECK(ip.generation() != generation);
    for (std::uint32_t i = 0; i < 1000; ++i) ip.path_mtu(world.net, weld::address4::from_uint32(0x08080000 + i), 1000);
    CHECK(ip.route_to(world.net, weld::address4::from_uint32(0x08080000 + 999))->mtu == 1000);
}
