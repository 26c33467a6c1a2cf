// SPDX-License-Identifier: BSL-1.0
// What poll(2) tells of a datagram socket, and what connect(2) and shutdown(2) do to it: udp(7).
#include "support/worlds.hpp"

using weld::as_bytes;
using weld::errc;

TEMPLATE_LIST_TEST_CASE("a datagram socket is writable from the start", "[conformance][poll]", every_datagram_world) {
    IN_WORLD(world);
    CHECK(world.bound().wait_writable(moment).blocking());
}
TEMPLATE_LIST_TEST_CASE("a datagram makes it readable until it is received", "[conformance][poll]", every_datagram_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    CHECK(far.wait_readable(moment).blocking() == errc::timed_out);
    REQUIRE(near.send(as_bytes("x")).blocking());
    CHECK(far.wait_readable(patience).blocking());
    CHECK(received(far) == "x");
    std::byte buffer[1];
    CHECK(far.try_recv(buffer).error() == errc::resource_unavailable_try_again);  // the host's readiness is a hint until then
    CHECK(far.wait_readable(moment).blocking() == errc::timed_out);
}
TEMPLATE_LIST_TEST_CASE("a second datagram keeps it readable", "[conformance][poll]", every_datagram_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("a")).blocking());
    REQUIRE(near.send(as_bytes("b")).blocking());
    CHECK(received(far) == "a");
    CHECK(far.wait_readable(patience).blocking());
    CHECK(received(far) == "b");
}
TEMPLATE_LIST_TEST_CASE("an empty datagram makes it readable too", "[conformance][poll]", every_datagram_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("")).blocking());
    CHECK(far.wait_readable(patience).blocking());
    CHECK(received(far).empty());
}
TEMPLATE_LIST_TEST_CASE("try_recv without a datagram would have to wait", "[conformance][poll]", every_datagram_world) {
    IN_WORLD(world);
    std::byte buffer[1];
    CHECK(world.bound().try_recv(buffer).error() == errc::resource_unavailable_try_again);
}
TEMPLATE_LIST_TEST_CASE("what the buffer could not take is gone", "[conformance][datagram]", every_datagram_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("abcdef")).blocking());
    REQUIRE(near.send(as_bytes("next")).blocking());
    std::byte two[2];
    CHECK(far.recv(two, patience).blocking() == 2u);
    CHECK(received(far) == "next");
}
TEMPLATE_LIST_TEST_CASE("connect gives a socket the address it sends from", "[conformance][connect]", every_udp_world) {
    IN_WORLD(world);
    auto far = world.peer();
    auto near = world.socket();
    REQUIRE(near.connect(*far.local_address()).blocking());
    CHECK_FALSE(near.local_address()->address().is_any());
    CHECK(near.local_address()->port() != 0);
    CHECK(*near.peer_address() == *far.local_address());
}
TEMPLATE_LIST_TEST_CASE("a datagram socket without a peer has none to tell", "[conformance][connect]", every_udp_world) {
    IN_WORLD(world);
    CHECK(world.bound().peer_address().error() == errc::not_connected);
}
TEMPLATE_LIST_TEST_CASE("shutdown without a peer is not_connected", "[conformance][shutdown]", every_udp_world) {
    IN_WORLD(world);
    CHECK(world.bound().shutdown(weld::shutdown_type::both).error() == errc::not_connected);
}
TEMPLATE_LIST_TEST_CASE("after shutdown for writing a datagram is broken_pipe", "[conformance][shutdown]", every_udp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.shutdown(weld::shutdown_type::write));
    CHECK(near.try_send(as_bytes("x")).error() == errc::broken_pipe);
}
TEMPLATE_LIST_TEST_CASE("an unbound socket is bound by its first datagram", "[conformance][bind]", every_udp_world) {
    IN_WORLD(world);
    auto far = world.peer();
    auto near = world.socket();
    CHECK(near.local_address()->port() == 0);
    REQUIRE(near.send_to(as_bytes("x"), *far.local_address()).blocking());
    CHECK(near.local_address()->port() != 0);
    CHECK(received(far) == "x");
}
TEMPLATE_LIST_TEST_CASE("a bound socket is bound once", "[conformance][bind]", every_udp_world) {
    IN_WORLD(world);
    CHECK(world.bound().bind(world.free_address()).error() == errc::invalid_argument);
}
TEMPLATE_LIST_TEST_CASE("the end of a socket frees its port", "[conformance][bind]", every_udp_world) {
    IN_WORLD(world);
    auto first = world.bound();
    const auto at = *first.local_address();
    CHECK(world.socket().bind(at).error() == errc::address_in_use);
    first.close();
    CHECK(world.socket().bind(at));
}
