// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/transmit.hpp>

namespace weld::inline v0::stack {

/// The options of a SYN, or of a SYN-ACK, which has what both want. In the kernel: tcp_syn_options, tcp_synack_options.
inline wire::tcp_options tcp_syn_options(const tcp_agreement& own, std::uint16_t mss, time_point now) noexcept {
    wire::tcp_options options;
    options.mss = mss;
    options.has_window_scale = own.scaled;
    options.window_scale = own.rcv_wscale;
    options.sack_permitted = own.selective;
    options.has_timestamps = own.timestamps;
    options.tsval = own.timestamps ? tcp_clock(now, own.ts_offset) : 0;
    options.tsecr = own.timestamps ? own.ts_recent : 0;
    return options;
}

/// Sends a segment that no sock's variables describe: a SYN, an answer to a stranger, the last words of TIME-WAIT.
template <class Ip, class Net>
void tcp_send_header(Net& net, const four_tuple<Ip>& tuple, const route<Ip>& way, wire::tcp_header header,
                     const wire::tcp_options& options = {}, std::uint8_t tos = 0) noexcept {
    auto& layer = network<Ip>(net);
    const std::size_t headroom = layer.headroom(net) + wire::tcp_header::size_max;
    packet_buffer skb = packet_buffer::allocate(net.packets(), headroom, headroom);
    if (!skb) return;
    header.source_port = tuple.local_port;
    header.destination_port = tuple.remote_port;
    const std::size_t size = wire::tcp_header::size + options.size();
    header.encode(skb->push(size), options);
    tcp_set_checksum(*skb, size, 0, tuple, way.features.checksum);
    const std::uint8_t hops = has_scopes<Ip> ? way.hop_limit : std::uint8_t{64};
    static_cast<void>(layer.send(net, std::move(skb), ip_header<Ip>{tuple.local, tuple.remote, wire::ip_protocol::tcp, hops, tos, true}, way));
}

/// A segment for nobody. Source: RFC 9293 section 3.10.7.1.
template <class Ip, class Net>
void tcp_refuse(Net& net, const four_tuple<Ip>& tuple, const segment& seg) noexcept {
    if (seg.has(wire::tcp_flags::rst)) return;
    const auto way = network<Ip>(net).route_to(net, tuple.remote, tuple.local, tuple.link.interface());
    if (!way) return;
    wire::tcp_header reset;
    reset.flags = wire::tcp_flags::rst;
    if (seg.has(wire::tcp_flags::ack)) {
        reset.seq = seg.ack.value();
    } else {
        reset.ack = seg.end_seq.value();
        reset.flags = reset.flags | wire::tcp_flags::ack;
    }
    tcp_send_header(net, tuple, *way, reset);
}

/// Sends our SYN, with an ACK where the peer's came before, or sends it again. Windows of SYNs are not scaled.
template <class Net, class Policies>
void tcp_send_syn(Net& net, tcp_sock<Policies>& sk) noexcept {
    if (!tcp_find_way(net, sk)) return;
    wire::tcp_header header;
    header.seq = sk.iss.value();
    header.flags = wire::tcp_flags::syn;
    sk.rcv_wnd = std::min<std::uint32_t>(std::min(sk.payload_room(), tcp_window_max(sk)), 0xffff);
    header.window = static_cast<std::uint16_t>(sk.rcv_wnd);
    if (sk.state == tcp_state::syn_received) {
        header.flags = header.flags | wire::tcp_flags::ack;
        header.ack = sk.rcv_nxt.value();
        sk.rcv_acked = sk.rcv_nxt;
    }
    if (sk.retries > 0 && sk.state == tcp_state::syn_sent) sk.ecn = false;  // perhaps it is what is not let through: section 6.1.1.1
    header.flags = header.flags | tcp_ecn_syn_flags<Policies>(sk, sk.state == tcp_state::syn_received);
    ++tcp_of(net, sk).counters.segments_out;
    tcp_send_header(net, sk.tuple, sk.way, header, tcp_syn_options(sk, tcp_advertised_mss(sk), net.now()), sk.tos);
    sk.last_sent = net.now();
}

}  // namespace weld::inline v0::stack
