// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/byte_order.hpp>
#include <weld/core/bytes.hpp>

#include <cstddef>
#include <cstdint>

namespace weld::inline v0::wire {

/// The options of a TCP segment. In the kernel: struct tcp_options_received, and tcp_out_options.
/// Source: RFC 9293 section 3.2, RFC 7323, RFC 2018.
struct tcp_options {
    static constexpr std::size_t size_max = 40;
    static constexpr std::uint8_t window_scale_max = 14;  // RFC 7323 section 2.3
    static constexpr std::size_t sack_max = 4;
    /// The options by their numbers. Source: IANA, TCP Parameters.
    enum kind : std::uint8_t { end = 0, no_operation = 1, maximum_segment_size = 2, scale = 3, sack_permission = 4, sack_blocks = 5, timestamp = 8 };

    /// Octets from `left` to before `right` have arrived.
    struct sack_block {
        std::uint32_t left, right;
        friend constexpr bool operator==(const sack_block&, const sack_block&) noexcept = default;
    };

    std::uint16_t mss = 0;                ///< largest segment the sender takes, without headers; 0: not said. In a SYN
    bool has_window_scale = false;
    std::uint8_t window_scale = 0;        ///< shift of every later window. In a SYN
    bool sack_permitted = false;          ///< in a SYN
    bool has_timestamps = false;
    std::uint8_t sack_count = 0;          ///< how many of `sack` are meant
    std::uint32_t tsval = 0;              ///< the sender's clock
    std::uint32_t tsecr = 0;              ///< what it last heard of ours
    sack_block sack[sack_max] = {};       ///< the newest first

    friend constexpr bool operator==(const tcp_options&, const tcp_options&) noexcept = default;

    /// Reads what is known and steps over the rest; a list that does not fit together ends where it breaks, and what
    /// was read before it counts. In the kernel: tcp_parse_options, which this follows.
    static constexpr tcp_options parse(const_bytes list, bool syn) noexcept {
        tcp_options options;
        if (list.size() == 12 && load_be<std::uint32_t>(list) == aligned_timestamps) [[likely]] {
            options.set_timestamps(list.data() + 4);
            return options;
        }
        while (!list.empty() && list[0] != std::byte{end}) {
            if (list[0] == std::byte{no_operation}) {
                list = list.subspan(1);
                continue;
            }
            const std::size_t length = list.size() < 2 ? 0 : static_cast<std::size_t>(list[1]);
            if (length < 2 || length > list.size()) break;
            options.take(static_cast<std::uint8_t>(list[0]), list.subspan(2, length - 2), syn);
            list = list.subspan(length);
        }
        return options;
    }

    /// Bytes that encode() writes: a multiple of four, at most 40.
    constexpr std::size_t size() const noexcept {
        return fixed_size() + (sack_written() > 0 ? 4 + 8 * sack_written() : 0);
    }
    /// Writes them as Linux does (tcp_options_write): mss, timestamps, window scale, SACK, each on a word's boundary.
    /// Answers size(). SACK blocks for which there is no room are left out. Pre: `to` has room.
    constexpr std::size_t encode(mutable_bytes to) const noexcept {
        std::size_t at = 0;
        const auto word = [&](std::uint32_t value) {
            store_be(to, at, value);
            at += 4;
        };
        if (mss != 0) word(std::uint32_t{maximum_segment_size} << 24 | 4 << 16 | mss);
        if (has_timestamps) {
            word(sack_permitted ? std::uint32_t{sack_permission} << 24 | 2 << 16 | timestamp << 8 | 10 : aligned_timestamps);
            word(tsval);
            word(tsecr);
        } else if (sack_permitted) {
            word(0x0101'0000 | sack_permission << 8 | 2);
        }
        if (has_window_scale) word(0x0103'0300u | window_scale);
        if (const std::size_t count = sack_written(); count > 0) {
            word(static_cast<std::uint32_t>(0x0101'0000 | sack_blocks << 8 | (2 + 8 * count)));
            for (std::size_t i = 0; i < count; ++i) {
                word(sack[i].left);
                word(sack[i].right);
            }
        }
        return at;
    }

private:
    static constexpr std::uint32_t aligned_timestamps = 0x0101'080a;  // RFC 7323 appendix A

    constexpr void take(std::uint8_t option, const_bytes data, bool syn) noexcept {
        switch (option) {
            case maximum_segment_size:
                if (data.size() == 2 && syn && load_be<std::uint16_t>(data) != 0) mss = load_be<std::uint16_t>(data);
                break;
            case scale:
                if (data.size() != 1 || !syn) break;
                has_window_scale = true;
                window_scale = static_cast<std::uint8_t>(data[0]);
                if (window_scale > window_scale_max) window_scale = window_scale_max;
                break;
            case sack_permission:
                if (data.empty() && syn) sack_permitted = true;
                break;
            case timestamp:
                if (data.size() == 8) set_timestamps(data.data());
                break;
            case sack_blocks:
                if (data.size() >= 8 && data.size() % 8 == 0) set_sack(data);
                break;
            default: break;
        }
    }
    constexpr void set_timestamps(const std::byte* data) noexcept {
        has_timestamps = true;
        tsval = load_be<std::uint32_t>(data);
        tsecr = load_be<std::uint32_t>(data + 4);
    }
    constexpr void set_sack(const_bytes data) noexcept {
        sack_count = static_cast<std::uint8_t>(data.size() / 8 < sack_max ? data.size() / 8 : sack_max);
        for (std::size_t i = 0; i < sack_count; ++i) sack[i] = {load_be<std::uint32_t>(data, 8 * i), load_be<std::uint32_t>(data, 8 * i + 4)};
    }
    constexpr std::size_t fixed_size() const noexcept {
        return (mss != 0 ? 4u : 0u) + (has_timestamps ? 12u : sack_permitted ? 4u : 0u) + (has_window_scale ? 4u : 0u);
    }
    constexpr std::size_t sack_written() const noexcept {
        if (sack_count == 0) return 0;
        const std::size_t room = (size_max - 4 - fixed_size()) / 8;
        return sack_count < room ? sack_count : room;
    }
};

}  // namespace weld::inline v0::wire
