// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/open.hpp>

namespace weld::inline v0::stack {

/// shutdown(2). Errors: not_connected. Source: inet_shutdown, net/ipv4/af_inet.c.
template <class Net, class Policies>
result<> tcp_shutdown(Net& net, tcp_sock<Policies>& sk, shutdown_type how) noexcept {
    const bool reading = how != shutdown_type::write, writing = how != shutdown_type::read;
    switch (sk.state) {
    case tcp_state::closed: return errc::not_connected;
    case tcp_state::listen:
        if (!reading) return {};
        tcp_stop_listening(net, sk);
        sk.state = tcp_state::closed;
        sk.port.listening = false;
        if (!sk.port_locked) tcp_of(net, sk).ports.release(sk.port);
        sk.wake(events::readable | events::hangup, net.runnable());
        return {};
    case tcp_state::syn_sent:
        tcp_done(net, sk);
        return {};
    default: break;
    }
    if (reading) sk.receive_shut = true;
    if (writing && !sk.send_shut) tcp_end_sending(net, sk);
    sk.wake(events::readable | events::writable | events::read_hangup | (sk.receive_shut && sk.send_shut ? events::hangup : events::none), net.runnable());
    return {};
}

/// close(2) of a connection: what was sent still arrives, unless the program left something unread, or asked for a reset
/// by SO_LINGER with no time, or there are too many orphans. Source: __tcp_close, net/ipv4/tcp.c; RFC 2525 section 2.17.
template <class Net, class Policies>
void tcp_close_connection(Net& net, tcp_sock<Policies>& sk) noexcept {
    auto& tcp = tcp_of(net, sk);
    const bool unread = sk.receive_queue.bytes() != 0;
    sk.receive_shut = true;
    sk.receive_memory = 0;
    sk.receive_queue.clear();
    for (packet_buffer skb = sk.out_of_order.prune(); skb; skb = sk.out_of_order.prune()) {}
    tcp_count_memory(net, sk);
    if (sk.state == tcp_state::closed) return;
    if (unread || sk.options.linger == 0 || tcp.orphans > tcp.limits.orphans) return tcp_abort(net, sk, errc{});
    if (sk.state == tcp_state::syn_sent) return tcp_abort(net, sk, errc{});
    if (!sk.send_shut) tcp_end_sending(net, sk);
    else if (sk.orphan && sk.state == tcp_state::fin_wait_2) tcp_wait_for_fin(net, sk, false);
}

/// The first half of close(2), for those who wait for the peer. False where there is nothing to wait for. The
/// peer's own end is not waited for. In the kernel: __tcp_close up to sk_stream_wait_close.
template <class Net, class Policies>
bool tcp_begin_close(Net& net, tcp_sock<Policies>& sk) noexcept {
    if (is(sk.state, tcp_state::closed, tcp_state::listen)) return false;
    sk.closing = true;
    tcp_close_connection(net, sk);
    return tcp_part<Policies>::is_closing(sk);
}

/// The last handle is gone. Whoever wants to wait for the peer has done so before.
template <class Net, class Policies>
void tcp_close(Net& net, tcp_sock<Policies>& sk) noexcept {
    auto& tcp = tcp_of(net, sk);
    sk.orphan = true;
    ++tcp.orphans;
    if (sk.state == tcp_state::listen) {
        tcp_stop_listening(net, sk);
        sk.state = tcp_state::closed;
    } else {
        tcp_close_connection(net, sk);
    }
    tcp.reap(net, sk);
}

}  // namespace weld::inline v0::stack
