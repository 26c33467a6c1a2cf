// SPDX-License-Identifier: BSL-1.0
#include <weld/io/mailbox.hpp>

#include <weld/host/inet.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/sleep.hpp>

#include "support/catch.hpp"
#include "support/host_net.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace weld::literals;

TEST_CASE("what is posted runs on the net's thread, in order", "[mailbox]") {
    support::host_net net{weld::host::inet{}};
    weld::mailbox box{net};
    REQUIRE(box.status());
    std::vector<int> ran;
    std::thread::id where;
    net.spawn([](auto& of) -> weld::task<> { co_await weld::sleep(of, 1_h); }(net));
    std::thread other{[&] {
        for (int i = 0; i < 1000; ++i) CHECK(box.post([&ran, i] { ran.push_back(i); }));
        CHECK(box.post([&] {
            where = std::this_thread::get_id();
            net.stop();
        }));
    }};
    net.run();
    other.join();
    REQUIRE(ran.size() == 1000);
    for (int i = 0; i < 1000; ++i) CHECK(ran[static_cast<std::size_t>(i)] == i);
    CHECK(where == std::this_thread::get_id());
}

TEST_CASE("many threads post at once and nothing is lost", "[mailbox]") {
    support::host_net net{weld::host::inet{}};
    weld::mailbox box{net};
    constexpr int threads = 4, each = 5'000;
    int sum = 0, ended = 0;
    int last[threads] = {};
    bool in_order = true;
    net.spawn([](auto& of) -> weld::task<> { co_await weld::sleep(of, 1_h); }(net));
    std::vector<std::thread> others;
    for (int t = 0; t < threads; ++t)
        others.emplace_back([&, t] {
            for (int i = 1; i <= each; ++i)
                static_cast<void>(box.post([&, t, i] {
                    in_order = in_order && last[t] == i - 1;
                    last[t] = i;
                    ++sum;
                }));
            static_cast<void>(box.post([&] {
                if (++ended == threads) net.stop();
            }));
        });
    net.run();
    for (auto& other : others) other.join();
    CHECK(sum == threads * each);
    CHECK(in_order);
}

TEST_CASE("a burst of posted work wakes once", "[mailbox]") {
    support::host_net net{weld::host::inet{}};
    weld::mailbox box{net};
    struct note : weld::posted {
        explicit note(int& to) : posted{[](weld::posted& self) { ++*static_cast<note&>(self).count; }}, count{&to} {}
        int* count;
    };
    int ran = 0;
    std::vector<note> notes(500, note{ran});
    for (note& one : notes) box.post(one);
    net.step();  // one event, though nobody had read anything in between
    CHECK(ran == 500);
}

TEST_CASE("nets of two threads play ball", "[mailbox]") {
    struct player {
        support::host_net net{weld::host::inet{}};
        weld::mailbox<support::host_net> box{net};
        void play() {
            net.spawn([](auto& of) -> weld::task<> { co_await weld::sleep(of, 1_h); }(net));
            net.run();
        }
    };
    std::atomic<player*> far{nullptr};
    std::thread other{[&] {
        player there;
        far = &there;
        far.notify_one();
        there.play();
    }};
    far.wait(nullptr);
    struct ball {
        player& here;
        player& there;
        int left;
        void operator()() const {
            if (left > 0) return void(there.box.post(ball{there, here, left - 1}));
            static_cast<void>(there.box.post([&net = there.net] { net.stop(); }));
            here.net.stop();
        }
    };
    player near;
    CHECK(near.box.post(ball{near, *far.load(), 2'000}));
    near.play();
    other.join();
}

TEST_CASE("what has not run when the mailbox ends is destroyed", "[mailbox]") {
    const auto held = std::make_shared<int>(1);
    bool ran = false;
    {
        support::host_net net{weld::host::inet{}};
        weld::mailbox box{net};
        static_cast<void>(box.post([held, &ran] { ran = true; }));
        static_cast<void>(box.post([held, &ran] { ran = true; }));
        CHECK(held.use_count() == 3);
    }
    CHECK(held.use_count() == 1);
    CHECK_FALSE(ran);
}
