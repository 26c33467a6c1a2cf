// SPDX-License-Identifier: BSL-1.0
#include <weld/task/task.hpp>

#include <weld/socket/net.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/yield.hpp>

#include "support/catch.hpp"
#include "support/net_of_time.hpp"

#include <memory>

using support::net_of_time;
using support::through;

namespace {
weld::task<int> seven() { co_return 7; }
weld::task<> nothing() { co_return; }
weld::task<int> count_to(int end) {
    int sum = 0;
    for (int i = 0; i < end; ++i) {
        co_await nothing();
        sum += co_await seven() == 7;
    }
    co_return sum;
}
weld::task<int> deep(net_of_time& net, int levels) {
    if (levels == 0) {
        co_await weld::yield(net);
        co_return 0;
    }
    co_return 1 + co_await deep(net, levels - 1);
}
weld::task<> nested(support::gate& gate, std::vector<int>& ended) {
    const support::mark end{ended, 1};
    co_await through(gate, ended, 2);
    FAIL("a cancelled task went on");
}
}  // namespace

TEST_CASE("a task gives its value, also one that only moves", "[task]") {
    net_of_time net{support::jumping_clock{}};
    CHECK(weld::block_on(net, seven()) == 7);
    weld::block_on(net, nothing());
    const auto moved = weld::block_on(net, []() -> weld::task<std::unique_ptr<int>> { co_return std::make_unique<int>(3); }());
    CHECK(*moved == 3);
}

TEST_CASE("a task's value may be given by its parts", "[task]") {
    struct pair {
        int first, second;
    };
    net_of_time net{support::jumping_clock{}};
    CHECK(weld::block_on(net, []() -> weld::task<pair> { co_return {1, 2}; }()).second == 2);
}

TEST_CASE("a task does not begin before it is awaited", "[task]") {
    bool begun = false;
    {
        const auto work = [](bool& to) -> weld::task<> {
            to = true;
            co_return;
        }(begun);
    }
    CHECK_FALSE(begun);
}

TEST_CASE("a million tasks that end at once take no stack", "[task]") {
    net_of_time net{support::jumping_clock{}};
    CHECK(weld::block_on(net, count_to(1'000'000)) == 1'000'000);
}

TEST_CASE("a million tasks that wait take no stack", "[task]") {
    net_of_time net{support::jumping_clock{}};
    const auto waits = [](net_of_time& of) -> weld::task<int> {
        int sum = 0;
        for (int i = 0; i < 1'000'000; ++i) sum += co_await deep(of, 0) + 1;
        co_return sum;
    };
    CHECK(weld::block_on(net, waits(net)) == 1'000'000);
}

TEST_CASE("a chain of tasks unwinds its awaiters in their order", "[task]") {
    net_of_time net{support::jumping_clock{}};
    CHECK(weld::block_on(net, deep(net, 1'000)) == 1'000);
}

TEST_CASE("destroying a task that waits destroys what it awaits, and unlinks it", "[task]") {
    net_of_time net{support::jumping_clock{}};
    support::gate gate{net.runnable()};
    std::vector<int> ended;
    {
        weld::scope scope{net};
        scope.spawn(nested(gate, ended));
        CHECK_FALSE(gate.nobody_waits());
    }
    CHECK(ended == std::vector{2, 1});
    CHECK(gate.nobody_waits());
}

TEST_CASE("a task that was woken may still be cancelled before its turn", "[task]") {
    net_of_time net{support::jumping_clock{}};
    support::gate gate{net.runnable()};
    std::vector<int> ended;
    {
        weld::scope scope{net};
        scope.spawn(nested(gate, ended));
        gate.open();
        CHECK_FALSE(net.runnable().empty());
    }
    CHECK(net.runnable().empty());
    CHECK(ended == std::vector{2, 1});
}

#if defined(__cpp_exceptions)
TEST_CASE("an exception travels through tasks that wait and tasks that do not", "[task]") {
    net_of_time net{support::jumping_clock{}};
    const auto throws = [](net_of_time& of, bool waits) -> weld::task<int> {
        if (waits) co_await weld::yield(of);
        throw 42;
    };
    const auto passes_on = [&throws](net_of_time& of, bool waits) -> weld::task<int> { co_return co_await throws(of, waits); };
    CHECK_THROWS_AS(weld::block_on(net, passes_on(net, false)), int);
    CHECK_THROWS_AS(weld::block_on(net, passes_on(net, true)), int);
    const auto catches = [&throws](net_of_time& of) -> weld::task<int> {
        try {
            co_return co_await throws(of, true);
        } catch (const int caught) {
            co_return caught;
        }
    };
    CHECK(weld::block_on(net, catches(net)) == 42);
}

TEST_CASE("a value whose construction throws is an exception of the task", "[task]") {
    net_of_time net{support::jumping_clock{}};
    struct refusing {
        explicit refusing(int) { throw 1; }
        refusing(refusing&&) = default;
    };
    CHECK_THROWS_AS(weld::block_on(net, []() -> weld::task<refusing> { co_return 5; }()), int);
}
#endif
