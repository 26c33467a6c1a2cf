// SPDX-License-Identifier: BSL-1.0
#include <weld/task/frames.hpp>

#include <weld/task/task.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <cstring>
#include <thread>
#include <vector>

using weld::detail::frame_cache;

namespace {
weld::task<int> gives(int number) { co_return number; }

/// Awaited by nobody: runs to its end, and its frame is freed.
int result_of(weld::task<int> work) {
    static_cast<void>(work.await_suspend(std::noop_coroutine()));
    return work.await_resume();
}
}  // namespace

TEST_CASE("a frame that was freed is the next of its size", "[frames]") {
    void* const first = frame_cache::allocate(200);
    void* const second = frame_cache::allocate(200);
    CHECK(first != second);
    frame_cache::free(first, 200);
    CHECK(frame_cache::allocate(193) == first);  // the same sixteen bytes more or less
    frame_cache::free(first, 193);
    frame_cache::free(second, 200);
}

TEST_CASE("frames of all sizes are whole and apart", "[frames]") {
    std::vector<std::pair<unsigned char*, std::size_t>> frames;
    for (std::size_t size = 1; size <= frame_cache::largest + 64; size += 61)
        for (int twice = 0; twice < 2; ++twice) {
            auto* const memory = static_cast<unsigned char*>(frame_cache::allocate(size));
            std::memset(memory, static_cast<int>(frames.size() & 0xff), size);
            frames.push_back({memory, size});
        }
    bool whole = true;
    for (std::size_t i = 0; i < frames.size(); ++i)
        whole = whole && std::all_of(frames[i].first, frames[i].first + frames[i].second, [&](unsigned char byte) { return byte == (i & 0xff); });
    CHECK(whole);
    for (const auto& [memory, size] : frames) frame_cache::free(memory, size);
}

TEST_CASE("frames go both ways between threads that end in between", "[frames]") {
    std::vector<weld::task<int>> from_here, from_there;
    for (int i = 0; i < 100; ++i) from_here.push_back(gives(i));
    int sum = 0;
    std::thread{[&] {
        for (int i = 0; i < 100; ++i) from_there.push_back(gives(i));
        for (auto& work : from_here) sum += result_of(std::move(work));
    }}.join();
    for (auto& work : from_there) sum += result_of(std::move(work));  // their thread has ended
    CHECK(sum == 2 * 4950);
    std::vector<weld::task<int>> again;
    for (int i = 0; i < 300; ++i) again.push_back(gives(1));  // over what the other thread has freed and left
    int ones = 0;
    for (auto& work : again) ones += result_of(std::move(work));
    CHECK(ones == 300);
}

TEST_CASE("a thread takes over what one before it has left", "[frames]") {
    void* first = nullptr;
    void* second = nullptr;
    const auto borrow = [](void*& frame) {
        frame = frame_cache::allocate(frame_cache::largest);
        frame_cache::free(frame, frame_cache::largest);
    };
    std::thread{borrow, std::ref(first)}.join();
    std::thread{borrow, std::ref(second)}.join();
    CHECK(first == second);
}

TEST_CASE("threads begin and end side by side", "[frames]") {
    int sums[8] = {};
    for (int round = 0; round < 20; ++round) {
        std::vector<std::thread> threads;
        for (int& sum : sums)
            threads.emplace_back([&sum] {
                for (int i = 0; i < 100; ++i) sum += result_of(gives(i));
            });
        for (auto& each : threads) each.join();
    }
    for (const int sum : sums) CHECK(sum == 20 * 4950);
}
