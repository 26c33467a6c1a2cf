// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/congestion/congestion_control.hpp>

#include <algorithm>

namespace weld::inline v0::stack {

/// Returns soon to near the window at which something was lost, stays about there, then looks for more: a cubic of the
/// time since, so flows of long and short round trips share alike. Whole numbers only, so every machine counts alike.
/// Source: RFC 9438.
class cubic {
public:
    static constexpr const char* name = "cubic";
    constexpr cubic(std::uint32_t mss, std::uint32_t segments) noexcept : mss_{mss}, initial_{initial_window(mss, segments)} {}

    constexpr std::uint32_t window() const noexcept { return window_; }
    constexpr std::uint32_t ssthresh() const noexcept { return ssthresh_; }
    constexpr void on_ack(const ack_sample& sample) noexcept {
        if (!sample.limited) return pause(sample.now);
        std::uint32_t acked = sample.acked;
        if (window_ < ssthresh_) acked = slow_start(window_, ssthresh_, acked);
        if (acked == 0) return;
        if (!in_epoch_) begin_epoch(sample.now);
        last_ = sample.now;
        grow(sample, acked);
    }
    constexpr void on_loss(std::uint32_t in_flight) noexcept { window_ = reduced(in_flight); }
    constexpr void on_rto(std::uint32_t in_flight) noexcept {
        reduced(in_flight);
        window_ = mss_;
    }
    constexpr void on_idle() noexcept {
        window_ = std::min(window_, initial_);
        in_epoch_ = false;
    }
    constexpr void set_mss(std::uint32_t mss) noexcept {
        mss_ = mss;
        window_ = std::max(window_, mss);
        in_epoch_ = false;
    }

private:
    // Section 4.2: W_cubic(t) = C * (t - K)^3 + W_max with C = 0.4 segments a second cubed, in octets and milliseconds.
    static constexpr std::int64_t t_max = 300'000;
    constexpr std::int64_t cubed(std::int64_t t) const noexcept {
        t = std::clamp(t, -t_max, t_max);
        return t * t / 1000 * t * 4 * mss_ / 10'000'000;
    }
    constexpr void begin_epoch(time_point now) noexcept {
        in_epoch_ = true;
        epoch_ = now;
        w_max_ = std::max(w_max_, window_);
        k_ = cube_root(std::uint64_t{w_max_ - window_} * 2'500'000'000 / mss_);
        w_est_ = window_;
        est_left_ = left_ = 0;
    }
    constexpr void grow(const ack_sample& sample, std::uint32_t acked) noexcept {
        const std::int64_t t = (sample.now - epoch_ + sample.srtt).milliseconds();
        const std::int64_t target = std::clamp(w_max_ + cubed(t - k_), std::int64_t{window_}, std::int64_t{window_} * 3 / 2);
        // Section 4.4: (target - cwnd) / cwnd for each segment acknowledged.
        advance(window_, left_, static_cast<std::uint64_t>(target - window_) * acked);
        // Section 4.3: not less than Reno would have, whose alpha makes up for the smaller reduction until it is back.
        const std::uint64_t alpha = w_est_ < prior_ ? 529 : 1000;
        advance(w_est_, est_left_, std::uint64_t{mss_} * acked * alpha / 1000);
        window_ = std::min(std::max(window_, w_est_), unlimited_window);
    }
    /// Adds `product` / window_, and keeps what does not make a whole octet.
    constexpr void advance(std::uint32_t& value, std::uint64_t& left, std::uint64_t product) const noexcept {
        left += product;
        value += static_cast<std::uint32_t>(left / window_);
        left %= window_;
    }
    /// Section 4.6, with fast convergence of section 4.7: room for a flow that has just begun.
    constexpr std::uint32_t reduced(std::uint32_t in_flight) noexcept {
        in_epoch_ = false;
        const std::uint32_t reached = std::max(std::min(in_flight, window_), 2 * mss_);
        prior_ = reached;
        w_max_ = reached < w_max_ ? static_cast<std::uint32_t>(std::uint64_t{reached} * 17 / 20) : reached;
        return ssthresh_ = std::max(static_cast<std::uint32_t>(std::uint64_t{reached} * 7 / 10), 2 * mss_);
    }
    /// Section 5.8: time in which the application sends too little does not count.
    constexpr void pause(time_point now) noexcept {
        if (in_epoch_) epoch_ = epoch_ + (now - last_);
        last_ = now;
    }
    static constexpr std::int64_t cube_root(std::uint64_t of) noexcept {
        std::uint64_t root = 0;
        for (std::uint64_t bit = std::uint64_t{1} << 20; bit != 0; bit >>= 1) {
            const std::uint64_t tried = root | bit;
            if (tried * tried * tried <= of) root = tried;
        }
        return static_cast<std::int64_t>(root);
    }

    std::uint32_t mss_;
    std::uint32_t initial_;
    std::uint32_t window_ = initial_;
    std::uint32_t ssthresh_ = unlimited_window;
    std::uint32_t w_max_ = 0;         // where something was lost
    std::uint32_t prior_ = 0;         // cwnd_prior: the window before the last reduction
    std::uint32_t w_est_ = 0;         // what Reno's would be by now
    std::uint64_t left_ = 0, est_left_ = 0;
    std::int64_t k_ = 0;              // milliseconds until it is back at w_max_
    time_point epoch_{}, last_{};
    bool in_epoch_ = false;
};
static_assert(congestion_control<cubic>);

}  // namespace weld::inline v0::stack
