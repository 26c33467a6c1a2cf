// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/stack/udp/udp.hpp>

/// What UDP does with what arrives. In the kernel: net/ipv4/udp.c.
namespace weld::inline v0::stack {

/// Source: RFC 1122 section 4.1.3; __udp4_lib_rcv.
template <class Ip>
template <class Net>
rcv_result basic_udp<Ip>::rcv(Net& net, packet_buffer&& skb, const ip_info<Ip>& info) {
    const auto datagram = wire::udp_view::parse(skb->bytes());
    if (!datagram || !checksum_valid(*skb, *datagram, info)) {
        ++stats_.in_errors;
        if (datagram) ++stats_.in_checksum_errors;
        return rcv_result::handled;
    }
    const std::uint16_t from_port = datagram->source_port(), to_port = datagram->destination_port();
    skb->trim(datagram->length());
    if (info.to_many && (info.destination.is_multicast() || network<Ip>(net).is_broadcast(net, info.destination))) {
        deliver_to_many(net, std::move(skb), info, from_port, to_port);
        return rcv_result::handled;
    }
    sock* const sk = find(info.source, from_port, info.destination, to_port, info.interface);
    if (sk == nullptr) {
        ++stats_.no_ports;
        return rcv_result::no_port;
    }
    skb->pull(wire::udp_header::size);
    deliver_to(net, *sk, std::move(skb), info, from_port);
    return rcv_result::handled;
}

/// None is allowed over IPv4. Source: RFC 768; RFC 8200 section 8.1 for IPv6.
template <class Ip>
bool basic_udp<Ip>::checksum_valid(const packet& skb, const wire::udp_view& datagram, const ip_info<Ip>& info) noexcept {
    if (skb.checksum == checksum_state::unnecessary || skb.checksum == checksum_state::partial) return true;
    if (datagram.without_checksum()) return !Ip::needs_checksum_in_udp;
    if (skb.checksum != checksum_state::complete || datagram.length() != skb.size()) return datagram.checksum_valid(info.source, info.destination);
    return checksum::valid(checksum::add(skb.csum, checksum::pseudo_header(info.source, info.destination, ip_protocol, datagram.length())));
}

/// The sock that fits best. Source: udp4_lib_lookup2.
template <class Ip>
auto basic_udp<Ip>::find(const address& from, std::uint16_t from_port, const address& to, std::uint16_t to_port, std::uint32_t interface) noexcept -> sock* {
    auto* const owners = this->ports_.owners(to_port);
    if (owners == nullptr) return nullptr;
    sock* best = nullptr;
    int most = -1;
    for (auto& held : *owners) {
        auto& sk = static_cast<sock&>(held);
        if (const int score = sk.score(from, from_port, to, interface); score > most) {
            most = score;
            best = &sk;
        }
    }
    return best != nullptr && best->reuse_port && !best->connected ? &among_sharers(*best, from, from_port, to) : best;
}

/// SO_REUSEPORT: the same flow always gets the same sock of those that share. Source: reuseport_select_sock.
template <class Ip>
auto basic_udp<Ip>::among_sharers(sock& first, const address& from, std::uint16_t from_port, const address& to) noexcept -> sock& {
    const auto shares = [&](const sock& sk) {
        return sk.reuse_port && !sk.connected && sk.address == first.address && sk.options.bound_interface == first.options.bound_interface;
    };
    std::uint64_t count = 0;
    for (auto& held : *this->ports_.owners(first.port())) count += shares(static_cast<sock&>(held)) ? 1 : 0;
    struct { address from, to; std::uint16_t from_port, to_port; } const flow{from, to, from_port, first.port()};
    std::uint64_t chosen = siphash13(key_, object_bytes(flow)) % count;
    for (auto& held : *this->ports_.owners(first.port()))
        if (auto& sk = static_cast<sock&>(held); shares(sk) && chosen-- == 0) return sk;
    return first;
}

/// Everybody whom it suits gets a copy. Source: RFC 1122 section 4.1.3.3; __udp4_lib_mcast_deliver.
template <class Ip>
template <class Net>
void basic_udp<Ip>::deliver_to_many(Net& net, packet_buffer skb, const ip_info<Ip>& info, std::uint16_t from_port, std::uint16_t to_port) {
    auto* const owners = this->ports_.owners(to_port);
    if (owners == nullptr) return;
    skb->pull(wire::udp_header::size);
    for (auto& held : *owners) {
        auto& sk = static_cast<sock&>(held);
        if (sk.score(info.source, from_port, info.destination, info.interface) < 0) continue;
        if (info.destination.is_multicast() && !sk.wants_multicast(info.destination, info.source, info.interface)) continue;
        if (packet_buffer copy = skb->clone(); copy) deliver_to(net, sk, std::move(copy), info, from_port);
    }
}

template <class Ip>
template <class Net>
void basic_udp<Ip>::deliver_split(Net& net, sock& sk, const packet& whole, const ip_info<Ip>& info, std::uint16_t from_port) {
    for (std::size_t at = 0; at < whole.size(); at += whole.gso_size) {
        const const_bytes payload = slice(whole.bytes(), at, whole.gso_size);
        packet_buffer piece = packet_buffer::allocate(net.packets(), payload.size());
        if (!piece) return;
        copy(piece->put(payload.size()), payload);
        piece->timestamp = whole.timestamp;
        deliver_to(net, sk, std::move(piece), info, from_port);
    }
}

/// Those who are connected are told of what is final, at their next call. Source: RFC 1122 section 4.1.3.3;
/// __udp4_lib_err.
template <class Ip>
template <class Net>
void basic_udp<Ip>::error(Net& net, const icmp_error<Ip>& error) {
    if (error.transport.size() < wire::udp_header::size) return;
    const auto our_port = load_be<std::uint16_t>(error.transport, 0), their_port = load_be<std::uint16_t>(error.transport, 2);
    sock* const sk = find(error.destination, their_port, error.source, our_port, sock::any_interface);
    if (sk == nullptr) return;
    bool hard = error.hard;
    if (error.mtu != 0) {
        network<Ip>(net).path_mtu(net, error.destination, error.mtu);
        hard = sk->ip.discovery != path_mtu_discovery::dont;
        if (!hard) return;
    }
    if (sk->ip.receive_errors) keep_report<Ip>(net, *sk, error, error.transport.subspan(wire::udp_header::size), their_port);
    if (sk->ip.receive_errors || (hard && sk->connected)) sk->report(error.error, net.runnable());
}

}  // namespace weld::inline v0::stack
