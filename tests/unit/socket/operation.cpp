// SPDX-License-Identifier: BSL-1.0
#include <weld/socket/operation.hpp>

#include <weld/host/inet.hpp>
#include <weld/task/awaitable.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/sleep.hpp>

#include "support/archetypes.hpp"
#include "support/catch.hpp"
#include "support/host_net.hpp"

#include <chrono>
#include <vector>

using namespace weld::literals;
using weld::errc;
using net_of_time = weld::net<support::jumping_clock>;

namespace {
/// The poorest sock: holds numbers, and is readable while it has one.
struct queue_sock {
    weld::wait_queue waiters;
    std::vector<int> numbers;
};
/// The poorest ops: what an operation asks for, and no more.
struct queue_ops {
    using sock = queue_sock;
    static bool is_ready(net_of_time&, const sock& sk, weld::events) noexcept { return !sk.numbers.empty(); }
    static weld::result<> wait(net_of_time&, sock& sk, weld::wait_entry& entry) {
        sk.waiters.add(entry);
        return {};
    }
};
template <bool Exclusive>
struct take_number {
    static constexpr bool exclusive = Exclusive, waits_first = true, cancel_safe = true;
    static constexpr weld::events interest = weld::events::readable;
    static constexpr bool pending(errc error) noexcept { return would_block(error); }
    weld::result<int> operator()(net_of_time&, queue_sock& sk) const {
        if (sk.numbers.empty()) return errc::resource_unavailable_try_again;
        const int first = sk.numbers.front();
        sk.numbers.erase(sk.numbers.begin());
        return first;
    }
};
template <bool Exclusive>
auto take(net_of_time& net, queue_sock& sk) {
    return weld::operation<net_of_time, queue_ops, take_number<Exclusive>>{net, sk, {}};
}
template <bool Exclusive>
auto take(net_of_time& net, queue_sock& sk, weld::deadline until) {
    return weld::timed_operation<net_of_time, queue_ops, take_number<Exclusive>>{net, sk, {}, until};
}
template <bool Exclusive>
weld::task<> taking(net_of_time& net, queue_sock& sk, std::vector<int>& into, weld::deadline until = {}) {
    const auto got = co_await take<Exclusive>(net, sk, until);
    into.push_back(got ? *got : -static_cast<int>(got.error()));
}
void give(net_of_time& net, queue_sock& sk, std::initializer_list<int> numbers) {
    sk.numbers.insert(sk.numbers.end(), numbers);
    sk.waiters.wake(weld::events::readable, net.runnable());
}
}  // namespace

static_assert(weld::awaitable<weld::operation<net_of_time, queue_ops, take_number<true>>>);
static_assert(weld::awaitable<weld::timed_operation<net_of_time, queue_ops, take_number<false>>>);

static_assert(std::is_convertible_v<std::chrono::seconds, weld::deadline> && std::is_convertible_v<weld::duration, weld::deadline>);
static_assert(std::is_convertible_v<weld::time_point, weld::deadline> && !std::is_convertible_v<int, weld::deadline>);
static_assert(weld::deadline{std::chrono::seconds{2}}.from(weld::time_point{1_s}) == weld::time_point{3_s});
static_assert(weld::deadline{weld::time_point{2_s}}.from(weld::time_point{1_s}) == weld::time_point{2_s});
static_assert(weld::deadline{-1_s}.from(weld::time_point{1_s}) == weld::time_point{1_s});
static_assert(weld::deadline{}.from(weld::time_point{1_s}) == weld::time_point::never());

TEST_CASE("an operation tries first, then waits", "[operation]") {
    net_of_time net{support::jumping_clock{}};
    queue_sock sk;
    std::vector<int> got;
    sk.numbers = {1};
    net.spawn(taking<false>(net, sk, got));
    CHECK(got == std::vector{1});
    net.spawn(taking<false>(net, sk, got));
    CHECK_FALSE(sk.waiters.empty());
    give(net, sk, {2});
    net.run();
    CHECK(got == std::vector{1, 2});
}

TEST_CASE("one who was woken for nothing waits again", "[operation]") {
    net_of_time net{support::jumping_clock{}};
    queue_sock sk;
    std::vector<int> got;
    net.spawn(taking<false>(net, sk, got));
    net.spawn(taking<false>(net, sk, got));
    give(net, sk, {1});
    net.runnable().run(10);
    CHECK(got == std::vector{1});
    CHECK_FALSE(sk.waiters.empty());
    give(net, sk, {2});
    net.runnable().run(10);
    CHECK(got == std::vector{1, 2});
}

TEST_CASE("a deadline ends the waiting with timed_out, and disarms when there was an answer", "[operation]") {
    net_of_time net{support::jumping_clock{}};
    queue_sock sk;
    std::vector<int> got;
    net.spawn(taking<false>(net, sk, got, 5_ms));
    net.run();
    CHECK(got == std::vector{-ETIMEDOUT});
    CHECK(sk.waiters.empty());
    net.spawn(taking<false>(net, sk, got, net.now() + 5_ms));
    give(net, sk, {3});
    net.run();
    CHECK(got.back() == 3);
    CHECK(net.timers().next() == weld::time_point::never());
}

TEST_CASE("one event wakes one exclusive waiter, who leaves the rest to the next", "[operation]") {
    net_of_time net{support::jumping_clock{}};
    queue_sock sk;
    std::vector<int> got;
    for (int i = 0; i < 3; ++i) net.spawn(taking<true>(net, sk, got));
    give(net, sk, {1, 2});  // two at once, one event: as epoll tells of two connections
    net.runnable().run(10);
    CHECK(got == std::vector{1, 2});
    CHECK_FALSE(sk.waiters.empty());
    give(net, sk, {3});
    net.runnable().run(10);
    CHECK(got == std::vector{1, 2, 3});
}

TEST_CASE("an exclusive waiter that is cancelled before its turn passes its wake-up on", "[operation]") {
    net_of_time net{support::jumping_clock{}};
    queue_sock sk;
    std::vector<int> got;
    weld::scope cancelled{net};
    cancelled.spawn(taking<true>(net, sk, got));
    net.spawn(taking<true>(net, sk, got));
    give(net, sk, {1});
    cancelled.cancel();
    net.run();
    CHECK(got == std::vector{1});
}

TEST_CASE("an exclusive waiter whose time is over before its turn passes its wake-up on", "[operation]") {
    net_of_time net{support::jumping_clock{}};
    queue_sock sk;
    std::vector<int> got;
    net.spawn(taking<true>(net, sk, got, 1_ms));
    net.spawn(taking<true>(net, sk, got));
    net.timers().expire(net.now() + 2_ms, net.runnable());  // the timer is first in the queue
    give(net, sk, {1});
    net.run();
    CHECK(got == std::vector{-ETIMEDOUT, 1});
}
