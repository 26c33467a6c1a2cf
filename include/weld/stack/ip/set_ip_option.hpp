// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/interface_names.hpp>
#include <weld/stack/ip/inet_sock.hpp>
#include <weld/stack/ip/ip_option_names.hpp>
#include <weld/stack/socket_options.hpp>

namespace weld::inline v0::stack {

namespace detail {

/// An int, or a single byte as IPv4 takes it. Errors: invalid_argument.
inline result<int> int_option(const_bytes value) noexcept {
    if (value.empty()) return errc::invalid_argument;
    if (value.size() < sizeof(int)) return static_cast<int>(value[0]);
    int number;
    __builtin_memcpy(&number, value.data(), sizeof number);
    return number;
}
inline result<std::size_t> put_option(int number, mutable_bytes to) noexcept { return copy(to, object_bytes(number)); }

/// ip_mreqn, or its beginnings: the group, an address of the interface, its index.
template <class Ip, class Net>
    requires(!has_scopes<Ip>)
result<typename ip_sock_options<Ip>::membership> group_option(Net& net, const_bytes value) {
    ip_multicast_interface::raw request{};
    if (value.size() < 2 * sizeof(address4)) return errc::invalid_argument;
    copy({reinterpret_cast<std::byte*>(&request), sizeof request}, value);
    auto& ip = network<Ip>(net);
    if (request.index == 0 && !request.local.is_any()) {
        const auto* own = ip.addresses().find(request.local);
        if (own == nullptr) return errc::no_such_device;
        request.index = own->interface;
    } else if (request.index == 0) {
        const auto way = ip.route_to(net, request.group);
        if (!way) return errc::no_such_device;
        request.index = way->interface;
    }
    return typename ip_sock_options<Ip>::membership{request.group, request.index, false};
}
/// ipv6_mreq: the group, the interface's index; 0: by which the route goes.
template <class Ip, class Net>
    requires has_scopes<Ip>
result<typename ip_sock_options<Ip>::membership> group_option(Net& net, const_bytes value) {
    ipv6_join_group::raw request{};
    if (value.size() < sizeof request) return errc::invalid_argument;
    copy({reinterpret_cast<std::byte*>(&request), sizeof request}, value);
    if (request.interface == 0) {
        const auto way = network<Ip>(net).route_to(net, request.group);
        if (!way) return errc::no_such_device;
        request.interface = way->interface;
    } else if (name_of_interface(net, request.interface).empty()) {
        return errc::no_such_device;
    }
    return typename ip_sock_options<Ip>::membership{request.group, request.interface, false};
}

/// IP_ADD_SOURCE_MEMBERSHIP and its kin: the interface is named by an address of its own, or by none.
inline constexpr int ip_unblock_source = 37, ip_block_source = 38;
constexpr bool names_a_source(int name) noexcept {
    return name == ip_join_source::name || name == ip_leave_source::name || name == ip_unblock_source || name == ip_block_source;
}
template <class Ip, class Net>
result<> set_source(Net& net, inet_sock<Ip>& sk, int name, const_bytes value) {
    ip_join_source::raw asked{};
    if (value.size() != sizeof asked) return errc::invalid_argument;
    copy({reinterpret_cast<std::byte*>(&asked), sizeof asked}, value);
    const ip_multicast_interface::raw which{asked.group, asked.interface, 0};
    const auto group = group_option<Ip>(net, object_bytes(which));
    if (!group) return group.error();
    if (!group->group.is_multicast()) return errc::invalid_argument;
    const bool includes = name == ip_join_source::name || name == ip_leave_source::name;
    const bool adds = name == ip_join_source::name || name == ip_block_source;
    return sk.ip.change_source(net, group->group, group->interface, asked.source, includes, adds);
}

}  // namespace detail

/// What both versions of IP let a program set alike, but for its names. Errors: invalid_argument, no_protocol_option (unknown).
template <class Ip>
result<> set_common_option(ip_sock_options<Ip>& ip, int name, int n) noexcept {
    using names = ip_option_names<Ip>;
    switch (name) {
        case names::hops:
            if (n != -1 && (n < names::hops_min || n > 255)) return errc::invalid_argument;
            ip.ttl = n == -1 ? 64 : static_cast<std::uint8_t>(n);
            ip.hops_chosen = n != -1;
            return {};
        case names::multicast_hops:
            if (n < -1 || n > 255) return errc::invalid_argument;
            ip.multicast_ttl = n == -1 ? 1 : static_cast<std::uint8_t>(n);
            return {};
        case names::mtu_discover:
            if (n < 0 || n > 5) return errc::invalid_argument;
            ip.discovery = static_cast<path_mtu_discovery>(n);
            return {};
        case names::multicast_loop: ip.multicast_loop = n != 0; return {};
        case names::multicast_all: ip.multicast_all = n != 0; return {};
        case names::free_bind: ip.free_bind = n != 0; return {};
        case names::receive_errors: ip.receive_errors = n != 0; return {};
        case names::receive_packet_info: ip.receive_packet_info = n != 0; return {};
        case names::receive_hops: ip.receive_ttl = n != 0; return {};
        case names::receive_traffic_class: ip.receive_tos = n != 0; return {};
        case names::header_included: ip.header_included = n != 0; return {};
        default: return errc::no_protocol_option;
    }
}

/// setsockopt(2) of level SOL_IP. Errors: invalid_argument, no_protocol_option (unknown), those of groups.
/// Source: ip(7); do_ip_setsockopt, net/ipv4/ip_sockglue.c.
template <class Ip, class Net>
result<> set_ip_option(Net& net, inet_sock<Ip>& sk, int name, const_bytes value) {
    auto& ip = sk.ip;
    if (name == ip_join_group::name || name == ip_leave_group::name) {
        if (value.size() < 8) return errc::invalid_argument;
        const auto asked = detail::group_option<Ip>(net, value);
        if (!asked) return asked.error();
        if (!asked->group.is_multicast()) return errc::invalid_argument;
        return name == ip_join_group::name ? ip.join(net, asked->group, asked->interface) : ip.leave(net, asked->group, asked->interface);
    }
    if (detail::names_a_source(name)) return detail::set_source<Ip>(net, sk, name, value);
    if (name == ip_multicast_interface::name) {
        ip_multicast_interface::raw request{};
        if (value.size() < sizeof(address4)) return errc::invalid_argument;
        if (value.size() < sizeof request) copy({reinterpret_cast<std::byte*>(&request.local), sizeof request.local}, value);
        else copy({reinterpret_cast<std::byte*>(&request), sizeof request}, value);
        if (request.index == 0 && !request.local.is_any()) {
            const auto* own = network<Ip>(net).addresses().find(request.local);
            if (own == nullptr) return errc::address_not_available;
            request.index = own->interface;
        }
        ip.multicast_interface = request.index;
        return {};
    }
    const auto number = detail::int_option(value);
    if (!number) return number.error();
    if (name == ip_tos::name) {
        ip.tos = static_cast<std::uint8_t>(*number & ~3);
        return {};
    }
    return set_common_option(ip, name, *number);
}

/// setsockopt(2) of level SOL_IPV6. Errors: invalid_argument, no_protocol_option (unknown), no_such_device,
/// operation_not_supported (IPV6_V6ONLY off), those of groups. Source: ipv6(7); do_ipv6_setsockopt, net/ipv6/ipv6_sockglue.c.
template <class Ip, class Net>
    requires has_scopes<Ip>
result<> set_ip_option(Net& net, inet_sock<Ip>& sk, int name, const_bytes value) {
    auto& ip = sk.ip;
    if (name == ipv6_join_group::name || name == ipv6_leave_group::name) {
        const auto asked = detail::group_option<Ip>(net, value);
        if (!asked) return asked.error();
        if (!asked->group.is_multicast()) return errc::invalid_argument;
        return name == ipv6_join_group::name ? ip.join(net, asked->group, asked->interface) : ip.leave(net, asked->group, asked->interface);
    }
    const auto number = detail::read_int(value);
    if (!number) return number.error();
    const int n = *number;
    switch (name) {
        case v6_only::name: return set_v6_only(sk.is_bound(), n);
        case ipv6_traffic_class::name:
            if (n < -1 || n > 255) return errc::invalid_argument;
            ip.tos = n == -1 ? std::uint8_t{0} : static_cast<std::uint8_t>(n);
            return {};
        case ipv6_dont_fragment::name: ip.refuses_fragments = n != 0; return {};
        case ipv6_multicast_loop::name:
            if (n != 0 && n != 1) return errc::invalid_argument;
            break;
        case ipv6_multicast_interface::name:
            if (n < 0 || (n != 0 && name_of_interface(net, static_cast<std::uint32_t>(n)).empty())) return errc::no_such_device;
            if (sk.options.bound_interface != 0 && static_cast<std::uint32_t>(n) != sk.options.bound_interface) return errc::invalid_argument;
            ip.multicast_interface = static_cast<std::uint32_t>(n);
            return {};
        default: break;
    }
    return set_common_option(ip, name, n);
}

/// getsockopt(2) of level SOL_IP or SOL_IPV6. Errors: no_protocol_option, not_connected (the path's MTU).
template <class Ip, class Net>
result<std::size_t> get_ip_option(Net& net, inet_sock<Ip>& sk, int name, mutable_bytes value) {
    using names = ip_option_names<Ip>;
    const auto& ip = sk.ip;
    if constexpr (has_scopes<Ip>) {
        if (name == v6_only::name) return detail::put_option(1, value);
        if (name == ipv6_dont_fragment::name) return detail::put_option(ip.refuses_fragments, value);
        if (name == ipv6_multicast_interface::name) return detail::put_option(static_cast<int>(ip.multicast_interface), value);
    }
    switch (name) {
        case names::traffic_class: return detail::put_option(ip.tos, value);
        case names::hops: return detail::put_option(ip.ttl, value);
        case names::multicast_hops: return detail::put_option(ip.multicast_ttl, value);
        case names::mtu_discover: return detail::put_option(static_cast<int>(ip.discovery), value);
        case names::multicast_loop: return detail::put_option(ip.multicast_loop, value);
        case names::multicast_all: return detail::put_option(ip.multicast_all, value);
        case names::free_bind: return detail::put_option(ip.free_bind, value);
        case names::receive_errors: return detail::put_option(ip.receive_errors, value);
        case names::receive_packet_info: return detail::put_option(ip.receive_packet_info, value);
        case names::receive_hops: return detail::put_option(ip.receive_ttl, value);
        case names::receive_traffic_class: return detail::put_option(ip.receive_tos, value);
        case names::header_included: return detail::put_option(ip.header_included, value);
        case names::mtu: {
            if (!sk.connected) return errc::not_connected;
            const auto way = network<Ip>(net).route_to(net, sk.peer, sk.sends_from, sk.options.bound_interface);
            if (!way) return errc::not_connected;
            return detail::put_option(static_cast<int>(way->mtu), value);
        }
        default: return errc::no_protocol_option;
    }
}

}  // namespace weld::inline v0::stack
