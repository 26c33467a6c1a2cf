// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/finish.hpp>
#include <weld/stack/tcp/syn.hpp>

namespace weld::inline v0::stack {

/// The peer does not answer any more. In the kernel: tcp_write_err.
template <class Net, class Policies>
void tcp_give_up(Net& net, tcp_sock<Policies>& sk) noexcept {
    ++tcp_of(net, sk).counters.given_up;
    tcp_fail(net, sk, sk.soft_error != errc{} ? sk.soft_error : errc::timed_out);
}

/// Whether TCP_USER_TIMEOUT is over, counted from when the silence began. Source: RFC 5482, tcp(7).
template <class Policies>
bool tcp_user_timed_out(const tcp_sock<Policies>& sk, time_point now, time_point since) noexcept {
    return sk.settings.user_timeout != duration{} && since != time_point{} && now - since >= sk.settings.user_timeout;
}

/// The SYN, or the SYN-ACK of a simultaneous open, was not answered.
template <class Net, class Policies>
void tcp_syn_timeout(Net& net, tcp_sock<Policies>& sk) noexcept {
    const tcp_limits& limits = tcp_of(net, sk).limits;
    const std::uint8_t most = sk.settings.syn_retries != 0 ? sk.settings.syn_retries : limits.syn_retries;
    if (sk.first_retransmission == time_point{}) sk.first_retransmission = sk.last_sent;
    if (sk.retries >= most || tcp_user_timed_out(sk, net.now(), sk.first_retransmission)) return tcp_give_up(net, sk);
    ++sk.retries;
    ++sk.backoff;
    sk.rtt.fall_back();
    tcp_send_syn(net, sk);
    sk.pending = timer_purpose::retransmit;
    sk.retransmit_timer.set(net, net.now() + std::min(limits.rto_initial * (std::int64_t{1} << std::min<int>(sk.backoff, 20)), limits.rto_max));
}

/// Nothing came back in time: what is on its way is taken for lost, and the first of it is sent again. A peer that has shut
/// its window meanwhile is asked for as long as it answers. Source: RFC 6298 section 5, RFC 5681 section 3.1.
template <class Net, class Policies>
void tcp_retransmission_timeout(Net& net, tcp_sock<Policies>& sk) noexcept {
    auto& tcp = tcp_of(net, sk);
    if (sk.sent.empty()) return;
    const int most = sk.orphan ? tcp.limits.orphan_retries : tcp.limits.retries_2;
    const bool silent = sk.snd_wnd != 0 || net.now() - sk.last_received > tcp.limits.rto_max;
    if (silent && (sk.retries >= most || tcp_user_timed_out(sk, net.now(), sk.first_retransmission))) return tcp_give_up(net, sk);
    if (sk.retries == tcp.limits.retries_1) sk.way = {};  // perhaps another way is better
    if (sk.retries == 0) sk.congestion.on_rto(sk.sent.outstanding());
    tcp_note_reduction(sk);
    sk.recovering = recovery_state::loss;
    sk.recovery_point = sk.snd_nxt;
    sk.sent.mark_all_lost();
    sk.recovery.on_rto();
    ++tcp.counters.timeouts;
    if (sk.retries < 255) ++sk.retries;
    if (sk.backoff < 32) ++sk.backoff;
    tcp_retransmit(net, sk, *sk.sent.front());
    if (sk.first_retransmission == time_point{}) sk.first_retransmission = net.now();  // without a way the attempt counts
    tcp_arm_retransmit(net, sk, timer_purpose::retransmit);
}

/// The window is shut, or too small for a segment: asks again, or sends what fits. It goes on as long as the peer answers.
/// Source: RFC 9293 section 3.8.6.1; tcp_write_wakeup.
template <class Net, class Policies>
void tcp_window_probe(Net& net, tcp_sock<Policies>& sk) noexcept {
    const tcp_limits& limits = tcp_of(net, sk).limits;
    const int most = sk.orphan ? limits.orphan_retries : limits.retries_2;
    packet* const first = sk.write_queue.front();
    if (first == nullptr || !sk.sent.empty()) return;
    if (sk.probes_out >= most || (sk.probes_out > 0 && tcp_user_timed_out(sk, net.now(), sk.last_received))) return tcp_give_up(net, sk);
    ++sk.probes_out;
    if (sk.backoff < 32) ++sk.backoff;
    const auto octets = std::min<std::size_t>({sk.snd_wnd, first->total_size(), tcp_current_mss(sk)});
    if (octets == 0 && !first->empty()) {
        tcp_send_probe(net, sk);
    } else if (octets == first->total_size()) {
        tcp_send_first(net, sk, sk.write_queue.pop_front());
    } else if (packet_buffer part = tcp_cut_front(net, sk, *first, octets)) {
        sk.write_queue.update(*first);
        tcp_send_first(net, sk, std::move(part));
    }
    tcp_arm_retransmit(net, sk, sk.sent.empty() ? timer_purpose::persist : timer_purpose::retransmit);
}

/// Nothing has been heard of the tail: something new, or its last segment again, brings an answer that tells.
/// Source: RFC 8985 section 7.3; tcp_send_loss_probe.
template <class Net, class Policies>
void tcp_loss_probe(Net& net, tcp_sock<Policies>& sk) noexcept {
    if (sk.sent.empty()) return;
    const seq32 before = sk.snd_nxt;
    if (packet* const first = sk.write_queue.front()) {
        const auto size = static_cast<std::uint32_t>(first->total_size());
        if (size <= sk.mss && sk.snd_nxt + size <= sk.window_end()) tcp_send_first(net, sk, sk.write_queue.pop_front());
    }
    if (sk.snd_nxt == before) tcp_retransmit(net, sk, *sk.sent.back());
    if constexpr (requires { sk.recovery.on_probe(); }) sk.recovery.on_probe();
    tcp_arm_retransmit(net, sk, timer_purpose::retransmit);
}

/// The time in which reordering would have shown is over: what is still missing is lost. Source: RFC 8985 section 6.3.
template <class Net, class Policies>
void tcp_reordering_timeout(Net& net, tcp_sock<Policies>& sk) noexcept {
    if (sk.sent.empty()) return;
    tcp_adapt(net, sk, sk.sent.outstanding(), 0, 0, false);
    if (sk.sent.lost() != 0) tcp_retransmit_lost(net, sk);
    if (sk.pending == timer_purpose::none) tcp_arm_retransmit(net, sk, timer_purpose::retransmit);
}

/// The retransmission timer, whatever it was set for.
template <class Net, class Policies>
void tcp_on_retransmit_timer(Net& net, tcp_sock<Policies>& sk) noexcept {
    if (is(sk.state, tcp_state::syn_sent, tcp_state::syn_received)) return tcp_syn_timeout(net, sk);
    switch (std::exchange(sk.pending, timer_purpose::none)) {
    case timer_purpose::retransmit: return tcp_retransmission_timeout(net, sk);
    case timer_purpose::persist:    return tcp_window_probe(net, sk);
    case timer_purpose::probe:      return tcp_loss_probe(net, sk);
    case timer_purpose::reorder:    return tcp_reordering_timeout(net, sk);
    default: return;
    }
}

/// An ACK has waited long enough for data to ride on.
template <class Net, class Policies>
void tcp_on_ack_timer(Net& net, tcp_sock<Policies>& sk) noexcept {
    if (sk.ack_pending) tcp_send_ack(net, sk);
}

/// When to look after a connection on which nothing happens.
template <class Net, class Policies>
duration tcp_keepalive_time(Net& net, const tcp_sock<Policies>& sk) noexcept {
    return sk.settings.keepalive_time != duration{} ? sk.settings.keepalive_time : tcp_of(net, sk).limits.keepalive_time;
}
template <class Net, class Policies>
void tcp_set_keepalive(Net& net, tcp_sock<Policies>& sk) noexcept {
    if (!sk.options.keep_alive) return;
    if (is_synchronized(sk.state)) sk.keepalive_timer.set(net, net.now() + tcp_keepalive_time(net, sk));
}

/// Nothing has come for so long: asks, and after so many questions gives up. Source: RFC 9293 section 3.8.4.
template <class Net, class Policies>
void tcp_keepalive(Net& net, tcp_sock<Policies>& sk) noexcept {
    const tcp_limits& limits = tcp_of(net, sk).limits;
    const time_point now = net.now();
    const duration idle = tcp_keepalive_time(net, sk), silence = now - sk.last_received;
    if (!sk.options.keep_alive) return;
    if (!sk.sent.empty() || sk.has_unsent()) return sk.keepalive_timer.set(net, now + idle);  // another timer watches
    if (silence < idle) return sk.keepalive_timer.set(net, sk.last_received + idle);
    const std::uint8_t most = sk.settings.keepalive_probes != 0 ? sk.settings.keepalive_probes : limits.keepalive_probes;
    const bool over = sk.settings.user_timeout != duration{} ? silence >= sk.settings.user_timeout && sk.probes_out > 0 : sk.probes_out >= most;
    if (over) {
        tcp_send_active_reset(net, sk);
        return tcp_give_up(net, sk);
    }
    ++sk.probes_out;
    tcp_send_probe(net, sk);
    const duration interval = sk.settings.keepalive_interval != duration{} ? sk.settings.keepalive_interval : limits.keepalive_interval;
    sk.keepalive_timer.set(net, now + interval);
}

/// The slow timer: a peer that does not end its half, or one that may be gone.
template <class Net, class Policies>
void tcp_on_keepalive_timer(Net& net, tcp_sock<Policies>& sk) noexcept {
    if (sk.orphan && sk.state == tcp_state::fin_wait_2) return tcp_abort(net, sk, errc::timed_out);
    if (is_synchronized(sk.state)) tcp_keepalive(net, sk);
}

}  // namespace weld::inline v0::stack
