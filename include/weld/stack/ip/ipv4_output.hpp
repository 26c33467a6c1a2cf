// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/ip/ipv4.hpp>

/// How IPv4 sends. In the kernel: net/ipv4/ip_output.c.
namespace weld::inline v0::stack {

/// Source: RFC 791 section 3.2; __ip_queue_xmit.
template <class Net>
result<> ipv4::send(Net& net, packet_buffer skb, const ip_header<ip4>& header, const route<ip4>& way) {
    const std::size_t size = ip4::header_size + skb->size();
    if (size > wire::ipv4_header::total_length_max) return errc::message_size;
    if (const result<> room = skb->cow_head(headroom(net)); !room) return errc::no_buffer_space;
    ++stats_.out_requests;
    skb->reset_transport_header();
    const bool atomic = header.dont_fragment && !way.mtu_locked;
    const std::uint16_t pieces = skb->gso_segments > 0 ? skb->gso_segments : 1;
    const std::uint16_t id = atomic && skb->gso_size == 0 ? std::uint16_t{0}
                                                          : identification_.take(header.source, header.destination, header.protocol, pieces);
    write_header(skb->push(ip4::header_size).data(), header, static_cast<std::uint16_t>(size), id, atomic);
    return output(net, std::move(skb), way, header.multicast_loop);
}

/// What wire::ipv4_header::encode does, for the header that almost every packet has.
inline void ipv4::write_header(std::byte* to, const ip_header<ip4>& header, std::uint16_t size, std::uint16_t id, bool dont_fragment) noexcept {
    store_be(to, std::uint32_t{0x45} << 24 | std::uint32_t{header.tos} << 16 | size);
    store_be(to + 4, std::uint32_t{id} << 16 | (dont_fragment ? 0x4000u : 0u));
    store_be(to + 8, std::uint32_t{header.ttl} << 24 | std::uint32_t{header.protocol} << 16);
    wire::store_address(to + 12, header.source);
    wire::store_address(to + 16, header.destination);
    store_be(to + wire::ipv4_header::checksum_offset, checksum::finish(header_sum(to, ip4::header_size)));
}

template <class Net>
result<> ipv4::output(Net& net, packet_buffer skb, const route<ip4>& way, bool multicast_loop) {
    const auto crossing = cross(net, layer::network, "ipv4::output", "ip_output", skb->size());
    skb->reset_network_header();
    skb->protocol = ether_type;
    skb->type = way.type;
    skb->interface = way.interface;
    if (way.type != packet_type::host) [[unlikely]] {
        const auto ip = *wire::ipv4_view::parse(skb->bytes());
        const bool heard_here = way.type == packet_type::broadcast || igmp_.is_member(ip.destination(), way.interface);
        if (multicast_loop && heard_here)
            if (packet_buffer own = skb->copy(); own) static_cast<void>(loop_back(net, std::move(own)));
        if (way.type == packet_type::multicast && ip.ttl() == 0) return {};
    }
    if (way.interface == 0) return loop_back(net, std::move(skb));
    const std::size_t size = skb->gso_size != 0 ? static_cast<std::size_t>(skb->transport_offset()) + 20u + skb->gso_size : skb->size();
    if (size <= way.mtu) [[likely]] return transmit(net, std::move(skb), way);
    if (wire::ipv4_view::parse(skb->bytes())->dont_fragment() || skb->gso_size != 0) {
        ++stats_.fragments_fail;
        return errc::message_size;
    }
    return fragment(net, std::move(skb), way);
}

/// Cuts a datagram; all pieces or none are made. Source: RFC 791 section 3.2; ip_do_fragment.
template <class Net>
result<> ipv4::fragment(Net& net, packet_buffer skb, const route<ip4>& way) {
    if (skb->checksum == checksum_state::partial) {
        if (!skb->unshare()) return errc::no_buffer_space;
        gso::complete_checksum(*skb);
    }
    packet_queue pieces;
    if (!cut_into_fragments(net.packets(), *skb, way.mtu, headroom(net), pieces)) {
        ++stats_.fragments_fail;
        return errc::no_buffer_space;
    }
    ++stats_.fragments_ok;
    stats_.fragments_created += pieces.size();
    result<> first_error;
    while (!pieces.empty()) {
        packet_buffer piece = pieces.pop_front();
        piece->protocol = ether_type;
        piece->type = way.type;
        if (const result<> sent = transmit(net, std::move(piece), way); !sent && first_error) first_error = sent;
    }
    return first_error;
}

}  // namespace weld::inline v0::stack
