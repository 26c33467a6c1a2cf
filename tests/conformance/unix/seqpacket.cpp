// SPDX-License-Identifier: BSL-1.0
// Seqpackets: connected as streams, with borders as datagrams: unix(7).
#include "support/worlds.hpp"

using weld::as_bytes;
using weld::errc;

using seqpacket_world = std::tuple<kernel_world<weld::unix_seqpacket>>;

TEMPLATE_LIST_TEST_CASE("a seqpacket keeps its borders", "[conformance][seqpacket]", seqpacket_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("one")).blocking());
    REQUIRE(near.send(as_bytes("two")).blocking());
    CHECK(received(far) == "one");
    CHECK(received(far) == "two");
}
TEMPLATE_LIST_TEST_CASE("a seqpacket that is longer than the buffer loses its rest, and says so", "[conformance][seqpacket]", seqpacket_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("abcdef")).blocking());
    REQUIRE(near.send(as_bytes("next")).blocking());
    char buffer[4];
    const auto got = far.recv(weld::as_writable_bytes(buffer), weld::control<>, patience).blocking();
    REQUIRE(got);
    CHECK(got->truncated());
    CHECK(got->size == 4);
    CHECK(received(far) == "next");
}
TEMPLATE_LIST_TEST_CASE("send without a connection is not_connected", "[conformance][seqpacket]", seqpacket_world) {
    IN_WORLD(world);
    CHECK(world.socket().send(as_bytes("x")).blocking().error() == errc::not_connected);
}
