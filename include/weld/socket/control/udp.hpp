// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/control.hpp>
#include <weld/socket/options/udp.hpp>

namespace weld::inline v0 {

/// Sent: this call's bytes become datagrams of so many bytes, the last one shorter. Source: udp(7), UDP_SEGMENT.
struct segment_size {
    static constexpr int level = levels::udp, type = 103;  // UDP_SEGMENT
    std::uint16_t value;
    constexpr std::uint16_t to_kernel() const noexcept { return value; }
};
/// Received: the bytes are several datagrams of so many bytes, the last one shorter. Option udp_merge.
/// Source: udp(7), UDP_GRO.
struct merged_size {
    static constexpr int level = levels::udp, type = 104;  // UDP_GRO
    int value;
};

}  // namespace weld::inline v0
