// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/ip/ipv4.hpp>

/// What IPv4 does with a packet that has arrived. In the kernel: net/ipv4/ip_input.c, ip_forward.c.
namespace weld::inline v0::stack {

template <class Net>
rcv_result ipv4::rcv(Net& net, packet_buffer&& skb, const frame_info& info) {
    const auto crossing = cross(net, layer::network, "ipv4::rcv", "ip_rcv", skb->size());
    ++stats_.in_receives;
    return input(net, std::move(skb), info, false);
}

/// Source: RFC 1122 section 3.2.1; ip_rcv_core and ip_route_input_slow.
template <class Net>
rcv_result ipv4::input(Net& net, packet_buffer skb, const frame_info& info, bool looped) {
    const auto ip = wire::ipv4_view::parse(skb->bytes());
    if (!ip || !checksum::valid(header_sum(skb->data(), ip->header_size()))) {
        ++stats_.in_header_errors;
        return rcv_result::handled;
    }
    skb->reset_network_header();
    skb->trim(ip->total_length());
    if (!looped && is_martian(*ip)) {
        ++stats_.in_martians;
        return rcv_result::handled;
    }
    const bool for_us = is_for_us(ip->destination(), info.interface, looped);
    if (ip->header_size() > ip4::header_size && !accept_options(net, *skb, *ip)) {
        ++stats_.in_header_errors;
        return rcv_result::handled;
    }
    if (for_us) [[likely]] return deliver(net, std::move(skb), info);
    if (options_.forward && !looped) forward(net, std::move(skb), info);
    else ++stats_.in_address_errors;
    return rcv_result::handled;
}

/// Addresses that never come over a wire: none, ours, a group's, this host's own. Source: RFC 1122 section 3.2.1.3,
/// RFC 1812 section 5.3.7; ip_route_input_slow's martians.
inline bool ipv4::is_martian(const wire::ipv4_view& ip) const noexcept {
    const address from = ip.source(), to = ip.destination();
    if (from.is_multicast() || from.is_broadcast() || from.is_loopback() || to.is_loopback() || to.is_any()) return true;
    if (from.is_any()) return !to.is_broadcast() && !to.is_multicast();
    return addresses_.find(from) != nullptr || is_broadcast(from);
}

inline bool ipv4::is_for_us(address to, std::uint32_t interface, bool looped) const noexcept {
    if (addresses_.find(to) != nullptr) return true;
    if (to.is_multicast()) return igmp_.is_member(to, interface);
    return is_broadcast(to) || (looped && to.is_loopback());
}

/// Options are passed over, except that nobody tells us where to send things. Source: RFC 1122 section 3.2.1.8;
/// net.ipv4.conf.all.accept_source_route = 0.
template <class Net>
bool ipv4::accept_options(Net& net, packet& skb, const wire::ipv4_view& ip) {
    wire::ipv4_options options{ip.options()};
    wire::ipv4_option option;
    while (options.next(option))
        if (option.is_source_route()) return false;
    if (!options.malformed()) return true;
    report(net, skb, wire::icmp4_header::parameter_problem(options.pointer()));
    return false;
}

template <class Net>
rcv_result ipv4::deliver(Net& net, packet_buffer skb, const frame_info& info) {
    if (wire::ipv4_view::parse(skb->bytes())->is_fragment()) {
        skb = reassembly_.add(net, std::move(skb));
        if (!skb) return rcv_result::handled;
    }
    const auto ip = *wire::ipv4_view::parse(skb->bytes());
    const bool to_many = info.type != packet_type::host || ip.destination().is_multicast() || is_broadcast(ip.destination());
    const ip_info<ip4> up{ip.source(), ip.destination(), info.interface, ip.protocol(), ip.ttl(),
                          static_cast<std::uint8_t>(ip.dscp() << 2 | ip.ecn()), to_many};
    skb->pull(ip.header_size());
    skb->reset_transport_header();
    ++stats_.in_delivers;
    if (up.protocol == wire::ip_protocol::igmp) igmp_.rcv(net, *this, *skb, up);
    const rcv_result taken = deliver_up<ip4>(net, skb, up);
    if (taken == rcv_result::handled || !skb) return rcv_result::handled;
    if (taken == rcv_result::no_protocol && up.protocol != wire::ip_protocol::igmp) {
        ++stats_.in_unknown_protocols;
        report(net, *skb, wire::icmp4_header::unreachable(wire::icmp4_unreachable::protocol));
    } else if (taken == rcv_result::no_port) {
        report(net, *skb, wire::icmp4_header::unreachable(wire::icmp4_unreachable::port));
    }
    return rcv_result::handled;
}

/// Source: RFC 1812 section 5.2 and 5.3.1; ip_forward.
template <class Net>
void ipv4::forward(Net& net, packet_buffer skb, const frame_info& info) {
    if (skb->has_fragments()) skb = gro::gather(*skb);
    if (!skb) return;
    const auto ip = *wire::ipv4_view::parse(skb->bytes());
    if (info.type != packet_type::host || ip.destination().is_multicast() || ip.source().is_any()) {
        ++stats_.in_address_errors;
        return;
    }
    if (ip.ttl() <= 1) return report(net, *skb, wire::icmp4_header::time_exceeded(0));
    const auto way = route_to(net, ip.destination());
    if (!way) return report(net, *skb, wire::icmp4_header::unreachable(way.error() == errc::network_unreachable ? wire::icmp4_unreachable::network : wire::icmp4_unreachable::host));
    if (way->type != packet_type::host) return;  // directed broadcasts are not passed on: RFC 2644
    const std::size_t size = skb->gso_size != 0 ? ip.header_size() + 20u + skb->gso_size : skb->size();
    if (size > way->mtu && ip.dont_fragment()) {
        ++stats_.fragments_fail;
        return report(net, *skb, wire::icmp4_header::unreachable(wire::icmp4_unreachable::fragmentation_needed, static_cast<std::uint16_t>(way->mtu)));
    }
    const std::size_t header_size = ip.header_size();  // the bytes that `ip` views may go now
    if (!skb->unshare() || !skb->cow_head(headroom(net))) return;
    skb->pull(header_size);
    skb->reset_transport_header();
    const mutable_bytes header = skb->push(header_size);
    const auto before = load_be<std::uint16_t>(header, 8);
    const auto after = static_cast<std::uint16_t>(before - 0x100);
    store_be(header, 8, after);
    store_be(header, 10, checksum::update(load_be<std::uint16_t>(header, 10), before, after));
    ++stats_.forwarded;
    static_cast<void>(output(net, std::move(skb), *way, false));
}

/// Source: RFC 1122 section 2.4 and 3.2.2.1; ipv4_link_failure.
template <class Net>
void ipv4::unreachable(Net& net, packet_buffer skb) {
    const auto ip = wire::ipv4_view::parse(skb->bytes());
    if (!ip) return;
    if (!is_local(net, ip->source())) {
        skb->reset_network_header();
        return report(net, *skb, wire::icmp4_header::unreachable(wire::icmp4_unreachable::host));
    }
    if (ip->fragment_offset() != 0) return;
    deliver_error<ip4>(net, ip->protocol(), {.source = ip->source(), .destination = ip->destination(), .transport = ip->payload(),
                                             .error = errc::host_unreachable, .type = wire::icmp4_type::destination_unreachable,
                                             .code = wire::icmp4_unreachable::host, .reporter = ip->source()});
}

}  // namespace weld::inline v0::stack
