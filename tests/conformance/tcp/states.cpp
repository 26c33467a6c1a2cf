// SPDX-License-Identifier: BSL-1.0
// Which call is legal in which state, and what the others are told: tcp(7), listen(2), connect(2), shutdown(2).
#include "support/worlds.hpp"

using weld::as_bytes;
using weld::errc;
using weld::message_flags;
using weld::shutdown_type;

TEMPLATE_LIST_TEST_CASE("send without a connection is broken_pipe", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto made = world.socket();
    CHECK(made.try_send(as_bytes("x")).error() == errc::broken_pipe);
}
TEMPLATE_LIST_TEST_CASE("recv of a listener is not_connected", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    std::byte buffer[1];
    CHECK(listening.try_recv(buffer).error() == errc::not_connected);
}
TEMPLATE_LIST_TEST_CASE("send of a listener is broken_pipe", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    CHECK(listening.try_send(as_bytes("x")).error() == errc::broken_pipe);
}
TEMPLATE_LIST_TEST_CASE("connect of a listener is already_connected", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    CHECK(listening.try_connect(world.unused_address()).error() == errc::already_connected);
}
TEMPLATE_LIST_TEST_CASE("a listener has no peer", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    CHECK(listening.peer_address().error() == errc::not_connected);
}
TEMPLATE_LIST_TEST_CASE("bind of a connected socket is invalid_argument", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    CHECK(near.bind(world.free_address()).error() == errc::invalid_argument);
}
TEMPLATE_LIST_TEST_CASE("bind of a listener is invalid_argument", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto made = world.bound();
    REQUIRE(made.listen());
    CHECK(made.bind(world.free_address()).error() == errc::invalid_argument);
}
TEMPLATE_LIST_TEST_CASE("accept of a connected socket is invalid_argument", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    CHECK(near.try_accept().error() == errc::invalid_argument);
}
TEMPLATE_LIST_TEST_CASE("a listener that is shut for reading listens no more", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    const auto at = *listening.local_address();
    REQUIRE(listening.shutdown(shutdown_type::read));
    CHECK(listening.try_accept().error() == errc::invalid_argument);
    CHECK(world.socket().connect(at, patience).blocking() == errc::connection_refused);
}
TEMPLATE_LIST_TEST_CASE("a connection keeps both addresses after the peer's end", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    const auto peer = *near.peer_address();
    REQUIRE(far.shutdown(shutdown_type::write));
    REQUIRE(near.wait_readable(patience).blocking());
    CHECK(*near.peer_address() == peer);
}
TEMPLATE_LIST_TEST_CASE("shutdown of both directions: the peer reads the end, and we write no more", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.shutdown(shutdown_type::both));
    CHECK(received(far).empty());
    CHECK(received(near).empty());
    CHECK(near.try_send(as_bytes("x")).error() == errc::broken_pipe);
}
TEMPLATE_LIST_TEST_CASE("truncate throws a stream's bytes away and counts them", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("abcdef")).blocking() == 6u);
    REQUIRE(far.wait_readable(patience).blocking());
    std::byte buffer[4]{};
    CHECK(far.try_recv(buffer, message_flags::truncate) == 4u);
    CHECK(buffer[0] == std::byte{});
    CHECK(received(far) == "ef");
}
TEMPLATE_LIST_TEST_CASE("more keeps a piece back until the rest is sent", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("ab"), message_flags::more).blocking() == 2u);
    CHECK(far.wait_readable(moment).blocking() == errc::timed_out);
    REQUIRE(near.send(as_bytes("cd")).blocking() == 2u);
    CHECK(received(far) == "abcd");
}
TEMPLATE_LIST_TEST_CASE("a connection can be made from a bound port", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    auto near = world.bound();
    const auto from = *near.local_address();
    REQUIRE(near.connect(*listening.local_address(), patience).blocking());
    auto far = listening.accept(patience).blocking();
    REQUIRE(far);
    CHECK(*far->peer_address() == from);
}
TEMPLATE_LIST_TEST_CASE("many connections to one listener are told apart", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    auto first = world.connected_pair(listening);
    auto second = world.connected_pair(listening);
    REQUIRE(first.near.send(as_bytes("1")).blocking());
    REQUIRE(second.near.send(as_bytes("2")).blocking());
    CHECK(received(second.far) == "2");
    CHECK(received(first.far) == "1");
}
TEMPLATE_LIST_TEST_CASE("a connection outlives its listener", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    auto pair = world.connected_pair(listening);
    listening.close();
    REQUIRE(pair.near.send(as_bytes("x")).blocking());
    CHECK(received(pair.far) == "x");
}
TEMPLATE_LIST_TEST_CASE("what was written before close is delivered", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("last words")).blocking());
    near.close();
    CHECK(received(far) == "last words");
    CHECK(received(far).empty());
}
TEMPLATE_LIST_TEST_CASE("linger of zero seconds resets instead of ending", "[conformance][state]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.set(weld::linger::abort()));
    near.close();
    CHECK(error_of_recv(far) == errc::connection_reset);
}
TEMPLATE_LIST_TEST_CASE("a socket tells its protocol", "[conformance][options]", every_tcp_world) {
    IN_WORLD(world);
    CHECK(world.socket().template get<weld::socket_protocol>() == 6);
}
