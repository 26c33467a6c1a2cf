// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/stack/udp/udp.hpp>

/// How UDP binds and sends. In the kernel: net/ipv4/udp.c.
namespace weld::inline v0::stack {

template <class Ip>
template <class Net>
result<> basic_udp<Ip>::bind(Net& net, sock& sk, const endpoint& local) {
    if (sk.is_bound()) return errc::invalid_argument;
    if (local.port() != 0 && local.port() < options_.privileged_below) return errc::permission_denied;
    if (const result<> valid = check_bind_address<Ip>(net, sk, local.address()); !valid) return valid;
    return hold(net, sk, local.port());
}

template <class Ip>
template <class Net>
result<> basic_udp<Ip>::hold(Net& net, sock& sk, std::uint16_t port) {
    sk.reuse_address = sk.options.reuse_address;
    sk.reuse_port = sk.options.reuse_port;
    sk.interface = sk.options.bound_interface;
    return port != 0 ? this->ports_.bind(sk, port) : this->ports_.bind_any(sk, net.random());
}

template <class Ip>
template <class Net>
result<> basic_udp<Ip>::connect(Net& net, sock& sk, const endpoint& to) {
    if (const result<> known = connect_to<Ip>(net, sk, to); !known) return known;
    if (sk.is_bound()) return {};
    return hold(net, sk, 0);
}

/// Source: RFC 1122 section 4.1.4; udp_sendmsg, its checks in its order.
template <class Ip>
template <class Net>
result<std::size_t> basic_udp<Ip>::send(Net& net, sock& sk, const_bytes data, const endpoint* to, message_flags) {
    if (data.size() > payload_max) return errc::message_size;
    if (to == nullptr && !sk.connected) return errc::destination_address_required;
    endpoint destination = to != nullptr ? *to : endpoint{sk.peer, sk.peer_port};
    if (destination.port() == 0) return errc::invalid_argument;
    const auto way = route_for<Ip>(net, sk, destination.address());
    if (!way) return way.error();
    if (sk.error != errc{}) return sk.take_error();
    if (sk.send_shut) return errc::broken_pipe;
    if (!sk.is_bound() && !hold(net, sk, 0)) return errc::resource_unavailable_try_again;
    if (destination.address().is_any()) destination = endpoint{way->next_hop, destination.port()};
    if (!has_room<Ip>(net, sk, *way)) return errc::resource_unavailable_try_again;
    if (const result<> sent = transmit(net, sk, data, destination, *way); !sent) return sent.error();
    return data.size();
}

/// A queue that has become full meanwhile loses the datagram without a word, as the kernel's does without IP_RECVERR.
template <class Ip>
template <class Net>
result<> basic_udp<Ip>::transmit(Net& net, sock& sk, const_bytes data, const endpoint& to, const route<Ip>& way) {
    auto& ip = network<Ip>(net);
    const std::size_t size = wire::udp_header::size + data.size(), headroom = ip.headroom(net);
    const bool split = sk.segment_size != 0 && data.size() > sk.segment_size;
    const std::size_t largest = split ? wire::udp_header::size + sk.segment_size : size;
    if (split && (data.size() > std::size_t{64} * sk.segment_size || Ip::header_size + largest > way.mtu)) return errc::invalid_argument;
    const ip_header<Ip> header = header_for<Ip>(sk, way, to.address(), ip_protocol, largest);
    if (header.dont_fragment && Ip::header_size + largest > way.mtu && sk.ip.discovery != path_mtu_discovery::probe) return errc::message_size;
    packet_buffer skb = packet_buffer::allocate(net.packets(), headroom + size, headroom);
    if (!skb) {
        ++stats_.send_buffer_errors;
        return errc::no_buffer_space;
    }
    const mutable_bytes datagram = skb->put(size);
    const std::uint32_t pseudo = checksum::pseudo_header(header.source, header.destination, ip_protocol, static_cast<std::uint32_t>(size));
    wire::udp_header fields{.source_port = sk.port(), .destination_port = to.port(), .length = static_cast<std::uint16_t>(size)};
    if (way.features.checksum || split) {
        copy(datagram.subspan(wire::udp_header::size), data);
        fields.checksum = checksum::fold(pseudo);
        fields.encode(datagram);
        skb->set_partial_checksum(0, wire::udp_header::checksum_offset);
    } else {
        const std::uint32_t sum = checksum::copy_and_sum(datagram.subspan(wire::udp_header::size), data);
        fields.encode(datagram);
        const std::uint32_t whole = checksum::add(checksum::add(pseudo, sum), checksum::sum(datagram.first(wire::udp_header::size)));
        store_be(datagram, wire::udp_header::checksum_offset, wire::udp_header::finish(whole));
    }
    if (split) {
        skb->gso_type = gso_type::udp_l4;
        skb->gso_size = sk.segment_size;
        skb->gso_segments = static_cast<std::uint16_t>((data.size() + sk.segment_size - 1) / sk.segment_size);
    }
    ++stats_.out_datagrams;
    const result<> sent = ip.send(net, std::move(skb), header, way);
    if (sent || sent.error() != errc::no_buffer_space) return sent;
    ++stats_.send_buffer_errors;
    return {};
}

}  // namespace weld::inline v0::stack
