// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/ip/ipv6.hpp>

/// How IPv6 sends. In the kernel: net/ipv6/ip6_output.c.
namespace weld::inline v0::stack {

/// Source: RFC 8200 section 3; ip6_xmit.
template <class Net>
result<> ipv6::send(Net& net, packet_buffer skb, const ip_header<ip6>& header, const route<ip6>& way) {
    const std::size_t size = skb->size();
    if (size > wire::ipv6_header::payload_length_max) return errc::message_size;
    if (const result<> room = skb->cow_head(headroom(net)); !room) return errc::no_buffer_space;
    ++stats_.out_requests;
    skb->reset_transport_header();
    std::byte* const to = skb->push(ip6::header_size).data();
    store_be(to, std::uint32_t{6} << 28 | std::uint32_t{header.tos} << 20);
    store_be(to + 4, static_cast<std::uint32_t>(size << 16) | std::uint32_t{header.protocol} << 8 | header.ttl);
    wire::store_address(to + 8, header.source);
    wire::store_address(to + 24, header.destination);
    if (skb->size() > way.mtu && !header.dont_fragment && skb->gso_size == 0 && !skb->has_fragments()) [[unlikely]] return fragment(net, std::move(skb), way, header.multicast_loop);
    return output(net, std::move(skb), way, header.multicast_loop);
}

template <class Net>
result<> ipv6::output(Net& net, packet_buffer skb, const route<ip6>& way, bool multicast_loop) {
    const auto crossing = cross(net, layer::network, "ipv6::output", "ip6_output", skb->size());
    skb->reset_network_header();
    skb->protocol = ether_type;
    skb->type = way.type;
    skb->interface = way.interface;
    if (way.type != packet_type::host) [[unlikely]] {
        const auto to = wire::load_address<address>(skb->data() + 24);
        if (multicast_loop && is_member(to, way.interface))
            if (packet_buffer own = skb->copy(); own) static_cast<void>(loop_back(net, std::move(own)));
        if (skb->data()[7] == std::byte{0} || scope6::of(to) <= scope6::interface_local) return {};
    }
    if (way.interface == 0) {
        const address_entry* const own = way.next_hop.is_link_local() ? usable(way.next_hop) : nullptr;
        if (own != nullptr) skb->interface = own->interface;  // whose link is the one that is meant
        return loop_back(net, std::move(skb));
    }
    const std::size_t size = skb->gso_size != 0 ? static_cast<std::size_t>(skb->transport_offset()) + 20u + skb->gso_size : skb->size();
    if (size <= way.mtu) [[likely]] return transmit(net, std::move(skb), way);
    ++stats_.fragments_fail;
    return errc::message_size;
}

/// Cuts a packet; all pieces or none are made. Only who sends a packet may. Source: RFC 8200 section 4.5; ip6_fragment.
template <class Net>
result<> ipv6::fragment(Net& net, packet_buffer skb, const route<ip6>& way, bool multicast_loop) {
    if (skb->checksum == checksum_state::partial) {
        if (!skb->unshare()) return errc::no_buffer_space;
        gso::complete_checksum(*skb);
    }
    const auto from = wire::load_address<address>(skb->data() + 8), to = wire::load_address<address>(skb->data() + 24);
    packet_queue pieces;
    if (!cut_into_fragments(net.packets(), *skb, way.mtu, headroom(net), identification_.take(from, to, 0), pieces)) {
        ++stats_.fragments_fail;
        return errc::no_buffer_space;
    }
    ++stats_.fragments_ok;
    stats_.fragments_created += pieces.size();
    result<> first_error;
    while (!pieces.empty())
        if (const result<> sent = output(net, pieces.pop_front(), way, multicast_loop); !sent && first_error) first_error = sent;
    return first_error;
}

template <class Net>
void ipv6::send_to_link(Net& net, packet_buffer skb, const ip_header<ip6>& header, std::uint32_t interface) {
    route<ip6> way{.source = header.source, .next_hop = header.destination, .interface = interface, .generation = generation_,
                   .type = header.destination.is_multicast() ? packet_type::multicast : packet_type::host};
    if (describe(net, way) == errc{}) static_cast<void>(send(net, std::move(skb), header, way));
}

}  // namespace weld::inline v0::stack
