// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_buffer.hpp>
#include <weld/socket/address/mac_address.hpp>

#include <cstdint>

namespace weld::inline v0::stack {

/// What a protocol above the link is told of a packet whose link header is pulled. Without a link header the addresses
/// are all zeros. In the kernel: what a packet_type's func finds in its sk_buff.
struct frame_info {
    mac_address source{}, destination{};
    std::uint16_t ether_type = 0;
    std::uint32_t interface = 0;         ///< index of the interface it came by; 0: this host itself
    packet_type type = packet_type::host;
};

}  // namespace weld::inline v0::stack
