// SPDX-License-Identifier: BSL-1.0
// How a stream ends: shutdown(2), close(2), recv(2), send(2), RFC 9293 section 3.6.
#include "support/worlds.hpp"

using weld::as_bytes;
using weld::errc;
using weld::shutdown_type;

TEMPLATE_LIST_TEST_CASE("recv after the peer's end gives 0, and goes on giving 0", "[conformance][end]", every_listening_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(far.shutdown(shutdown_type::write));
    CHECK(received(near).empty());
    CHECK(received(near).empty());
}
TEMPLATE_LIST_TEST_CASE("what was sent before close arrives before the end", "[conformance][end]", every_listening_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(far.send(as_bytes("last words")).blocking());
    far.close();
    CHECK(received(near) == "last words");
    CHECK(received(near).empty());
}
TEMPLATE_LIST_TEST_CASE("a half-closed connection still carries the other direction", "[conformance][end]", every_listening_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.shutdown(shutdown_type::write));
    CHECK(received(far).empty());
    REQUIRE(far.send(as_bytes("still here")).blocking());
    CHECK(received(near) == "still here");
}
TEMPLATE_LIST_TEST_CASE("send after shutdown is broken_pipe and no signal", "[conformance][end]", every_listening_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.shutdown(shutdown_type::write));
    CHECK(near.try_send(as_bytes("x")).error() == errc::broken_pipe);
    CHECK(near.try_send(as_bytes("x")).error() == errc::broken_pipe);
}
TEMPLATE_LIST_TEST_CASE("send to a peer that is gone ends in broken_pipe and no signal", "[conformance][end]", every_listening_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    far.close();
    weld::errc ended{};
    const std::string question(4000, '?');  // more than any buffer takes, so that the sender has to wait for an answer
    for (int i = 0; i < 1000 && ended != errc::broken_pipe; ++i) {
        ended = near.send(as_bytes(question), patience).blocking().error();
        CHECK((ended == errc::success || ended == errc::broken_pipe || ended == errc::connection_reset));
    }
    CHECK(ended == errc::broken_pipe);
}
TEMPLATE_LIST_TEST_CASE("recv after shutdown of the reading side gives 0", "[conformance][end]", every_listening_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.shutdown(shutdown_type::read));
    CHECK(received(near).empty());
}
TEMPLATE_LIST_TEST_CASE("shutdown may be repeated", "[conformance][end]", every_listening_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    CHECK(near.shutdown(shutdown_type::write));
    CHECK(near.shutdown(shutdown_type::write));
}
TEMPLATE_LIST_TEST_CASE("shutdown without a connection is not_connected", "[conformance][end]", every_tcp_world) {
    IN_WORLD(world);
    CHECK(world.socket().shutdown(shutdown_type::both) == errc::not_connected);
    CHECK(world.bound().shutdown(shutdown_type::write) == errc::not_connected);
}
TEMPLATE_LIST_TEST_CASE("a task that waits is told of the peer's end", "[conformance][end]", every_listening_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    std::byte buffer[8];
    auto both = [](auto& reading, auto& closing, auto& into) -> weld::task<weld::result<std::size_t>> {
        weld::scope side{reading.net()};
        side.spawn([](auto& socket) -> weld::task<> {
            static_cast<void>(socket.shutdown(shutdown_type::write));
            co_return;
        }(closing));
        co_return co_await reading.recv(into, patience);
    };
    CHECK(world.run(both(near, far, buffer)) == 0u);
}
TEMPLATE_LIST_TEST_CASE("the end of one half of a split socket tells the peer nothing", "[conformance][end]", every_listening_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    auto [reader, writer] = std::move(near).split();
    { auto ended = std::move(writer); }
    REQUIRE(far.send(as_bytes("x")).blocking());
    CHECK(received(reader) == "x");
    char buffer[1];
    CHECK(far.recv(weld::as_writable_bytes(buffer), moment).blocking().error() == errc::timed_out);
    { auto ended = std::move(reader); }
    CHECK(received(far).empty());
}
TEMPLATE_LIST_TEST_CASE("a writer's shutdown is the peer's end", "[conformance][end]", every_listening_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    auto [reader, writer] = std::move(near).split();
    REQUIRE(writer.send(as_bytes("x")).blocking());
    REQUIRE(writer.shutdown());
    CHECK(received(far) == "x");
    CHECK(received(far).empty());
    REQUIRE(far.send(as_bytes("y")).blocking());
    CHECK(received(reader) == "y");
}
