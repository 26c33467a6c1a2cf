// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/options/ip.hpp>
#include <weld/stack/ip/network.hpp>

#include <array>

namespace weld::inline v0::stack {

/// The options of level SOL_IP, or SOL_IPV6, that a sock has. Source: ip(7), ipv6(7); do_ip_setsockopt, do_ipv6_setsockopt.
template <class Ip>
struct ip_sock_options {
    static constexpr std::size_t memberships_max = 20;  // net.ipv4.igmp_max_memberships
    static constexpr std::size_t sources_max = 10;      // net.ipv4.igmp_max_msf, for one group; here 20 for all of them
    /// A group, on one interface: everything but what the listed sources send, or nothing but that.
    struct membership {
        typename Ip::address group{};
        std::uint32_t interface = 0;
        bool includes = false;
    };
    struct source_entry {
        typename Ip::address group{}, source{};
        std::uint32_t interface = 0;
    };

    std::uint8_t ttl = 64;
    std::uint8_t tos = 0;
    std::uint8_t multicast_ttl = 1;
    bool multicast_loop = true;
    bool multicast_all = true;
    bool header_included = false;
    bool refuses_fragments = false;      // IPV6_DONTFRAG
    bool hops_chosen = false;            // IPV6_UNICAST_HOPS; else the route says
    bool free_bind = false;
    bool receive_errors = false;
    bool receive_packet_info = false;
    bool receive_ttl = false;
    bool receive_tos = false;
    path_mtu_discovery discovery = path_mtu_discovery::want;
    std::uint32_t multicast_interface = 0;
    std::uint8_t membership_count = 0;
    std::uint8_t source_count = 0;
    std::array<membership, memberships_max> memberships{};
    std::array<source_entry, 2 * sources_max> sources{};

    /// Whether a packet of `size` bytes, IP header included, goes with DF over a path that takes `mtu`.
    bool sets_dont_fragment(std::size_t size, std::size_t mtu) const noexcept {
        switch (discovery) {
            case path_mtu_discovery::want: return size <= mtu || refuses_fragments;
            case path_mtu_discovery::always:
            case path_mtu_discovery::probe: return true;
            default: return refuses_fragments;
        }
    }
    /// Whether what a source sends to a group, and comes by an interface (0: it does not say), is wanted. In the kernel: ip_mc_sf_allow.
    bool wants(const typename Ip::address& group, const typename Ip::address& source, std::uint32_t by) const noexcept {
        for (std::size_t i = 0; i < membership_count; ++i) {
            const membership& at = memberships[i];
            if (at.group == group && (by == 0 || at.interface == by)) return (find_source(at, source) != source_count) == at.includes;
        }
        return multicast_all;
    }
    /// Errors: address_in_use, no_buffer_space, no_such_device, those of the network layer.
    template <class Net>
    result<> join(Net& net, const typename Ip::address& group, std::uint32_t interface) {
        for (std::size_t i = 0; i < membership_count; ++i)
            if (memberships[i].group == group && memberships[i].interface == interface) return errc::address_in_use;
        if (membership_count == memberships_max) return errc::no_buffer_space;
        if (const result<> joined = network<Ip>(net).join(net, group, interface); !joined) return joined;
        memberships[membership_count++] = {group, interface, false};
        return {};
    }
    /// Errors: address_not_available.
    template <class Net>
    result<> leave(Net& net, const typename Ip::address& group, std::uint32_t interface) {
        for (std::size_t i = 0; i < membership_count; ++i) {
            if (memberships[i].group != group || (interface != 0 && memberships[i].interface != interface)) continue;
            const membership gone = memberships[i];
            memberships[i] = memberships[--membership_count];
            for (std::size_t at = source_count; at-- > 0;)
                if (sources[at].group == gone.group && sources[at].interface == gone.interface) sources[at] = sources[--source_count];
            return network<Ip>(net).leave(net, gone.group, gone.interface);
        }
        return errc::address_not_available;
    }
    /// One source more, or less, in a group's list: of those that are wanted, which joins the group if need be and leaves it
    /// with the last of them; or of those that are not. Errors: address_not_available (listed already; or not, or no member),
    /// no_buffer_space, invalid_argument (the group has a list of the other kind, or is not joined). Source: RFC 3678
    /// section 4.1.2; ip_mc_source, net/ipv4/igmp.c.
    template <class Net>
    result<> change_source(Net& net, const typename Ip::address& group, std::uint32_t interface, const typename Ip::address& source, bool includes, bool adds) {
        membership* known = find(group, interface);
        if (known == nullptr && includes && adds) {
            if (const result<> joined = join(net, group, interface); !joined) return joined;
            known = find(group, interface);
            known->includes = true;
        }
        if (known == nullptr) return includes ? errc::address_not_available : errc::invalid_argument;
        const std::size_t listed = list_size(*known);
        if (known->includes != includes && listed != 0) return errc::invalid_argument;
        if (known->includes != includes && !adds) return errc::address_not_available;
        known->includes = includes;
        const std::size_t at = find_source(*known, source);
        if ((at != source_count) == adds) return errc::address_not_available;
        if (adds) {
            if (listed == sources_max || source_count == sources.size()) return errc::no_buffer_space;
            sources[source_count++] = {group, source, interface};
            return {};
        }
        if (includes && listed == 1) return leave(net, group, interface);
        sources[at] = sources[--source_count];
        return {};
    }
    template <class Net>
    void leave_all(Net& net) {
        while (membership_count > 0) static_cast<void>(leave(net, memberships[0].group, memberships[0].interface));
    }

private:
    membership* find(const typename Ip::address& group, std::uint32_t interface) noexcept {
        for (std::size_t i = 0; i < membership_count; ++i)
            if (memberships[i].group == group && memberships[i].interface == interface) return &memberships[i];
        return nullptr;
    }
    /// source_count where it is not listed.
    std::size_t find_source(const membership& of, const typename Ip::address& source) const noexcept {
        std::size_t at = 0;
        while (at < source_count && !(sources[at].group == of.group && sources[at].interface == of.interface && sources[at].source == source)) ++at;
        return at;
    }
    std::size_t list_size(const membership& of) const noexcept {
        std::size_t size = 0;
        for (std::size_t at = 0; at < source_count; ++at) size += sources[at].group == of.group && sources[at].interface == of.interface ? 1 : 0;
        return size;
    }
};

}  // namespace weld::inline v0::stack
