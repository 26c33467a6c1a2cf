// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/ip/ipv6.hpp>

/// What IPv6 does with a packet that has arrived. In the kernel: net/ipv6/ip6_input.c.
namespace weld::inline v0::stack {

template <class Net>
rcv_result ipv6::rcv(Net& net, packet_buffer&& skb, const frame_info& info) {
    const auto crossing = cross(net, layer::network, "ipv6::rcv", "ipv6_rcv", skb->size());
    ++stats_.in_receives;
    return input(net, std::move(skb), info, false);
}

/// Source: RFC 8200 section 3; ip6_rcv_core and ip6_route_input.
template <class Net>
rcv_result ipv6::input(Net& net, packet_buffer skb, const frame_info& info, bool looped) {
    const const_bytes bytes = skb->bytes();
    if (bytes.size() < ip6::header_size || static_cast<unsigned>(bytes[0]) >> 4 != 6 || ip6::header_size + load_be<std::uint16_t>(bytes, 4) > bytes.size()) {
        ++stats_.in_header_errors;
        return rcv_result::handled;
    }
    skb->reset_network_header();
    skb->trim(ip6::header_size + load_be<std::uint16_t>(bytes, 4));
    const auto from = wire::load_address<address>(bytes.data() + 8), to = wire::load_address<address>(bytes.data() + 24);
    if (!looped && is_martian(from, to)) {
        ++stats_.in_martians;
        return rcv_result::handled;
    }
    if (is_for_us(to, info.interface, looped)) [[likely]] return deliver(net, std::move(skb), info);
    ++stats_.in_address_errors;
    return rcv_result::handled;
}

/// Addresses that never come over a wire: none, ours, a group's, this host's own. Source: RFC 4291 sections 2.5.2, 2.5.3,
/// 2.5.5.2 and 2.7; ip6_rcv_core.
inline bool ipv6::is_martian(const address& from, const address& to) const noexcept {
    if (from.is_multicast() || from.is_loopback() || from.is_mapped() || to.is_any() || to.is_loopback() || to.is_mapped()) return true;
    if (to.is_multicast() && scope6::of(to) <= scope6::interface_local) return true;
    return usable(from) != nullptr;
}

inline bool ipv6::is_for_us(const address& to, std::uint32_t interface, bool looped) const noexcept {
    if (to.is_multicast()) return is_member(to, interface);
    if (looped && to.is_loopback()) return true;
    const address_entry* own = to.is_link_local() && !looped ? address_on(to, interface) : usable(to);
    return own != nullptr && own->state.is_usable();
}

template <class Net>
rcv_result ipv6::deliver(Net& net, packet_buffer skb, const frame_info& info) {
    const auto ip = wire::ipv6_view::parse(skb->bytes());
    if (!ip) return ++stats_.in_header_errors, rcv_result::handled;
    const ip_info<ip6> up{ip->source(), ip->destination(), info.interface, ip->protocol(), ip->hop_limit(),
                          static_cast<std::uint8_t>(ip->dscp() << 2 | ip->ecn()), ip->destination().is_multicast()};
    skb->pull(ip->header_size());
    skb->reset_transport_header();
    ++stats_.in_delivers;
    const bool discovery = up.protocol == wire::ip_protocol::icmp6 && take_discovery(net, *skb, up);
    const rcv_result taken = deliver_up<ip6>(net, skb, up);
    if (taken == rcv_result::handled || !skb || discovery) return rcv_result::handled;
    if (taken == rcv_result::no_port) {
        report(net, *skb, wire::icmp6_header::unreachable(4));
        return rcv_result::handled;
    }
    ++stats_.in_unknown_protocols;
    report(net, *skb, wire::icmp6_header::parameter_problem(1, 6));
    return rcv_result::handled;
}

/// What ICMPv6 carries of IPv6's own: neighbours, and who listens to which group. Others see it as well.
template <class Net>
bool ipv6::take_discovery(Net& net, const packet& skb, const ip_info<ip6>& info) {
    const auto message = wire::icmp6_view::parse(skb.bytes());
    if (!message || message->type() < wire::icmp6_type::listener_query || message->type() > wire::icmp6_type::listener_report2) return false;
    const bool unchecked = skb.checksum == checksum_state::none || skb.checksum == checksum_state::complete;
    if (unchecked && !message->checksum_valid(info.source, info.destination)) return true;
    if (message->type() <= wire::icmp6_type::listener_done) {
        mld_.rcv(net, *this, *message, info);
        return true;
    }
    if (message->type() > wire::icmp6_type::redirect) return false;
    if (info.ttl != 255) return true;  // it has come from another link: RFC 4861 section 11.2
    with_interface(net, info.interface, [&](auto& io) {
        if constexpr (requires { io.link().ndp().rcv(net, io, message->bytes(), info); }) io.link().ndp().rcv(net, io, message->bytes(), info);
    });
    return true;
}

/// What we send to ourselves takes its turn as if it had come from a wire.
template <class Net>
void ipv6::run_loop(Net& net) {
    for (int left = 64; left > 0 && !loop_queue_.empty(); --left) {
        packet_buffer skb = loop_queue_.pop_front();
        const auto to = wire::load_address<address>(skb->data() + 24);
        const address_entry* const own = to.is_link_local() ? usable(to) : nullptr;  // whose link is the one that is meant
        const frame_info info{{}, {}, ether_type, own != nullptr ? own->interface : skb->interface, packet_type::host};
        ++stats_.in_receives;
        input(net, std::move(skb), info, true);
    }
    if (!loop_queue_.empty()) net.runnable().push(loop_);
}

/// Source: RFC 4861 section 7.2.2; ip6_link_failure.
template <class Net>
void ipv6::unreachable(Net& net, packet_buffer skb) {
    const auto ip = wire::ipv6_view::parse(skb->bytes());
    if (!ip) return;
    if (!is_local(net, ip->source())) {
        skb->reset_network_header();
        return report(net, *skb, wire::icmp6_header::unreachable(3));
    }
    if (ip->fragment_offset() != 0) return;
    deliver_error<ip6>(net, ip->protocol(), {.source = ip->source(), .destination = ip->destination(), .transport = ip->payload(),
                                             .error = errc::host_unreachable, .type = wire::icmp6_type::destination_unreachable,
                                             .code = 3, .reporter = ip->source(), .interface = skb->interface});
}

}  // namespace weld::inline v0::stack
