// SPDX-License-Identifier: BSL-1.0
// getsockname(2) and getpeername(2) in each state of a connection: inet_getname, net/ipv4/af_inet.c.
#include "support/worlds.hpp"

using weld::as_bytes;
using weld::errc;
using weld::shutdown_type;

TEMPLATE_LIST_TEST_CASE("a bound socket tells its own address and has no peer", "[conformance][naming]", every_tcp_world) {
    IN_WORLD(world);
    auto made = world.bound();
    CHECK(made.local_address()->port() != 0);
    CHECK(made.peer_address().error() == errc::not_connected);
}
TEMPLATE_LIST_TEST_CASE("a listener tells the address that it is bound to", "[conformance][naming]", every_tcp_world) {
    IN_WORLD(world);
    auto made = world.bound();
    const auto at = *made.local_address();
    REQUIRE(made.listen());
    CHECK(made.local_address() == at);
}
TEMPLATE_LIST_TEST_CASE("connect gives a socket a port", "[conformance][naming]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    CHECK(near.local_address()->port() != 0);
    CHECK(near.local_address()->port() != far.local_address()->port());
}
TEMPLATE_LIST_TEST_CASE("after a refusal there is no peer", "[conformance][naming]", every_tcp_world) {
    IN_WORLD(world);
    auto made = world.socket();
    REQUIRE(made.connect(world.unused_address(), patience).blocking() == errc::connection_refused);
    CHECK(made.peer_address().error() == errc::not_connected);
}
TEMPLATE_LIST_TEST_CASE("after a refusal a port that bind asked for is kept", "[conformance][naming]", every_tcp_world) {
    IN_WORLD(world);
    const auto at = *world.bound().local_address();
    auto made = world.socket();
    REQUIRE(made.bind(at));
    REQUIRE(made.connect(world.unused_address(), patience).blocking() == errc::connection_refused);
    CHECK(made.local_address() == at);
}
TEMPLATE_LIST_TEST_CASE("after a refusal a port that bind chose is given back", "[conformance][naming]", every_tcp_world) {
    IN_WORLD(world);
    auto made = world.bound();
    const auto at = *made.local_address();
    REQUIRE(made.connect(world.unused_address(), patience).blocking() == errc::connection_refused);
    auto other = world.socket();
    CHECK(other.bind(at));
    // The kernel goes on telling the number, which it has given back (inet_put_port leaves inet_sport); ours tells none.
    CHECK((made.local_address()->port() == at.port()) == TestType::is_kernel);
}
TEMPLATE_LIST_TEST_CASE("after a half-close both addresses are told", "[conformance][naming]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    const auto here = *near.local_address(), there = *near.peer_address();
    REQUIRE(near.shutdown(shutdown_type::write));
    CHECK(near.local_address() == here);
    CHECK(near.peer_address() == there);
    CHECK(received(far).empty());
    CHECK(far.peer_address() == here);
}
TEMPLATE_LIST_TEST_CASE("after a reset there is no peer", "[conformance][naming]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(far.set(weld::linger::abort()));
    far.close();
    REQUIRE(error_of_recv(near) == errc::connection_reset);
    CHECK(near.peer_address().error() == errc::not_connected);
}
TEMPLATE_LIST_TEST_CASE("when both halves have ended there is no peer for who ended last", "[conformance][naming]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(far.shutdown(shutdown_type::write));
    REQUIRE(received(near).empty());
    REQUIRE(near.shutdown(shutdown_type::write));
    REQUIRE(received(far).empty());
    pass(world, moment);
    CHECK(near.peer_address().error() == errc::not_connected);
}
