// SPDX-License-Identifier: BSL-1.0
// Waiting of unix sockets: poll(2), unix(7). A full receiver that is connected tells when it has room again; a full
// backlog, and a receiver that is not connected, do not, and are asked again.
#include "support/worlds.hpp"

using namespace weld::literals;
using weld::as_bytes;
using weld::errc;

TEMPLATE_LIST_TEST_CASE("a sender waits for its connected receiver", "[conformance][unix]", every_unix_world) {
    IN_WORLD(world);
    auto made = world.net().socketpair(TestType::protocol);
    REQUIRE(made);
    auto& [near, far] = *made;
    std::byte chunk[1000]{};
    int queued = 0;
    while (near.try_send(chunk)) ++queued;
    REQUIRE(queued > 0);
    CHECK(world.run(near.send(chunk, moment)).error() == errc::timed_out);
    auto both = [](auto& from, auto& to, int count) -> weld::task<bool> {
        weld::scope side{from.net()};
        side.spawn([](auto& socket, int waiting) -> weld::task<> {
            std::byte buffer[1000];
            while (waiting-- > 0) static_cast<void>(co_await socket.recv(buffer));
        }(to, count));
        std::byte more[1000]{};
        const auto sent = co_await from.send(more, patience);
        co_return sent.has_value();
    };
    CHECK(world.run(both(near, far, queued)));
}
TEMPLATE_LIST_TEST_CASE("a connect that is asked again can be given up", "[conformance][unix]", every_unix_listening_world) {
    IN_WORLD(world);
    auto listening = world.listener(0);
    const auto at = *listening.local_address();
    auto first = world.socket(), second = world.socket();
    REQUIRE(first.try_connect(at));
    {
        weld::scope tasks{world.net()};
        tasks.spawn([](auto& socket, auto to) -> weld::task<> { static_cast<void>(co_await socket.connect(to)); }(second, at));
        world.run(weld::sleep(world.net(), moment));
        CHECK(tasks.size() == 1);
    }  // cancelled here
    REQUIRE(listening.try_accept());
    world.run(weld::sleep(world.net(), moment));
    CHECK(listening.try_accept().error() == errc::resource_unavailable_try_again);
    CHECK(second.connect(at, patience).blocking());
}
TEMPLATE_LIST_TEST_CASE("many who wait for a full backlog all get in", "[conformance][unix]", every_unix_listening_world) {
    IN_WORLD(world);
    auto listening = world.listener(0);
    const auto at = *listening.local_address();
    auto all = [](auto& from, auto to, auto& of) -> weld::task<int> {
        weld::scope tasks{from.net()};
        int connected = 0, accepted = 0;
        for (int i = 0; i < 20; ++i)
            tasks.spawn([](auto socket, auto there, int& count) -> weld::task<> {
                if (co_await socket.connect(there, patience)) ++count;
            }(of.socket(), to, connected));
        while (accepted < 20 && co_await from.accept(patience)) ++accepted;
        co_await tasks.join();
        co_return connected + accepted;
    };
    CHECK(world.run(all(listening, at, world)) == 40);
}
