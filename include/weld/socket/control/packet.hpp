// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/control.hpp>
#include <weld/socket/options/packet.hpp>

namespace weld::inline v0 {

/// What the kernel knows about a received frame. Option packet_receive_auxdata. In the kernel: struct tpacket_auxdata.
struct packet_auxdata {
    static constexpr int level = levels::packet, type = 8;  // PACKET_AUXDATA
    /// In the kernel: struct tpacket_auxdata.
    struct info {
        std::uint32_t status;
        std::uint32_t length, captured;                 // the frame's own, and what of it was received
        std::uint16_t mac_offset, network_offset;
        std::uint16_t vlan_tag, vlan_protocol;
        constexpr bool has_vlan() const noexcept { return (status & 0x10) != 0; }              // TP_STATUS_VLAN_VALID
        constexpr bool checksum_not_ready() const noexcept { return (status & 0x08) != 0; }    // left to the device
    } value;
};

}  // namespace weld::inline v0
