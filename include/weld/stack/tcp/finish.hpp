// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/output.hpp>
#include <weld/stack/tcp/timewait_sock.hpp>

namespace weld::inline v0::stack {

/// What the net counts as TCP's memory follows what a sock holds.
template <class Net, class Policies>
void tcp_count_memory(Net& net, tcp_sock<Policies>& sk) noexcept {
    auto& tcp = tcp_of(net, sk);
    const std::size_t holds = sk.write_memory + sk.receive_memory;
    tcp.memory += holds - sk.counted_memory;
    sk.counted_memory = holds;
}

/// Nothing of what was to be sent will be.
template <class Policies>
void tcp_drop_unsent(tcp_sock<Policies>& sk) noexcept {
    sk.write_queue.clear();
    sk.sent.clear();
    sk.write_memory = 0;
    sk.pending = timer_purpose::none;
    sk.retransmit_timer.stop();
    static_cast<blocked_tcp_sock&>(sk).unlink();
}

/// CLOSED. What has arrived may still be read; the sock itself goes when its last handle has, see tcp_part::reap.
/// In the kernel: tcp_done.
template <class Net, class Policies>
void tcp_done(Net& net, tcp_sock<Policies>& sk) noexcept {
    auto& tcp = tcp_of(net, sk);
    sk.state = tcp_state::closed;
    tcp_drop_unsent(sk);
    for (packet_buffer skb = sk.out_of_order.prune(); skb; skb = sk.out_of_order.prune()) sk.receive_memory -= skb->truesize();
    for (sock_timer* t : {&sk.retransmit_timer, &sk.ack_timer, &sk.keepalive_timer}) {
        t->stop();
        t->cancel();
    }
    tcp.connections.remove(sk);
    if (!sk.port_locked) tcp.ports.release(sk.port);
    sk.receive_shut = sk.send_shut = true;
    tcp_count_memory(net, sk);
    sk.wake(events::readable | events::writable | events::hangup | events::read_hangup, net.runnable());
}

/// The connection has failed.
template <class Net, class Policies>
void tcp_fail(Net& net, tcp_sock<Policies>& sk, errc why) noexcept {
    sk.error = why;
    tcp_done(net, sk);
    sk.wake(events::error, net.runnable());
}

/// Fails it, and tells the peer. In the kernel: tcp_disconnect, tcp_abort.
template <class Net, class Policies>
void tcp_abort(Net& net, tcp_sock<Policies>& sk, errc why) noexcept {
    if (is_synchronized(sk.state) || sk.state == tcp_state::syn_received) tcp_send_active_reset(net, sk);
    tcp_fail(net, sk, why);
}

/// A RST that is believed. Source: RFC 9293 section 3.10.7.4, tcp_reset.
template <class Net, class Policies>
void tcp_reset(Net& net, tcp_sock<Policies>& sk) noexcept {
    ++tcp_of(net, sk).counters.resets_in;
    switch (sk.state) {
    case tcp_state::syn_sent: return tcp_fail(net, sk, errc::connection_refused);
    case tcp_state::close_wait: return tcp_fail(net, sk, errc::broken_pipe);
    default: return tcp_fail(net, sk, errc::connection_reset);
    }
}

/// Our FIN goes behind the last octet. In the kernel: tcp_send_fin.
template <class Net, class Policies>
void tcp_send_fin(Net& net, tcp_sock<Policies>& sk) noexcept {
    packet* last = sk.write_queue.back();
    if (last == nullptr) {
        packet_buffer skb = tcp_empty_packet(net, sk);
        if (!skb) return tcp_abort(net, sk, errc::no_buffer_space);
        last = skb.get();
        sk.write_memory += skb->truesize();
        sk.write_queue.push_back(std::move(skb));
    }
    sent_segment::of(*last).flags = sent_segment::of(*last).flags | wire::tcp_flags::fin;
    tcp_push(net, sk);
}

/// Our half of the connection ends: RFC 9293 section 3.10.4. In the kernel: tcp_close_state.
template <class Net, class Policies>
void tcp_end_sending(Net& net, tcp_sock<Policies>& sk) noexcept {
    sk.send_shut = true;
    if (sk.state == tcp_state::established) sk.state = tcp_state::fin_wait_1;
    else if (sk.state == tcp_state::close_wait) sk.state = tcp_state::last_ack;
    else return;  // SYN-RECEIVED: when it is established; the others: done
    tcp_send_fin(net, sk);
}

/// The sock ends and a timewait_sock stands for it. Without room for one it just ends, as in the kernel.
template <class Net, class Policies>
void tcp_time_wait(Net& net, tcp_sock<Policies>& sk, tcp_state substate, duration lasting) noexcept {
    auto& tcp = tcp_of(net, sk);
    if (timewait_sock<Policies>* const rest = tcp.make_timewait(net)) {
        rest->tuple = sk.tuple;
        rest->substate = substate;
        rest->snd_nxt = sk.snd_nxt;
        rest->rcv_nxt = sk.rcv_nxt;
        rest->rcv_wnd = sk.offered_window();
        rest->rcv_wscale = sk.rcv_wscale;
        rest->tos = sk.tos;
        rest->timestamps = sk.timestamps;
        rest->ts_recent = sk.ts_recent;
        rest->ts_recent_at = sk.ts_recent_at;
        rest->ts_offset = sk.ts_offset;
        rest->port.address = sk.tuple.local;
        if (sk.port_locked) static_cast<void>(tcp.ports.inherit(rest->port, sk.port));
        else if (sk.port.bound()) tcp.ports.pass_on(sk.port, rest->port);
        tcp.connections.remove(sk);
        tcp.connections.insert(*rest);
        rest->timer.set(net, net.now() + lasting);
    }
    tcp_done(net, sk);
}

/// FIN-WAIT-2 and nobody is left to read: the peer has so long to end its half. The sock stays where a segment is at hand
/// that may be that end. In the kernel: tcp_fin_time and its use.
template <class Net, class Policies>
void tcp_wait_for_fin(Net& net, tcp_sock<Policies>& sk, bool more_at_hand) noexcept {
    const duration patience = sk.settings.fin_timeout != duration{} ? sk.settings.fin_timeout : tcp_of(net, sk).limits.fin_timeout;
    if (patience < duration{}) return tcp_abort(net, sk, errc{});
    if (more_at_hand) return sk.keepalive_timer.set(net, net.now() + patience);
    tcp_time_wait(net, sk, tcp_state::fin_wait_2, patience);
}

}  // namespace weld::inline v0::stack
