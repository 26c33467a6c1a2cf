// SPDX-License-Identifier: BSL-1.0
// shutdown(2) in each state: inet_shutdown, net/ipv4/af_inet.c; RFC 9293 section 3.6.
#include "support/worlds.hpp"

using weld::as_bytes;
using weld::errc;
using weld::shutdown_type;

TEMPLATE_LIST_TEST_CASE("shutdown of a bound socket is not_connected", "[conformance][shutdown]", every_tcp_world) {
    IN_WORLD(world);
    auto made = world.bound();
    for (const shutdown_type how : {shutdown_type::read, shutdown_type::write, shutdown_type::both}) CHECK(made.shutdown(how) == errc::not_connected);
}
TEMPLATE_LIST_TEST_CASE("a listener that is shut for writing listens on", "[conformance][shutdown]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    CHECK(listening.shutdown(shutdown_type::write));
    auto near = world.socket();
    CHECK(near.connect(*listening.local_address(), patience).blocking());
    CHECK(listening.accept(patience).blocking());
}
TEMPLATE_LIST_TEST_CASE("a listener that was shut for reading may listen again, on a port of its own choice", "[conformance][shutdown]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    REQUIRE(listening.shutdown(shutdown_type::read));
    REQUIRE(listening.listen());
    auto near = world.socket();
    CHECK(near.connect(*listening.local_address(), patience).blocking());
    CHECK(listening.accept(patience).blocking());
}
TEMPLATE_LIST_TEST_CASE("shutdown behind the peer's end ends the other half", "[conformance][shutdown]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(far.shutdown(shutdown_type::write));
    REQUIRE(received(near).empty());
    CHECK(near.shutdown(shutdown_type::write));
    CHECK(received(far).empty());
}
TEMPLATE_LIST_TEST_CASE("shutdown after a reset is not_connected", "[conformance][shutdown]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(far.set(weld::linger::abort()));
    far.close();
    REQUIRE(error_of_recv(near) == errc::connection_reset);
    CHECK(near.shutdown(shutdown_type::write) == errc::not_connected);
}
TEMPLATE_LIST_TEST_CASE("shutdown after a refusal is not_connected", "[conformance][shutdown]", every_tcp_world) {
    IN_WORLD(world);
    auto made = world.socket();
    REQUIRE(made.connect(world.unused_address(), patience).blocking() == errc::connection_refused);
    CHECK(made.shutdown(shutdown_type::both) == errc::not_connected);
}
TEMPLATE_LIST_TEST_CASE("shutdown for reading tells the peer nothing, and what it sends is read", "[conformance][shutdown]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.shutdown(shutdown_type::read));
    CHECK(far.wait_readable(moment).blocking() == errc::timed_out);
    REQUIRE(far.send(as_bytes("late")).blocking() == 4u);
    pass(world, moment);
    CHECK(received(near) == "late");
    CHECK(received(near).empty());
}
TEMPLATE_LIST_TEST_CASE("what was queued before shutdown arrives before the end", "[conformance][shutdown]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    std::size_t sent = 0;
    const std::string piece(10'000, 'x');
    for (;;) {
        const auto count = near.try_send(as_bytes(piece));
        if (!count) break;
        sent += *count;
    }
    REQUIRE(near.shutdown(shutdown_type::write));
    CHECK(near.try_send(as_bytes("x")).error() == errc::broken_pipe);
    std::size_t got = 0;
    for (std::string each = received(far); !each.empty(); each = received(far)) got += each.size();
    CHECK(got == sent);
}
