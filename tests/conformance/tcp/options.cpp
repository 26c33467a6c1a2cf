// SPDX-License-Identifier: BSL-1.0
// Options whose effect is on TCP: socket(7), tcp(7).
#include "support/worlds.hpp"

using namespace weld::literals;
using weld::errc;

TEMPLATE_LIST_TEST_CASE("options are told as they were set", "[conformance][option]", every_tcp_world) {
    IN_WORLD(world);
    auto near = world.socket();
    CHECK(*near.template get<weld::no_delay>() == false);
    CHECK(near.set(weld::no_delay{}));
    CHECK(*near.template get<weld::no_delay>() == true);
    CHECK(near.set(weld::keep_alive{}));
    CHECK(near.set(weld::keep_idle{75_s}));
    CHECK(*near.template get<weld::keep_idle>() == 75_s);
    CHECK(near.set(weld::linger::wait(3_s)));
    CHECK(*near.template get<weld::linger>() == weld::linger::wait(3_s));
    CHECK(near.set(weld::linger::off()));
    CHECK_FALSE(near.template get<weld::linger>()->on);
}
TEMPLATE_LIST_TEST_CASE("a buffer's size is told doubled", "[conformance][option]", every_tcp_world) {
    IN_WORLD(world);
    auto near = world.socket();
    REQUIRE(near.set(weld::receive_buffer{50'000}));
    CHECK(*near.template get<weld::receive_buffer>() == 100'000);
    REQUIRE(near.set(weld::send_buffer{60'000}));
    CHECK(*near.template get<weld::send_buffer>() == 120'000);
}
TEMPLATE_LIST_TEST_CASE("an accepted connection has its listener's options", "[conformance][option]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    REQUIRE(listening.set(weld::no_delay{}));
    REQUIRE(listening.set(weld::keep_alive{}));
    auto [near, far] = world.connected_pair(listening);
    CHECK(*far.template get<weld::no_delay>());
    CHECK(*far.template get<weld::keep_alive>());
    CHECK_FALSE(*near.template get<weld::no_delay>());
}
TEMPLATE_LIST_TEST_CASE("values out of range are invalid_argument", "[conformance][option]", every_tcp_world) {
    IN_WORLD(world);
    auto near = world.socket();
    CHECK(near.set(weld::keep_count{0}) == errc::invalid_argument);
    CHECK(near.set(weld::keep_idle{100'000_s}) == errc::invalid_argument);
    CHECK(near.set(weld::max_segment{1}) == errc::invalid_argument);
}
