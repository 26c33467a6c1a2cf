// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/stack/tcp/tcp_options.hpp>
#include <weld/stack/wire/tcp_options.hpp>

#include <cstdint>

namespace weld::inline v0::stack {

/// What the two SYNs agreed on.
struct tcp_agreement {
    std::uint16_t mss_peer = 0;       // the peer's MSS option: options of a segment are not counted (RFC 6691)
    std::uint8_t snd_wscale = 0;      // shift of the windows the peer tells
    std::uint8_t rcv_wscale = 0;      // and of ours
    bool scaled = false, timestamps = false, selective = false;
    bool ecn = false;                 // RFC 3168
    std::uint32_t ts_recent = 0;      // TS.Recent: RFC 7323 section 4.3
    std::uint32_t ts_offset = 0;      // of our own clock
    time_point ts_recent_at{};

    /// What the peer's SYN offers, of what we can and, with rcv_wscale set, would do ourselves.
    constexpr void agree(const wire::tcp_options& theirs, const tcp_options& ours, std::uint16_t mss_default, time_point now) noexcept {
        mss_peer = theirs.mss != 0 ? theirs.mss : mss_default;
        scaled = ours.window_scaling && theirs.has_window_scale;
        snd_wscale = scaled ? theirs.window_scale : 0;
        if (!scaled) rcv_wscale = 0;
        timestamps = ours.timestamps && theirs.has_timestamps;
        selective = ours.sack && theirs.sack_permitted;
        if (timestamps) {
            ts_recent = theirs.tsval;
            ts_recent_at = now;
        }
    }
    /// The segment is older than one that has come already. A clock that stood for 24 days proves nothing.
    /// Source: RFC 7323 sections 5.3 and 5.5.
    constexpr bool is_old(const wire::tcp_options& theirs, time_point now) const noexcept {
        return timestamps && theirs.has_timestamps && static_cast<std::int32_t>(theirs.tsval - ts_recent) < 0 &&
               now - ts_recent_at < duration::seconds(24 * 24 * 3600);
    }
    constexpr void note(const wire::tcp_options& theirs, time_point now) noexcept {
        ts_recent = theirs.tsval;
        ts_recent_at = now;
    }
};

}  // namespace weld::inline v0::stack
