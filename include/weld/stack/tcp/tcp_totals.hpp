// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/core/packet_buffer.hpp>

#include <cstdint>

namespace weld::inline v0::stack {

/// What has passed on one connection since it began, for TCP_INFO. Octets of sequence space; segments as they are on the
/// wire, super-segments by what they are made of. In the kernel: the fields of struct tcp_sock that RFC 4898 names.
struct tcp_totals {
    std::uint64_t bytes_acked = 0;
    std::uint64_t bytes_received = 0;      // that an ACK has told of
    std::uint64_t bytes_retransmitted = 0;
    std::uint32_t segments_out = 0, segments_in = 0;
    std::uint32_t data_segments_out = 0, data_segments_in = 0;
    std::uint32_t retransmitted = 0;       // segments
    std::uint32_t round_octets = 0;        // acknowledged since round_since
    time_point round_since{};
    std::uint64_t delivery_rate = 0;       // octets a second, over the last round trip with something on its way

    /// How many segments a packet is, or will be.
    static constexpr std::uint32_t segments_of(const packet& skb) noexcept { return skb.gso_segments != 0 ? skb.gso_segments : 1; }
    /// Counts what goes.
    void sent(const packet& skb) noexcept {
        const std::uint32_t count = segments_of(skb);
        segments_out += count;
        if (!skb.empty()) data_segments_out += count;
    }
    /// Counts what comes.
    void received(const packet& skb) noexcept {
        const std::uint32_t count = segments_of(skb);
        segments_in += count;
        if (!skb.empty()) data_segments_in += count;
    }
    /// `first_sent`: of what this acknowledges; `last`: nothing is on its way any more.
    void acknowledged(std::uint32_t octets, time_point first_sent, time_point now, duration round_trip, bool last) noexcept {
        bytes_acked += octets;
        if (round_since == time_point{}) round_since = first_sent < now ? first_sent : now;
        round_octets += octets;
        const duration passed = now - round_since;
        if (!last && passed < round_trip) return;
        if (passed > duration{}) delivery_rate = std::uint64_t{round_octets} * 1'000'000'000 / static_cast<std::uint64_t>(passed.nanoseconds());
        round_since = last ? time_point{} : now;
        round_octets = 0;
    }
};

}  // namespace weld::inline v0::stack
