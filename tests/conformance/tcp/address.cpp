// SPDX-License-Identifier: BSL-1.0
// bind(2), and who may share a port: ip(7), ipv6(7), socket(7).
#include "support/worlds.hpp"

using weld::errc;

TEMPLATE_LIST_TEST_CASE("a port that is listened on is in use", "[conformance][bind]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    CHECK(world.far_socket().bind(*listening.local_address()) == errc::address_in_use);
}
TEMPLATE_LIST_TEST_CASE("reuse_address does not share a port that is listened on", "[conformance][bind]", every_tcp_world) {
    IN_WORLD(world);
    auto first = world.socket();
    REQUIRE(first.set(weld::reuse_address{}));
    REQUIRE(first.bind(world.free_address()));
    REQUIRE(first.listen());
    auto second = world.socket();
    REQUIRE(second.set(weld::reuse_address{}));
    CHECK(second.bind(*first.local_address()) == errc::address_in_use);
}
TEMPLATE_LIST_TEST_CASE("reuse_address takes a port that an ended connection still holds", "[conformance][bind]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.socket();
    REQUIRE(listening.set(weld::reuse_address{}));  // both must say so
    REQUIRE(listening.bind(world.free_address()));
    REQUIRE(listening.listen());
    const auto at = *listening.local_address();
    {
        auto [near, far] = world.connected_pair(listening);
        far.close();  // the first to close keeps the port in TIME-WAIT
        CHECK(received(near).empty());
    }
    listening.close();
    CHECK(world.socket().bind(at) == errc::address_in_use);
    auto again = world.socket();
    REQUIRE(again.set(weld::reuse_address{}));
    CHECK(again.bind(at));
    CHECK(again.listen());
}
TEMPLATE_LIST_TEST_CASE("reuse_port shares a port among those who all say so", "[conformance][bind]", every_tcp_world) {
    IN_WORLD(world);
    auto first = world.socket(), second = world.socket();
    REQUIRE(first.set(weld::reuse_port{}));
    REQUIRE(second.set(weld::reuse_port{}));
    REQUIRE(first.bind(world.free_address()));
    CHECK(second.bind(*first.local_address()));
    CHECK(first.listen());
    CHECK(second.listen());
    CHECK(world.socket().bind(*first.local_address()) == errc::address_in_use);
}
TEMPLATE_LIST_TEST_CASE("a socket is bound once", "[conformance][bind]", every_tcp_world) {
    IN_WORLD(world);
    auto once = world.bound();
    CHECK(once.bind(world.free_address()) == errc::invalid_argument);
}
TEMPLATE_LIST_TEST_CASE("an address of another machine is not available", "[conformance][bind]", every_tcp_world) {
    IN_WORLD(world);
    if constexpr (TestType::protocol.family == 2)
        CHECK(world.socket().bind({*weld::address4::parse("198.51.100.1"), 0}) == errc::address_not_available);
    else CHECK(world.socket().bind({*weld::address6::parse("2001:db8::1"), 0}) == errc::address_not_available);
}
TEMPLATE_LIST_TEST_CASE("a socket that is not bound has the address of nobody", "[conformance][bind]", every_tcp_world) {
    IN_WORLD(world);
    const auto local = world.socket().local_address();
    REQUIRE(local);
    CHECK(local->address().is_any());
    CHECK(local->port() == 0);
    CHECK(world.bound().local_address()->port() != 0);
}
TEMPLATE_LIST_TEST_CASE("the end of a listener frees its port at once", "[conformance][bind]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    const auto at = *listening.local_address();
    listening.close();
    CHECK(world.far_socket().bind(at));
}
TEMPLATE_LIST_TEST_CASE("one listener serves IPv4 and IPv6", "[conformance][dual_stack]", every_dual_stack_world) {
    IN_WORLD(world);
    auto listening = world.socket();
    REQUIRE(listening.set(weld::v6_only{false}));
    REQUIRE(listening.bind({weld::address6::any(), 0}));
    REQUIRE(listening.listen());
    const auto port = listening.local_address()->port();

    auto over4 = world.net().socket(weld::tcp);
    REQUIRE(over4);
    REQUIRE(over4->connect({weld::address4::loopback(), port}, patience).blocking());
    auto far = listening.accept(patience).blocking();
    REQUIRE(far);
    CHECK(*far->peer_address() == weld::endpoint6::mapped(*over4->local_address()));
    REQUIRE(over4->send(weld::as_bytes("four")).blocking());
    CHECK(received(*far) == "four");

    auto over6 = world.socket();
    REQUIRE(over6.connect({weld::address6::loopback(), port}, patience).blocking());
    far = listening.accept(patience).blocking();
    REQUIRE(far);
    CHECK(*far->peer_address() == *over6.local_address());
}
TEMPLATE_LIST_TEST_CASE("v6_only leaves the port of IPv4 to others", "[conformance][dual_stack]", every_dual_stack_world) {
    IN_WORLD(world);
    auto listening = world.socket();
    REQUIRE(listening.set(weld::v6_only{true}));
    REQUIRE(listening.bind({weld::address6::any(), 0}));
    REQUIRE(listening.listen());
    const weld::endpoint4 at{weld::address4::loopback(), listening.local_address()->port()};
    auto over4 = world.net().socket(weld::tcp);
    REQUIRE(over4);
    CHECK(over4->connect(at, patience).blocking() == errc::connection_refused);
    auto other = world.net().socket(weld::tcp);
    REQUIRE(other);
    CHECK(other->bind(at));
}
TEMPLATE_LIST_TEST_CASE("v6_only is settled by bind", "[conformance][dual_stack]", every_dual_stack_world) {
    IN_WORLD(world);
    auto bound = world.bound();
    CHECK(bound.set(weld::v6_only{false}) == errc::invalid_argument);
}
