// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/congestion/congestion_control.hpp>

namespace weld::inline v0::stack {

/// The peer's window alone limits what is in flight: for links that nobody shares, and for comparisons.
class no_congestion_control {
public:
    static constexpr const char* name = "none";
    constexpr no_congestion_control(std::uint32_t, std::uint32_t) noexcept {}
    constexpr std::uint32_t window() const noexcept { return unlimited_window; }
    constexpr std::uint32_t ssthresh() const noexcept { return unlimited_window; }
    constexpr void on_ack(const ack_sample&) noexcept {}
    constexpr void on_loss(std::uint32_t) noexcept {}
    constexpr void on_rto(std::uint32_t) noexcept {}
    constexpr void on_idle() noexcept {}
    constexpr void set_mss(std::uint32_t) noexcept {}
};
static_assert(congestion_control<no_congestion_control>);

}  // namespace weld::inline v0::stack
