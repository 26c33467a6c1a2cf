// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/ip/inet_sock.hpp>

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
    const int n = *number;
    switch (name) {
        case ip_tos::name: ip.tos = static_cast<std::uint8_t>(n & ~3); return {};
        case ip_ttl::name:
            if (n != -1 && (n < 1 || n > 255)) return errc::invalid_argument;
            ip.ttl = n == -1 ? 64 : static_cast<std::uint8_t>(n);
            return {};
        case ip_multicast_ttl::name:
            if (n < -1 || n > 255) return errc::invalid_argument;
            ip.multicast_ttl = n == -1 ? 1 : static_cast<std::uint8_t>(n);
            return {};
        case ip_mtu_discover::name:
            if (n < 0 || n > 5) return errc::invalid_argument;
            ip.discovery = static_cast<path_mtu_discovery>(n);
            return {};
        case ip_multicast_loop::name: ip.multicast_loop = n != 0; return {};
        case ip_multicast_all::name: ip.multicast_all = n != 0; return {};
        case ip_free_bind::name: ip.free_bind = n != 0; return {};
        case receive_errors::name: ip.receive_errors = n != 0; return {};
        case receive_packet_info::name: ip.receive_packet_info = n != 0; return {};
        case receive_ttl::name: ip.receive_ttl = n != 0; return {};
        case receive_tos::name: ip.receive_tos = n != 0; return {};
        case header_included::name: ip.header_included = n != 0; return {};
        default: return errc::no_protocol_option;
    }
}

/// getsockopt(2) of level SOL_IP. Errors: no_protocol_option, not_connected (ip_mtu).
template <class Ip, class Net>
result<std::size_t> get_ip_option(Net& net, inet_sock<Ip>& sk, int name, mutable_bytes value) {
    const auto& ip = sk.ip;
    switch (name) {
        case ip_tos::name: return detail::put_option(ip.tos, value);
        case ip_ttl::name: return detail::put_option(ip.ttl, value);
        case ip_multicast_ttl::name: return detail::put_option(ip.multicast_ttl, value);
        case ip_mtu_discover::name: return detail::put_option(static_cast<int>(ip.discovery), value);
        case ip_multicast_loop::name: return detail::put_option(ip.multicast_loop, value);
        case ip_multicast_all::name: return detail::put_option(ip.multicast_all, value);
        case ip_free_bind::name: return detail::put_option(ip.free_bind, value);
        case receive_errors::name: return detail::put_option(ip.receive_errors, value);
        case receive_packet_info::name: return detail::put_option(ip.receive_packet_info, value);
        case receive_ttl::name: return detail::put_option(ip.receive_ttl, value);
        case receive_tos::name: return detail::put_option(ip.receive_tos, value);
        case header_included::name: return detail::put_option(ip.header_included, value);
        case ip_mtu::name: {
            if (!sk.connected) return errc::not_connected;
            const auto way = network<Ip>(net).route_to(net, sk.peer, sk.sends_from, sk.options.bound_interface);
            if (!way) return errc::not_connected;
            return detail::put_option(static_cast<int>(way->mtu), value);
        }
        default: return errc::no_protocol_option;
    }
}

}  // namespace weld::inline v0::stack
