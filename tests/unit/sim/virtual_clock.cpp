// SPDX-License-Identifier: BSL-1.0
#include <weld/sim/virtual_clock.hpp>

#include <weld/device/memory.hpp>
#include <weld/socket/net.hpp>
#include <weld/socket/socket.hpp>
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/udp/udp.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/sleep.hpp>
#include <weld/task/yield.hpp>

#include "support/catch.hpp"

#include <vector>

using namespace weld;
using namespace weld::literals;

namespace {
constexpr time_point start{};

struct bell : timer {
    bell(std::vector<int>& log, int which) noexcept : timer{&rang}, into{&log}, number{which} {}
    static void rang(runnable& self) { static_cast<bell&>(self).into->push_back(static_cast<bell&>(self).number); }
    std::vector<int>* into;
    int number;
};

/// A net without anything but time.
struct machine {
    explicit machine(sim::timeline& time, std::int64_t drift = 0) : clock{time, 1, drift}, tasks{clock.runnable()} {}
    time_point now() { return clock.now(); }
    run_queue& runnable() { return clock.runnable(); }
    timer_wheel& timers() { return clock.timers(); }
    void step() { weld::step(clock); }
    sim::virtual_clock clock;
    scope tasks;
};
}  // namespace

TEST_CASE("time jumps to what happens next, and ties go by the order of arming", "[sim][timeline]") {
    sim::timeline time;
    std::vector<int> log;
    bell a{log, 1}, b{log, 2}, c{log, 3}, d{log, 4};
    time.at(start + 3_s, a);
    time.at(start + 1_h, d);
    time.at(start + 5_ns, b);
    CHECK(time.step(time_point::never()));
    CHECK(time.now() == start + 5_ns);
    time.at(start + 3_s, c);  // armed later, from elsewhere, for the same moment as a
    while (time.step(start + 4_s)) {}
    time.pass_to(start + 4_s);
    CHECK(time.now() == start + 4_s);
    CHECK(log == std::vector{2, 1, 3});
    CHECK(time.step(time_point::never()));
    CHECK(time.now() == start + 1_h);
    CHECK_FALSE(time.step(time_point::never()));
    CHECK(time.happened() == 4);
}

TEST_CASE("what was put aside does not happen", "[sim][timeline]") {
    sim::timeline time;
    std::vector<int> log;
    bell a{log, 1};
    {
        bell b{log, 2};
        time.at(start + 1_s, a);
        time.at(start + 2_s, b);
    }
    time.at(start + 3_s, a);
    CHECK(time.step(time_point::never()));
    CHECK(time.now() == start + 3_s);
    CHECK(log == std::vector{1});
}

TEST_CASE("hours of a machine pass at once", "[sim][virtual_clock]") {
    sim::timeline time;
    machine m{time};
    block_on(m, [](auto& n) -> task<> {
        for (int i = 0; i < 24; ++i) co_await sleep(n, 1_h);
    }(m));
    CHECK(m.now() >= start + 24_h);
    CHECK(m.now() < start + 24_h + 2_ms);
}

TEST_CASE("whoever steps one machine steps all", "[sim][virtual_clock]") {
    sim::timeline time;
    machine a{time}, b{time};
    std::vector<int> log;
    const auto ticking = [](auto& n, duration every, std::vector<int>& into, int number) -> task<> {
        for (int i = 0; i < 3; ++i) {
            co_await sleep(n, every);
            into.push_back(number);
        }
    };
    b.tasks.spawn(ticking(b, 300_ms, log, 2));
    block_on(a, ticking(a, 200_ms, log, 1));
    CHECK(log == std::vector{1, 2, 1, 2, 1});  // both at 600 ms: a was late three times by then, b twice
    block_on(a, sleep(a, 1_s));
    CHECK(log == std::vector{1, 2, 1, 2, 1, 2});
}

TEST_CASE("a machine that never waits does not keep others from their turn", "[sim][virtual_clock]") {
    sim::timeline time;
    machine a{time}, b{time};
    int turns = 0;
    b.tasks.spawn([](auto& n, int& count) -> task<> {
        for (; count < 10; ++count) co_await yield(n);
    }(b, turns));
    block_on(a, [](auto& n, const int& count) -> task<> {
        while (count < 10) co_await yield(n);
    }(a, turns));
    CHECK(turns == 10);
    CHECK(time.now() == start);
}

TEST_CASE("a machine's clock drifts", "[sim][virtual_clock]") {
    sim::timeline time;
    machine exact{time}, fast{time, 500}, slow{time, -500};
    fast.tasks.spawn([](auto& n) -> task<> { co_await sleep(n, 1000_s); }(fast));
    block_on(exact, sleep(exact, 999_s));
    CHECK(fast.tasks.size() == 1);
    block_on(exact, sleep(exact, 501_ms));  // 1000 s by its clock are 999.5 by ours
    CHECK(fast.tasks.empty());
    CHECK(fast.now() - slow.now() > 999_ms);
    CHECK(fast.now() - slow.now() < 1001_ms);
    fast.clock.set_drift(-500);
    const duration ahead = fast.now() - slow.now();
    block_on(exact, sleep(exact, 100_s));
    CHECK(fast.now() - slow.now() - ahead < 1_us);
    CHECK(ahead - (fast.now() - slow.now()) < 1_us);
}

TEST_CASE("a machine stands still while its clock goes on", "[sim][virtual_clock]") {
    sim::timeline time;
    machine a{time}, b{time};
    time_point woke{};
    b.tasks.spawn([](auto& n, time_point& when) -> task<> {
        co_await sleep(n, 1_s);
        when = n.now();
    }(b, woke));
    b.clock.pause();
    block_on(a, sleep(a, 5_s));
    CHECK(woke == time_point{});
    b.clock.resume();
    block_on(a, sleep(a, 1_ms));
    CHECK(woke >= start + 5_s);
}

TEST_CASE("nets over a wire in memory run on virtual time", "[sim][virtual_clock]") {
    sim::timeline time;
    sim::virtual_clock left{time, 1}, right{time, 2};
    device::memory_link wire;
    net near{stack::interface{"eth0", stack::ethernet{wire.left()}, "10.0.0.1/24"}, stack::ipv4{}, stack::icmp{}, stack::udp{}, shared{left}};
    net far{stack::interface{"eth0", stack::ethernet{wire.right()}, "10.0.0.2/24"}, stack::ipv4{}, stack::icmp{}, stack::udp{}, shared{right}};
    auto server = far.socket(udp);
    REQUIRE(server->bind(endpoint4{address4{{10, 0, 0, 2}}, 53}));
    auto client = near.socket(udp);
    REQUIRE(client->connect(endpoint4{address4{{10, 0, 0, 2}}, 53}).blocking());
    REQUIRE(client->send(as_bytes("ping")).blocking());
    char buffer[16];
    CHECK(server->recv(as_writable_bytes(buffer), 1_s).blocking() == 4u);
    CHECK(server->recv(as_writable_bytes(buffer), 1_h).blocking().error() == errc::timed_out);
    CHECK(time.now() >= start + 1_h);
}
