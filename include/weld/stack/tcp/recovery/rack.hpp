// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/recovery/newreno.hpp>

#include <algorithm>

namespace weld::inline v0::stack {

/// A segment is lost when one that was sent sufficiently later has arrived, whether it was sent once or again: by time,
/// not by counting. And when nothing comes back, a probe asks before the timeout does. Finds losses of what was sent
/// again, and of a transfer's last segments, which sack_recovery leaves to the timeout. Where the peer has no SACK,
/// NewReno. Source: RFC 8985; tcp_recovery.c.
class rack_recovery {
public:
    void on_ack(retransmit_queue& sent, const loss_sample& sample) noexcept {
        deadline_ = time_point::never();
        if (sample.acked > 0) probing_ = false;
        if (!sample.selective) return without_.on_ack(sent, sample);
        const retransmit_queue::newest& newest = sent.newest_delivered();
        if (newest.sent == time_point{}) return;
        const duration rtt = sample.now - newest.sent;
        const bool too_soon = newest.retransmitted && sample.acked + sample.sacked > 0 && rtt < sample.rtt.least();
        if (too_soon) return;  // it acknowledges what was sent first: section 6.2 step 2
        if (sample.acked + sample.sacked > 0) rtt_ = rtt;
        detect(sent, sample, newest);
    }
    void on_rto() noexcept {
        without_.on_rto();
        deadline_ = time_point::never();
        probing_ = false;
    }
    /// When what is only late so far will count as lost.
    time_point reorder_deadline() const noexcept { return deadline_; }
    /// How long to wait for news of the tail: section 7.2. One probe a tail.
    duration probe_timeout(const retransmit_queue& sent, const rtt_estimator& rtt, std::uint32_t mss) const noexcept {
        if (probing_ || !rtt.measured() || sent.sacked() != 0) return duration::infinite();
        const duration held_back = sent.outstanding() <= mss ? duration::milliseconds(40) : duration::milliseconds(2);
        return std::max(rtt.srtt() * 2 + held_back, duration::milliseconds(10));
    }
    void on_probe() noexcept { probing_ = true; }

private:
    /// Section 6.2, steps 3 to 5.
    void detect(retransmit_queue& sent, const loss_sample& sample, const retransmit_queue::newest& newest) noexcept {
        const duration patience = rtt_ + reordering_window(sent, sample);
        for (packet* skb = sent.front(); skb != nullptr; skb = packet_queue::after(*skb)) {
            const sent_segment& at = sent_segment::of(*skb);
            const bool later = skb->timestamp > newest.sent || (skb->timestamp == newest.sent && at.end_seq >= newest.end_seq);
            if (later && !at.ever_retransmitted) return;  // so is all that follows
            if (later || at.sacked || (at.lost && !at.retransmitted)) continue;
            const time_point due = skb->timestamp + patience;
            if (due <= sample.now) sent.mark_lost(*skb);
            else deadline_ = deadline_ == time_point::never() ? due : std::max(deadline_, due);
        }
    }
    /// Section 6.2 step 4: none while nothing was ever seen out of order and losses are plain.
    duration reordering_window(const retransmit_queue& sent, const loss_sample& sample) const noexcept {
        if (!sent.seen_reordering() && (sample.recovering || sent.sacked() >= 3 * sample.mss)) return {};
        const duration least = sample.rtt.least();
        return least == duration::infinite() ? duration{} : std::min(least / 4, sample.rtt.srtt());
    }

    newreno_recovery without_;
    duration rtt_{};
    time_point deadline_ = time_point::never();
    bool probing_ = false;
};
static_assert(loss_recovery<rack_recovery>);

}  // namespace weld::inline v0::stack
