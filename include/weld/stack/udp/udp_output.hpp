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
    if (const result<> valid = check_bind_address<Ip>(net, sk, local); !valid) return valid;
    return hold(net, sk, local.port());
}

template <class Ip>
template <class Net>
result<> basic_udp<Ip>::hold(Net& net, sock& sk, std::uint16_t port) {
    return port != 0 ? this->ports_.bind(sk, port) : this->ports_.bind_any(sk, net.random());
}

template <class Ip>
template <class Net>
result<> basic_udp<Ip>::connect(Net& net, sock& sk, const endpoint& to) {
    const result<> held = sk.is_bound() ? result<>{} : hold(net, sk, 0);
    if (held.error() == errc::address_in_use) return errc::resource_unavailable_try_again;  // no ephemeral port is left: inet_autobind
    if (!held) return held;
    return connect_to<Ip>(net, sk, to);
}

/// Source: RFC 1122 section 4.1.4; udp_sendmsg, its checks in its order.
template <class Ip>
template <class Net>
result<std::size_t> basic_udp<Ip>::send(Net& net, sock& sk, gathered data, const endpoint* to, const message_control& asks, message_flags flags) {
    const std::size_t size = size_of(data);
    const bool more = sk.cork || has(flags, message_flags::more);
    if (size > payload_max) return errc::message_size;
    if (sk.corked) return send_corked(net, sk, data, {}, asks, more);
    if (to == nullptr && !sk.connected) return errc::destination_address_required;
    endpoint destination = to != nullptr ? *to : endpoint{sk.peer, sk.peer_port};
    const std::uint32_t by = asks.interface != 0 ? asks.interface : scope_of<Ip>(destination);
    if (destination.port() == 0) return errc::invalid_argument;
    const auto way = route_for<Ip>(net, sk, destination.address(), asks.source, by);
    if (!way) return way.error();
    if (sk.error != errc{}) return sk.take_error();
    if (sk.send_shut) return errc::broken_pipe;
    if (!sk.is_bound() && !hold(net, sk, 0)) return errc::resource_unavailable_try_again;
    if (destination.address().is_any()) destination = endpoint{way->next_hop, destination.port()};
    if (!has_room<Ip>(net, sk, *way)) return errc::resource_unavailable_try_again;
    if (more) return send_corked(net, sk, data, destination, asks, true);
    if (const result<> sent = transmit(net, sk, data, destination, *way, asks, flags); !sent) return sent.error();
    return size;
}

/// A queue that has become full meanwhile loses the datagram without a word, as the kernel's does without IP_RECVERR.
template <class Ip>
template <class Net>
result<> basic_udp<Ip>::transmit(Net& net, sock& sk, gathered data, const endpoint& to, const route<Ip>& way, const message_control& asks,
                                 message_flags flags) {
    auto& ip = network<Ip>(net);
    const std::size_t payload = size_of(data), headroom = ip.headroom(net), size = wire::udp_header::size + payload;
    const std::size_t segment = asks.segment_size >= 0 ? static_cast<std::size_t>(asks.segment_size) : sk.segment_size;
    const bool split = segment != 0 && payload > segment;  // UDP_SEGMENT
    const std::size_t largest = split ? wire::udp_header::size + segment : size;
    if (split && (payload > 64 * segment || Ip::header_size + largest > way.mtu)) return errc::invalid_argument;
    const ip_header<Ip> header = header_for<Ip>(sk, way, to.address(), ip_protocol, largest, asks);
    if (header.dont_fragment && Ip::header_size + largest > way.mtu && sk.ip.discovery != path_mtu_discovery::probe) return errc::message_size;
    packet_buffer skb = packet_buffer::allocate(net.packets(), headroom + size, headroom);
    if (!skb) {
        ++stats_.send_buffer_errors;
        return errc::no_buffer_space;
    }
    const bool device_sums = way.device_sums || split;
    const mutable_bytes body = skb->put(size).subspan(wire::udp_header::size);
    const std::uint32_t sum = device_sums ? (collect(body, data), 0u) : collect_and_sum(body, data);
    write_header(*skb, header, sk.port(), to.port(), device_sums, sum);
    if (split) {
        skb->gso_type = gso_type::udp_l4;
        skb->gso_size = static_cast<std::uint16_t>(segment);
        skb->gso_segments = static_cast<std::uint16_t>((payload + segment - 1) / segment);
    }
    ++stats_.out_datagrams;
    if (has(flags, message_flags::confirm)) ip.confirm(net, way);
    const result<> sent = ip.send(net, std::move(skb), header, way);
    if (sent || sent.error() != errc::no_buffer_space) return sent;
    ++stats_.send_buffer_errors;
    return {};
}

/// `sum`: of the payload, where the device does not add it up.
template <class Ip>
void basic_udp<Ip>::write_header(packet& skb, const ip_header<Ip>& header, std::uint16_t from_port, std::uint16_t to_port, bool device_sums,
                                 std::uint32_t sum) noexcept {
    const std::uint32_t pseudo = checksum::pseudo_header(header.source, header.destination, ip_protocol, static_cast<std::uint32_t>(skb.size()));
    wire::udp_header fields{.source_port = from_port, .destination_port = to_port, .length = static_cast<std::uint16_t>(skb.size())};
    if (device_sums) {
        fields.checksum = checksum::fold(pseudo);
        fields.encode(skb.bytes());
        return skb.set_partial_checksum(0, wire::udp_header::checksum_offset);
    }
    fields.encode(skb.bytes());
    const std::uint32_t whole = checksum::add(checksum::add(pseudo, sum), checksum::sum(skb.bytes().first(wire::udp_header::size)));
    store_be(skb.bytes(), wire::udp_header::checksum_offset, wire::udp_header::finish(whole));
}

}  // namespace weld::inline v0::stack
