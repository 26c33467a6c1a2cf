// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/socket/options/ip.hpp>
#include <weld/socket/options/ipv6.hpp>
#include <weld/stack/ip/ip4.hpp>
#include <weld/stack/ip/ip6.hpp>

namespace weld::inline v0::stack {

/// What both versions of IP let a program set, under each one's level and names. Source: ip(7), ipv6(7).
template <class Ip>
struct ip_option_names;

/// Of level SOL_IP.
template <>
struct ip_option_names<ip4> {
    static constexpr int level = levels::ip;
    static constexpr int hops = ip_ttl::name, traffic_class = ip_tos::name, mtu_discover = ip_mtu_discover::name, mtu = ip_mtu::name;
    static constexpr int multicast_hops = ip_multicast_ttl::name, multicast_loop = ip_multicast_loop::name, multicast_all = ip_multicast_all::name,
                         multicast_interface = ip_multicast_interface::name, join = ip_join_group::name, leave = ip_leave_group::name;
    static constexpr int free_bind = ip_free_bind::name, receive_errors = weld::receive_errors::name, header_included = weld::header_included::name;
    static constexpr int receive_packet_info = weld::receive_packet_info::name, receive_hops = receive_ttl::name, receive_traffic_class = receive_tos::name;
    /// The least that may be set.
    static constexpr int hops_min = 1;
};

/// Of level SOL_IPV6.
template <>
struct ip_option_names<ip6> {
    static constexpr int level = levels::ipv6;
    static constexpr int hops = ipv6_hops::name, traffic_class = ipv6_traffic_class::name, mtu_discover = ipv6_mtu_discover::name, mtu = ipv6_mtu::name;
    static constexpr int multicast_hops = ipv6_multicast_hops::name, multicast_loop = ipv6_multicast_loop::name, multicast_all = 29,  // IPV6_MULTICAST_ALL
                         multicast_interface = ipv6_multicast_interface::name, join = ipv6_join_group::name, leave = ipv6_leave_group::name;
    static constexpr int free_bind = ipv6_free_bind::name, receive_errors = receive_errors6::name, header_included = 36;  // IPV6_HDRINCL
    static constexpr int receive_packet_info = receive_packet_info6::name, receive_hops = weld::receive_hops::name,
                         receive_traffic_class = weld::receive_traffic_class::name;
    /// The least that may be set.
    static constexpr int hops_min = 0;
};

/// IPV6_V6ONLY: sockets of one's own are of one version of IP. Errors: operation_not_supported (to serve both),
/// invalid_argument (bound already).
constexpr result<> set_v6_only(bool bound, int on) noexcept {
    if (bound) return errc::invalid_argument;
    return on != 0 ? result<>{} : errc::operation_not_supported;
}

}  // namespace weld::inline v0::stack
