// SPDX-License-Identifier: BSL-1.0
// connect(2), getsockname(2), getpeername(2) of streams and seqpackets.
#include "support/worlds.hpp"

using weld::errc;

TEMPLATE_LIST_TEST_CASE("connect where nobody listens is refused", "[conformance][connect]", every_listening_world) {
    IN_WORLD(world);
    auto near = world.socket();
    CHECK(near.connect(world.unused_address(), patience).blocking() == errc::connection_refused);
}
TEMPLATE_LIST_TEST_CASE("a bound socket that does not listen refuses", "[conformance][connect]", every_listening_world) {
    IN_WORLD(world);
    auto quiet = world.peer();
    auto near = world.socket();
    CHECK(near.connect(*quiet.local_address(), patience).blocking() == errc::connection_refused);
}
TEMPLATE_LIST_TEST_CASE("after a refusal the same socket can connect", "[conformance][connect]", every_listening_world) {
    IN_WORLD(world);
    auto near = world.socket();
    REQUIRE(near.connect(world.unused_address(), patience).blocking() == errc::connection_refused);
    auto listening = world.listener();
    CHECK(near.connect(*listening.local_address(), patience).blocking());
}
TEMPLATE_LIST_TEST_CASE("connect of a connected socket is already_connected", "[conformance][connect]", every_listening_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    auto [near, far] = world.connected_pair(listening);
    CHECK(near.try_connect(*listening.local_address()) == errc::already_connected);
}
TEMPLATE_LIST_TEST_CASE("both ends tell the same two addresses", "[conformance][connect]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    auto [near, far] = world.connected_pair(listening);
    CHECK(*near.peer_address() == *listening.local_address());
    CHECK(*far.local_address() == *listening.local_address());
    CHECK(*far.peer_address() == *near.local_address());
    CHECK(near.local_address()->port() != 0);
}
TEMPLATE_LIST_TEST_CASE("without a connection there is no peer's address", "[conformance][connect]", every_listening_world) {
    IN_WORLD(world);
    CHECK(world.socket().peer_address().error() == errc::not_connected);
    CHECK(world.bound().peer_address().error() == errc::not_connected);
    CHECK(world.listener().peer_address().error() == errc::not_connected);
}
TEMPLATE_LIST_TEST_CASE("connect that would have to wait is writable when it has ended", "[conformance][connect]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    auto near = world.socket();
    const auto begun = near.try_connect(*listening.local_address());
    if (!begun) {
        REQUIRE(begun == errc::operation_in_progress);
        REQUIRE(near.wait_writable(patience).blocking());
    }
    CHECK(*near.template get<weld::socket_error>() == errc::success);
    CHECK(near.peer_address());
}
TEMPLATE_LIST_TEST_CASE("recv and send without a connection are not_connected", "[conformance][connect]", every_tcp_world) {
    IN_WORLD(world);
    auto near = world.socket();
    CHECK(error_of_recv(near) == errc::not_connected);
    CHECK(near.try_send(weld::as_bytes("x")).error() == errc::broken_pipe);  // Linux: a closed socket, tcp_sendmsg_locked
}
