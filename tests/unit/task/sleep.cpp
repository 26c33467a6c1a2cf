// SPDX-License-Identifier: BSL-1.0
#include <weld/task/sleep.hpp>

#include <weld/host/inet.hpp>
#include <weld/task/awaitable.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/yield.hpp>

#include "support/catch.hpp"
#include "support/host_net.hpp"

#include <vector>

using namespace weld::literals;

static_assert(weld::awaitable<weld::sleeping> && weld::cancellable<weld::sleeping>);
static_assert(weld::awaitable<weld::yielding> && weld::cancellable<weld::yielding>);
static_assert(weld::awaitable<weld::task<int>> && !weld::cancellable<weld::task<int>>);
static_assert(!weld::awaitable<int>);

TEST_CASE("sleep ends not early and soon", "[sleep]") {
    support::host_net net{weld::host::inet{}};
    const auto before = net.source().clock();
    weld::block_on(net, weld::sleep(net, 20_ms));
    const auto took = net.source().clock() - before;
    CHECK(took >= 19'900_us);  // it begins with the net's now, which is read once a round
    CHECK(took < 2_s);
}

TEST_CASE("sleeping tasks wake in the order of their moments", "[sleep]") {
    support::host_net net{weld::host::inet{}};
    std::vector<int> order;
    const auto nap = [](auto& of, weld::duration length, int number, std::vector<int>& to) -> weld::task<> {
        co_await weld::sleep(of, length);
        to.push_back(number);
    };
    net.spawn(nap(net, 30_ms, 3, order));
    net.spawn(nap(net, 10_ms, 1, order));
    net.spawn(nap(net, 20_ms, 2, order));
    net.run();
    CHECK(order == std::vector{1, 2, 3});
}

TEST_CASE("sleep_until a moment that is past ends in the next round", "[sleep]") {
    support::host_net net{weld::host::inet{}};
    weld::block_on(net, weld::sleep_until(net, weld::time_point{}));
    weld::block_on(net, weld::sleep(net, -1_s));
}

TEST_CASE("destroying what sleeps disarms its timer", "[sleep]") {
    support::host_net net{weld::host::inet{}};
    bool woke = false;
    {
        weld::scope scope{net};
        scope.spawn([](auto& of, bool& to) -> weld::task<> {
            co_await weld::sleep(of, 1_ms);
            to = true;
        }(net, woke));
    }
    CHECK(net.timers().next() == weld::time_point::never());
    weld::block_on(net, weld::sleep(net, 5_ms));
    CHECK_FALSE(woke);
}

TEST_CASE("yield lets the others run first", "[yield]") {
    support::host_net net{weld::host::inet{}};
    std::vector<int> order;
    const auto turns = [](auto& of, int number, std::vector<int>& to) -> weld::task<> {
        for (int i = 0; i < 3; ++i) {
            to.push_back(number);
            co_await weld::yield(of);
        }
    };
    net.spawn(turns(net, 1, order));
    net.spawn(turns(net, 2, order));
    net.run();
    CHECK(order == std::vector{1, 2, 1, 2, 1, 2});
}
