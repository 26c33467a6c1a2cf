// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/device.hpp>

namespace weld::inline v0::device::detail {

/// Before a packet crosses from sender to receiver without being copied: what the sender knew of it goes, but what the
/// device vouches for stays. In the kernel: skb_scrub_packet.
inline void scrub(packet& frame, const device_features& crossed) noexcept {
    WELD_ASSERT(frame.checksum != checksum_state::partial || crossed.checksum);
    WELD_ASSERT(frame.gso_size == 0 || frame.size() <= crossed.gso_size_max);
    struct nothing { unsigned char bytes[48]; };
    frame.control<nothing>() = {};
    if (!crossed.checksum) frame.checksum = checksum_state::none;
}

}  // namespace weld::inline v0::device::detail
