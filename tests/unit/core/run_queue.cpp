// SPDX-License-Identifier: BSL-1.0
#include <weld/core/run_queue.hpp>

#include "support/catch.hpp"

#include <functional>
#include <vector>

namespace {
struct job : weld::runnable {
    explicit job(std::function<void()> what) : runnable{&go}, work{std::move(what)} {}
    static void go(weld::runnable& entry) { static_cast<job&>(entry).work(); }
    std::function<void()> work;
};
}  // namespace

TEST_CASE("what is pushed runs later, in order, and once", "[run_queue]") {
    weld::run_queue queue;
    std::vector<int> ran;
    job a{[&] { ran.push_back(1); }}, b{[&] { ran.push_back(2); }};
    queue.push(a);
    queue.push(b);
    CHECK(ran.empty());
    queue.run(10);
    queue.run(10);
    CHECK(ran == std::vector{1, 2});
    CHECK(queue.empty());
}

TEST_CASE("run takes no more than its turns, also of what pushes itself", "[run_queue]") {
    weld::run_queue queue;
    int ran = 0;
    job again{[&] {
        ++ran;
        queue.push(again);
    }};
    queue.push(again);
    queue.run(5);
    CHECK(ran == 5);
    CHECK_FALSE(queue.empty());
}

TEST_CASE("what is destroyed before its turn has none", "[run_queue]") {
    weld::run_queue queue;
    int ran = 0;
    {
        job ends{[&] { ++ran; }};
        queue.push(ends);
    }
    CHECK(queue.empty());
    queue.run(5);
    CHECK(ran == 0);
}

TEST_CASE("who runs may end himself and those behind", "[run_queue]") {
    weld::run_queue queue;
    int ran = 0;
    auto* const first = new job{[] {}};
    auto* const second = new job{[&] { ++ran; }};
    first->work = [&] {
        delete second;
        ++ran;
        delete first;
    };
    queue.push(*first);
    queue.push(*second);
    queue.run(5);
    CHECK(ran == 1);
}

TEST_CASE("each turn may go on sixteen times", "[run_queue]") {
    weld::run_queue queue;
    int went_on = 0;
    job greedy{[&] {
        went_on = 0;
        while (queue.may_continue()) ++went_on;
    }};
    for (int i = 0; i < 2; ++i) {
        queue.push(greedy);
        queue.run(1);
        CHECK(went_on == 16);
        CHECK_FALSE(queue.may_continue());
    }
}
