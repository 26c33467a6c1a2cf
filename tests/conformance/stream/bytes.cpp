// SPDX-License-Identifier: BSL-1.0
// recv(2), send(2), readv(2), writev(2) of streams.
#include "support/worlds.hpp"

#include <vector>

using weld::as_bytes;
using weld::errc;
using weld::message_flags;

TEMPLATE_LIST_TEST_CASE("a stream keeps no borders", "[conformance][stream]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("ab")).blocking());
    REQUIRE(near.send(as_bytes("cd")).blocking());
    std::byte buffer[4];
    REQUIRE(far.read_exactly(buffer, patience).blocking() == 4u);
    CHECK(weld::as_text(buffer) == "abcd");
}
TEMPLATE_LIST_TEST_CASE("what does not fit stays for the next recv", "[conformance][stream]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("abcdef")).blocking());
    std::byte buffer[4];
    REQUIRE(far.recv(buffer, patience).blocking() == 4u);
    CHECK(received(far) == "ef");
}
TEMPLATE_LIST_TEST_CASE("peek takes nothing", "[conformance][stream]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("abc")).blocking());
    std::byte buffer[8];
    auto look = [](auto& socket, auto& into) -> weld::task<bool> {
        const auto first = co_await socket.recv(into, message_flags::peek);
        const auto second = co_await socket.recv(into, message_flags::peek);
        const auto taken = co_await socket.recv(into, patience);
        co_return first == 3u && second == 3u && taken == 3u;
    };
    CHECK(world.run(look(far, buffer)));
}
TEMPLATE_LIST_TEST_CASE("try_recv without data would have to wait", "[conformance][stream]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    std::byte buffer[8];
    CHECK(near.try_recv(buffer).error() == errc::resource_unavailable_try_again);
    CHECK(near.recv(buffer, moment).blocking().error() == errc::timed_out);
    CHECK(world.run(near.recv(buffer, moment)).error() == errc::timed_out);
    REQUIRE(far.send(as_bytes("x")).blocking());
    CHECK(received(near) == "x");
}
TEMPLATE_LIST_TEST_CASE("recv into no room gives 0 and is no end", "[conformance][stream]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(far.send(as_bytes("x")).blocking());
    CHECK(near.recv(weld::mutable_bytes{}, patience).blocking() == 0u);
    CHECK(received(near) == "x");
}
TEMPLATE_LIST_TEST_CASE("send of nothing sends nothing", "[conformance][stream]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    CHECK(near.send(weld::const_bytes{}).blocking() == 0u);
    std::byte buffer[8];
    CHECK(far.recv(buffer, moment).blocking().error() == errc::timed_out);
}
TEMPLATE_LIST_TEST_CASE("pieces are gathered and scattered in their order", "[conformance][stream]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    const weld::const_bytes out[] = {as_bytes("head"), as_bytes(""), as_bytes("body")};
    CHECK(near.send(out, patience).blocking() == 8u);
    char first[3], second[8];
    const weld::mutable_bytes in[] = {weld::as_writable_bytes(first), weld::as_writable_bytes(second)};
    CHECK(far.recv(in, patience).blocking() == 8u);
    CHECK(std::string(first, 3) == "hea");
    CHECK(std::string(second, 5) == "dbody");
    CHECK(far.try_recv(in).error() == errc::resource_unavailable_try_again);
}
TEMPLATE_LIST_TEST_CASE("read_exactly is short only at the end", "[conformance][stream]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("abc")).blocking());
    REQUIRE(near.shutdown(weld::shutdown_type::write));
    std::byte buffer[8];
    CHECK(far.read_exactly(buffer, patience).blocking() == 3u);
    CHECK(far.read_exactly(buffer, patience).blocking() == 0u);
}
TEMPLATE_LIST_TEST_CASE("a cursor keeps what read_exactly had when its time ran out", "[conformance][stream]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("ab")).blocking());
    std::byte buffer[4];
    std::size_t done = 0;
    CHECK(far.read_exactly(buffer, done, moment).blocking().error() == errc::timed_out);
    CHECK(done == 2);
    REQUIRE(near.send(as_bytes("cd")).blocking());
    CHECK(far.read_exactly(buffer, done, patience).blocking() == 4u);
    CHECK(weld::as_text(buffer) == "abcd");
}
TEMPLATE_LIST_TEST_CASE("a sender waits for a reader, and every byte arrives in its order", "[conformance][stream]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    std::vector<std::byte> data(3'000'000);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 2654435761U >> 24);
    std::vector<std::byte> got(data.size());
    auto both = [](auto& from, auto& to, auto& out, auto& in) -> weld::task<bool> {
        weld::scope side{from.net()};
        side.spawn([](auto& socket, auto& bytes) -> weld::task<> { static_cast<void>(co_await socket.send_all(bytes)); }(from, out));
        co_return co_await to.read_exactly(in, patience) == out.size();
    };
    CHECK(world.run(both(near, far, data, got)));
    CHECK(got == data);
}
TEMPLATE_LIST_TEST_CASE("a full socket takes no more until its peer reads", "[conformance][stream]", every_stream_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    std::vector<std::byte> chunk(65536);
    std::size_t sent = 0;
    for (;;) {
        const auto count = near.try_send(chunk);
        if (count) {
            sent += *count;
            continue;
        }
        REQUIRE(count.error() == errc::resource_unavailable_try_again);
        if (near.wait_writable(moment).blocking() == errc::timed_out) break;  // what was on its way has arrived as well
    }
    for (std::size_t read = 0; read < sent;) {
        const auto count = far.recv(chunk, patience).blocking();
        REQUIRE(count);
        read += *count;
    }
    CHECK(near.wait_writable(patience).blocking());
    CHECK(near.try_send(chunk));
}
