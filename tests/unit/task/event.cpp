// SPDX-License-Identifier: BSL-1.0
#include <weld/task/event.hpp>

#include <weld/socket/net.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/race.hpp>
#include <weld/task/scope.hpp>
#include <weld/task/sleep.hpp>
#include <weld/task/yield.hpp>

#include "support/catch.hpp"
#include "support/net_of_time.hpp"

#include <vector>

using namespace weld::literals;
using support::net_of_time;

namespace {
weld::task<> counts(weld::event& news, int& times) {
    for (;;) {
        co_await news.wait();
        ++times;
    }
}
}  // namespace

TEST_CASE("a signal wakes all who wait, after its caller has begun to wait", "[event]") {
    net_of_time net{support::jumping_clock{}};
    weld::event news{net};
    weld::scope scope{net};
    int first = 0, second = 0;
    scope.spawn(counts(news, first));
    scope.spawn(counts(news, second));
    weld::block_on(net, [](auto& in, auto& on, int& a) -> weld::task<> {
        on.signal();
        on.signal();  // counts as one
        CHECK(a == 0);
        co_await weld::yield(in);
    }(net, news, first));
    CHECK(first == 1);
    CHECK(second == 1);
}

TEST_CASE("a signal before the wait spares it, once", "[event]") {
    net_of_time net{support::jumping_clock{}};
    weld::event news{net};
    news.signal();
    const auto spared = weld::block_on(net, weld::race(news.wait(), weld::sleep(net, 1_s)));
    CHECK(spared.index() == 0);
    const auto waited = weld::block_on(net, weld::race(news.wait(), weld::sleep(net, 1_s)));
    CHECK(waited.index() == 1);
}

TEST_CASE("a signal whose receiver was cancelled is kept for the next", "[event]") {
    net_of_time net{support::jumping_clock{}};
    weld::event news{net};
    int times = 0;
    {
        weld::scope scope{net};
        scope.spawn(counts(news, times));
        news.signal();
    }
    CHECK(times == 0);
    CHECK(weld::block_on(net, weld::race(news.wait(), weld::sleep(net, 1_s))).index() == 0);
}

TEST_CASE("a producer and a consumer in turn", "[event]") {
    net_of_time net{support::jumping_clock{}};
    struct shared {
        explicit shared(net_of_time& of) : filled{of}, emptied{of} {}
        weld::event filled, emptied;
        std::vector<int> queue, seen;
    } between{net};
    weld::scope scope{net};
    scope.spawn([](auto& with) -> weld::task<> {
        for (int i = 0; i < 1000; ++i) {
            while (with.queue.size() == 3) co_await with.emptied.wait();
            with.queue.push_back(i);
            with.filled.signal();
        }
    }(between));
    scope.spawn([](auto& with) -> weld::task<> {
        while (with.seen.size() < 1000) {
            while (with.queue.empty()) co_await with.filled.wait();
            with.seen.insert(with.seen.end(), with.queue.begin(), with.queue.end());
            with.queue.clear();
            with.emptied.signal();
        }
    }(between));
    weld::block_on(net, scope.join());
    REQUIRE(between.seen.size() == 1000);
    for (int i = 0; i < 1000; ++i) CHECK(between.seen[static_cast<std::size_t>(i)] == i);
}
