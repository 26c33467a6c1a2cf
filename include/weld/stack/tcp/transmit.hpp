// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/path.hpp>
#include <weld/stack/tcp/receive_window.hpp>
#include <weld/stack/tcp/segment.hpp>

namespace weld::inline v0::stack {

template <class Policies>
class tcp_part;

/// The part that a sock belongs to.
template <class Net, class Policies>
auto& tcp_of(Net& net, const tcp_sock<Policies>&) noexcept { return net.template part<tcp_part<Policies>>(); }

/// The clock of timestamps: milliseconds, plus an offset that tells peers nothing of our uptime. Source: RFC 7323
/// section 5.4, and 7.1 for the offset.
inline std::uint32_t tcp_clock(time_point now, std::uint32_t offset) noexcept {
    return static_cast<std::uint32_t>(now.since_start().milliseconds()) + offset;
}

/// Fills in the checksum, or leaves it to a device that does. `payload` is the payload's sum.
template <class Ip>
void tcp_set_checksum(packet& skb, std::size_t header_size, std::uint32_t payload, const four_tuple<Ip>& tuple, bool by_device) noexcept {
    const auto length = static_cast<std::uint32_t>(skb.size());
    std::uint32_t sum = checksum::pseudo_header(tuple.local, tuple.remote, wire::ip_protocol::tcp, length);
    if (by_device) {
        skb.set_partial_checksum(0, wire::tcp_header::checksum_offset);
        store_be<std::uint16_t>(skb.data() + wire::tcp_header::checksum_offset, checksum::fold(sum));
        return;
    }
    sum = checksum::add(sum, checksum::sum(skb.bytes().first(header_size)));
    store_be<std::uint16_t>(skb.data() + wire::tcp_header::checksum_offset, checksum::finish(checksum::add(sum, payload)));
    skb.checksum = checksum_state::none;
}

/// Hands a segment with its header to the network layer. In the kernel: ip_queue_xmit.
template <class Net, class Policies>
result<> tcp_hand_down(Net& net, tcp_sock<Policies>& sk, packet_buffer skb, std::size_t header_size, std::uint32_t payload) noexcept {
    using ip = typename Policies::ip;
    tcp_set_checksum(*skb, header_size, payload, sk.tuple, sk.way.features.checksum || skb->gso_size != 0);
    const ip_header<ip> header{sk.tuple.local, sk.tuple.remote, wire::ip_protocol::tcp, sk.ttl, static_cast<std::uint8_t>(sk.tos | tcp_ecn_codepoint(sk)), sk.dont_fragment};
    ++tcp_of(net, sk).counters.segments_out;
    return network<ip>(net).send(net, std::move(skb), header, sk.way);
}

/// The header's fields that every segment of a connection has, and what an ACK tells; from here on it has been told.
template <class Net, class Policies>
wire::tcp_header tcp_make_header(Net& net, tcp_sock<Policies>& sk, seq32 seq, wire::tcp_flags flags) noexcept {
    wire::tcp_header header{sk.tuple.local_port, sk.tuple.remote_port, seq.value(), 0, flags, 0, 0, 0};
    if (!any(flags & wire::tcp_flags::ack)) return header;
    header.ack = sk.rcv_nxt.value();
    sk.rcv_wnd = tcp_select_window(sk);
    if (sk.ack_pending || sk.rcv_acked != sk.rcv_nxt) {
        sk.ack_pending = sk.ack_now = false;
        sk.totals.bytes_received += sk.rcv_nxt - sk.rcv_acked;
        sk.rcv_acked = sk.rcv_nxt;
        sk.ack_timer.stop();
        sk.acknowledgement.on_ack_sent();
    }
    header.window = static_cast<std::uint16_t>(sk.rcv_wnd >> sk.rcv_wscale);
    if (sk.urgent_sent && seq < sk.snd_up) {
        header.flags = header.flags | wire::tcp_flags::urg;
        header.urgent_pointer = static_cast<std::uint16_t>(std::min<std::uint32_t>(sk.snd_up - seq, 0xffff));
    }
    static_cast<void>(net);
    return header;
}

/// The options of every segment but a SYN: timestamps, and SACK blocks where they fit beside the payload.
template <class Net, class Policies>
wire::tcp_options tcp_make_options(Net& net, const tcp_sock<Policies>& sk, std::size_t payload) noexcept {
    wire::tcp_options options;
    if constexpr (Policies::options.timestamps) {
        if (sk.timestamps) {
            options.has_timestamps = true;
            options.tsval = tcp_clock(net.now(), sk.ts_offset);
            options.tsecr = sk.ts_recent;
        }
    }
    if constexpr (Policies::options.sack) {
        if (sk.selective && !sk.out_of_order.sacks().empty()) {
            const std::size_t used = Policies::ip::header_size + wire::tcp_header::size + options.size() + payload + 4;
            sk.out_of_order.sacks().write(options, sk.way.mtu > used ? (sk.way.mtu - used) / 8 : 0);
        }
    }
    return options;
}

/// The payload's sum, which send() has mostly made while it copied.
inline std::uint32_t tcp_payload_sum(const packet& skb) noexcept {
    if (skb.empty()) return 0;
    return skb.checksum == checksum_state::complete ? skb.csum : checksum::sum(skb.bytes());
}

/// Sends a segment of a connection; it has room for its header and may be written to. In the kernel: __tcp_transmit_skb.
template <class Net, class Policies>
result<> tcp_transmit(Net& net, tcp_sock<Policies>& sk, packet_buffer skb, seq32 seq, wire::tcp_flags flags) noexcept {
    sk.totals.sent(*skb);
    flags = flags | tcp_ecn_mark(sk, seq, skb->size());
    const wire::tcp_options options = tcp_make_options(net, sk, skb->size());
    const bool by_device = sk.way.features.checksum || skb->gso_size != 0;
    const std::uint32_t payload = by_device ? 0 : tcp_payload_sum(*skb);
    const std::size_t size = wire::tcp_header::size + options.size();
    tcp_make_header(net, sk, seq, flags).encode(skb->push(size), options);
    return tcp_hand_down(net, sk, std::move(skb), size, payload);
}

/// A packet of no payload.
template <class Net, class Policies>
packet_buffer tcp_empty_packet(Net& net, const tcp_sock<Policies>& sk) noexcept {
    const std::size_t headroom = tcp_headroom(net, sk);
    return packet_buffer::allocate(net.packets(), headroom, headroom);
}

/// A sequence number that the peer will not throw away, though its window may have shrunk. In the kernel: the same name.
template <class Policies>
seq32 tcp_acceptable_seq(const tcp_sock<Policies>& sk) noexcept {
    return earlier(sk.snd_nxt, later(sk.window_end(), sk.snd_una));
}

/// Acknowledges now; where there is no memory, soon.
template <class Net, class Policies>
void tcp_send_ack(Net& net, tcp_sock<Policies>& sk) noexcept {
    if (is(sk.state, tcp_state::closed, tcp_state::listen)) return;
    if (!tcp_find_way(net, sk)) return sk.ack_timer.stop();  // lost on the way: the peer will ask again
    packet_buffer skb = tcp_empty_packet(net, sk);
    if (!skb) {
        sk.ack_pending = true;
        return sk.ack_timer.set(net, net.now() + tcp_of(net, sk).limits.delayed_ack);
    }
    static_cast<void>(tcp_transmit(net, sk, std::move(skb), tcp_acceptable_seq(sk), wire::tcp_flags::ack));
}

/// Asks for an ACK by an octet that has been acknowledged: of a window that is shut, of a peer that keeps silent.
/// Source: RFC 9293 sections 3.8.4 and 3.8.6.1; tcp_xmit_probe_skb.
template <class Net, class Policies>
void tcp_send_probe(Net& net, tcp_sock<Policies>& sk) noexcept {
    packet_buffer skb = tcp_empty_packet(net, sk);
    if (!skb || !tcp_find_way(net, sk)) return;
    static_cast<void>(tcp_transmit(net, sk, std::move(skb), sk.snd_una - 1, wire::tcp_flags::ack));
}

/// Tells a peer that may be a stranger where we stand; not often. Source: RFC 5961 section 7.
template <class Net, class Policies>
void tcp_send_challenge_ack(Net& net, tcp_sock<Policies>& sk) noexcept {
    auto& tcp = tcp_of(net, sk);
    const time_point now = net.now();
    if (sk.last_challenge != time_point{} && now - sk.last_challenge < tcp.limits.challenge_ack_spacing) return;
    if (!tcp.may_challenge(net)) return;
    sk.last_challenge = now;
    ++tcp.counters.challenge_acks;
    tcp_send_ack(net, sk);
}

/// Ends the connection for the peer. In the kernel: tcp_send_active_reset.
template <class Net, class Policies>
void tcp_send_active_reset(Net& net, tcp_sock<Policies>& sk) noexcept {
    packet_buffer skb = tcp_empty_packet(net, sk);
    if (!skb || !tcp_find_way(net, sk)) return;
    ++tcp_of(net, sk).counters.resets_out;
    static_cast<void>(tcp_transmit(net, sk, std::move(skb), tcp_acceptable_seq(sk), wire::tcp_flags::rst | wire::tcp_flags::ack));
}

}  // namespace weld::inline v0::stack
