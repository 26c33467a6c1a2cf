// SPDX-License-Identifier: BSL-1.0
#include <weld/task/when_all.hpp>

#include <weld/host/inet.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/sleep.hpp>
#include <weld/task/task.hpp>

#include "support/catch.hpp"
#include "support/host_net.hpp"
#include "support/net_of_time.hpp"

#include <memory>

using namespace weld::literals;
using support::after;
using support::net_of_time;
using support::through;

using all_safe = decltype(weld::when_all(std::declval<weld::sleeping>(), std::declval<weld::sleeping>()));
using one_unsafe = decltype(weld::when_all(std::declval<weld::sleeping>(), std::declval<weld::task<>>()));
static_assert(weld::awaitable<all_safe> && weld::cancellable<all_safe> && !weld::cancellable<one_unsafe>);
static_assert(std::is_void_v<weld::awaited<one_unsafe>>);
static_assert(std::is_same_v<weld::awaited<decltype(weld::when_all(std::declval<weld::task<int>>(), std::declval<weld::sleeping>()))>,
                             weld::values<int, weld::unit>>);

TEST_CASE("when_all gives what each ended with, in their order", "[when_all]") {
    net_of_time net{support::jumping_clock{}};
    const auto before = net.now();
    auto [first, second, third] = weld::block_on(net, weld::when_all(after(net, 3_ms, 1), after(net, 1_ms, 2), weld::sleep(net, 2_ms)));
    CHECK(first == 1);
    CHECK(second == 2);
    CHECK(third == weld::unit{});
    CHECK(net.now() - before < 4_ms);  // side by side
}

TEST_CASE("when_all of what ends at once does not wait", "[when_all]") {
    net_of_time net{support::jumping_clock{}};
    weld::block_on(net, weld::when_all());
    weld::block_on(net, weld::when_all(support::immediate{}, support::immediate{}));
    const auto at_once = [](int number) -> weld::task<int> { co_return number; };
    auto all = weld::block_on(net, weld::when_all(at_once(1), support::immediate{}, at_once(2)));
    CHECK(all.get<0>() == 1);
    CHECK(all.get<2>() == 2);
    auto mixed = weld::block_on(net, weld::when_all(at_once(1), after(net, 1_ms, 2)));
    CHECK(mixed.get<1>() == 2);
}

TEST_CASE("when_all gives what only moves", "[when_all]") {
    net_of_time net{support::jumping_clock{}};
    const auto make = [](int number) -> weld::task<std::unique_ptr<int>> { co_return std::make_unique<int>(number); };
    auto [a, b] = weld::block_on(net, weld::when_all(make(1), make(2)));
    CHECK(*a + *b == 3);
}

TEST_CASE("destroying when_all where it waits cancels all", "[when_all]") {
    net_of_time net{support::jumping_clock{}};
    support::gate gate{net.runnable()};
    std::vector<int> ended;
    {
        weld::scope scope{net};
        scope.spawn([](support::gate& at, std::vector<int>& marks) -> weld::task<> {
            co_await weld::when_all(through(at, marks, 1), through(at, marks, 2), at.pass());
            FAIL("a cancelled task went on");
        }(gate, ended));
        CHECK(ended.empty());
    }
    CHECK(ended.size() == 2);
    CHECK(gate.nobody_waits());
}

TEST_CASE("when_all that one branch has left may still be cancelled", "[when_all]") {
    net_of_time net{support::jumping_clock{}};
    support::gate open{net.runnable()}, closed{net.runnable()};
    std::vector<int> ended;
    {
        weld::scope scope{net};
        scope.spawn([](support::gate& a, support::gate& b, std::vector<int>& marks) -> weld::task<> {
            co_await weld::when_all(through(a, marks, 1), through(b, marks, 2));
        }(open, closed, ended));
        open.open();
        net.step();
        CHECK(ended == std::vector{1});
    }
    CHECK(ended == std::vector{1, 2});
}

TEST_CASE("a million rounds of when_all take no stack and no memory", "[when_all]") {
    net_of_time net{support::jumping_clock{}};
    const auto rounds = [](support::gate& open) -> weld::task<int> {
        int sum = 0;
        for (int i = 0; i < 1'000'000; ++i) {
            auto [a, b] = co_await weld::when_all(open.pass(), open.pass());
            sum += a + b;
        }
        co_return sum;
    };
    support::gate open{net.runnable()};
    open.open(1);
    CHECK(weld::block_on(net, rounds(open)) == 2'000'000);
}

#if defined(__cpp_exceptions)
TEST_CASE("when_all throws when all have ended, the first in their order", "[when_all]") {
    net_of_time net{support::jumping_clock{}};
    int ended = 0;
    const auto throws = [](net_of_time& of, weld::duration length, int what) -> weld::task<> {
        co_await weld::sleep(of, length);
        throw what;
    };
    const auto ends = [](net_of_time& of, int& count) -> weld::task<> {
        co_await weld::sleep(of, 5_ms);
        ++count;
    };
    try {
        weld::block_on(net, weld::when_all(throws(net, 2_ms, 1), throws(net, 1_ms, 2), ends(net, ended)));
        FAIL("nothing was thrown");
    } catch (const int what) {
        CHECK(what == 1);
    }
    CHECK(ended == 1);
}
#endif

TEST_CASE("a branch that has ended is not disturbed by its deadline, which comes while others wait", "[when_all]") {
    support::host_net net{weld::host::inet{}};
    auto listener = support::listener(net);
    auto client = net.socket(weld::tcp);
    auto [accepted, connected, slept] = weld::block_on(
        net, weld::when_all(listener.accept(2_ms), client->connect(*listener.local_address(), 2_ms), weld::sleep(net, 10_ms)));
    CHECK(accepted);
    CHECK(connected);
    CHECK(slept == weld::unit{});
}
