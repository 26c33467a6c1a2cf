// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/finish.hpp>
#include <weld/stack/tcp/receive_buffer.hpp>

namespace weld::inline v0::stack {

/// The peer's window, from a segment that is not older than the last that told it: it counts from what that segment
/// acknowledges. One that acknowledges something new always tells it, whatever its sequence number, or the window's end
/// would move without the peer's leave. Source: RFC 9293 section 3.10.7.4, fifth; tcp_may_update_window.
template <class Policies>
bool tcp_update_window(tcp_sock<Policies>& sk, const segment& seg, bool advances) noexcept {
    const std::uint32_t window = seg.window << sk.snd_wscale;
    const bool newer = advances || sk.snd_wl1 < seg.seq || (sk.snd_wl1 == seg.seq && (window > sk.snd_wnd || window == 0));
    if (!newer) return false;
    sk.snd_wl1 = seg.seq;
    if (window == sk.snd_wnd) return false;
    sk.snd_wnd = window;
    sk.snd_wnd_max = std::max(sk.snd_wnd_max, window);
    return true;
}

/// A round trip, by a segment that was sent once, or by the peer's echo of our clock. Source: RFC 6298 sections 3 and 4,
/// RFC 7323 section 4.1. A measurement ends the backoff: RFC 6298 section 5.7.
template <class Net, class Policies>
void tcp_measure_rtt(Net& net, tcp_sock<Policies>& sk, const segment& seg, const retransmit_queue::acknowledged& acked) noexcept {
    const time_point now = net.now();
    if (acked.first_sent != time_point::never() && !acked.retransmitted) {
        sk.rtt.sample(now - acked.first_sent);
    } else if (sk.timestamps && seg.options.has_timestamps && seg.options.tsecr != 0) {
        const auto passed = static_cast<std::int32_t>(tcp_clock(now, sk.ts_offset) - seg.options.tsecr);
        // An echo of an earlier copy's: that copy's own acknowledgement was lost, and how long ago tells nothing.
        const auto again = static_cast<std::int32_t>(tcp_clock(now, sk.ts_offset) - tcp_clock(acked.sent_again, sk.ts_offset));
        if (passed < 0 || (acked.sent_again != time_point{} && passed > again)) return;
        sk.rtt.sample(duration::milliseconds(std::max(passed, 1)));
    } else {
        return;
    }
    sk.backoff = 0;
}

/// Marks what the peer says to have beyond a hole. Answers the octets it was not known to have. Source: RFC 6675
/// section 5, Update. A block below snd_una tells of a duplicate (RFC 2883) and says nothing new.
template <class Net, class Policies>
std::uint32_t tcp_mark_sacked(Net& net, tcp_sock<Policies>& sk, const wire::tcp_options& options) noexcept {
    std::uint32_t fresh = 0;
    if (!sk.selective || sk.sent.empty()) return 0;
    for (std::size_t i = 0; i < options.sack_count; ++i) {
        const seq32 left{options.sack[i].left}, right{options.sack[i].right};
        if (left >= right || left <= sk.snd_una || right > sk.snd_nxt) continue;
        fresh += sk.sent.mark_sacked(left, right, [&](packet& skb, std::uint32_t octets) { tcp_split_sent(net, sk, skb, octets); });
    }
    return fresh;
}

/// Octets that have left since the connection began, those sent again as often as they did.
template <class Policies>
std::uint64_t tcp_octets_sent(const tcp_sock<Policies>& sk) noexcept {
    return sk.totals.bytes_acked + sk.sent.outstanding() + sk.totals.bytes_retransmitted;
}

/// What may leave while losses are recovered, where the congestion control says so. `undelivered`: before the
/// acknowledgement came.
template <class Policies>
void tcp_pace_recovery(tcp_sock<Policies>& sk, std::uint32_t undelivered) noexcept {
    if constexpr (requires { sk.congestion.end_recovery(); }) {
        if (sk.recovering != recovery_state::recovery) return sk.congestion.end_recovery();
        const std::uint32_t left = sk.sent.undelivered();
        sk.congestion.on_recovery({undelivered > left ? undelivered - left : 0, sk.in_flight(), tcp_octets_sent(sk)});
    }
}

/// Begins to recover: the window is reduced, once for all that is on its way, and the first segment is sent again whatever
/// the window says. Source: RFC 5681 section 3.2, RFC 6675 section 5 step 4.3.
template <class Net, class Policies>
void tcp_enter_recovery(Net& net, tcp_sock<Policies>& sk, std::uint32_t in_flight) noexcept {
    sk.recovering = recovery_state::recovery;
    sk.recovery_point = sk.snd_nxt;
    sk.congestion.on_loss(in_flight);
    tcp_note_reduction(sk);
    if constexpr (requires { sk.congestion.end_recovery(); }) sk.congestion.begin_recovery(tcp_octets_sent(sk));
    if (packet* const first = sk.sent.next_lost()) tcp_retransmit(net, sk, *first);
}

/// What is late but may yet come is looked at again.
template <class Net, class Policies>
void tcp_await_reordering(Net& net, tcp_sock<Policies>& sk) noexcept {
    if constexpr (requires { sk.recovery.reorder_deadline(); }) {
        const time_point at = sk.recovery.reorder_deadline();
        if (at == time_point::never() || sk.sent.empty() || (sk.retransmit_timer.pending() && at >= sk.retransmit_timer.due)) return;
        sk.pending = timer_purpose::reorder;
        sk.retransmit_timer.set(net, at);
    }
}

/// Everything that was on its way when it began has been acknowledged.
template <class Policies>
bool tcp_has_recovered(const tcp_sock<Policies>& sk) noexcept { return sk.snd_una >= sk.recovery_point; }

/// What the acknowledgement means for what was lost and for the congestion window. `flight`: before it came.
/// In the kernel: tcp_fastretrans_alert, tcp_cong_control.
template <class Net, class Policies>
void tcp_adapt(Net& net, tcp_sock<Policies>& sk, std::uint32_t flight, std::uint32_t acked, std::uint32_t sacked, bool duplicate) noexcept {
    const recovery_state before = sk.recovering;
    if (before != recovery_state::open && tcp_has_recovered(sk)) {
        sk.recovering = recovery_state::open;
        sk.sent.forget_assumed();
        sk.first_retransmission = {};
    }
    const time_point now = net.now();
    const bool repeats = !sk.selective && acked == 0 && sk.snd_una == sk.recovery_point;  // of what was sent again: RFC 6582 section 4.1
    const bool recovering = sk.recovering != recovery_state::open || repeats;
    // Without SACK one segment at a time is known to be lost: of a super-segment it is the first.
    if (packet* const first = sk.sent.front(); !sk.selective && (duplicate || recovering) && first != nullptr && first->total_size() > sk.mss)
        static_cast<void>(tcp_split_sent(net, sk, *first, sk.mss));
    sk.recovery.on_ack(sk.sent, {now, acked, sacked, sk.mss, duplicate, sk.selective, recovering, sk.rtt});
    tcp_await_reordering(net, sk);
    if (sk.recovering == recovery_state::open && sk.sent.lost() != 0) tcp_enter_recovery(net, sk, flight);
    if (sk.recovering == recovery_state::recovery) {
        packet* const first = sk.selective || acked == 0 ? nullptr : sk.sent.next_lost();
        if (first != nullptr) tcp_retransmit(net, sk, *first);  // a partial ACK: RFC 6582 section 3.2 step 5
    } else if (acked != 0 && before != recovery_state::recovery && !tcp_window_rests(sk)) {
        sk.congestion.on_ack({acked, flight, sk.window_limited || before == recovery_state::loss, now, sk.rtt.srtt()});
    }
    sk.window_limited = false;
}

/// Takes what is acknowledged off the queue; the timer starts anew. Source: RFC 6298 section 5.
template <class Net, class Policies>
std::uint32_t tcp_clean_sent(Net& net, tcp_sock<Policies>& sk, const segment& seg) noexcept {
    const auto acked = sk.sent.acknowledge(seg.ack, [&](packet_buffer skb) { sk.release_written(std::move(skb)); });
    sk.snd_una = seg.ack;
    network<typename Policies::ip>(net).confirm(net, sk.way);
    if (sk.snd_up < sk.snd_una) sk.urgent_sent = false;
    sk.retries = 0;
    tcp_measure_rtt(net, sk, seg, acked);
    sk.totals.acknowledged(acked.octets, acked.first_sent, net.now(), sk.rtt.srtt(), sk.sent.empty());
    if (sk.recovering == recovery_state::open) sk.first_retransmission = {};
    if (sk.sent.empty()) {
        sk.pending = timer_purpose::none;
        sk.retransmit_timer.stop();
    } else {
        tcp_arm_retransmit(net, sk, timer_purpose::retransmit);
    }
    return acked.octets;
}

/// Our FIN has been acknowledged. False where the sock has ended with that. Source: RFC 9293 section 3.10.7.4, fifth.
template <class Net, class Policies>
bool tcp_finished(Net& net, tcp_sock<Policies>& sk, const segment& seg) noexcept {
    auto& tcp = tcp_of(net, sk);
    switch (sk.state) {
    case tcp_state::fin_wait_1:
        sk.state = tcp_state::fin_wait_2;
        sk.wake(events::writable, net.runnable());
        if (sk.orphan) tcp_wait_for_fin(net, sk, seg.length() != 0);
        return sk.state != tcp_state::closed;
    case tcp_state::closing:
        tcp_time_wait(net, sk, tcp_state::time_wait, tcp.limits.time_wait);
        return false;
    case tcp_state::last_ack:
        tcp_done(net, sk);
        return false;
    default: return true;
    }
}

/// Fifth, check the ACK field. False where the segment is done with. Source: RFC 9293 section 3.10.7.4, RFC 5961
/// section 5; tcp_ack, net/ipv4/tcp_input.c.
template <class Net, class Policies>
bool tcp_check_ack(Net& net, tcp_sock<Policies>& sk, const segment& seg) noexcept {
    const bool too_old = seg.ack < sk.snd_una && sk.snd_una - seg.ack > sk.snd_wnd_max;
    if (seg.ack > sk.snd_nxt || too_old) {
        tcp_send_challenge_ack(net, sk);
        return false;
    }
    sk.probes_out = 0;
    sk.soft_error = {};
    const std::uint32_t flight = sk.sent.outstanding(), undelivered = sk.sent.undelivered();
    const bool advances = seg.ack > sk.snd_una;
    const bool outstanding = !sk.sent.empty();
    const std::uint32_t acked = advances ? tcp_clean_sent(net, sk, seg) : 0;
    const bool window_changed = seg.ack >= sk.snd_una && tcp_update_window(sk, seg, advances);
    const std::uint32_t sacked = seg.options.sack_count != 0 ? tcp_mark_sacked(net, sk, seg.options) : 0;
    const bool duplicate = !advances && outstanding && seg.ack == sk.snd_una && seg.length() == 0 && !window_changed;
    tcp_heed_echo(sk, seg, flight);
    if (outstanding) tcp_adapt(net, sk, flight, acked, sacked, duplicate);
    tcp_pace_recovery(sk, undelivered);
    if (!advances) {
        if (sk.pending == timer_purpose::persist) tcp_probe_answered(net, sk);
        return true;
    }
    tcp_adjust_send_buffer(net, sk);
    sk.write_space(net.runnable());
    return !(sk.sent.empty() && !sk.has_unsent() && has_finished(sk.state)) || tcp_finished(net, sk, seg);
}

/// The peer is still there, though its window may still be shut. In the kernel: tcp_ack_probe.
template <class Net, class Policies>
void tcp_probe_answered(Net& net, tcp_sock<Policies>& sk) noexcept {
    const packet* const first = sk.write_queue.front();
    if (first == nullptr || sk.snd_wnd >= std::min<std::size_t>(first->size(), sk.mss)) {
        sk.backoff = 0;
        sk.pending = timer_purpose::none;
        sk.retransmit_timer.stop();
    } else {
        tcp_set_retransmit_timer(net, sk);
    }
}

}  // namespace weld::inline v0::stack
