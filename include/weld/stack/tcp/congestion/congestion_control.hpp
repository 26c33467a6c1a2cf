// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>

#include <concepts>
#include <cstdint>

namespace weld::inline v0::stack {

/// What an acknowledgement of new data tells.
struct ack_sample {
    std::uint32_t acked;      // octets that are newly known to have arrived
    std::uint32_t in_flight;  // before it came
    bool limited;             // the window kept data back since the last one: it may grow
    time_point now;
    duration srtt;            // zero where no round trip was measured yet
};

/// Decides how much TCP may have in flight, in octets. In the kernel: struct tcp_congestion_ops.
/// The compiler cannot check that
///   - window() never falls below one mss, and changes only in the calls below;
///   - every call is O(1), takes no memory and makes no system call.
/// Optional, all three: begin_recovery(octets sent so far), on_recovery(recovery_sample), end_recovery(): it says what may
/// be in flight while losses are recovered: congestion/prr.hpp.
/// Source: RFC 5681 section 3, RFC 6298 section 5.
template <class Control>
concept congestion_control = std::movable<Control> && std::constructible_from<Control, std::uint32_t, std::uint32_t> &&
    requires(Control control, const Control& settled, const ack_sample& sample, std::uint32_t octets) {
        { Control::name }                 -> std::convertible_to<const char*>;  // as TCP_CONGESTION tells it
        { settled.window() }     noexcept -> std::same_as<std::uint32_t>;
        { settled.ssthresh() }   noexcept -> std::same_as<std::uint32_t>;
        { control.on_ack(sample) }  noexcept -> std::same_as<void>;  // new data was acknowledged, and nothing is lost
        { control.on_loss(octets) } noexcept -> std::same_as<void>;  // with so much in flight: once a window
        { control.on_rto(octets) }  noexcept -> std::same_as<void>;  // the timer fired, the first time
        { control.on_idle() }       noexcept -> std::same_as<void>;  // nothing was sent for an RTO: section 4.1
        { control.set_mss(octets) } noexcept -> std::same_as<void>;  // the path's mtu changed
    };

/// Grows by what is acknowledged, up to `ssthresh`; answers what is left of it. Source: RFC 5681 section 3.1, RFC 3465.
constexpr std::uint32_t slow_start(std::uint32_t& window, std::uint32_t ssthresh, std::uint32_t acked) noexcept {
    const std::uint32_t room = ssthresh - window;
    const std::uint32_t step = acked < room ? acked : room;
    window += step;
    return acked - step;
}

/// The window of a connection that begins, for a count of segments, usually ten. Source: RFC 6928 section 2.
constexpr std::uint32_t initial_window(std::uint32_t mss, std::uint32_t segments) noexcept {
    const std::uint32_t most = segments * mss;
    const std::uint32_t bound = segments * 1460 > 2 * mss ? segments * 1460 : 2 * mss;
    return most < bound ? most : bound;
}

/// A window no more limited than TCP's own.
inline constexpr std::uint32_t unlimited_window = 1u << 30;

}  // namespace weld::inline v0::stack
