// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/protosw.hpp>
#include <weld/stack/ip/inet_proto.hpp>
#include <weld/stack/ip/ip4.hpp>
#include <weld/stack/ip/ip6.hpp>
#include <weld/stack/wire/icmp4.hpp>
#include <weld/stack/wire/icmp6.hpp>
#include <weld/stack/wire/numbers.hpp>

namespace weld::inline v0::stack {

/// Echo requests of one version of IP.
template <class Ip>
struct echo_rules;
template <>
struct echo_rules<ip4> {
    /// How a message is read.
    using view = wire::icmp4_view;
    static constexpr std::uint8_t protocol = wire::ip_protocol::icmp, request = wire::icmp4_type::echo_request;
    static void write(mutable_bytes message, std::uint16_t identifier, std::uint16_t sequence, const ip_header<ip4>&) noexcept {
        wire::icmp4_header::echo(request, identifier, sequence).encode(message);
    }
};
template <>
struct echo_rules<ip6> {
    /// How a message is read.
    using view = wire::icmp6_view;
    static constexpr std::uint8_t protocol = wire::ip_protocol::icmp6, request = wire::icmp6_type::echo_request;
    static void write(mutable_bytes message, std::uint16_t identifier, std::uint16_t sequence, const ip_header<ip6>& header) noexcept {
        wire::icmp6_header::echo(request, identifier, sequence).encode(message, header.source, header.destination);
    }
};

/// A socket whose port is the identifier of its echo requests. In the kernel: struct ping_sock, net/ipv4/ping.c.
template <class Ip>
struct ping_sock : inet_sock<Ip> {
    ping_sock* next_free = nullptr;
};

/// The socks of weld::ping, or weld::ping6: each has an identifier where UDP has a port; what it sends are echo requests, what
/// it gets their replies, the ICMP header included. `Icmp` is the part they belong to.
/// In the kernel: net/ipv4/ping.c, net/ipv6/ping.c. Source: icmp(7).
template <class Icmp, class Ip = ip4>
class ping_sockets : public inet_proto<Ip, ping_sock<Ip>> {
    using base = inet_proto<Ip, ping_sock<Ip>>;
    using rules = echo_rules<Ip>;

public:
    using typename base::sock;
    using typename base::endpoint;
    using typename base::message_control;
    using address = typename Ip::address;

    template <class Net>
    result<> start(Net& net) noexcept {
        this->ports_.start(net.random());
        return {};
    }
    /// The port is the identifier; 0 lets one be chosen. Errors: invalid_argument (bound already),
    /// address_not_available, address_in_use.
    template <class Net>
    result<> bind(Net& net, sock& sk, const endpoint& local) {
        if (sk.is_bound()) return errc::invalid_argument;
        if (const result<> valid = check_bind_address<Ip>(net, sk, local); !valid) return valid;
        return hold(net, sk, local.port());
    }
    template <class Net>
    result<> connect(Net& net, sock& sk, const endpoint& to) {
        if (!sk.is_bound())
            if (const result<> held = hold(net, sk, 0); !held) return held;
        return connect_to<Ip>(net, sk, to);
    }
    /// `message` begins with an ICMP header; its identifier and checksum are filled in.
    /// Errors: invalid_argument (no echo request), message_size, those of datagram_ops.
    template <class Net>
    result<std::size_t> send(Net& net, sock& sk, gathered message, const endpoint* to, const message_control& asks, message_flags) {
        if (sk.error != errc{}) return sk.take_error();
        if (sk.send_shut) return errc::broken_pipe;
        const std::size_t size = size_of(message);
        if (size > Ip::payload_max) return errc::message_size;
        if (to == nullptr && !sk.connected) return errc::destination_address_required;
        const address destination = to != nullptr ? to->address() : sk.peer;
        if (!sk.is_bound())
            if (const result<> held = hold(net, sk, 0); !held) return errc::resource_unavailable_try_again;
        const std::uint32_t by = asks.interface != 0 || to == nullptr ? asks.interface : scope_of<Ip>(*to);
        const auto way = route_for<Ip>(net, sk, destination, asks.source, by);
        if (!way) return way.error();
        if (!has_room<Ip>(net, sk, *way)) return errc::resource_unavailable_try_again;
        return transmit(net, sk, message, destination.is_any() ? way->next_hop : destination, *way, asks);
    }

protected:
    /// An echo reply, for the sock that asked.
    template <class Net>
    void deliver_echo(Net& net, packet_buffer skb, const ip_info<Ip>& info) {
        sock* const sk = find(rules::view::parse(skb->bytes())->identifier(), info.destination, info.source);
        if (sk != nullptr) base::deliver(net, *sk, std::move(skb), info, 0);
    }
    /// Source: ping_err.
    template <class Net>
    void ping_error(Net& net, const icmp_error<Ip>& error) {
        const auto echo = rules::view::parse(error.transport);
        if (!echo || echo->type() != rules::request) return;
        sock* const sk = find(echo->identifier(), error.source, error.destination);
        if (sk == nullptr) return;
        if (error.mtu != 0) network<Ip>(net).path_mtu(net, error.destination, error.mtu);
        if (sk->ip.receive_errors) keep_report<Ip>(net, *sk, error, error.transport, 0);
        if (sk->ip.receive_errors || (error.hard && sk->connected)) sk->report(error.error, net.runnable());
    }

private:
    template <class Net>
    result<> hold(Net& net, sock& sk, std::uint16_t identifier) {
        return identifier != 0 ? this->ports_.bind(sk, identifier) : this->ports_.bind_any(sk, net.random());
    }
    sock* find(std::uint16_t identifier, const address& local, const address& remote) noexcept {
        auto* const owners = this->ports_.owners(identifier);
        if (owners == nullptr) return nullptr;
        for (auto& held : *owners) {
            auto& sk = static_cast<sock&>(held);
            if ((sk.address.is_any() || sk.address == local) && (!sk.connected || sk.peer == remote)) return &sk;
        }
        return nullptr;
    }
    template <class Net>
    result<std::size_t> transmit(Net& net, sock& sk, gathered message, const address& to, const route<Ip>& way, const message_control& asks) {
        auto& ip = network<Ip>(net);
        const std::size_t size = size_of(message);
        packet_buffer skb = packet_buffer::allocate(net.packets(), ip.headroom(net) + size, ip.headroom(net));
        if (!skb) return errc::no_buffer_space;
        collect(skb->put(size), message);
        const auto echo = rules::view::parse(skb->bytes());
        if (!echo || echo->type() != rules::request || echo->code() != 0) return errc::invalid_argument;
        const auto header = header_for<Ip>(sk, way, to, rules::protocol, size, asks);
        rules::write(skb->bytes(), sk.port(), echo->sequence(), header);
        if (header.dont_fragment && Ip::header_size + size > way.mtu) return errc::message_size;
        const result<> sent = ip.send(net, std::move(skb), header, way);
        if (!sent && sent.error() != errc::no_buffer_space) return sent.error();
        return size;
    }
};

}  // namespace weld::inline v0::stack
