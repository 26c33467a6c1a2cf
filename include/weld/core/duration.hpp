// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <compare>
#include <cstdint>

namespace weld::inline v0 {

/// A length of time, in nanoseconds. Any std::chrono::duration converts to it, without <chrono> being included
/// here (it costs thirty thousand lines). Literals: `using namespace weld::literals; 200_ms`.
class duration {
public:
    constexpr duration() noexcept = default;

    /// From anything shaped like std::chrono::duration (rep, period, count()); rounds towards zero.
    template <class Chrono>
        requires requires(const Chrono& c) { typename Chrono::rep; Chrono::period::num; Chrono::period::den; c.count(); }
    constexpr duration(const Chrono& c) noexcept
        : count_{scaled(c.count(), Chrono::period::num, Chrono::period::den)} {}

    static constexpr duration nanoseconds(std::int64_t n) noexcept { return duration{n, exact{}}; }
    static constexpr duration microseconds(std::int64_t n) noexcept { return nanoseconds(n * 1'000); }
    static constexpr duration milliseconds(std::int64_t n) noexcept { return nanoseconds(n * 1'000'000); }
    static constexpr duration seconds(std::int64_t n) noexcept { return nanoseconds(n * 1'000'000'000); }
    /// Longer than anything that happens: waiting this long is waiting for ever.
    static constexpr duration infinite() noexcept { return nanoseconds(INT64_MAX); }

    constexpr std::int64_t nanoseconds() const noexcept { return count_; }
    constexpr std::int64_t microseconds() const noexcept { return count_ / 1'000; }
    constexpr std::int64_t milliseconds() const noexcept { return count_ / 1'000'000; }
    constexpr double seconds() const noexcept { return static_cast<double>(count_) / 1e9; }

    friend constexpr auto operator<=>(duration, duration) noexcept = default;
    friend constexpr duration operator+(duration a, duration b) noexcept { return nanoseconds(a.count_ + b.count_); }
    friend constexpr duration operator-(duration a, duration b) noexcept { return nanoseconds(a.count_ - b.count_); }
    friend constexpr duration operator*(duration a, std::int64_t n) noexcept { return nanoseconds(a.count_ * n); }
    friend constexpr duration operator*(std::int64_t n, duration a) noexcept { return a * n; }
    friend constexpr duration operator/(duration a, std::int64_t n) noexcept { return nanoseconds(a.count_ / n); }
    friend constexpr std::int64_t operator/(duration a, duration b) noexcept { return a.count_ / b.count_; }
    constexpr duration operator-() const noexcept { return nanoseconds(-count_); }
    constexpr duration& operator+=(duration b) noexcept { count_ += b.count_; return *this; }
    constexpr duration& operator-=(duration b) noexcept { count_ -= b.count_; return *this; }

private:
    struct exact {};
    constexpr duration(std::int64_t n, exact) noexcept : count_{n} {}

    __extension__ typedef __int128 wide;
    static constexpr std::int64_t scaled(double count, std::intmax_t numerator, std::intmax_t denominator) noexcept {
        return static_cast<std::int64_t>(count * static_cast<double>(numerator) / static_cast<double>(denominator) * 1e9);
    }
    template <class Integer>
        requires(static_cast<Integer>(0.5) == Integer{0})
    static constexpr std::int64_t scaled(Integer count, std::intmax_t numerator, std::intmax_t denominator) noexcept {
        return static_cast<std::int64_t>(static_cast<wide>(count) * numerator * 1'000'000'000 / denominator);
    }
    std::int64_t count_ = 0;
};

/// A moment on a net's clock: CLOCK_MONOTONIC on the host, virtual time in a simulation. Never wall time.
class time_point {
public:
    constexpr time_point() noexcept = default;
    constexpr explicit time_point(duration since_start) noexcept : since_start_{since_start} {}

    /// The moment that never comes; the default of every deadline.
    static constexpr time_point never() noexcept { return time_point{duration::infinite()}; }
    /// Since the clock's own start.
    constexpr duration since_start() const noexcept { return since_start_; }

    friend constexpr auto operator<=>(time_point, time_point) noexcept = default;
    /// Saturates: a moment plus `duration::infinite()` is `never()`.
    friend constexpr time_point operator+(time_point t, duration d) noexcept {
        std::int64_t sum = 0;
        const bool over = __builtin_add_overflow(t.since_start_.nanoseconds(), d.nanoseconds(), &sum);
        return over ? never() : time_point{duration::nanoseconds(sum)};
    }
    friend constexpr time_point operator-(time_point t, duration d) noexcept { return t + -d; }
    friend constexpr duration operator-(time_point a, time_point b) noexcept { return a.since_start_ - b.since_start_; }

private:
    duration since_start_{};
};

namespace literals {
constexpr duration operator""_ns(unsigned long long n) noexcept { return duration::nanoseconds(static_cast<std::int64_t>(n)); }
constexpr duration operator""_us(unsigned long long n) noexcept { return duration::microseconds(static_cast<std::int64_t>(n)); }
constexpr duration operator""_ms(unsigned long long n) noexcept { return duration::milliseconds(static_cast<std::int64_t>(n)); }
constexpr duration operator""_s(unsigned long long n) noexcept { return duration::seconds(static_cast<std::int64_t>(n)); }
constexpr duration operator""_min(unsigned long long n) noexcept { return duration::seconds(static_cast<std::int64_t>(n) * 60); }
constexpr duration operator""_h(unsigned long long n) noexcept { return duration::seconds(static_cast<std::int64_t>(n) * 3600); }
}  // namespace literals

}  // namespace weld::inline v0
