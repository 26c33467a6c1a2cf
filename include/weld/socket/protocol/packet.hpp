// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/packet_address.hpp>
#include <weld/socket/levels.hpp>
#include <weld/socket/protocol.hpp>

namespace weld::inline v0 {

/// The half of a description that is the family's: AF_PACKET.
struct packet_description {
    static constexpr int family = 17;  // AF_PACKET
    static constexpr int number = -1;
    static constexpr bool connects = false, listens = false, addressed = true, is_stream = false;
    using address = packet_address;
    static constexpr int option_levels[] = {levels::socket, levels::packet};
    static constexpr int control_levels[] = {levels::socket, levels::packet};
};

/// Frames with their link header.
struct packet_raw_description : packet_description {
    static constexpr const char* name = "packet_raw";
    static constexpr int type = 3;
};
/// Frames without their link header.
struct packet_cooked_description : packet_description {
    static constexpr const char* name = "packet_cooked";
    static constexpr int type = 2;
};

/// Frames with their link header, or without; the EtherType is given with the call. Source: packet(7).
inline constexpr packet_raw_description packet_raw{};
inline constexpr packet_cooked_description packet_cooked{};

/// EtherTypes to open a packet socket with. Source: linux/if_ether.h.
inline constexpr int every_ethertype = 0x0003, ethertype_ip = 0x0800, ethertype_arp = 0x0806, ethertype_ipv6 = 0x86dd;

}  // namespace weld::inline v0
