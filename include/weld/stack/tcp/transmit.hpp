// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_queue.hpp>
#include <weld/stack/link/header_sum.hpp>
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
    sum = checksum::add(sum, header_sum(skb.data(), header_size));
    store_be<std::uint16_t>(skb.data() + wire::tcp_header::checksum_offset, checksum::finish(checksum::add(sum, payload)));
    skb.checksum = checksum_state::none;
}

/// Whether somebody below sums a packet up: a device, or who splits what has become larger than a segment.
template <class Policies>
bool tcp_leaves_checksum(const tcp_sock<Policies>& sk, const packet& skb) noexcept {
    return sk.way.device_sums || (skb.gso_size != 0 && !skb.has_fragments());
}

/// The hop limit of what a sock sends. In the kernel: ip6_dst_hoplimit, where nobody has chosen one.
template <class Policies>
constexpr std::uint8_t tcp_hops(const tcp_sock<Policies>& sk) noexcept {
    if constexpr (has_scopes<typename Policies::ip>) return sk.hops_chosen ? sk.ttl : sk.way.hop_limit;
    else return sk.ttl;
}

/// Hands a segment with its header to the network layer. In the kernel: ip_queue_xmit.
template <class Net, class Policies>
result<> tcp_hand_down(Net& net, tcp_sock<Policies>& sk, packet_buffer skb, std::size_t header_size, std::uint32_t payload) noexcept {
    using ip = typename Policies::ip;
    tcp_set_checksum(*skb, header_size, payload, sk.tuple, tcp_leaves_checksum(sk, *skb));
    const ip_header<ip> header{sk.tuple.local, sk.tuple.remote, wire::ip_protocol::tcp, tcp_hops(sk), static_cast<std::uint8_t>(sk.tos | tcp_ecn_codepoint(sk)), sk.dont_fragment};
    tcp_of(net, sk).counters.segments_out += 1 + skb->fragment_count();
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

/// What the segments of a train have in common in their headers, and that sum: in the order in which this machine reads,
/// which it may have as long as it is stored so (RFC 1071 section 2).
template <class Policies>
class tcp_header_template {
public:
    /// `first` is the header that leaves first; its checksum field is zero.
    tcp_header_template(const tcp_sock<Policies>& sk, const std::byte* first, std::size_t size) noexcept
        : first_{first}, size_{size}, window_{load_be<std::uint32_t>(first + 12) & 0xff00'ffff}, by_device_{sk.way.device_sums} {
        const std::uint32_t pseudo = checksum::pseudo_header(sk.tuple.local, sk.tuple.remote, wire::ip_protocol::tcp, 0);
        pseudo_ = byte_swap(checksum::fold(pseudo));
        const std::uint32_t varying = checksum::add(load_be<std::uint32_t>(first + 4), load_be<std::uint32_t>(first + 12));
        rest_ = pseudo_ + byte_swap(checksum::fold(checksum::subtract(header_sum(first, size), varying)));
    }
    /// Puts the header before a segment's payload, of which the sum is known where no device sums.
    void write(packet& skb, seq32 seq, wire::tcp_flags flags) const noexcept {
        const std::uint32_t payload = by_device_ ? 0 : tcp_payload_sum(skb);
        std::byte* const to = skb.push(size_).data();
        if (size_ == 32) [[likely]] __builtin_memcpy(to, first_, 32);  // with timestamps: inlined
        else __builtin_memcpy(to, first_, size_);
        const std::uint32_t place = byte_swap(seq.value()), word = byte_swap(window_ | std::uint32_t{static_cast<std::uint8_t>(flags)} << 16);
        __builtin_memcpy(to + 4, &place, sizeof place);
        __builtin_memcpy(to + 12, &word, sizeof word);
        const std::uint64_t length = byte_swap(static_cast<std::uint16_t>(skb.size()));
        std::uint16_t field = checksum::detail::fold_native(pseudo_ + length);
        if (by_device_) skb.set_partial_checksum(0, wire::tcp_header::checksum_offset);
        else {
            field = static_cast<std::uint16_t>(~checksum::detail::fold_native(rest_ + length + place + word + byte_swap(payload)));
            skb.checksum = checksum_state::none;
        }
        __builtin_memcpy(to + wire::tcp_header::checksum_offset, &field, sizeof field);
    }

private:
    const std::byte* first_;
    std::size_t size_;
    std::uint32_t window_;  // and the header's length
    std::uint64_t pseudo_;
    std::uint64_t rest_;
    bool by_device_;
};

/// Gives the fragments of a packet headers of their own: what they carry is in their sent_segment, and `all` on all.
template <class Policies>
void tcp_repeat_header(const tcp_sock<Policies>& sk, packet& first, std::size_t size, wire::tcp_flags all) noexcept {
    const tcp_header_template header{sk, first.data(), size};
    first.for_each_fragment([&](packet& skb) {
        const sent_segment& at = sent_segment::of(skb);
        header.write(skb, at.seq, at.flags | all | wire::tcp_flags::ack);
    });
}

/// Sends a segment of a connection; it has room for its header and may be written to. What it has as fragments are the
/// segments behind it. In the kernel: __tcp_transmit_skb.
template <class Net, class Policies>
result<> tcp_transmit(Net& net, tcp_sock<Policies>& sk, packet_buffer skb, seq32 seq, wire::tcp_flags flags) noexcept {
    sk.totals.sent(*skb);
    const std::size_t octets = skb->size() + skb->fragment_bytes();
    flags = flags | tcp_ecn_mark(sk, seq, octets);
    const wire::tcp_options options = tcp_make_options(net, sk, octets);
    const std::uint32_t payload = tcp_leaves_checksum(sk, *skb) ? 0 : tcp_payload_sum(*skb);
    const std::size_t size = wire::tcp_header::size + options.size();
    tcp_make_header(net, sk, seq, flags).encode(skb->push(size), options);
    if (skb->has_fragments()) tcp_repeat_header(sk, *skb, size, flags & wire::tcp_flags::ece);
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
