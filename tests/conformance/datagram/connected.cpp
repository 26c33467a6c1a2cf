// SPDX-License-Identifier: BSL-1.0
// connect(2) of datagram sockets: udp(7), unix(7).
#include "support/worlds.hpp"

#include <vector>

using weld::as_bytes;
using weld::errc;

TEMPLATE_LIST_TEST_CASE("a connected datagram socket hears its peer alone", "[conformance][datagram]", every_udp_world) {
    IN_WORLD(world);
    auto near = world.bound();
    auto far = world.peer();
    auto stranger = world.peer();
    REQUIRE(near.connect(*far.local_address()).blocking());
    REQUIRE(stranger.send_to(as_bytes("psst"), *near.local_address()).blocking());
    REQUIRE(far.send_to(as_bytes("hello"), *near.local_address()).blocking());
    CHECK(received(near) == "hello");
    std::byte buffer[8];
    CHECK(near.recv(buffer, moment).blocking().error() == errc::timed_out);
}
TEMPLATE_LIST_TEST_CASE("a stranger may not send to a connected unix datagram socket", "[conformance][datagram]", every_unix_datagram_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    auto stranger = world.peer();
    CHECK(stranger.send_to(as_bytes("psst"), *near.local_address()).blocking().error() == errc::operation_not_permitted);
}
TEMPLATE_LIST_TEST_CASE("connect again changes the peer", "[conformance][datagram]", every_datagram_world) {
    IN_WORLD(world);
    auto near = world.bound();
    auto first = world.peer(), second = world.peer();
    REQUIRE(near.connect(*first.local_address()).blocking());
    REQUIRE(near.connect(*second.local_address()).blocking());
    CHECK(*near.peer_address() == *second.local_address());
    REQUIRE(near.send(as_bytes("x")).blocking());
    CHECK(received(second) == "x");
}
TEMPLATE_LIST_TEST_CASE("send without a peer is destination_address_required", "[conformance][datagram]", every_udp_world) {
    IN_WORLD(world);
    CHECK(world.bound().send(as_bytes("x")).blocking().error() == errc::destination_address_required);
}
TEMPLATE_LIST_TEST_CASE("send of a unix datagram without a peer is not_connected", "[conformance][datagram]", every_unix_datagram_world) {
    IN_WORLD(world);
    CHECK(world.bound().send(as_bytes("x")).blocking().error() == errc::not_connected);
}
TEMPLATE_LIST_TEST_CASE("a port where nobody is refuses, and says so once", "[conformance][datagram]", every_udp_world) {
    IN_WORLD(world);
    auto near = world.bound();
    REQUIRE(near.connect(world.unused_address()).blocking());
    REQUIRE(near.send(as_bytes("anybody?")).blocking());
    REQUIRE(near.wait_readable(patience).blocking());
    CHECK(*near.template get<weld::socket_error>() == errc::connection_refused);
    CHECK(*near.template get<weld::socket_error>() == errc::success);
    REQUIRE(near.send(as_bytes("anybody?")).blocking());
    CHECK(error_of_recv(near) == errc::connection_refused);
    std::byte buffer[8];
    CHECK(near.try_recv(buffer).error() == errc::resource_unavailable_try_again);
}
TEMPLATE_LIST_TEST_CASE("a socket without a peer is not told that a port refused", "[conformance][datagram]", every_udp_world) {
    IN_WORLD(world);
    auto near = world.bound();
    REQUIRE(near.send_to(as_bytes("anybody?"), world.unused_address()).blocking());
    std::byte buffer[8];
    CHECK(near.recv(buffer, moment).blocking().error() == errc::timed_out);
}
TEMPLATE_LIST_TEST_CASE("a datagram over the protocol's limit is message_size", "[conformance][datagram]", every_udp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    const std::vector<std::byte> large(65'536);
    CHECK(near.send(large).blocking().error() == errc::message_size);
    const std::vector<std::byte> largest(TestType::protocol.family == 2 ? 65'507 : 65'527);
    CHECK(near.send(largest).blocking() == largest.size());
    CHECK(near.send(weld::const_bytes{largest}.first(1)).blocking() == 1u);
}
TEMPLATE_LIST_TEST_CASE("broadcast needs permission", "[conformance][datagram]", std::tuple<kernel_world<weld::udp>>) {
    IN_WORLD(world);
    auto near = world.bound();
    const weld::endpoint4 everybody{weld::address4::broadcast(), 9};
    CHECK(near.send_to(as_bytes("x"), everybody).blocking().error() == errc::permission_denied);
}
TEMPLATE_LIST_TEST_CASE("a port that a datagram socket holds is in use", "[conformance][datagram]", every_udp_world) {
    IN_WORLD(world);
    auto first = world.bound();
    CHECK(world.socket().bind(*first.local_address()) == errc::address_in_use);
}
TEMPLATE_LIST_TEST_CASE("send gives a socket without an address one", "[conformance][datagram]", every_udp_world) {
    IN_WORLD(world);
    auto near = world.socket();
    auto far = world.peer();
    REQUIRE(near.send_to(as_bytes("x"), *far.local_address()).blocking());
    std::byte buffer[8];
    const auto got = far.recv_from(buffer, patience).blocking();
    REQUIRE(got);
    CHECK(got->from.port() == near.local_address()->port());
    CHECK(got->from.port() != 0);
}
