// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/congestion/congestion_control.hpp>

#include <algorithm>

namespace weld::inline v0::stack {

/// Slow start, then one mss more a round trip; half the flight on a loss. Source: RFC 5681 section 3.1.
class reno {
public:
    static constexpr const char* name = "reno";
    constexpr reno(std::uint32_t mss, std::uint32_t segments) noexcept : mss_{mss}, initial_{initial_window(mss, segments)} {}

    constexpr std::uint32_t window() const noexcept { return window_; }
    constexpr std::uint32_t ssthresh() const noexcept { return ssthresh_; }
    constexpr void on_ack(const ack_sample& sample) noexcept {
        if (!sample.limited) return;
        std::uint32_t acked = sample.acked;
        if (window_ < ssthresh_) acked = slow_start(window_, ssthresh_, acked);
        counted_ += acked;
        if (counted_ < window_) return;
        counted_ -= window_;
        window_ = std::min(window_ + mss_, unlimited_window);
    }
    constexpr void on_loss(std::uint32_t in_flight) noexcept { window_ = ssthresh_ = halved(in_flight); }
    constexpr void on_rto(std::uint32_t in_flight) noexcept {
        ssthresh_ = halved(in_flight);
        window_ = mss_;
    }
    constexpr void on_idle() noexcept { window_ = std::min(window_, initial_); }
    constexpr void set_mss(std::uint32_t mss) noexcept {
        mss_ = mss;
        window_ = std::max(window_, mss);
    }

private:
    constexpr std::uint32_t halved(std::uint32_t in_flight) noexcept {
        counted_ = 0;
        return std::max(in_flight / 2, 2 * mss_);
    }
    std::uint32_t mss_;
    std::uint32_t initial_;
    std::uint32_t window_ = initial_;
    std::uint32_t ssthresh_ = unlimited_window;
    std::uint32_t counted_ = 0;  // octets acknowledged since the window last grew
};
static_assert(congestion_control<reno>);

}  // namespace weld::inline v0::stack
