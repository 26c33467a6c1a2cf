// SPDX-License-Identifier: BSL-1.0
// What poll(2) tells of a stream at each moment of its life: tcp_poll, unix_poll.
#include "support/worlds.hpp"

using weld::as_bytes;
using weld::errc;
using weld::message_flags;

TEMPLATE_LIST_TEST_CASE("a fresh connection is writable and not readable", "[conformance][poll]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    CHECK(near.wait_writable(patience).blocking());
    CHECK(far.wait_writable(patience).blocking());
    CHECK(near.wait_readable(moment).blocking() == errc::timed_out);
}
TEMPLATE_LIST_TEST_CASE("what arrived makes it readable until it is read", "[conformance][poll]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("ab")).blocking() == 2u);
    CHECK(far.wait_readable(patience).blocking());
    CHECK(far.wait_readable(patience).blocking());
    CHECK(received(far) == "ab");
    CHECK(far.wait_readable(moment).blocking() == errc::timed_out);
}
TEMPLATE_LIST_TEST_CASE("what is left of a read keeps it readable", "[conformance][poll]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("abc")).blocking() == 3u);
    std::byte one[1];
    CHECK(far.recv(one, patience).blocking() == 1u);
    CHECK(far.wait_readable(moment).blocking());
}
TEMPLATE_LIST_TEST_CASE("peek leaves it readable", "[conformance][poll]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("abc")).blocking() == 3u);
    REQUIRE(far.wait_readable(patience).blocking());
    std::byte three[3];
    CHECK(far.try_recv(three, message_flags::peek) == 3u);
    CHECK(far.wait_readable(moment).blocking());
}
TEMPLATE_LIST_TEST_CASE("the peer's end is readable, and stays so", "[conformance][poll]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.shutdown(weld::shutdown_type::write));
    CHECK(far.wait_readable(patience).blocking());
    CHECK(received(far).empty());
    CHECK(far.wait_readable(moment).blocking());
}
TEMPLATE_LIST_TEST_CASE("after the peer's half-close one may still write", "[conformance][poll]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.shutdown(weld::shutdown_type::write));
    REQUIRE(far.wait_readable(patience).blocking());
    CHECK(far.wait_writable(moment).blocking());
    CHECK(far.send(as_bytes("x")).blocking() == 1u);
    CHECK(received(near) == "x");
}
TEMPLATE_LIST_TEST_CASE("a socket that was shut for writing is writable: send will not wait", "[conformance][poll]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.shutdown(weld::shutdown_type::write));
    CHECK(near.wait_writable(moment).blocking());
    CHECK(near.try_send(as_bytes("x")).error() == errc::broken_pipe);
}
TEMPLATE_LIST_TEST_CASE("a socket that was shut for reading is readable: recv will not wait", "[conformance][poll]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.shutdown(weld::shutdown_type::read));
    CHECK(near.wait_readable(moment).blocking());
    CHECK(received(near).empty());
}
TEMPLATE_LIST_TEST_CASE("a listener is readable while somebody waits to be accepted", "[conformance][poll]", every_listening_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    CHECK(listening.wait_readable(moment).blocking() == errc::timed_out);
    auto caller = world.socket();
    REQUIRE(caller.connect(*listening.local_address(), patience).blocking());
    CHECK(listening.wait_readable(patience).blocking());
    auto accepted = listening.accept(patience).blocking();
    REQUIRE(accepted);
    CHECK(listening.try_accept().error() == errc::resource_unavailable_try_again);  // the host's readiness is a hint until then
    CHECK(listening.wait_readable(moment).blocking() == errc::timed_out);
}
TEMPLATE_LIST_TEST_CASE("try_accept with nobody there would have to wait", "[conformance][accept]", every_listening_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    CHECK(listening.try_accept().error() == errc::resource_unavailable_try_again);
}
TEMPLATE_LIST_TEST_CASE("the end of the peer wakes who waits to read", "[conformance][poll]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    near.close();
    CHECK(far.wait_readable(patience).blocking());
    CHECK(received(far).empty());
}
TEMPLATE_LIST_TEST_CASE("reading makes room for the writer", "[conformance][poll]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    std::vector<std::byte> chunk(65536);
    do
        while (near.try_send(chunk)) {}
    while (near.wait_writable(moment).blocking());
    for (int quiet = 0; quiet < 2;) quiet = far.recv(chunk, moment).blocking() ? 0 : quiet + 1;
    CHECK(near.wait_writable(patience).blocking());
}
TEMPLATE_LIST_TEST_CASE("a socket tells its kind", "[conformance][options]", every_listening_world) {
    IN_WORLD(world);
    auto made = world.socket();
    const auto type = made.template get<weld::socket_type>();
    const auto family = made.template get<weld::socket_family>();
    REQUIRE(type);
    REQUIRE(family);
    CHECK(*type == TestType::protocol.type);
    CHECK(*family == TestType::protocol.family);
}
TEMPLATE_LIST_TEST_CASE("accepting tells whether a socket listens", "[conformance][options]", every_listening_world) {
    IN_WORLD(world);
    auto made = world.bound();
    CHECK(made.template get<weld::accepting>() == false);
    REQUIRE(made.listen());
    CHECK(made.template get<weld::accepting>() == true);
}
TEMPLATE_LIST_TEST_CASE("an accepted socket does not say that it listens", "[conformance][options]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    CHECK(near.template get<weld::accepting>() == false);
    CHECK(far.template get<weld::accepting>() == false);
}
TEMPLATE_LIST_TEST_CASE("without trouble there is no pending error", "[conformance][options]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    CHECK(*near.template get<weld::socket_error>() == errc{});
    near.close();
    REQUIRE(far.wait_readable(patience).blocking());
    CHECK(*far.template get<weld::socket_error>() == errc{});
}
