// SPDX-License-Identifier: BSL-1.0
#include <weld/task/race.hpp>

#include <weld/host/inet.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/sleep.hpp>
#include <weld/task/when_all.hpp>

#include "support/catch.hpp"
#include "support/host_net.hpp"
#include "support/net_of_time.hpp"

#include <memory>

using namespace weld::literals;
using support::after;
using support::net_of_time;
using support::through;

namespace {
using tcp_socket = weld::socket<support::host_net, weld::tcp>;
}  // namespace

static_assert(weld::cancellable<decltype(std::declval<tcp_socket&>().recv(weld::mutable_bytes{}))>);
static_assert(!weld::cancellable<decltype(std::declval<tcp_socket&>().read_exactly(weld::mutable_bytes{}))>);
static_assert(weld::cancellable<decltype(std::declval<tcp_socket&>().read_exactly(weld::mutable_bytes{}, std::declval<std::size_t&>()))>);
static_assert(weld::cancellable<decltype(weld::cancel_safe(std::declval<weld::task<>>()))>);
static_assert(weld::cancellable<decltype(weld::race(std::declval<weld::sleeping>()))>);

TEST_CASE("race gives the first to end and destroys the others", "[race]") {
    net_of_time net{support::jumping_clock{}};
    support::gate gate{net.runnable()};
    std::vector<int> ended;
    const auto run = [](net_of_time& of, support::gate& at, std::vector<int>& marks) -> weld::task<int> {
        auto first = co_await weld::race(weld::cancel_safe(through(at, marks, 1)), weld::cancel_safe(after(of, 2_ms, 5)), weld::sleep(of, 9_s));
        CHECK(marks == std::vector{1});
        CHECK(at.nobody_waits());
        CHECK(first.index() == 1);
        co_return first.get<1>();
    };
    CHECK(weld::block_on(net, run(net, gate, ended)) == 5);
    CHECK(net.timers().next() == weld::time_point::never());
}

TEST_CASE("what ends at once wins, and those behind it do not begin", "[race]") {
    net_of_time net{support::jumping_clock{}};
    bool begun = false;
    const auto begins = [](bool& to) -> weld::task<> {
        to = true;
        co_return;
    };
    auto first = weld::block_on(net, weld::race(weld::sleep(net, 1_ms), weld::cancel_safe(support::immediate{}), weld::cancel_safe(begins(begun))));
    CHECK(first.index() == 1);
    CHECK_FALSE(begun);
    CHECK(net.timers().next() == weld::time_point::never());
}

TEST_CASE("when two end in one round the first that runs wins", "[race]") {
    net_of_time net{support::jumping_clock{}};
    support::gate a{net.runnable()}, b{net.runnable()};
    net.spawn([](support::gate& one, support::gate& two) -> weld::task<> {
        const auto first = co_await weld::race(one.pass(), two.pass());
        CHECK(first.index() == 1);
        CHECK(first.get<1>() == 20);
    }(a, b));
    b.open(20);
    a.open(10);
    net.run();
}

TEST_CASE("race gives what only moves", "[race]") {
    net_of_time net{support::jumping_clock{}};
    const auto make = [](net_of_time& of) -> weld::task<std::unique_ptr<int>> {
        co_await weld::sleep(of, 1_ms);
        co_return std::make_unique<int>(3);
    };
    auto first = weld::block_on(net, weld::race(weld::cancel_safe(make(net)), weld::sleep(net, 1_s)));
    REQUIRE(first.index() == 0);
    CHECK(*first.get<0>() == 3);
}

TEST_CASE("destroying a race where it waits cancels all", "[race]") {
    net_of_time net{support::jumping_clock{}};
    support::gate gate{net.runnable()};
    std::vector<int> ended;
    {
        weld::scope scope{net};
        scope.spawn([](support::gate& at, std::vector<int>& marks) -> weld::task<> {
            static_cast<void>(co_await weld::race(weld::cancel_safe(through(at, marks, 1)), weld::cancel_safe(through(at, marks, 2)),
                                                  weld::race(at.pass(), at.pass()), weld::when_all(at.pass(), at.pass())));
            FAIL("a cancelled task went on");
        }(gate, ended));
    }
    CHECK(ended.size() == 2);
    CHECK(gate.nobody_waits());
}

TEST_CASE("a loser of a race on sockets loses nothing", "[race]") {
    support::host_net net{weld::host::inet{}};
    auto listener = support::listener(net);
    auto client = net.socket(weld::tcp);
    REQUIRE(weld::block_on(net, client->connect(*listener.local_address())));
    auto served = weld::block_on(net, listener.accept());
    REQUIRE(served);
    std::array<std::byte, 8> buffer{};
    for (int i = 0; i < 3; ++i) {
        const auto first = weld::block_on(net, weld::race(served->recv(buffer), weld::sleep(net, 1_ms)));
        CHECK(first.index() == 1);
    }
    std::size_t cursor = 0;
    static_cast<void>(client->try_send(support::bytes_of("abc")));
    CHECK(weld::block_on(net, weld::race(served->read_exactly(buffer, cursor), weld::sleep(net, 5_ms))).index() == 1);
    CHECK(cursor == 3);
    static_cast<void>(client->try_send(support::bytes_of("defgh")));
    const auto first = weld::block_on(net, weld::race(served->read_exactly(buffer, cursor), weld::sleep(net, 5_s)));
    REQUIRE(first.index() == 0);
    CHECK(first.get<0>() == 8u);
    CHECK(std::memcmp(buffer.data(), "abcdefgh", 8) == 0);
}

#if defined(__cpp_exceptions)
TEST_CASE("an exception wins a race like a value, a loser's does not matter", "[race]") {
    net_of_time net{support::jumping_clock{}};
    const auto throws = [](net_of_time& of, weld::duration length) -> weld::task<> {
        co_await weld::sleep(of, length);
        throw 1;
    };
    CHECK_THROWS_AS(weld::block_on(net, weld::race(weld::cancel_safe(throws(net, 1_ms)), weld::sleep(net, 2_ms))), int);
    CHECK(weld::block_on(net, weld::race(weld::cancel_safe(throws(net, 2_ms)), weld::sleep(net, 1_ms))).index() == 1);
}
#endif
