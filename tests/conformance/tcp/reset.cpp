// SPDX-License-Identifier: BSL-1.0
// Connections that are reset: RFC 9293 section 3.5.3, RFC 2525 section 2.17, SO_LINGER in socket(7).
#include "support/worlds.hpp"

using weld::as_bytes;
using weld::errc;

TEMPLATE_LIST_TEST_CASE("linger abort resets the peer, once; then the stream has ended", "[conformance][reset]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(far.set(weld::linger::abort()));
    far.close();
    CHECK(error_of_recv(near) == errc::connection_reset);
    CHECK(received(near).empty());
    CHECK(near.try_send(as_bytes("x")).error() == errc::broken_pipe);
}
TEMPLATE_LIST_TEST_CASE("socket_error tells a reset once", "[conformance][reset]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(far.set(weld::linger::abort()));
    far.close();
    REQUIRE(near.wait_readable(patience).blocking());
    CHECK(*near.template get<weld::socket_error>() == errc::connection_reset);
    CHECK(*near.template get<weld::socket_error>() == errc::success);
    CHECK(received(near).empty());
}
TEMPLATE_LIST_TEST_CASE("close with unread bytes resets the peer", "[conformance][reset]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("never read")).blocking());
    REQUIRE(far.wait_readable(patience).blocking());
    far.close();
    CHECK(error_of_recv(near) == errc::connection_reset);
}
TEMPLATE_LIST_TEST_CASE("a reset leaves what was received before it to be read", "[conformance][reset]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(far.send(as_bytes("before")).blocking());
    REQUIRE(near.wait_readable(patience).blocking());
    REQUIRE(far.set(weld::linger::abort()));
    far.close();
    CHECK(received(near) == "before");
    CHECK(error_of_recv(near) == errc::connection_reset);
}
TEMPLATE_LIST_TEST_CASE("a task that waits is told of a reset", "[conformance][reset]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    std::byte buffer[8];
    auto both = [](auto& reading, auto& closing, auto& into) -> weld::task<errc> {
        weld::scope side{reading.net()};
        side.spawn([](auto& socket) -> weld::task<> {
            static_cast<void>(socket.set(weld::linger::abort()));
            socket.close();
            co_return;
        }(closing));
        const auto got = co_await reading.recv(into, patience);
        co_return got.error();
    };
    CHECK(world.run(both(near, far, buffer)) == errc::connection_reset);
}
TEMPLATE_LIST_TEST_CASE("a listener that closes resets those whom nobody accepted", "[conformance][reset]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    auto near = world.socket();
    REQUIRE(near.connect(*listening.local_address(), patience).blocking());
    listening.close();
    CHECK(error_of_recv(near) == errc::connection_reset);
}
