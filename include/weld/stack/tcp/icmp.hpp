// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/close.hpp>

namespace weld::inline v0::stack {

/// The path takes less than was thought: what is too large is cut anew and sent again at once; the congestion window has
/// nothing to do with it. Source: RFC 1191 section 6; tcp_simple_retransmit.
template <class Net, class Policies>
void tcp_path_mtu(Net& net, tcp_sock<Policies>& sk, std::size_t mtu) noexcept {
    auto& tcp = tcp_of(net, sk);
    mtu = std::max({mtu, tcp.limits.path_mtu_min, Policies::ip::mtu_min});
    if (!sk.dont_fragment || mtu >= std::min<std::size_t>(sk.path_mtu, sk.way.mtu)) return;
    network<typename Policies::ip>(net).path_mtu(net, sk.tuple.remote, mtu);
    sk.path_mtu = static_cast<std::uint16_t>(mtu);
    tcp_sync_mss(sk);
    for (packet* skb = sk.sent.front(); skb != nullptr; skb = packet_queue::after(*skb))
        if (skb->size() > sk.mss) sk.sent.mark_lost(*skb);
    tcp_retransmit_lost(net, sk);
}

/// An ICMP error about a segment of ours. Only one that quotes what is on its way is believed. A connection that is still
/// opening ends with it; one that is established remembers it, in case it is the last that is heard.
/// Source: RFC 5461, RFC 5927 section 4; tcp_v4_err, net/ipv4/tcp_ipv4.c.
template <class Policies, class Net>
void tcp_icmp_error(tcp_part<Policies>& tcp, Net& net, const icmp_error<typename Policies::ip>& what) noexcept {
    const auto quoted = wire::tcp_view::parse_quoted(what.transport);
    if (!quoted) return;
    auto* const found = tcp.connections.find({what.source, what.destination, quoted->source_port, quoted->destination_port,
                                              {what.source, what.destination, what.interface}});
    if (found == nullptr || found->kind == connection_kind::time_wait) return;
    const seq32 seq{quoted->seq};
    if (found->kind == connection_kind::request) {
        auto& request = static_cast<request_sock<Policies>&>(*found);
        if (seq == request.iss && what.mtu == 0 && what.hard) tcp_drop_request(net, request);
        return;
    }
    auto& sk = static_cast<tcp_sock<Policies>&>(*found);
    if (seq < sk.snd_una || seq > sk.snd_nxt) return;
    if (what.mtu != 0) tcp_path_mtu(net, sk, what.mtu);
    else if (is(sk.state, tcp_state::syn_sent, tcp_state::syn_received)) tcp_fail(net, sk, what.error);
    else sk.soft_error = what.error;
    tcp.reap(net, sk);
}

}  // namespace weld::inline v0::stack
