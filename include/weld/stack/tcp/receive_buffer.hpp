// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/finish.hpp>

namespace weld::inline v0::stack {

/// Asks the acknowledgement policy, which may say: later. `out_of_order`: at once.
template <class Net, class Policies>
void tcp_acknowledge_soon(Net&, tcp_sock<Policies>& sk, bool out_of_order) noexcept {
    sk.ack_pending = true;
    sk.ack_now |= out_of_order;
}

/// Learns the size of the peer's segments, and how much of its packets' memory is payload.
/// In the kernel: tcp_measure_rcv_mss, tcp_grow_window.
template <class Policies>
void tcp_measure_segment(tcp_sock<Policies>& sk, const packet& skb) noexcept {
    const std::size_t size = skb.gso_size != 0 ? skb.gso_size : skb.size();
    if (size >= sk.mss_received) {
        sk.mss_received = static_cast<std::uint16_t>(std::min<std::size_t>(size, std::max(tcp_advertised_mss(sk), sk.mss_received)));
        tcp_measure_ratio(sk, skb);
    }
}

/// Room for a packet in the receive buffer, if need be by giving up what lies out of order. What was promised by a window
/// is taken though packets prove larger than expected, up to twice the buffer. In the kernel: tcp_try_rmem_schedule.
template <class Net, class Policies>
bool tcp_make_room(Net& net, tcp_sock<Policies>& sk, const packet& skb) noexcept {
    auto& tcp = tcp_of(net, sk);
    const received_segment& at = received_segment::of(const_cast<packet&>(skb));
    const bool in_order = at.seq == sk.rcv_nxt;
    const std::size_t most = in_order ? 2 * std::size_t{sk.options.receive_buffer} : sk.options.receive_buffer;
    const auto fits = [&] { return sk.receive_memory + skb.truesize() <= most && tcp.memory < tcp.limits.memory_max; };
    while (!fits() && in_order && !sk.out_of_order.empty()) {
        packet_buffer dropped = sk.out_of_order.prune();
        sk.receive_memory -= dropped->truesize();
        ++tcp.counters.pruned;
    }
    return fits() || (in_order && sk.receive_queue.empty());
}

/// Dynamic right-sizing: a program that reads so much in a round trip gets a buffer for twice as much, so that the window
/// does not hold the sender up. Source: tcp_rcv_space_adjust; Fisk and Feng, Dynamic Right-Sizing in TCP.
template <class Net, class Policies>
void tcp_adjust_receive_buffer(Net& net, tcp_sock<Policies>& sk, std::size_t taken) noexcept {
    auto& tcp = tcp_of(net, sk);
    sk.space_taken += static_cast<std::uint32_t>(taken);
    const duration round_trip = sk.rtt.measured() ? sk.rtt.srtt() : duration::milliseconds(1);
    if (net.now() - sk.space_since < round_trip) return;
    if (sk.space_taken > sk.space_measured) {
        const std::size_t window = 2 * std::size_t{sk.space_taken} + 16 * std::size_t{sk.mss_received};
        const std::size_t wanted = std::min(window * 256 / sk.payload_ratio, tcp.limits.receive_buffer.most);
        if (!sk.fixed_receive_buffer && wanted > sk.options.receive_buffer && tcp.memory < tcp.limits.memory_pressure)
            sk.options.receive_buffer = static_cast<std::uint32_t>(wanted);
        sk.space_measured = sk.space_taken;
    }
    sk.space_taken = 0;
    sk.space_since = net.now();
}

/// About what a packet takes beside its payload.
inline constexpr std::size_t tcp_packet_overhead = 800;

/// The send buffer holds twice the congestion window, so that a program that writes late finds something on its way; by
/// what its packets really take: one that leaves piece by piece holds its memory until the last.
/// In the kernel: tcp_sndbuf_expand.
template <class Net, class Policies>
void tcp_adjust_send_buffer(Net& net, tcp_sock<Policies>& sk) noexcept {
    auto& tcp = tcp_of(net, sk);
    if (sk.fixed_send_buffer || tcp.memory >= tcp.limits.memory_pressure) return;
    const std::size_t window = std::max<std::size_t>(std::min(sk.congestion.window(), sk.snd_wnd_max), 10 * std::size_t{sk.mss});
    const std::size_t held = sk.sent.outstanding() + sk.write_queue.bytes();
    const std::size_t taken = held < sk.mss ? 0 : window * 2 * std::min(sk.write_memory, 4 * held) / held;
    const std::size_t wanted = std::min(std::max(2 * window * (sk.mss + tcp_packet_overhead) / sk.mss, taken), tcp.limits.send_buffer.most);
    if (wanted > sk.options.send_buffer) sk.options.send_buffer = static_cast<std::uint32_t>(wanted);
}

}  // namespace weld::inline v0::stack
