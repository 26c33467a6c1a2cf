// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/address4.hpp>
#include <weld/socket/option.hpp>

/// What sockets of IPv4 have, and those of IPv6 that carry IPv4. Source: ip(7).
namespace weld::inline v0 {

/// Type of service: the six bits of the traffic class above the two of congestion notification. RFC 2474, RFC 3168.
/// As a control item it sends one message with it, and tells it of a received one (receive_tos).
struct ip_tos {
    static constexpr int level = levels::ip, name = 1, type = 1;  // IP_TOS
    int value;
};
/// Time to live of what is sent, 1 to 255. As a control item: of one message (receive_ttl).
struct ip_ttl {
    static constexpr int level = levels::ip, name = 2, type = 2;  // IP_TTL
    int value;
};
/// Raw sockets: what is sent begins with its own IP header.
struct header_included {
    static constexpr int level = levels::ip, name = 3;  // IP_HDRINCL
    template <class Description> static constexpr bool legal = Description::type == 3;
    bool value = true;
};
/// Each message tells where it arrived, whence, on which interface; see control item `packet_info`.
struct receive_packet_info {
    static constexpr int level = levels::ip, name = 8;  // IP_PKTINFO
    bool value = true;
};

/// Whether packets may be cut on their way, or are refused with message_size where they do not fit.
enum class path_mtu_discovery : int {
    dont = 0,       // never sets DF
    want = 1,       // as the route says
    always = 2,     // always sets DF, and refuses what is larger than the path's MTU
    probe = 3,      // always sets DF, and sends whatever the interface takes
    interface = 4,  // ignores the path's MTU
    omit = 5,       // as interface, but what does not fit is cut
};
struct ip_mtu_discover {
    static constexpr int level = levels::ip, name = 10;  // IP_MTU_DISCOVER
    path_mtu_discovery value;
};
/// What the path of a connected socket is known to take, IP header included. Errors: not_connected.
struct ip_mtu {
    static constexpr int level = levels::ip, name = 14;  // IP_MTU
    static constexpr bool read_only = true;
    int value;
};
/// What ICMP reports is kept, with all it says: recv with message_flags::error_queue and `extended_error`.
struct receive_errors {
    static constexpr int level = levels::ip, name = 11;  // IP_RECVERR
    bool value = true;
};
/// Each message tells its time to live; see control item `ip_ttl`.
struct receive_ttl {
    static constexpr int level = levels::ip, name = 12;  // IP_RECVTTL
    bool value = true;
};
/// Each message tells its type of service; see control item `ip_tos`.
struct receive_tos {
    static constexpr int level = levels::ip, name = 13;  // IP_RECVTOS
    bool value = true;
};
/// Binds an address that this machine does not have (yet).
struct ip_free_bind {
    static constexpr int level = levels::ip, name = 15;  // IP_FREEBIND
    bool value = true;
};
/// The same for proxies, which also receive for such addresses. Errors: operation_not_permitted (CAP_NET_ADMIN).
struct ip_transparent {
    static constexpr int level = levels::ip, name = 19;  // IP_TRANSPARENT
    bool value = true;
};
/// bind with port 0 takes an address alone; connect chooses the port, and may then share it with other peers.
struct bind_address_no_port {
    static constexpr int level = levels::ip, name = 24;  // IP_BIND_ADDRESS_NO_PORT
    bool value = true;
};
/// From where this socket's ports are chosen; 0 is the system's own limit (Linux 6.3).
struct local_port_range {
    static constexpr int level = levels::ip, name = 51;  // IP_LOCAL_PORT_RANGE
    std::uint16_t first, last;
    constexpr std::uint32_t to_kernel() const noexcept { return static_cast<std::uint32_t>(last) << 16 | first; }
    static constexpr local_port_range from_kernel(std::uint32_t both) noexcept {
        return {static_cast<std::uint16_t>(both), static_cast<std::uint16_t>(both >> 16)};
    }
    friend constexpr bool operator==(const local_port_range&, const local_port_range&) noexcept = default;
};

/// How far multicast goes; 1, the default, is the local network.
struct ip_multicast_ttl {
    static constexpr int level = levels::ip, name = 33;  // IP_MULTICAST_TTL
    int value;
};
/// Whether this machine's own receivers get what is sent to a group.
struct ip_multicast_loop {
    static constexpr int level = levels::ip, name = 34;  // IP_MULTICAST_LOOP
    bool value = true;
};
/// The socket gets only the groups that it joined itself.
struct ip_multicast_all {
    static constexpr int level = levels::ip, name = 49;  // IP_MULTICAST_ALL
    bool value = true;
};
/// The interface that multicast leaves by; 0 is the routing table's choice.
struct ip_multicast_interface {
    static constexpr int level = levels::ip, name = 32;  // IP_MULTICAST_IF
    static constexpr bool write_only = true;             // the kernel tells an address, not this index
    std::uint32_t index;

    struct raw { address4 group, local; std::uint32_t index; };  // struct ip_mreqn
    constexpr raw to_kernel() const noexcept { return {{}, {}, index}; }
};

/// Receives what is sent to a group, on one interface (0: the routing table's choice), until it leaves.
/// Errors: address_in_use (joined already), no_buffer_space (net.ipv4.igmp_max_memberships), no_such_device.
struct ip_join_group {
    static constexpr int level = levels::ip, name = 35;  // IP_ADD_MEMBERSHIP
    static constexpr bool write_only = true;
    address4 group;
    std::uint32_t interface = 0;
    constexpr ip_multicast_interface::raw to_kernel() const noexcept { return {group, {}, interface}; }
};
struct ip_leave_group {
    static constexpr int level = levels::ip, name = 36;  // IP_DROP_MEMBERSHIP
    static constexpr bool write_only = true;
    address4 group;
    std::uint32_t interface = 0;
    constexpr ip_multicast_interface::raw to_kernel() const noexcept { return {group, {}, interface}; }
};
/// The same for what one source sends to the group; the interface is named by one of its addresses.
/// Source: RFC 3678 section 4.1.2.
struct ip_join_source {
    static constexpr int level = levels::ip, name = 39;  // IP_ADD_SOURCE_MEMBERSHIP
    static constexpr bool write_only = true;
    address4 group, source, interface{};
    struct raw { address4 group, interface, source; };  // struct ip_mreq_source
    constexpr raw to_kernel() const noexcept { return {group, interface, source}; }
};
struct ip_leave_source {
    static constexpr int level = levels::ip, name = 40;  // IP_DROP_SOURCE_MEMBERSHIP
    static constexpr bool write_only = true;
    address4 group, source, interface{};
    constexpr ip_join_source::raw to_kernel() const noexcept { return {group, interface, source}; }
};

/// Raw ICMP sockets: which types they do not get, a bit each. Source: icmp(7), raw(7).
struct icmp_filter {
    static constexpr int level = levels::raw, name = 1;  // ICMP_FILTER
    /// All but one type, as ping wants its echo replies: `icmp_filter::only(0)`.
    static constexpr icmp_filter only(int type) noexcept { return {~(1U << type)}; }
    std::uint32_t value;
};

}  // namespace weld::inline v0
