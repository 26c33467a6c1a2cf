// SPDX-License-Identifier: BSL-1.0
// Urgent data: tcp(7), RFC 9293 section 3.8.5, RFC 6093.
#include "support/worlds.hpp"

using weld::as_bytes;
using weld::errc;
using weld::message_flags;

TEMPLATE_LIST_TEST_CASE("the urgent byte goes beside the others", "[conformance][urgent]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(far.send(as_bytes("ab")).blocking() == 2u);
    REQUIRE(far.send(as_bytes("!"), message_flags::out_of_band).blocking() == 1u);
    REQUIRE(far.send(as_bytes("cd")).blocking() == 2u);
    if constexpr (!TestType::is_kernel) {  // ours stays in the stream, as RFC 6093 section 6 would have all do
        std::byte all[5];
        CHECK(near.read_exactly(all, patience).blocking() == 5u);
        CHECK(weld::as_text(all) == "ab!cd");
        return;
    }
    CHECK(received(near) == "ab");
    char urgent = 0;
    CHECK(near.try_recv({reinterpret_cast<std::byte*>(&urgent), 1}, message_flags::out_of_band) == 1u);
    CHECK(urgent == '!');
    CHECK(received(near) == "cd");
}
TEMPLATE_LIST_TEST_CASE("out_of_band_inline leaves the urgent byte in the stream", "[conformance][urgent]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.set(weld::out_of_band_inline{}));
    REQUIRE(far.send(as_bytes("ab!"), message_flags::out_of_band).blocking() == 3u);
    std::byte buffer[3];
    CHECK(near.read_exactly(buffer, patience).blocking() == 3u);
    CHECK(weld::as_text(buffer) == "ab!");
}
TEMPLATE_LIST_TEST_CASE("without urgent data there is none to take", "[conformance][urgent]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    std::byte buffer[1];
    CHECK(near.try_recv(buffer, message_flags::out_of_band).error() == errc::invalid_argument);
}
TEMPLATE_LIST_TEST_CASE("a read that ends at the urgent mark does not lose what follows", "[conformance][urgent]", every_tcp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    auto take = [](auto& from, auto& to) -> weld::task<std::string> {
        std::byte buffer[16];
        static_cast<void>(co_await from.recv(buffer, moment));  // epoll watches from now on
        static_cast<void>(co_await to.send(as_bytes("ab")));
        static_cast<void>(co_await to.send(as_bytes("!"), message_flags::out_of_band));
        static_cast<void>(co_await to.send(as_bytes("cd")));
        std::string all;
        while (all.size() < 4) {
            const auto got = co_await from.recv(buffer, patience);
            if (!got || *got == 0) co_return message(got.error());
            all.append(reinterpret_cast<const char*>(buffer), *got);
        }
        co_return all;
    };
    const std::string got = world.run(take(near, far));
    if constexpr (TestType::is_kernel) CHECK(got == "abcd");
    else CHECK(got == "ab!cd");  // RFC 6093 section 6: see the first case
}
