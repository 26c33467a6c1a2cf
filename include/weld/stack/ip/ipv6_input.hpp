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
    if (is_router() && !looped) forward(net, std::move(skb), info);
    else ++stats_.in_address_errors;
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
    header_walk walk{.next = static_cast<std::uint8_t>(skb->data()[6])};
    if (is_extension_header(walk.next) && !take_headers(net, skb, walk)) return rcv_result::handled;
    const std::byte* const header = skb->data();
    const auto from = wire::load_address<address>(header + 8), to = wire::load_address<address>(header + 24);
    const ip_info<ip6> up{from, to, info.interface, walk.next, static_cast<std::uint8_t>(header[7]),
                          static_cast<std::uint8_t>(load_be<std::uint16_t>(header) >> 4), to.is_multicast()};
    skb->pull(walk.at);
    skb->reset_transport_header();
    ++stats_.in_delivers;
    const bool discovery = up.protocol == wire::ip_protocol::icmp6 && take_discovery(net, *skb, up);
    const rcv_result taken = deliver_up<ip6>(net, skb, up);
    if (taken == rcv_result::handled || !skb || discovery || up.protocol == wire::ip_protocol::no_next_header) return rcv_result::handled;
    if (taken == rcv_result::no_protocol) {
        ++stats_.in_unknown_protocols;
        report(net, *skb, header_verdict::problem(1, walk.told_at).report);
    } else {
        report(net, *skb, wire::icmp6_header::unreachable(wire::icmp6_unreachable::port));
    }
    return rcv_result::handled;
}

/// Walks over the extension headers; false where the packet goes no further, or waits for its other fragments.
/// Source: RFC 8200 section 4.
template <class Net>
bool ipv6::take_headers(Net& net, packet_buffer& skb, header_walk& walk) {
    while (is_extension_header(walk.next)) {
        const header_verdict verdict = walk.next == wire::ip_protocol::fragment ? take_fragment(net, skb, walk) : take_extension(skb->bytes(), walk, options_.extensions);
        if (!skb) return false;
        if (verdict.what == header_verdict::good) continue;
        ++stats_.in_header_errors;
        if (verdict.what == header_verdict::reported) report(net, *skb, verdict.report);
        return false;
    }
    if (skb->checksum == checksum_state::complete) skb->checksum = checksum_state::none;  // it was of more than what is left
    return true;
}

/// Steps over an atomic fragment's header; another fragment is kept, and `skb` is then the whole packet or nothing.
/// Source: RFC 8200 section 4.5; RFC 6946 section 4; ipv6_frag_rcv.
template <class Net>
header_verdict ipv6::take_fragment(Net& net, packet_buffer& skb, header_walk& walk) {
    const const_bytes packet = skb->bytes();
    if (packet.size() - walk.at < fragment_header::size || walk.headers >= options_.extensions.headers_max) return header_verdict::drop();
    const auto header = fragment_header::decode(packet.subspan(walk.at));
    if (header.offset == 0 && !header.more_fragments) return walk.step(packet, fragment_header::size), header_verdict{};
    const std::size_t size = packet.size() - walk.at - fragment_header::size;
    if (header.more_fragments && size % 8 != 0) return header_verdict::problem(0, 4);
    if (!fragment_format<ip6>::fits(walk.at, header.offset + size)) return header_verdict::problem(0, walk.at + 2);
    header_walk behind = walk;
    behind.step(packet, fragment_header::size);
    if (header.offset == 0 && !has_all_headers(packet, behind)) return header_verdict::problem(3, 0);
    if (!skb->unshare()) return skb.reset(), header_verdict::drop();
    skb->bytes()[walk.told_at] = std::byte{header.next_header};  // as if the fragment's header had never been there
    const const_bytes bytes = skb->bytes();
    skb = reassembly_.add(net, *skb, {.source = wire::load_address<address>(bytes.data() + 8), .destination = wire::load_address<address>(bytes.data() + 24),
                                      .identification = header.identification, .ecn = static_cast<std::uint8_t>(static_cast<unsigned>(bytes[1]) >> 4 & 3),
                                      .more_fragments = header.more_fragments, .header_size = walk.at, .offset = header.offset,
                                      .data = bytes.subspan(walk.at + fragment_header::size)});
    if (skb) walk.next = static_cast<std::uint8_t>(skb->data()[walk.told_at]);
    ++walk.headers;
    return {};
}

/// Source: RFC 8200 section 3; RFC 4443 sections 3.1 to 3.3; RFC 4291 section 2.5.6; ip6_forward.
template <class Net>
void ipv6::forward(Net& net, packet_buffer skb, const frame_info& info) {
    if (skb->has_fragments()) skb = gro::gather(*skb);
    if (!skb) return;
    const std::byte* const header = skb->data();
    const auto from = wire::load_address<address>(header + 8), to = wire::load_address<address>(header + 24);
    if (info.type != packet_type::host || to.is_multicast() || to.is_link_local() || from.is_any()) {
        ++stats_.in_address_errors;
        return;
    }
    if (static_cast<std::uint8_t>(header[7]) <= 1) return report(net, *skb, wire::icmp6_header::time_exceeded(0));
    const auto way = route_to(net, to);
    if (!way) return report(net, *skb, wire::icmp6_header::unreachable(wire::icmp6_unreachable::no_route));
    if (from.is_link_local()) return report(net, *skb, wire::icmp6_header::unreachable(wire::icmp6_unreachable::beyond_scope));
    const std::size_t size = skb->gso_size != 0 ? ip6::header_size + 20u + skb->gso_size : skb->size();
    if (size > way->mtu) {
        ++stats_.in_too_big;
        return report(net, *skb, wire::icmp6_header::packet_too_big(static_cast<std::uint32_t>(way->mtu)));
    }
    if (!skb->unshare() || !skb->cow_head(headroom(net))) return;
    skb->pull(ip6::header_size);
    skb->reset_transport_header();
    const mutable_bytes own = skb->push(ip6::header_size);
    own[7] = static_cast<std::byte>(static_cast<unsigned>(own[7]) - 1);
    ++stats_.forwarded;
    static_cast<void>(output(net, std::move(skb), *way, false));
}

/// Source: RFC 4861 section 7.2.2; ip6_link_failure.
template <class Net>
void ipv6::unreachable(Net& net, packet_buffer skb) {
    const auto ip = wire::ipv6_view::parse(skb->bytes());
    if (!ip) return;
    if (!is_local(net, ip->source())) {
        skb->reset_network_header();
        return report(net, *skb, wire::icmp6_header::unreachable(wire::icmp6_unreachable::address));
    }
    if (ip->fragment_offset() != 0) return;
    deliver_error<ip6>(net, ip->protocol(), {.source = ip->source(), .destination = ip->destination(), .transport = ip->payload(),
                                             .error = errc::host_unreachable, .type = wire::icmp6_type::destination_unreachable,
                                             .code = wire::icmp6_unreachable::address, .reporter = ip->source(), .interface = skb->interface});
}

}  // namespace weld::inline v0::stack
