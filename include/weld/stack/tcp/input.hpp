// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/crossing.hpp>
#include <weld/stack/tcp/input_ack.hpp>
#include <weld/stack/tcp/input_text.hpp>
#include <weld/stack/tcp/timers.hpp>

namespace weld::inline v0::stack {

/// A segment for a connection that is being confirmed, or was. Source: RFC 9293 section 3.10.7.4, "Otherwise", its steps in its order.
template <class Net, class Policies>
void tcp_rcv(Net& net, tcp_sock<Policies>& sk, packet_buffer skb, segment& seg) noexcept {
    const auto crossing = cross(net, layer::proto, "tcp_rcv", "tcp_v4_rcv, tcp_rcv_state_process", skb->size());
    sk.totals.received(*skb);
    if (!tcp_as_predicted(sk, seg)) {
        if (!tcp_check_sequence(net, sk, seg)) return;                                       // first
        if (seg.has(wire::tcp_flags::rst)) return tcp_check_reset(net, sk, seg);             // second; third is obsolete
        if (seg.has(wire::tcp_flags::syn) && !tcp_check_syn(net, sk, seg)) return;           // fourth
        if (!seg.has(wire::tcp_flags::ack)) return;                                          // fifth
        if (sk.state == tcp_state::syn_received && !tcp_check_confirmation(net, sk, seg)) return;
    }
    sk.last_received = net.now();
    tcp_note_timestamp(net, sk, seg);
    if (!tcp_check_ack(net, sk, seg)) return;
    tcp_check_urgent(net, sk, seg);                                                          // sixth
    tcp_process_text(net, sk, std::move(skb), seg);                                          // seventh, eighth
    tcp_answer(net, sk);
}

/// What comes next on a connection where all goes well: then only data and acknowledgements are left to look at.
/// Source: Jacobson, Braden and Zhang, RFC 1185 appendix B; header prediction, tcp_rcv_established.
template <class Policies>
bool tcp_as_predicted(const tcp_sock<Policies>& sk, const segment& seg) noexcept {
    constexpr auto relevant = static_cast<wire::tcp_flags>(0x37);  // all but PSH, ECE and CWR
    return sk.state == tcp_state::established && (seg.flags & relevant) == wire::tcp_flags::ack && seg.seq == sk.rcv_nxt &&
           seg.length() <= sk.offered_window() && seg.options.has_timestamps == sk.timestamps &&
           static_cast<std::int32_t>(seg.options.tsval - sk.ts_recent) >= 0;
}

/// First, check the sequence number: does it overlap what we may receive, or what was acknowledged last? And is it newer
/// than what came before? Source: RFC 9293 section 3.10.7.4, RFC 7323 section 5.3; tcp_sequence, tcp_validate_incoming.
template <class Net, class Policies>
bool tcp_check_sequence(Net& net, tcp_sock<Policies>& sk, const segment& seg) noexcept {
    const bool rst = seg.has(wire::tcp_flags::rst);
    const bool old = sk.is_old(seg.options, net.now()) && !rst;
    const bool acceptable = seg.end_seq >= sk.rcv_acked && seg.seq <= sk.rcv_nxt + sk.offered_window();
    if (acceptable && !old) return true;
    if (rst) return false;
    if (seg.length() == 0) tcp_send_challenge_ack(net, sk);  // two that answer each other like this would never end
    else tcp_send_ack(net, sk);
    return false;
}

/// Second, check the RST bit: only one that hits exactly is believed, so that guessing is hard. Source: RFC 9293 section
/// 3.10.7.4, RFC 5961 section 3.
template <class Net, class Policies>
void tcp_check_reset(Net& net, tcp_sock<Policies>& sk, const segment& seg) noexcept {
    if (seg.seq == sk.rcv_nxt) return sk.state == tcp_state::syn_received ? tcp_fail(net, sk, errc::connection_refused) : tcp_reset(net, sk);
    tcp_send_challenge_ack(net, sk);
}

/// Fourth, check the SYN bit: the second SYN of a simultaneous open confirms the first; any other is answered by where we
/// stand, and the peer may then reset. Source: RFC 9293 section 3.10.7.4, RFC 5961 section 4.
template <class Net, class Policies>
bool tcp_check_syn(Net& net, tcp_sock<Policies>& sk, segment& seg) noexcept {
    const bool second = sk.state == tcp_state::syn_received && seg.has(wire::tcp_flags::ack) && seg.seq + 1 == sk.rcv_nxt;
    if (!second) {
        tcp_send_challenge_ack(net, sk);
        return false;
    }
    seg.seq += 1;
    return true;
}

/// Fifth in SYN-RECEIVED: the peer confirms our SYN. Source: RFC 9293 section 3.10.7.4.
template <class Net, class Policies>
bool tcp_check_confirmation(Net& net, tcp_sock<Policies>& sk, const segment& seg) noexcept {
    if (seg.ack <= sk.snd_una || seg.ack > sk.snd_nxt) {
        tcp_refuse(net, sk.tuple, seg);
        return false;
    }
    tcp_establish(net, sk, seg);
    return true;
}

/// ESTABLISHED: both SYNs are acknowledged.
template <class Net, class Policies>
void tcp_establish(Net& net, tcp_sock<Policies>& sk, const segment& seg) noexcept {
    const tcp_limits& limits = tcp_of(net, sk).limits;
    sk.state = tcp_state::established;
    sk.snd_una = seg.ack;
    sk.snd_wl1 = seg.seq;
    sk.snd_wnd = seg.window << (seg.has(wire::tcp_flags::syn) ? 0 : sk.snd_wscale);
    sk.snd_wnd_max = sk.snd_wnd;
    sk.pending = timer_purpose::none;
    sk.retransmit_timer.stop();
    if (sk.retries == 0) sk.rtt.sample(net.now() - sk.last_sent);
    else tcp_measure_rtt(net, sk, seg, {.retransmitted = true});
    sk.first_retransmission = {};
    sk.retries = sk.backoff = 0;
    sk.last_received = sk.space_since = net.now();
    tcp_sync_mss(sk);
    sk.congestion = typename Policies::congestion{sk.mss, limits.initial_window};
    tcp_adjust_send_buffer(net, sk);
    tcp_set_keepalive(net, sk);
    if (sk.send_shut) tcp_end_sending(net, sk);
    sk.wake(events::writable, net.runnable());
}

/// TS.Recent follows the segment that is acknowledged next. Source: RFC 7323 section 4.3.
template <class Net, class Policies>
void tcp_note_timestamp(Net& net, tcp_sock<Policies>& sk, const segment& seg) noexcept {
    if (sk.timestamps && seg.options.has_timestamps && seg.seq <= sk.rcv_acked) sk.note(seg.options, net.now());
}

/// What a segment calls for: what was lost, what may be sent now, and an acknowledgement, which rides along if it can.
template <class Net, class Policies>
void tcp_answer(Net& net, tcp_sock<Policies>& sk) noexcept {
    if (sk.state == tcp_state::closed) return;
    if (sk.sent.lost() != 0) tcp_retransmit_lost(net, sk);
    if (sk.has_unsent()) tcp_push(net, sk);
    tcp_count_memory(net, sk);
    if (!sk.ack_pending) return;
    const arrival what{net.now(), sk.rcv_nxt - sk.rcv_acked, sk.mss_received, sk.ack_now, tcp_select_window(sk) >= sk.rcv_wnd};
    if (sk.acknowledgement.on_data(what) == acknowledge::now) return tcp_send_ack(net, sk);
    if (!sk.ack_timer.pending()) sk.ack_timer.set(net, net.now() + sk.acknowledgement.patience(tcp_of(net, sk).limits.delayed_ack));
}

/// A segment in SYN-SENT. Source: RFC 9293 section 3.10.7.3, its steps in its order.
template <class Net, class Policies>
void tcp_rcv_syn_sent(Net& net, tcp_sock<Policies>& sk, packet_buffer skb, const segment& seg) noexcept {
    const bool ack = seg.has(wire::tcp_flags::ack);
    if (ack && (seg.ack <= sk.iss || seg.ack > sk.snd_nxt)) return tcp_refuse(net, sk.tuple, seg);  // first
    if (seg.has(wire::tcp_flags::rst)) return ack ? tcp_reset(net, sk) : void();                    // second
    if (!seg.has(wire::tcp_flags::syn)) return;                                                      // fourth
    tcp_accept_syn(net, sk, seg);
    if (!ack) {
        sk.state = tcp_state::syn_received;  // both have called at once: RFC 9293 section 3.5, figure 7
        sk.retries = sk.backoff = 0;
        tcp_send_syn(net, sk);
        return;
    }
    tcp_establish(net, sk, seg);
    sk.ack_pending = sk.ack_now = true;
    segment text = seg;
    text.seq += 1;
    tcp_process_text(net, sk, std::move(skb), text);
    tcp_answer(net, sk);
}

/// What the peer's SYN says.
template <class Net, class Policies>
void tcp_accept_syn(Net& net, tcp_sock<Policies>& sk, const segment& seg) noexcept {
    sk.agree(seg.options, Policies::options, Policies::ip::mss_default, net.now());
    if constexpr (Policies::options.ecn) sk.ecn = sk.ecn && tcp_wants_ecn(seg.flags);
    sk.irs = seg.seq;
    sk.rcv_nxt = sk.rcv_acked = sk.rcv_up = seg.seq + 1;
    sk.mss_received = std::min<std::uint16_t>(Policies::ip::mss_default, tcp_advertised_mss(sk));
}

}  // namespace weld::inline v0::stack
