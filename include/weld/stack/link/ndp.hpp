// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/ip/ip6.hpp>
#include <weld/stack/ip/network.hpp>
#include <weld/stack/ip/source_selection.hpp>
#include <weld/stack/link/neighbour_table.hpp>
#include <weld/stack/wire/ndp.hpp>

namespace weld::inline v0::stack {

/// Finds the stations that have IPv6 addresses, answers for our own, and asks whether an address is free: what arp is to IPv4.
/// A link that needs it has one; nothing of it runs where the net has no IPv6. Routers and their prefixes are ipv6's own.
/// In the kernel: net/ipv6/ndisc.c. Source: RFC 4861 section 7, RFC 4862 section 5.4.
class ndp {
public:
    /// What neighbour discovery has counted.
    struct counters {
        std::uint64_t solicitations_received = 0, advertisements_received = 0, solicitations_sent = 0, advertisements_sent = 0,
                      malformed = 0, conflicts = 0;
    };

    explicit ndp(neighbour_options options = {}) noexcept : table{options} {}

    /// A solicitation or an advertisement, its IP header pulled; its checksum and hop limit were right.
    template <class Net, class Io>
    void rcv(Net& net, Io& io, const_bytes message, const ip_info<ip6>& info);
    /// Who has `address`? Its group is asked, or the one station that had it. Source: RFC 4861 section 7.2.2.
    template <class Net, class Io>
    void solicit(Net& net, Io& io, const address6& address, bool is_known) {
        const address6 source = select_source(network<ip6>(net).addresses(), address, io.index());
        if (source.is_any()) return;
        send(net, io, {.type = wire::icmp6_type::neighbor_solicitation, .target = address, .has_link_address = true, .link_address = io.link().address()},
             source, is_known ? address : solicited_node(address));
    }
    /// Asks whether anybody has an address that we would like to have. Source: RFC 4862 section 5.4.2.
    template <class Net, class Io>
    void probe(Net& net, Io& io, const address6& wanted) {
        send(net, io, {.type = wire::icmp6_type::neighbor_solicitation, .target = wanted}, {}, solicited_node(wanted));
    }
    /// Tells everybody of an address of ours, so that they forget who had it. Source: RFC 4861 section 7.2.6.
    template <class Net, class Io>
    void announce(Net& net, Io& io, const address6& own) { advertise(net, io, own, all_nodes, false); }
    const counters& stats() const noexcept { return stats_; }

    neighbour_table<address6> table;

private:
    template <class Net, class Io>
    void solicited(Net& net, Io& io, const wire::neighbor_header& asked, const ip_info<ip6>& info);
    template <class Net, class Io>
    void advertised(Net& net, Io& io, const wire::neighbor_header& told, const ip_info<ip6>& info);
    template <class Net, class Io>
    void advertise(Net& net, Io& io, const address6& own, const address6& to, bool solicited) {
        send(net, io, {.type = wire::icmp6_type::neighbor_advertisement, .router = network<ip6>(net).is_router(), .solicited = solicited,
                       .override_known = true, .target = own, .has_link_address = true, .link_address = io.link().address()}, own, to);
    }
    template <class Net, class Io>
    void send(Net& net, Io& io, const wire::neighbor_header& message, const address6& source, const address6& to) {
        const std::size_t room = network<ip6>(net).headroom(net);
        packet_buffer skb = packet_buffer::allocate(net.packets(), room + wire::neighbor_header::size_max, room);
        if (!skb) return;
        skb->trim(message.encode(skb->put(wire::neighbor_header::size_max), source, to));
        ++(message.type == wire::icmp6_type::neighbor_solicitation ? stats_.solicitations_sent : stats_.advertisements_sent);
        network<ip6>(net).send_discovery(net, std::move(skb), source, to, io.index());
    }

    counters stats_{};
};

/// Source: RFC 4861 sections 7.1.1 and 7.1.2.
template <class Net, class Io>
void ndp::rcv(Net& net, Io& io, const_bytes message, const ip_info<ip6>& info) {
    const auto header = wire::neighbor_header::decode(message);
    const bool asks = header && header->type == wire::icmp6_type::neighbor_solicitation;
    const bool from_nobody = info.source.is_any();
    if (!header || header->target.is_multicast() || (from_nobody && (!asks || header->has_link_address || info.destination != solicited_node(header->target))) ||
        (!asks && info.destination.is_multicast() && header->solicited) || (header->has_link_address && header->link_address.is_multicast())) {
        ++stats_.malformed;
        return;
    }
    ++(asks ? stats_.solicitations_received : stats_.advertisements_received);
    if (asks) solicited(net, io, *header, info);
    else advertised(net, io, *header, info);
}

/// Source: RFC 4861 sections 7.2.3 and 7.2.4; RFC 4862 section 5.4.3.
template <class Net, class Io>
void ndp::solicited(Net& net, Io& io, const wire::neighbor_header& asked, const ip_info<ip6>& info) {
    auto& ip = network<ip6>(net);
    const auto* own = ip.address_on(asked.target, io.index());
    if (own == nullptr || own->state.phase == address6_phase::duplicate) return;
    if (own->state.phase == address6_phase::tentative) {
        if (!info.source.is_any()) return;
        ++stats_.conflicts;
        return ip.duplicate(net, asked.target, io.index());
    }
    if (info.source.is_any()) return advertise(net, io, asked.target, all_nodes, false);
    if (asked.has_link_address) table.told(net, io, info.source, asked.link_address, false);
    advertise(net, io, asked.target, info.source, true);
}

/// Source: RFC 4861 section 7.2.5; RFC 4862 section 5.4.4.
template <class Net, class Io>
void ndp::advertised(Net& net, Io& io, const wire::neighbor_header& told, const ip_info<ip6>&) {
    auto& ip = network<ip6>(net);
    if (const auto* own = ip.address_on(told.target, io.index()); own != nullptr) {
        ++stats_.conflicts;
        if (own->state.phase == address6_phase::tentative) ip.duplicate(net, told.target, io.index());
        return;
    }
    table.advertised(net, io, told.target, told.has_link_address ? &told.link_address : nullptr, told.solicited, told.override_known, told.router);
}

}  // namespace weld::inline v0::stack
