// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/protosw.hpp>
#include <weld/stack/ip/inet_proto.hpp>
#include <weld/stack/ip/ip4.hpp>
#include <weld/stack/wire/icmp4.hpp>
#include <weld/stack/wire/numbers.hpp>

namespace weld::inline v0::stack {

/// A socket whose port is the identifier of its echo requests. In the kernel: struct ping_sock, net/ipv4/ping.c.
struct ping_sock : inet_sock<ip4> {
    ping_sock* next_free = nullptr;
};

/// The socks of weld::ping: each has an identifier where UDP has a port; what it sends are echo requests, what it gets
/// their replies, the ICMP header included. `Icmp` is the part they belong to.
/// In the kernel: net/ipv4/ping.c. Source: icmp(7).
template <class Icmp>
class ping_sockets : public inet_proto<ip4, ping_sock> {
public:
    template <class Net>
    result<> start(Net& net) noexcept {
        ports_.start(net.random());
        return {};
    }
    /// The port is the identifier; 0 lets one be chosen. Errors: invalid_argument (bound already),
    /// address_not_available, address_in_use.
    template <class Net>
    result<> bind(Net& net, sock& sk, const endpoint4& local) {
        if (sk.is_bound()) return errc::invalid_argument;
        if (const result<> valid = check_bind_address<ip4>(net, sk, local.address()); !valid) return valid;
        return hold(net, sk, local.port());
    }
    template <class Net>
    result<> connect(Net& net, sock& sk, const endpoint4& to) {
        if (!sk.is_bound())
            if (const result<> held = hold(net, sk, 0); !held) return held;
        return connect_to<ip4>(net, sk, to);
    }
    /// `message` begins with an ICMP header; its identifier and checksum are filled in.
    /// Errors: invalid_argument (no echo request), message_size, those of datagram_ops.
    template <class Net>
    result<std::size_t> send(Net& net, sock& sk, gathered message, const endpoint4* to, const message_control& asks, message_flags) {
        if (sk.error != errc{}) return sk.take_error();
        if (sk.send_shut) return errc::broken_pipe;
        const std::size_t size = size_of(message);
        if (size > 0xffff - ip4::header_size) return errc::message_size;
        if (to == nullptr && !sk.connected) return errc::destination_address_required;
        const address4 destination = to != nullptr ? to->address() : sk.peer;
        if (!sk.is_bound())
            if (const result<> held = hold(net, sk, 0); !held) return errc::resource_unavailable_try_again;
        const auto way = route_for<ip4>(net, sk, destination, asks.source, asks.interface);
        if (!way) return way.error();
        if (!has_room<ip4>(net, sk, *way)) return errc::resource_unavailable_try_again;
        return transmit(net, sk, message, destination.is_any() ? way->next_hop : destination, *way, asks);
    }

protected:
    /// An echo reply, for the sock that asked.
    template <class Net>
    void deliver_echo(Net& net, packet_buffer skb, const ip_info<ip4>& info) {
        sock* const sk = find(wire::icmp4_view::parse(skb->bytes())->identifier(), info.destination, info.source);
        if (sk != nullptr) deliver(net, *sk, std::move(skb), info, 0, sk->port());
    }
    /// Source: ping_err.
    template <class Net>
    void ping_error(Net& net, const icmp_error<ip4>& error) {
        const auto echo = wire::icmp4_view::parse(error.transport);
        if (!echo || echo->type() != wire::icmp4_type::echo_request) return;
        sock* const sk = find(echo->identifier(), error.source, error.destination);
        if (sk == nullptr) return;
        if (error.mtu != 0) network<ip4>(net).path_mtu(net, error.destination, error.mtu);
        if (sk->ip.receive_errors) keep_report<ip4>(net, *sk, error, error.transport, 0);
        if (sk->ip.receive_errors || (error.hard && sk->connected)) sk->report(error.error, net.runnable());
    }

private:
    template <class Net>
    result<> hold(Net& net, sock& sk, std::uint16_t identifier) {
        return identifier != 0 ? ports_.bind(sk, identifier) : ports_.bind_any(sk, net.random());
    }
    sock* find(std::uint16_t identifier, address4 local, address4 remote) noexcept {
        auto* const owners = ports_.owners(identifier);
        if (owners == nullptr) return nullptr;
        for (auto& held : *owners) {
            auto& sk = static_cast<sock&>(held);
            if ((sk.address.is_any() || sk.address == local) && (!sk.connected || sk.peer == remote)) return &sk;
        }
        return nullptr;
    }
    template <class Net>
    result<std::size_t> transmit(Net& net, sock& sk, gathered message, address4 to, const route<ip4>& way, const message_control& asks) {
        auto& ip = network<ip4>(net);
        const std::size_t size = size_of(message);
        packet_buffer skb = packet_buffer::allocate(net.packets(), ip.headroom(net) + size, ip.headroom(net));
        if (!skb) return errc::no_buffer_space;
        collect(skb->put(size), message);
        const auto echo = wire::icmp4_view::parse(skb->bytes());
        if (!echo || echo->type() != wire::icmp4_type::echo_request || echo->code() != 0) return errc::invalid_argument;
        wire::icmp4_header::echo(wire::icmp4_type::echo_request, sk.port(), echo->sequence()).encode(skb->bytes());
        const auto header = header_for<ip4>(sk, way, to, wire::ip_protocol::icmp, size, asks);
        if (header.dont_fragment && ip4::header_size + size > way.mtu) return errc::message_size;
        const result<> sent = ip.send(net, std::move(skb), header, way);
        if (!sent && sent.error() != errc::no_buffer_space) return sent.error();
        return size;
    }
};

}  // namespace weld::inline v0::stack
