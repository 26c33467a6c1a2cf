// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/datagram_sock.hpp>
#include <weld/stack/ip/ip_sock_options.hpp>
#include <weld/stack/ip/network.hpp>
#include <weld/stack/ip/scope.hpp>
#include <weld/stack/port_table.hpp>

namespace weld::inline v0::stack {

/// A sock's place among all that are open in its protocol.
struct open_sock : list_node {};

/// A datagram sock over IP: UDP's, ping's, raw IP's. In the kernel: struct inet_sock.
template <class Ip>
struct inet_sock : datagram_sock, port_binding<typename Ip::address>, open_sock {
    using address_type = typename Ip::address;
    using endpoint = typename Ip::endpoint;

    address_type peer{};
    std::uint16_t peer_port = 0;
    bool connected = false;
    address_type sends_from{};    // any(): what the route says (inet_saddr)
    route<Ip> way;                // to the peer, while its generation is the network's; 0: not yet
    ip_sock_options<Ip> ip;

    bool is_bound() const noexcept { return this->bucket != nullptr; }
    /// Whether what `source` sends to a group is for it.
    bool wants_multicast(const address_type& group, const address_type& source, std::uint32_t by) const noexcept { return ip.wants(group, source, by); }
    endpoint local() const noexcept { return endpoint_at<Ip>(connected ? sends_from : this->address, this->port(), options.bound_interface); }
};

/// What a received message's packet carries for recv_from and the ancillary data. In an error_queue `from` is where
/// our message went, and `to` who said what was wrong.
template <class Ip>
struct inet_message {
    typename Ip::address from{}, to{};
    std::uint32_t interface = 0;
    std::uint32_t info = 0;
    std::uint16_t from_port = 0;
    std::uint8_t ttl = 0, tos = 0;
    std::uint8_t error = 0, origin = 0, icmp_type = 0, icmp_code = 0;
};

/// Binds a sock to the interface that an endpoint's address needs. Errors: invalid_argument.
template <class Ip>
result<> take_scope(inet_sock<Ip>& sk, const typename Ip::endpoint& at) noexcept {
    const result<> scoped = take_scope<Ip>(at, sk.options.bound_interface);
    if constexpr (has_scopes<Ip>) sk.interface = sk.options.bound_interface;
    return scoped;
}

/// The way to a destination for a sock, kept from the last time where it is the peer's. `source` and `by` are what one
/// message asks for; where it does not, what the sock's options say.
/// Errors: those of route_to, permission_denied (a broadcast that the sock is not allowed to send).
template <class Ip, class Net>
result<route<Ip>> route_for(Net& net, inet_sock<Ip>& sk, const typename Ip::address& to, typename Ip::address source = {}, std::uint32_t by = 0) {
    auto& ip = network<Ip>(net);
    if (is_mapped<Ip>(to)) return errc::network_unreachable;
    const bool asks_nothing = source.is_any() && by == 0;
    if (asks_nothing && sk.connected && sk.way.generation == ip.generation() && sk.peer == to) [[likely]] return sk.way;
    if (source.is_any()) source = sk.sends_from;
    if (by == 0) by = sk.options.bound_interface;
    if (by == 0 && to.is_multicast()) by = sk.ip.multicast_interface;
    const auto way = ip.route_to(net, to, source, by);
    if (!way) return way;
    if (way->type == packet_type::broadcast && !sk.options.broadcast) return errc::permission_denied;
    if (asks_nothing && sk.connected && sk.peer == to) sk.way = *way;
    return way;
}

/// connect(2) of a datagram sock: it remembers the peer, and from where it talks to it.
/// Errors: those of route_for, invalid_argument (its address needs an interface, and none is named).
/// Source: __ip4_datagram_connect, __ip6_datagram_connect.
template <class Ip, class Net>
result<> connect_to(Net& net, inet_sock<Ip>& sk, const typename Ip::endpoint& peer) {
    if (const result<> scoped = take_scope(sk, peer); !scoped) return scoped;
    const auto way = route_for<Ip>(net, sk, peer.address());
    if (!way) return way.error();
    sk.peer = peer.address().is_any() ? way->next_hop : peer.address();
    sk.peer_port = peer.port();
    if (sk.sends_from.is_any()) sk.sends_from = way->source;
    if (sk.address.is_any()) sk.address = way->source;
    sk.way = *way;
    sk.connected = true;
    return {};
}

/// Where a sock may be bound: an address of ours, a group, a broadcast address, or everywhere.
/// Errors: address_not_available, invalid_argument (it is not of this version of IP).
/// Source: inet_addr_valid_or_nonlocal, __inet6_bind.
template <class Ip, class Net>
result<> check_bind_address(Net& net, inet_sock<Ip>& sk, const typename Ip::address& to) {
    auto& ip = network<Ip>(net);
    if (is_mapped<Ip>(to)) return errc::invalid_argument;
    const bool for_many = to.is_multicast() || ip.is_broadcast(net, to);
    if (!to.is_any() && !for_many && !ip.is_local(net, to) && !sk.ip.free_bind) return errc::address_not_available;
    sk.address = to;
    sk.sends_from = for_many ? typename Ip::address{} : to;
    return {};
}

/// The same of an endpoint, which may name an interface. Errors: invalid_argument too (the address needs one, and none is named).
template <class Ip, class Net>
result<> check_bind_address(Net& net, inet_sock<Ip>& sk, const typename Ip::endpoint& at) {
    if (const result<> scoped = take_scope(sk, at); !scoped) return scoped;
    return check_bind_address<Ip>(net, sk, at.address());
}

/// Header fields as the sock's options, and what goes with the message, say. `asks` is an inet_control.
template <class Ip>
ip_header<Ip> header_for(const inet_sock<Ip>& sk, const route<Ip>& way, const typename Ip::address& to, std::uint8_t protocol, std::size_t size,
                         const auto& asks) noexcept {
    const bool by_route = has_scopes<Ip> && !sk.ip.hops_chosen;
    const std::uint8_t ttl = to.is_multicast() ? sk.ip.multicast_ttl : by_route ? way.hop_limit : sk.ip.ttl;
    const bool from_route = sk.sends_from.is_any() || !asks.source.is_any();
    return {.source = from_route ? way.source : sk.sends_from, .destination = to, .protocol = protocol,
            .ttl = asks.ttl >= 0 ? static_cast<std::uint8_t>(asks.ttl) : ttl, .tos = asks.tos >= 0 ? static_cast<std::uint8_t>(asks.tos) : sk.ip.tos,
            .dont_fragment = sk.ip.sets_dont_fragment(Ip::header_size + size, way.mtu), .multicast_loop = sk.ip.multicast_loop};
}

/// True where the network layer would take a packet now. Otherwise the sock waits for write_space.
template <class Ip, class Net>
bool has_room(Net& net, inet_sock<Ip>& sk, const route<Ip>& way) {
    if (network<Ip>(net).has_room(net, way)) [[likely]] return true;
    sk.blocked = true;
    return false;
}

}  // namespace weld::inline v0::stack
