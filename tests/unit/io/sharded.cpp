// SPDX-License-Identifier: BSL-1.0
#include <weld/io/sharded.hpp>

#include <weld/host/inet.hpp>
#include <weld/socket/options.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/serve.hpp>
#include <weld/task/sleep.hpp>

#include "support/catch.hpp"
#include "support/host_net.hpp"

#include <atomic>

using namespace weld::literals;

namespace {
template <class Socket>
weld::task<> echo(Socket socket) {
    std::array<std::byte, 64> buffer;
    for (;;) {
        const auto got = co_await socket.recv(buffer);
        if (!got || *got == 0 || !co_await socket.send_all({buffer.data(), *got})) co_return;
    }
}
}  // namespace

TEST_CASE("shards serve one port side by side and stop together", "[sharded]") {
    support::host_net net{weld::host::inet{}};
    auto reserved = net.socket(weld::tcp);  // keeps the port, does not listen
    REQUIRE(reserved->set(weld::reuse_port{true}));
    REQUIRE(reserved->bind(weld::endpoint4{weld::address4::loopback(), 0}));
    const auto address = *reserved->local_address();

    std::atomic<int> listening{0}, served{0}, ended{0};
    {
        weld::sharded servers{2, [&](weld::shard& here) {
            weld::net mine{weld::host::inet{}};
            auto listener = mine.socket(weld::tcp);
            if (listener->set(weld::reuse_port{true}) && listener->bind(address) && listener->listen()) {
                ++listening;
                listening.notify_one();
            }
            mine.spawn([](auto& of, auto& at, std::atomic<int>& count) -> weld::task<> {
                static_cast<void>(co_await weld::serve(of, at, [&count](auto socket) {
                    ++count;
                    return echo(std::move(socket));
                }));
            }(mine, *listener, served));
            if (here.run(mine)) ++ended;
        }};
        CHECK(servers.size() == 2);
        for (int seen = listening; seen < 2; seen = listening) listening.wait(seen);

        for (int i = 0; i < 20; ++i) {
            auto client = net.socket(weld::tcp);
            REQUIRE(weld::block_on(net, client->connect(address)));
            std::array<std::byte, 5> buffer{};
            CHECK(weld::block_on(net, client->send_all(support::bytes_of("hello"))) == 5u);
            CHECK(weld::block_on(net, client->read_exactly(buffer, 5_s)) == 5u);
        }
        CHECK(ended == 0);
        servers.stop();
        servers.join();
        CHECK(ended == 2);
    }
    CHECK(served == 20);
}

TEST_CASE("shards that are stopped before they run do not run", "[sharded]") {
    for (int i = 0; i < 50; ++i) {
        weld::sharded servers{2, [](weld::shard& here) {
            weld::net net{weld::host::inet{}};
            net.spawn([](auto& of) -> weld::task<> { co_await weld::sleep(of, 1_h); }(net));
            static_cast<void>(here.run(net));
        }};
    }
    SUCCEED();
}
