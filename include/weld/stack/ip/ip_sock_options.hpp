// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/options/ip.hpp>
#include <weld/stack/ip/network.hpp>

#include <array>

namespace weld::inline v0::stack {

/// The options of level SOL_IP that a sock has. Source: ip(7); do_ip_setsockopt.
template <class Ip>
struct ip_sock_options {
    static constexpr std::size_t memberships_max = 20;  // net.ipv4.igmp_max_memberships
    /// A group, on one interface, and the sources that are wanted.
    struct membership {
        typename Ip::address group{};
        std::uint32_t interface = 0;
    };

    std::uint8_t ttl = 64;
    std::uint8_t tos = 0;
    std::uint8_t multicast_ttl = 1;
    bool multicast_loop = true;
    bool multicast_all = true;
    bool header_included = false;
    bool free_bind = false;
    bool receive_errors = false;
    bool receive_packet_info = false;
    bool receive_ttl = false;
    bool receive_tos = false;
    path_mtu_discovery discovery = path_mtu_discovery::want;
    std::uint32_t multicast_interface = 0;
    std::uint8_t membership_count = 0;
    std::array<membership, memberships_max> memberships{};

    /// Whether a packet of `size` bytes, IP header included, goes with DF over a path that takes `mtu`.
    bool sets_dont_fragment(std::size_t size, std::size_t mtu) const noexcept {
        switch (discovery) {
            case path_mtu_discovery::want: return size <= mtu;
            case path_mtu_discovery::always:
            case path_mtu_discovery::probe: return true;
            default: return false;
        }
    }
    bool is_member(const typename Ip::address& group) const noexcept {
        for (std::size_t i = 0; i < membership_count; ++i)
            if (memberships[i].group == group) return true;
        return multicast_all;
    }
    /// Errors: address_in_use, no_buffer_space, no_such_device, those of the network layer.
    template <class Net>
    result<> join(Net& net, const typename Ip::address& group, std::uint32_t interface) {
        for (std::size_t i = 0; i < membership_count; ++i)
            if (memberships[i].group == group && memberships[i].interface == interface) return errc::address_in_use;
        if (membership_count == memberships_max) return errc::no_buffer_space;
        if (const result<> joined = network<Ip>(net).join(net, group, interface); !joined) return joined;
        memberships[membership_count++] = {group, interface};
        return {};
    }
    /// Errors: address_not_available.
    template <class Net>
    result<> leave(Net& net, const typename Ip::address& group, std::uint32_t interface) {
        for (std::size_t i = 0; i < membership_count; ++i) {
            if (memberships[i].group != group || (interface != 0 && memberships[i].interface != interface)) continue;
            const membership gone = memberships[i];
            memberships[i] = memberships[--membership_count];
            return network<Ip>(net).leave(net, gone.group, gone.interface);
        }
        return errc::address_not_available;
    }
    template <class Net>
    void leave_all(Net& net) {
        while (membership_count > 0) static_cast<void>(leave(net, memberships[0].group, memberships[0].interface));
    }
};

}  // namespace weld::inline v0::stack
