// SPDX-License-Identifier: BSL-1.0
// What listen(2)'s backlog limits, and what becomes of those who find it full: tcp(7), net.ipv4.tcp_abort_on_overflow off.
#include "support/worlds.hpp"

#include <vector>

using weld::as_bytes;
using weld::errc;

TEMPLATE_LIST_TEST_CASE("one more connection than the backlog says is complete before accept", "[conformance][backlog]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener(2);
    std::vector<decltype(world.socket())> near;
    for (int i = 0; i < 3; ++i) {
        near.push_back(world.socket());
        CHECK(near.back().connect(*listening.local_address(), patience).blocking());
    }
    for (int i = 0; i < 3; ++i) CHECK(listening.accept(patience).blocking());
    CHECK(listening.try_accept().error() == errc::resource_unavailable_try_again);
}
TEMPLATE_LIST_TEST_CASE("who finds the accept queue full waits, and comes in when there is room", "[conformance][backlog]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener(0);
    auto first = world.socket(), second = world.socket();
    REQUIRE(first.connect(*listening.local_address(), patience).blocking());
    CHECK(second.connect(*listening.local_address(), moment).blocking() == errc::timed_out);
    REQUIRE(listening.accept(patience).blocking());
    auto third = world.socket();
    CHECK(third.connect(*listening.local_address(), patience).blocking());
    CHECK(listening.accept(patience).blocking());
}
TEMPLATE_LIST_TEST_CASE("a backlog below zero is one of zero", "[conformance][backlog]", every_tcp_world) {
    IN_WORLD(world);
    // The kernel takes it for the largest there is: it compares as an unsigned number. Nobody means that; ours is zero.
    auto listening = world.bound();
    REQUIRE(listening.listen(-1));
    auto near = world.socket();
    CHECK(near.connect(*listening.local_address(), patience).blocking());
}
TEMPLATE_LIST_TEST_CASE("a larger backlog lets more in at once", "[conformance][backlog]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener(0);
    auto first = world.socket(), second = world.socket();
    REQUIRE(first.connect(*listening.local_address(), patience).blocking());
    REQUIRE(listening.listen(4));
    CHECK(second.connect(*listening.local_address(), patience).blocking());
}
TEMPLATE_LIST_TEST_CASE("what a waiting connection has sent is there when it is accepted", "[conformance][backlog]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener(4);
    auto first = world.socket(), second = world.socket();
    REQUIRE(first.connect(*listening.local_address(), patience).blocking());
    REQUIRE(second.connect(*listening.local_address(), patience).blocking());
    REQUIRE(first.send(as_bytes("1")).blocking() == 1u);
    REQUIRE(second.send(as_bytes("2")).blocking() == 1u);
    auto one = listening.accept(patience).blocking(), two = listening.accept(patience).blocking();
    REQUIRE(one);
    REQUIRE(two);
    CHECK(received(*one) == "1");
    CHECK(received(*two) == "2");
}
