// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/finish.hpp>
#include <weld/stack/tcp/receive_buffer.hpp>

namespace weld::inline v0::stack {

/// Eighth, the FIN, at its turn. Source: RFC 9293 section 3.10.7.4; tcp_fin.
template <class Net, class Policies>
void tcp_receive_fin(Net& net, tcp_sock<Policies>& sk) noexcept {
    auto& tcp = tcp_of(net, sk);
    sk.finished_reading = sk.receive_shut = true;
    sk.ack_pending = sk.ack_now = true;
    sk.wake(events::readable | events::read_hangup, net.runnable());
    switch (sk.state) {
    case tcp_state::syn_received:
    case tcp_state::established: sk.state = tcp_state::close_wait; break;
    case tcp_state::fin_wait_1:  sk.state = tcp_state::closing; break;  // an ACK of ours was looked at before
    case tcp_state::fin_wait_2:
        tcp_send_ack(net, sk);
        tcp_time_wait(net, sk, tcp_state::time_wait, tcp.limits.time_wait);
        break;
    default: break;
    }
}

/// In order: to the application. Small segments go into the packet before them, where it has room, so that a peer cannot
/// fill memory with packets of one octet. In the kernel: tcp_queue_rcv, tcp_try_coalesce.
template <class Net, class Policies>
void tcp_queue_in_order(Net& net, tcp_sock<Policies>& sk, packet_buffer skb) noexcept {
    const received_segment at = received_segment::of(*skb);
    sk.rcv_nxt = at.end_seq;
    if (!skb->empty()) {
        packet* const last = sk.receive_queue.back();
        if (last != nullptr && skb->size() <= last->tailroom() && skb->size() * 4 < skb->truesize() && !last->shared()) {
            __builtin_memcpy(last->put(skb->size()).data(), skb->data(), skb->size());
            sk.receive_queue.update(*last);
        } else {
            sk.queue_received(std::move(skb));
        }
    }
    if (at.fin) tcp_receive_fin(net, sk);
}

/// What came before its turn and has it now.
template <class Net, class Policies>
void tcp_take_out_of_order(Net& net, tcp_sock<Policies>& sk) noexcept {
    const auto forget = [&](packet_buffer old) { sk.receive_memory -= old->truesize(); };
    while (packet_buffer skb = sk.out_of_order.take(sk.rcv_nxt, forget)) {
        sk.receive_memory -= skb->truesize();  // counted again where it goes
        tcp_queue_in_order(net, sk, std::move(skb));
        if (sk.state == tcp_state::closed) return;
    }
    sk.out_of_order.acknowledge(sk.rcv_nxt);
}

/// What lies outside the window is cut off; false where nothing is left. Source: RFC 9293 section 3.10.7.4, first.
template <class Policies>
bool tcp_trim_to_window(tcp_sock<Policies>& sk, packet& skb) noexcept {
    received_segment& at = received_segment::of(skb);
    if (!out_of_order_queue::cut_front(skb, sk.rcv_nxt)) return false;
    const bool only_fin = at.fin && skb.empty() && at.seq == sk.rcv_nxt;
    const seq32 right = sk.rcv_nxt + sk.offered_window();
    if (only_fin) return true;  // it takes no room
    if (at.end_seq - at.fin > right) out_of_order_queue::cut_back(skb, right);
    return at.seq < at.end_seq && at.seq < right;
}

/// Somebody sends to a program that will not read: what comes is lost, and the peer is to know. Source: RFC 9293
/// section 3.6.1, RFC 2525 section 2.17.
template <class Policies>
bool tcp_nobody_reads(const tcp_sock<Policies>& sk, const segment& seg) noexcept {
    return (sk.orphan || sk.closing) && seg.end_seq - seg.has(wire::tcp_flags::fin) > sk.rcv_nxt;
}

/// Takes the text of one packet; true where that calls for an acknowledgement at once.
template <class Net, class Policies>
bool tcp_take_text(Net& net, tcp_sock<Policies>& sk, packet_buffer skb, bool holes) noexcept {
    if (!tcp_trim_to_window(sk, *skb) || !tcp_make_room(net, sk, *skb)) return true;
    const bool in_order = received_segment::of(*skb).seq == sk.rcv_nxt;
    if (in_order) {
        tcp_queue_in_order(net, sk, std::move(skb));
        if (holes && sk.state != tcp_state::closed) tcp_take_out_of_order(net, sk);
    } else {
        sk.receive_memory += static_cast<std::size_t>(sk.out_of_order.insert(std::move(skb)));
    }
    return !in_order || holes;
}

/// The usual case of several at once: packets that go on where the last ones ended, lie in the window and find room.
template <class Net, class Policies>
bool tcp_queue_all(Net& net, tcp_sock<Policies>& sk, packet_queue& packets) noexcept {
    const auto& tcp = tcp_of(net, sk);
    std::size_t memory = sk.receive_memory;
    for (packet& skb : packets) memory += skb.truesize();
    if (memory > sk.options.receive_buffer || tcp.memory >= tcp.limits.memory_max) return false;
    sk.receive_memory = memory;
    sk.rcv_nxt += static_cast<std::uint32_t>(packets.bytes());
    sk.receive_queue.splice_back(packets);
    return true;
}

/// The text of a packet and of its fragments, each as what it was on the wire.
template <class Net, class Policies>
bool tcp_take_texts(Net& net, tcp_sock<Policies>& sk, packet_buffer skb, const segment& seg, bool holes) noexcept {
    packet_queue text = packet_queue::detach_from(*skb);
    text.push_front(std::move(skb));
    seq32 seq = seg.seq;
    const bool usual = seq == sk.rcv_nxt && !holes && seg.length() <= sk.offered_window() && !seg.has(wire::tcp_flags::fin);
    if (usual && tcp_queue_all(net, sk, text)) [[likely]] return false;
    bool at_once = false;
    while (packet_buffer part = text.pop_front()) {
        const seq32 end = seq + static_cast<std::uint32_t>(part->size());
        const bool fin = text.empty() && seg.has(wire::tcp_flags::fin);
        received_segment::of(*part) = {seq, end + fin, fin};
        at_once |= tcp_take_text(net, sk, std::move(part), holes);
        seq = end;
    }
    return at_once;
}

/// Seventh, process the segment text. Source: RFC 9293 section 3.10.7.4; tcp_data_queue.
template <class Net, class Policies>
void tcp_process_text(Net& net, tcp_sock<Policies>& sk, packet_buffer skb, const segment& seg) noexcept {
    if (seg.length() == 0) return;
    if (!may_receive(sk.state) || seg.end_seq <= sk.rcv_nxt) return tcp_acknowledge_soon(net, sk, true);
    tcp_note_marks(sk, seg);
    if (tcp_nobody_reads(sk, seg)) return tcp_abort(net, sk, errc::connection_reset);
    tcp_measure_segment(sk, *skb);
    const bool holes = !sk.out_of_order.empty();
    const seq32 before = sk.rcv_nxt;
    bool at_once = false;
    if (skb->has_fragments()) {
        at_once = tcp_take_texts(net, sk, std::move(skb), seg, holes);
    } else {
        received_segment::of(*skb) = {seg.seq, seg.end_seq, seg.has(wire::tcp_flags::fin)};
        at_once = tcp_take_text(net, sk, std::move(skb), holes);
    }
    if (sk.rcv_nxt != before && sk.receive_queue.bytes() >= sk.options.receive_low_water) sk.wake(events::readable, net.runnable());
    tcp_acknowledge_soon(net, sk, at_once || holes);
}

/// Sixth, check the URG bit: urgent data is read in its place, and poll tells of it. Source: RFC 9293 section 3.8.5,
/// RFC 6093.
template <class Net, class Policies>
void tcp_check_urgent(Net& net, tcp_sock<Policies>& sk, const segment& seg) noexcept {
    if (!seg.has(wire::tcp_flags::urg) || !may_receive(sk.state)) return;
    const seq32 end = seg.seq + seg.urgent_pointer;
    if (sk.urgent_received && end <= sk.rcv_up) return;
    if (end <= sk.rcv_nxt) return;
    sk.rcv_up = end;
    sk.urgent_received = true;
    sk.wake(events::priority, net.runnable());
}

}  // namespace weld::inline v0::stack
