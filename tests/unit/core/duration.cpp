// SPDX-License-Identifier: BSL-1.0
#include <weld/core/duration.hpp>

#include "support/catch.hpp"

#include <chrono>

using namespace weld::literals;
using weld::duration;
using weld::time_point;
namespace chrono = std::chrono;

static_assert(duration{chrono::seconds{2}} == 2_s);
static_assert(duration{chrono::milliseconds{-3}} == -3_ms);
static_assert(duration{chrono::hours{1}} == 3600_s && 1_h == 60_min);
static_assert(duration{chrono::nanoseconds{7}}.nanoseconds() == 7);
static_assert(duration{chrono::duration<double>{0.25}} == 250_ms);
static_assert(duration{chrono::duration<float, std::milli>{0.5F}} == 500_us);
static_assert(duration{chrono::duration<std::int64_t, std::pico>{1999}} == 1_ns);  // towards zero
static_assert(duration{chrono::duration<std::int64_t, std::pico>{-1999}} == -1_ns);
static_assert(duration{chrono::duration<int, std::ratio<1, 3>>{1}}.nanoseconds() == 333'333'333);
static_assert(duration{chrono::hours{24 * 365 * 200}}.seconds() == 6'307'200'000.0);  // no overflow on the way
static_assert(std::is_convertible_v<chrono::milliseconds, duration> && !std::is_convertible_v<int, duration>);
static_assert(!std::is_constructible_v<duration, double>);

static_assert(1_s + 500_ms == 1500_ms && 1_s - 1_ms == 999_ms && 3 * 2_ms == 6_ms && 7_ms / 2 == 3500_us && 7_ms / 2_ms == 3);
static_assert((2_ms).microseconds() == 2000 && (2_ms).milliseconds() == 2 && (1500_ms).seconds() == 1.5);
static_assert(1_ms < 2_ms && duration{} == 0_ns && 1000_h < duration::infinite());

static_assert(time_point{1_s} + 1_s == time_point{2_s} && time_point{2_s} - time_point{1_s} == 1_s && time_point{2_s} - 1_s == time_point{1_s});
static_assert(time_point{1_s} + duration::infinite() == time_point::never());
static_assert(time_point::never() + 1_s == time_point::never());
static_assert(time_point{1_s} < time_point::never() && time_point{} < time_point{1_ns});
static_assert(time_point{5_s}.since_start() == 5_s);

TEST_CASE("durations add up in place", "[duration]") {
    duration sum = 1_s;
    sum += 500_ms;
    sum -= 1_ms;
    CHECK(sum == 1499_ms);
}
