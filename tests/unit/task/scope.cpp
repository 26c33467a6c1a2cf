// SPDX-License-Identifier: BSL-1.0
#include <weld/task/scope.hpp>

#include <weld/socket/net.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/sleep.hpp>
#include <weld/task/yield.hpp>

#include "support/catch.hpp"
#include "support/net_of_time.hpp"

#include <memory>

using namespace weld::literals;
using support::net_of_time;
using support::through;

namespace {
/// Spawns another when it ends, `left` times over.
struct spawns_at_end {
    ~spawns_at_end() {
        if (left > 0) to.spawn(waiting(to, gate, left - 1));
    }
    static weld::task<> waiting(weld::scope& to, support::gate& gate, int left) {
        const spawns_at_end end{to, gate, left};
        co_await gate.pass();
    }
    weld::scope& to;
    support::gate& gate;
    int left;
};
}  // namespace

TEST_CASE("a scope's end cancels its tasks, the oldest first", "[scope]") {
    net_of_time net{support::jumping_clock{}};
    support::gate gate{net.runnable()};
    std::vector<int> ended;
    {
        weld::scope scope{net};
        for (int i = 0; i < 3; ++i) scope.spawn(through(gate, ended, i));
        CHECK(scope.size() == 3);
    }
    CHECK(ended == std::vector{0, 1, 2});
}

TEST_CASE("a task that ends while it is spawned is gone at once", "[scope]") {
    net_of_time net{support::jumping_clock{}};
    weld::scope scope{net};
    for (int i = 0; i < 1'000'000; ++i) scope.spawn([]() -> weld::task<> { co_return; }());
    CHECK(scope.empty());
    weld::block_on(net, scope.join());
}

TEST_CASE("join waits for the last task, also for those that were spawned meanwhile", "[scope]") {
    net_of_time net{support::jumping_clock{}};
    weld::scope scope{net};
    int ended = 0;
    const auto chain = [](auto self, net_of_time& of, weld::scope& to, int left, int& count) -> weld::task<> {
        co_await weld::sleep(of, 1_ms);
        if (left > 0) to.spawn(self(self, of, to, left - 1, count));
        ++count;
    };
    scope.spawn(chain(chain, net, scope, 9, ended));
    weld::block_on(net, scope.join());
    CHECK(ended == 10);
}

TEST_CASE("a task spawned after the last ended and before join goes on is waited for", "[scope]") {
    net_of_time net{support::jumping_clock{}};
    support::gate first{net.runnable()}, second{net.runnable()};
    weld::scope scope{net};
    std::vector<int> ended;
    bool joined = false;
    scope.spawn(through(first, ended, 1));
    net.spawn([](weld::scope& of, bool& to) -> weld::task<> {
        co_await of.join();
        to = true;
    }(scope, joined));
    const auto meddle = [](support::gate& at, support::gate& next, weld::scope& to, std::vector<int>& marks) -> weld::task<> {
        co_await at.pass();
        to.spawn([]() -> weld::task<> { co_return; }());  // the scope is empty for the second time, and join was told once
        to.spawn(through(next, marks, 2));
    };
    net.spawn(meddle(first, second, scope, ended));
    first.open();
    for (int i = 0; i < 3; ++i) net.runnable().run(1);
    CHECK(ended == std::vector{1});
    CHECK_FALSE(joined);
    second.open();
    net.run();
    CHECK(joined);
}

TEST_CASE("cancel wakes join", "[scope]") {
    net_of_time net{support::jumping_clock{}};
    support::gate gate{net.runnable()};
    weld::scope scope{net};
    std::vector<int> ended;
    scope.spawn(through(gate, ended, 1));
    net.spawn([](net_of_time& of, weld::scope& which) -> weld::task<> {
        co_await weld::sleep(of, 1_ms);
        which.cancel();
    }(net, scope));
    weld::block_on(net, scope.join());
    CHECK(ended == std::vector{1});
}

TEST_CASE("one of a scope's own tasks may cancel it soon", "[scope]") {
    net_of_time net{support::jumping_clock{}};
    support::gate gate{net.runnable()};
    weld::scope scope{net};
    std::vector<int> ended;
    scope.spawn(through(gate, ended, 1));
    scope.spawn([](net_of_time& of, weld::scope& mine, std::vector<int>& marks) -> weld::task<> {
        const support::mark end{marks, 2};
        mine.cancel_soon();
        mine.cancel_soon();
        co_await weld::yield(of);
        FAIL("a cancelled task went on");
    }(net, scope, ended));
    weld::block_on(net, scope.join());
    CHECK(ended == std::vector{1, 2});
}

TEST_CASE("tasks that spawn while they are cancelled are cancelled as well", "[scope]") {
    net_of_time net{support::jumping_clock{}};
    support::gate gate{net.runnable()};
    {
        weld::scope scope{net};
        scope.spawn(spawns_at_end::waiting(scope, gate, 5));
        scope.cancel();
        CHECK(scope.empty());
        CHECK(gate.nobody_waits());
        scope.spawn(spawns_at_end::waiting(scope, gate, 5));
    }
    CHECK(gate.nobody_waits());
}

TEST_CASE("a task that is cancelled may cancel its whole scope again", "[scope]") {
    net_of_time net{support::jumping_clock{}};
    support::gate gate{net.runnable()};
    weld::scope scope{net};
    struct cancels_at_end {
        ~cancels_at_end() { to.cancel(); }
        weld::scope& to;
    };
    for (int i = 0; i < 3; ++i)
        scope.spawn([](weld::scope& to, support::gate& at) -> weld::task<> {
            const cancels_at_end end{to};
            co_await at.pass();
        }(scope, gate));
    scope.cancel();
    CHECK(scope.empty());
    CHECK(gate.nobody_waits());
}

TEST_CASE("a scope may be owned by the task that ends last in it", "[scope]") {
    net_of_time net{support::jumping_clock{}};
    support::gate gate{net.runnable()};
    auto shared = std::make_shared<weld::scope>(net);
    shared->spawn([](std::shared_ptr<weld::scope>, support::gate& at) -> weld::task<> { co_await at.pass(); }(shared, gate));
    const std::weak_ptr<weld::scope> observed = shared;
    shared.reset();
    gate.open();
    net.step();
    CHECK(observed.expired());
}

TEST_CASE("a task may own a scope, and ends it with itself", "[scope]") {
    net_of_time net{support::jumping_clock{}};
    support::gate gate{net.runnable()};
    std::vector<int> ended;
    {
        weld::scope outer{net};
        outer.spawn([](net_of_time& of, support::gate& at, std::vector<int>& marks) -> weld::task<> {
            weld::scope inner{of};
            inner.spawn(through(at, marks, 1));
            inner.spawn(through(at, marks, 2));
            co_await inner.join();
        }(net, gate, ended));
        CHECK(ended.empty());
    }
    CHECK(ended == std::vector{1, 2});
}
