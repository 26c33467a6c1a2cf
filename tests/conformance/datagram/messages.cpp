// SPDX-License-Identifier: BSL-1.0
// recv(2), send(2), recvmsg(2), recvmmsg(2) of datagrams and seqpackets.
#include "support/worlds.hpp"

using weld::as_bytes;
using weld::errc;
using weld::message_flags;

TEMPLATE_LIST_TEST_CASE("a datagram keeps its borders, and its order to one receiver", "[conformance][datagram]", every_datagram_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("one")).blocking() == 3u);
    REQUIRE(near.send(as_bytes("three")).blocking() == 5u);
    CHECK(received(far) == "one");
    CHECK(received(far) == "three");
}
TEMPLATE_LIST_TEST_CASE("a datagram that is longer than the buffer loses its rest", "[conformance][datagram]", every_datagram_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("abcdef")).blocking());
    REQUIRE(near.send(as_bytes("next")).blocking());
    std::byte buffer[4];
    CHECK(far.recv(buffer, patience).blocking() == 4u);
    CHECK(received(far) == "next");
}
TEMPLATE_LIST_TEST_CASE("truncate answers a datagram's true size", "[conformance][datagram]", every_datagram_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("abcdef")).blocking());
    std::byte buffer[4];
    CHECK(far.recv(buffer, message_flags::peek | message_flags::truncate).blocking() == 6u);
    const auto got = far.recv(buffer, weld::control<>, patience).blocking();
    REQUIRE(got);
    CHECK(got->size == 4);
    CHECK(got->truncated());
}
TEMPLATE_LIST_TEST_CASE("an empty datagram is a datagram", "[conformance][datagram]", every_datagram_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("")).blocking() == 0u);
    REQUIRE(near.send(as_bytes("x")).blocking() == 1u);
    CHECK(received(far).empty());
    CHECK(received(far) == "x");
}
TEMPLATE_LIST_TEST_CASE("peek leaves the datagram there", "[conformance][datagram]", every_datagram_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("abc")).blocking());
    std::byte buffer[8];
    CHECK(far.recv(buffer, message_flags::peek).blocking() == 3u);
    CHECK(received(far) == "abc");
}
TEMPLATE_LIST_TEST_CASE("recv_from tells the sender, to whom one can answer", "[conformance][datagram]", every_datagram_world) {
    IN_WORLD(world);
    auto near = world.bound();
    auto far = world.peer();
    REQUIRE(near.send_to(as_bytes("ping"), *far.local_address(), patience).blocking());
    std::byte buffer[8];
    const auto got = far.recv_from(buffer, patience).blocking();
    REQUIRE(got);
    CHECK(got->size == 4);
    CHECK(got->from == *near.local_address());
    REQUIRE(far.send_to(as_bytes("pong"), got->from).blocking());
    CHECK(received(near) == "pong");
}
TEMPLATE_LIST_TEST_CASE("a datagram is gathered from pieces and scattered into buffers", "[conformance][datagram]", every_datagram_world) {
    IN_WORLD(world);
    auto near = world.bound();
    auto far = world.peer();
    const weld::const_bytes out[] = {as_bytes("head"), as_bytes("body")};
    CHECK(near.send_to(out, *far.local_address(), patience).blocking() == 8u);
    char first[4], second[8];
    const weld::mutable_bytes in[] = {weld::as_writable_bytes(first), weld::as_writable_bytes(second)};
    const auto got = far.recv(in, weld::control<>, patience).blocking();
    REQUIRE(got);
    CHECK(got->size == 8);
    CHECK(got->from == *near.local_address());
    CHECK(std::string(first, 4) + std::string(second, 4) == "headbody");
}
TEMPLATE_LIST_TEST_CASE("many datagrams go and come in one call", "[conformance][datagram]", every_datagram_world) {
    IN_WORLD(world);
    auto near = world.bound();
    auto far = world.peer();
    const auto to = *far.local_address();
    const weld::outgoing<typename TestType::address> out[] = {{as_bytes("a"), to}, {as_bytes("bb"), to}, {as_bytes("ccc"), to}};
    CHECK(near.send_many(out, patience).blocking() == 3u);
    char buffers[4][2];
    weld::incoming<typename TestType::address> in[4];
    for (int i = 0; i < 4; ++i) in[i].buffer = weld::as_writable_bytes(buffers[i]);
    REQUIRE(far.wait_readable(patience).blocking());
    REQUIRE(far.recv_many(in, patience).blocking() == 3u);
    CHECK(weld::as_text(in[0].data()) == "a");
    CHECK(weld::as_text(in[1].data()) == "bb");
    CHECK(weld::as_text(in[2].data()) == "cc");
    CHECK(has(in[2].flags, message_flags::truncate));
    CHECK_FALSE(has(in[1].flags, message_flags::truncate));
    CHECK(in[0].from == *near.local_address());
    CHECK(far.try_recv_many(in).error() == errc::resource_unavailable_try_again);
}
TEMPLATE_LIST_TEST_CASE("recv without a datagram waits until its deadline", "[conformance][datagram]", every_datagram_world) {
    IN_WORLD(world);
    auto far = world.bound();
    std::byte buffer[8];
    CHECK(far.try_recv(buffer).error() == errc::resource_unavailable_try_again);
    CHECK(far.recv(buffer, moment).blocking().error() == errc::timed_out);
    CHECK(world.run(far.recv_from(buffer, moment)).error() == errc::timed_out);
}
TEMPLATE_LIST_TEST_CASE("a task gets datagrams that come while it waits", "[conformance][datagram]", every_datagram_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    auto both = [](auto& from, auto& to) -> weld::task<std::string> {
        weld::scope side{from.net()};
        side.spawn([](auto& socket) -> weld::task<> {
            for (const char* word : {"a", "b", "c"}) static_cast<void>(co_await socket.send(as_bytes(word)));
        }(from));
        std::string all;
        std::byte buffer[8];
        while (all.size() < 3) {
            const auto got = co_await to.recv(buffer, patience);
            if (!got) co_return message(got.error());
            all.append(reinterpret_cast<const char*>(buffer), *got);
        }
        co_return all;
    };
    CHECK(world.run(both(near, far)) == "abc");
}
