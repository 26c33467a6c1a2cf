// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/ip/ip4.hpp>
#include <weld/stack/ip/network.hpp>
#include <weld/stack/link/frame_info.hpp>
#include <weld/stack/link/neighbour_table.hpp>
#include <weld/stack/wire/arp.hpp>
#include <weld/stack/wire/ethernet.hpp>

namespace weld::inline v0::stack {

/// Finds the stations that have IPv4 addresses, and answers for our own. A link that needs it has one.
/// Deaf where the net has no IPv4. In the kernel: net/ipv4/arp.c. Source: RFC 826, RFC 1122 section 2.3.2, RFC 5227.
class arp {
public:
    static constexpr std::uint16_t ether_type = wire::ether_type::arp;

    /// What ARP has counted.
    struct counters {
        std::uint64_t received = 0, sent = 0, malformed = 0, conflicts = 0, unresolved = 0;
    };

    explicit arp(neighbour_options options = {}) noexcept : table{options} {}

    /// A message from the link. Source: RFC 826, Packet Reception.
    template <class Net, class Io>
    void rcv(Net& net, Io& io, const packet& skb);
    /// Who has `address`? Everybody is asked, or the one station that had it. Source: RFC 1122 section 2.3.2.1 (3).
    template <class Net, class Io>
    void solicit(Net& net, Io& io, address4 address, const mac_address* known) {
        const auto way = network<ip4>(net).route_to(net, address, {}, io.index());
        if (!way) return;
        send(net, io, {wire::arp_header::request, io.link().address(), way->source, known != nullptr ? *known : mac_address{}, address},
             known != nullptr ? *known : mac_address::broadcast());
    }
    /// Tells everybody of an address of ours, so that they forget who had it. Source: RFC 5227 section 2.3.
    template <class Net, class Io>
    void announce(Net& net, Io& io, address4 own) {
        send(net, io, {wire::arp_header::request, io.link().address(), own, {}, own}, mac_address::broadcast());
    }
    const counters& stats() const noexcept { return stats_; }

    neighbour_table<address4> table;

private:
    static constexpr duration defend_interval = duration::seconds(10);  // RFC 5227 section 1.1

    template <class Net, class Io>
    void send(Net& net, Io& io, const wire::arp_header& message, const mac_address& to) {
        packet_buffer skb = packet_buffer::allocate(net.packets(), io.headroom() + wire::arp_header::size, io.headroom());
        if (!skb) return;
        message.encode(skb->put(wire::arp_header::size));
        skb->reset_network_header();
        ++stats_.sent;
        static_cast<void>(io.send_frame(net, std::move(skb), to, ether_type));
    }
    /// Somebody else says that our address is his. Source: RFC 5227 section 2.4 (b).
    template <class Net, class Io>
    void defend(Net& net, Io& io, address4 own) {
        ++stats_.conflicts;
        if (net.now() < defend_again_) return;
        defend_again_ = net.now() + defend_interval;
        announce(net, io, own);
    }

    counters stats_{};
    time_point defend_again_{};
};

template <class Net, class Io>
void arp::rcv(Net& net, Io& io, const packet& skb) {
    ++stats_.received;
    const auto message = wire::arp_view::parse(skb.bytes());
    if (!message || message->sender_hardware().is_multicast()) {
        ++stats_.malformed;
        return;
    }
    auto& ip = network<ip4>(net);
    const address4 sender = message->sender_protocol(), target = message->target_protocol();
    const mac_address station = message->sender_hardware();
    if (sender.is_multicast() || sender.is_loopback() || sender.is_broadcast() || station == io.link().address()) return;
    if (ip.is_local(net, sender)) return defend(net, io, sender);

    const bool for_us = ip.is_local(net, target) && !target.is_loopback();
    const bool asks = message->is_request() && for_us;
    if (!sender.is_any()) table.heard(net, io, sender, station, message->is_reply() && for_us, asks);
    if (asks) send(net, io, {wire::arp_header::reply, io.link().address(), target, station, sender}, station);
}

}  // namespace weld::inline v0::stack
