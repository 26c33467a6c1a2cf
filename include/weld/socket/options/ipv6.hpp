// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/address6.hpp>
#include <weld/socket/options/ip.hpp>

/// What sockets of IPv6 have. Source: ipv6(7), RFC 3493, RFC 3542.
namespace weld::inline v0 {

/// Off: the socket serves IPv4 as well, whose addresses appear mapped. Before bind. The default is net.ipv6.bindv6only.
struct v6_only {
    static constexpr int level = levels::ipv6, name = 26;  // IPV6_V6ONLY
    bool value = true;
};
/// Hop limit of what is sent, 1 to 255; -1 is the route's own.
struct ipv6_hops {
    static constexpr int level = levels::ipv6, name = 16;  // IPV6_UNICAST_HOPS
    int value;
};
/// As ip_tos.
struct ipv6_traffic_class {
    static constexpr int level = levels::ipv6, name = 67, type = 67;  // IPV6_TCLASS
    int value;
};
struct ipv6_mtu_discover {
    static constexpr int level = levels::ipv6, name = 23;  // IPV6_MTU_DISCOVER
    path_mtu_discovery value;
};
/// What the path of a connected socket is known to take. Errors: not_connected.
struct ipv6_mtu {
    static constexpr int level = levels::ipv6, name = 24;  // IPV6_MTU
    static constexpr bool read_only = true;
    int value;
};
struct ipv6_dont_fragment {
    static constexpr int level = levels::ipv6, name = 62;  // IPV6_DONTFRAG
    bool value = true;
};
struct receive_errors6 {
    static constexpr int level = levels::ipv6, name = 25;  // IPV6_RECVERR
    bool value = true;
};
struct receive_packet_info6 {
    static constexpr int level = levels::ipv6, name = 49;  // IPV6_RECVPKTINFO
    bool value = true;
};
struct receive_hops {
    static constexpr int level = levels::ipv6, name = 51;  // IPV6_RECVHOPLIMIT
    bool value = true;
};
struct receive_traffic_class {
    static constexpr int level = levels::ipv6, name = 66;  // IPV6_RECVTCLASS
    bool value = true;
};
struct ipv6_free_bind {
    static constexpr int level = levels::ipv6, name = 78;  // IPV6_FREEBIND
    bool value = true;
};
struct ipv6_transparent {
    static constexpr int level = levels::ipv6, name = 75;  // IPV6_TRANSPARENT
    bool value = true;
};

/// The hop limit of multicasts. Source: ipv6(7), IPV6_MULTICAST_HOPS.
struct ipv6_multicast_hops {
    static constexpr int level = levels::ipv6, name = 18;  // IPV6_MULTICAST_HOPS
    int value;
};
/// Whether this machine gets its own multicasts. Source: ipv6(7), IPV6_MULTICAST_LOOP.
struct ipv6_multicast_loop {
    static constexpr int level = levels::ipv6, name = 19;  // IPV6_MULTICAST_LOOP
    bool value = true;
};
/// By which interface multicasts go. Source: ipv6(7), IPV6_MULTICAST_IF.
struct ipv6_multicast_interface {
    static constexpr int level = levels::ipv6, name = 17;  // IPV6_MULTICAST_IF
    std::uint32_t value;
};
/// As ip_join_group.
struct ipv6_join_group {
    static constexpr int level = levels::ipv6, name = 20;  // IPV6_JOIN_GROUP
    static constexpr bool write_only = true;
    address6 group;
    std::uint32_t interface = 0;
    struct raw { address6 group; std::uint32_t interface; };  // struct ipv6_mreq
    constexpr raw to_kernel() const noexcept { return {group, interface}; }
};
struct ipv6_leave_group {
    static constexpr int level = levels::ipv6, name = 21;  // IPV6_LEAVE_GROUP
    static constexpr bool write_only = true;
    address6 group;
    std::uint32_t interface = 0;
    constexpr ipv6_join_group::raw to_kernel() const noexcept { return {group, interface}; }
};
/// Raw sockets: the kernel fills in and checks the checksum that lies at this offset; -1 is off. ICMPv6 always does.
struct ipv6_checksum {
    static constexpr int level = levels::ipv6, name = 7;  // IPV6_CHECKSUM
    template <class Description> static constexpr bool legal = Description::type == 3;
    int value;
};
/// Raw ICMPv6 sockets: which types they do not get. Source: RFC 3542 section 3.2.
struct icmpv6_filter {
    static constexpr int level = levels::icmpv6, name = 1;  // ICMPV6_FILTER
    /// All but one type: `icmpv6_filter::only(129)`.
    static constexpr icmpv6_filter only(unsigned type) noexcept {
        icmpv6_filter all;
        for (std::uint32_t& word : all.value.blocked) word = 0xffffffff;
        all.value.blocked[type / 32] &= ~(1U << type % 32);
        return all;
    }
    struct raw { std::uint32_t blocked[8]; } value{};  // struct icmp6_filter
};

}  // namespace weld::inline v0
