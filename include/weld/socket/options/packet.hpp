// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/mac_address.hpp>
#include <weld/socket/option.hpp>

/// What packet sockets have. Source: packet(7), linux/if_packet.h.
namespace weld::inline v0 {

/// Which frames an interface takes in beside its own.
enum class packet_membership : std::uint16_t { multicast = 0, promiscuous = 1, all_multicast = 2, unicast = 3 };

/// Asks an interface for more frames, until this socket drops them or closes; requests are counted.
struct packet_join {
    static constexpr int level = levels::packet, name = 1;  // PACKET_ADD_MEMBERSHIP
    static constexpr bool write_only = true;
    std::uint32_t interface;
    packet_membership membership = packet_membership::promiscuous;
    mac_address station{};  // of the group, or the further address

    struct raw {  // struct packet_mreq
        std::uint32_t interface;
        std::uint16_t membership, station_size;
        mac_address station;
        std::uint16_t station_rest;
    };
    constexpr raw to_kernel() const noexcept { return {interface, static_cast<std::uint16_t>(membership), 6, station, 0}; }
};
/// Takes a packet_join back.
struct packet_leave {
    static constexpr int level = levels::packet, name = 2;  // PACKET_DROP_MEMBERSHIP
    static constexpr bool write_only = true;
    std::uint32_t interface;
    packet_membership membership = packet_membership::promiscuous;
    mac_address station{};
    constexpr packet_join::raw to_kernel() const noexcept { return packet_join{interface, membership, station}.to_kernel(); }
};
/// Frames that came and that were dropped, since it was last asked.
struct packet_statistics {
    static constexpr int level = levels::packet, name = 6;  // PACKET_STATISTICS
    static constexpr bool read_only = true;
    struct counts { std::uint32_t packets, drops; } value;  // struct tpacket_stats
};
/// Each frame tells its true length and its VLAN; see control item `packet_auxdata`.
struct packet_receive_auxdata {
    static constexpr int level = levels::packet, name = 8;  // PACKET_AUXDATA
    bool value = true;
};
/// The layout of a ring's frames: 0, 1 or 2 for TPACKET_V1 to V3. Before the ring.
struct packet_version {
    static constexpr int level = levels::packet, name = 10;  // PACKET_VERSION
    int value;
};
/// Each frame begins with a struct virtio_net_hdr: checksums and segmentation left to the device.
struct packet_vnet_header {
    static constexpr int level = levels::packet, name = 15;  // PACKET_VNET_HDR
    bool value = true;
};
/// Several sockets share the frames of an interface. After bind.
struct packet_fanout {
    static constexpr int level = levels::packet, name = 18;  // PACKET_FANOUT
    /// How the sockets of a group divide the packets.
    enum class mode : std::uint8_t { hash = 0, round_robin = 1, cpu = 2, rollover = 3, random = 4, queue = 5 };
    std::uint16_t group;
    mode by = mode::hash;
    bool defragment = false;       // PACKET_FANOUT_FLAG_DEFRAG
    bool roll_over = false;        // PACKET_FANOUT_FLAG_ROLLOVER
    constexpr int to_kernel() const noexcept {
        return static_cast<int>(group | static_cast<std::uint32_t>(by) << 16 | (roll_over ? 1U << 28 : 0) | (defragment ? 1U << 31 : 0));
    }
    static constexpr packet_fanout from_kernel(int number) noexcept {
        const auto bits = static_cast<std::uint32_t>(number);
        return {static_cast<std::uint16_t>(bits), static_cast<mode>(bits >> 16 & 0xff), (bits >> 31 & 1) != 0, (bits >> 28 & 1) != 0};
    }
    friend constexpr bool operator==(const packet_fanout&, const packet_fanout&) noexcept = default;
};
/// What is sent goes straight to the driver, past the queueing discipline.
struct packet_qdisc_bypass {
    static constexpr int level = levels::packet, name = 20;  // PACKET_QDISC_BYPASS
    bool value = true;
};
/// Frames that this machine sends are not received.
struct packet_ignore_outgoing {
    static constexpr int level = levels::packet, name = 23;  // PACKET_IGNORE_OUTGOING
    bool value = true;
};

}  // namespace weld::inline v0
