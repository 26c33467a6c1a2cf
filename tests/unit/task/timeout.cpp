// SPDX-License-Identifier: BSL-1.0
#include <weld/task/timeout.hpp>

#include <weld/host/inet.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/race.hpp>
#include <weld/task/sleep.hpp>
#include <weld/task/when_all.hpp>

#include "support/catch.hpp"
#include "support/host_net.hpp"
#include "support/net_of_time.hpp"

#include <chrono>

using namespace weld::literals;
using support::after;
using support::net_of_time;

TEST_CASE("what ends in time gives what it ended with", "[timeout]") {
    net_of_time net{support::jumping_clock{}};
    CHECK(weld::block_on(net, weld::timeout(net, weld::cancel_safe(after(net, 1_ms, 7)), 5_ms)) == 7);
    CHECK(weld::block_on(net, weld::timeout(net, weld::sleep(net, 1_ms), 5_ms)));
    CHECK(weld::block_on(net, weld::timeout(net, weld::cancel_safe(support::immediate{}), 0_ms)));
    CHECK(net.timers().next() == weld::time_point::never());
}

TEST_CASE("what takes too long is destroyed and gives timed_out", "[timeout]") {
    net_of_time net{support::jumping_clock{}};
    support::gate gate{net.runnable()};
    CHECK(weld::block_on(net, weld::timeout(net, gate.pass(), std::chrono::milliseconds{5})) == weld::errc::timed_out);
    CHECK(gate.nobody_waits());
    CHECK(weld::block_on(net, weld::timeout(net, weld::cancel_safe(after(net, 1_h, 7)), net.now() + 1_ms)) == weld::errc::timed_out);
    CHECK(weld::block_on(net, weld::timeout(net, weld::timeout(net, gate.pass(), 5_ms), 1_ms)) == weld::errc::timed_out);
    CHECK(net.timers().next() == weld::time_point::never());
}

TEST_CASE("a result stays a result", "[timeout]") {
    support::host_net net{weld::host::inet{}};
    auto listener = support::listener(net);
    static_assert(std::is_same_v<weld::awaited<decltype(weld::timeout(net, listener.accept(), 1_ms))>,
                                 weld::awaited<decltype(listener.accept())>>);
    CHECK(weld::block_on(net, weld::timeout(net, listener.accept(), 3_ms)) == weld::errc::timed_out);
}

namespace {
/// Resumes whoever awaits it before it has told him to wait.
struct hasty {
    static constexpr bool cancel_safe = true;
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) const noexcept { return awaiting; }
    int await_resume() const noexcept { return 7; }
};
}  // namespace

TEST_CASE("what resumes its awaiter at once ends in time", "[timeout]") {
    net_of_time net{support::jumping_clock{}};
    CHECK(weld::block_on(net, weld::timeout(net, hasty{}, 5_ms)) == 7);
    CHECK(weld::block_on(net, weld::race(weld::sleep(net, 1_ms), hasty{}, hasty{})).index() == 1);
    CHECK(weld::block_on(net, weld::when_all(hasty{}, hasty{})).get<1>() == 7);
    CHECK(net.timers().next() == weld::time_point::never());
}

TEST_CASE("destroying a timeout where it waits cancels the work and the timer", "[timeout]") {
    net_of_time net{support::jumping_clock{}};
    support::gate gate{net.runnable()};
    {
        weld::scope scope{net};
        scope.spawn([](net_of_time& of, support::gate& at) -> weld::task<> {
            static_cast<void>(co_await weld::timeout(of, at.pass(), 1_ms));
            FAIL("a cancelled task went on");
        }(net, gate));
    }
    CHECK(gate.nobody_waits());
    CHECK(net.timers().next() == weld::time_point::never());
}
