// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

/// What follows an Ethernet header. Plain numbers, so that a user's protocol joins with its own.
/// Source: IANA, IEEE 802 Numbers; linux/if_ether.h.
namespace weld::inline v0::wire::ether_type {
inline constexpr std::uint16_t ipv4 = 0x0800;
inline constexpr std::uint16_t arp = 0x0806;
inline constexpr std::uint16_t vlan = 0x8100;          // 802.1Q
inline constexpr std::uint16_t ipv6 = 0x86dd;
inline constexpr std::uint16_t service_vlan = 0x88a8;  // 802.1ad
inline constexpr std::uint16_t experimental = 0x88b5;  // for a protocol of one's own: IEEE 802, section 9.2.3
inline constexpr std::uint16_t smallest = 0x0600;      // below is the length of an 802.3 frame
}  // namespace weld::inline v0::wire::ether_type

/// What follows an IP header. Source: IANA, Assigned Internet Protocol Numbers; netinet/in.h.
namespace weld::inline v0::wire::ip_protocol {
inline constexpr std::uint8_t hop_by_hop = 0;
inline constexpr std::uint8_t icmp = 1;
inline constexpr std::uint8_t igmp = 2;
inline constexpr std::uint8_t tcp = 6;
inline constexpr std::uint8_t udp = 17;
inline constexpr std::uint8_t routing = 43;
inline constexpr std::uint8_t fragment = 44;
inline constexpr std::uint8_t authentication = 51;
inline constexpr std::uint8_t icmp6 = 58;
inline constexpr std::uint8_t no_next_header = 59;
inline constexpr std::uint8_t destination_options = 60;
inline constexpr std::uint8_t experimental = 253;  // for a protocol of one's own, as is 254: RFC 3692
}  // namespace weld::inline v0::wire::ip_protocol
