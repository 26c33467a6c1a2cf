// SPDX-License-Identifier: BSL-1.0
// An error waits in the socket for the next call that can tell it, which takes it away: sock_error, SO_ERROR in socket(7).
#include "support/worlds.hpp"

using weld::as_bytes;
using weld::errc;

namespace {
/// The peer has reset the connection, and nobody was told yet.
template <class World>
auto reset_socket(World& world) {
    auto both = world.connected_pair();
    REQUIRE(both.far.set(weld::linger::abort()));
    both.far.close();
    REQUIRE(both.near.wait_readable(patience).blocking());
    return std::move(both.near);
}
}  // namespace

TEMPLATE_LIST_TEST_CASE("send is told a pending reset, once", "[conformance][pending]", every_tcp_world) {
    IN_WORLD(world);
    auto near = reset_socket(world);
    CHECK(near.try_send(as_bytes("x")).error() == errc::connection_reset);
    CHECK(near.try_send(as_bytes("x")).error() == errc::broken_pipe);
}
TEMPLATE_LIST_TEST_CASE("what recv was told send is not told again", "[conformance][pending]", every_tcp_world) {
    IN_WORLD(world);
    auto near = reset_socket(world);
    CHECK(error_of_recv(near) == errc::connection_reset);
    CHECK(*near.template get<weld::socket_error>() == errc::success);
    CHECK(near.try_send(as_bytes("x")).error() == errc::broken_pipe);
}
TEMPLATE_LIST_TEST_CASE("asking for names leaves a pending error", "[conformance][pending]", every_tcp_world) {
    IN_WORLD(world);
    auto near = reset_socket(world);
    static_cast<void>(near.local_address());
    static_cast<void>(near.peer_address());
    CHECK(*near.template get<weld::socket_error>() == errc::connection_reset);
}
TEMPLATE_LIST_TEST_CASE("a pending error makes a socket readable and writable", "[conformance][pending]", every_tcp_world) {
    IN_WORLD(world);
    auto near = reset_socket(world);
    CHECK(near.wait_writable(patience).blocking());
    CHECK(near.wait_readable(patience).blocking());
    CHECK(*near.template get<weld::socket_error>() == errc::connection_reset);
    CHECK(near.wait_writable(patience).blocking());
    CHECK(near.wait_readable(patience).blocking());
}
TEMPLATE_LIST_TEST_CASE("a refusal that nobody waited for is the socket's error", "[conformance][pending]", every_tcp_world) {
    IN_WORLD(world);
    auto made = world.socket();
    const auto begun = made.try_connect(world.unused_address());
    if (begun.error() == errc::connection_refused) return;  // the kernel over its loopback may be as quick as that
    REQUIRE(begun.error() == errc::operation_in_progress);
    REQUIRE(made.wait_writable(patience).blocking());
    CHECK(*made.template get<weld::socket_error>() == errc::connection_refused);
    CHECK(*made.template get<weld::socket_error>() == errc::success);
}
TEMPLATE_LIST_TEST_CASE("a peek is told a pending error, and takes it away", "[conformance][pending]", every_tcp_world) {
    IN_WORLD(world);
    auto near = reset_socket(world);
    std::byte buffer[1];
    CHECK(near.try_recv(buffer, weld::message_flags::peek).error() == errc::connection_reset);
    CHECK(near.try_recv(buffer, weld::message_flags::peek) == 0u);
}
TEMPLATE_LIST_TEST_CASE("recv of no room takes no error away", "[conformance][pending]", every_tcp_world) {
    IN_WORLD(world);
    auto near = reset_socket(world);
    const auto got = near.try_recv(weld::mutable_bytes{});
    CHECK((got == 0u || got.error() == errc::connection_reset));
    const errc left = near.template get<weld::socket_error>()->error();
    CHECK((got == 0u ? left == errc::connection_reset : left == errc::success));
}
