// SPDX-License-Identifier: BSL-1.0
#include <weld/core/timer_wheel.hpp>

#include "support/catch.hpp"

#include <deque>
#include <memory>
#include <random>
#include <vector>

using namespace weld::literals;
using weld::time_point;

namespace {
constexpr weld::duration tick = 65'536_ns;
constexpr time_point at(weld::duration since_start) { return time_point{since_start}; }

struct ringing : weld::timer {
    ringing(std::vector<int>& into, int which) : timer{&rang}, to{&into}, number{which} {}
    static void rang(weld::runnable& entry) {
        auto& self = static_cast<ringing&>(entry);
        self.to->push_back(self.number);
    }
    std::vector<int>* to;
    int number;
};
/// Who rings when the clock gets to `now`.
std::vector<int> ring(weld::timer_wheel& wheel, time_point now, std::vector<int>& rang) {
    weld::run_queue ready;
    rang.clear();
    wheel.expire(now, ready);
    while (!ready.empty()) ready.run(1000);
    return rang;
}
}  // namespace

TEST_CASE("a timer runs not early and at most one tick late", "[timer_wheel]") {
    std::vector<int> rang;
    for (const weld::duration deadline : {1_ns, 65'535_ns, 65'536_ns, 65'537_ns, 1_ms, 1_s, 100_s, 1_h, 1000_h}) {
        weld::timer_wheel wheel;
        ringing one{rang, 1};
        wheel.arm(one, at(deadline));
        CHECK(one.armed());
        CHECK(ring(wheel, at(deadline - 1_ns), rang).empty());
        CHECK(wheel.next() <= at(deadline) + tick);
        CHECK(ring(wheel, at(deadline) + tick, rang) == std::vector{1});
        CHECK_FALSE(one.armed());
        CHECK(wheel.next() == time_point::never());
    }
}

TEST_CASE("timers run in the order of their ticks, in one tick in that of their arming", "[timer_wheel]") {
    std::vector<int> rang;
    weld::timer_wheel wheel;
    ringing a{rang, 1}, b{rang, 2}, c{rang, 3}, d{rang, 4};
    wheel.arm(a, at(5_s));
    wheel.arm(b, at(5_ms));
    wheel.arm(c, at(1_h));
    wheel.arm(d, at(5_ms));
    CHECK(ring(wheel, at(2_h), rang) == std::vector{2, 4, 1, 3});
}

TEST_CASE("a deadline that is past runs with the next tick", "[timer_wheel]") {
    std::vector<int> rang;
    weld::timer_wheel wheel{at(10_s)};
    ringing one{rang, 1};
    wheel.arm(one, at(1_s));
    CHECK(wheel.next() <= at(10_s) + tick);
    CHECK(ring(wheel, at(10_s) + tick, rang) == std::vector{1});
}

TEST_CASE("a cancelled timer does not run, an armed one moves", "[timer_wheel]") {
    std::vector<int> rang;
    weld::timer_wheel wheel;
    ringing cancelled{rang, 1}, later{rang, 2}, sooner{rang, 3};
    wheel.arm(cancelled, at(1_s));
    wheel.arm(later, at(1_s));
    wheel.arm(later, at(3_s));
    wheel.arm(sooner, at(3_s));
    wheel.arm(sooner, at(1_s));
    cancelled.cancel();
    cancelled.cancel();
    CHECK(ring(wheel, at(2_s), rang) == std::vector{3});
    CHECK(ring(wheel, at(4_s), rang) == std::vector{2});
    wheel.arm(later, at(9_s));
    wheel.arm(later, time_point::never());  // disarms
    CHECK_FALSE(later.armed());
    CHECK(wheel.next() == time_point::never());
}

TEST_CASE("a timer that ends is disarmed", "[timer_wheel]") {
    std::vector<int> rang;
    weld::timer_wheel wheel;
    {
        ringing one{rang, 1};
        wheel.arm(one, at(1_s));
    }
    CHECK(wheel.next() == time_point::never());
    CHECK(ring(wheel, at(2_s), rang).empty());
}

TEST_CASE("the far future is far", "[timer_wheel]") {
    std::vector<int> rang;
    weld::timer_wheel wheel;
    ringing never{rang, 1}, last{rang, 2};
    wheel.arm(never, time_point::never());
    CHECK_FALSE(never.armed());
    wheel.arm(last, time_point::never() - 1_ns);
    CHECK(last.armed());
    CHECK(ring(wheel, at(1'000'000_h), rang).empty());
    CHECK(ring(wheel, time_point::never(), rang) == std::vector{2});
}

TEST_CASE("a wheel does what a list of deadlines does, over random steps", "[timer_wheel]") {
    std::vector<int> rang;
    for (unsigned seed = 0; seed < 30; ++seed) {
        std::mt19937_64 random{seed};
        struct model {
            bool armed = false;
            time_point deadline;
        };
        std::deque<ringing> alarms;
        std::vector<model> models(60);
        for (int i = 0; i < 60; ++i) alarms.emplace_back(rang, i);
        time_point now = at(weld::duration::nanoseconds(static_cast<std::int64_t>(random() % 1'000'000'000'000)));
        weld::timer_wheel wheel{now};
        // Lengths of time from nanoseconds to weeks, all orders of magnitude alike.
        const auto length = [&] { return weld::duration::nanoseconds(static_cast<std::int64_t>(random() >> (14 + random() % 50))); };
        for (int step = 0; step < 3'000; ++step) {
            const std::size_t i = random() % alarms.size();
            switch (random() % 5) {
                case 0:
                case 1:
                    models[i] = {true, now + length()};
                    wheel.arm(alarms[i], models[i].deadline);
                    break;
                case 2:
                    models[i].armed = false;
                    alarms[i].cancel();
                    break;
                default: {
                    if (random() % 4 == 0 && wheel.next() != time_point::never()) now = wheel.next() > now ? wheel.next() : now;
                    else now = now + length() / 64;
                    ring(wheel, now, rang);
                    for (std::size_t k = 1; k < rang.size(); ++k) {
                        const auto before = models[static_cast<std::size_t>(rang[k - 1])].deadline;
                        const auto after = models[static_cast<std::size_t>(rang[k])].deadline;
                        if (!(before < after + tick)) FAIL("seed " << seed << ", step " << step << ": out of order");
                    }
                    for (const int number : rang) {
                        model& one = models[static_cast<std::size_t>(number)];
                        if (!one.armed || one.deadline > now) FAIL("seed " << seed << ", step " << step << ": ran early, or cancelled");
                        one.armed = false;
                    }
                    for (const model& one : models)
                        if (one.armed && one.deadline + tick + tick <= now) FAIL("seed " << seed << ", step " << step << ": late");
                }
            }
            time_point first = time_point::never();
            for (const model& one : models)
                if (one.armed && one.deadline < first) first = one.deadline;
            if (first != time_point::never() && wheel.next() > first + tick && wheel.next() > now + tick)
                FAIL("seed " << seed << ", step " << step << ": would sleep too long");
            if (first == time_point::never() && wheel.next() != time_point::never())
                FAIL("seed " << seed << ", step " << step << ": would wake for nothing");
        }
    }
    SUCCEED();
}
