// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/recovery/newreno.hpp>

namespace weld::inline v0::stack {

/// A segment is lost when three beyond it have arrived, or more than two segments' worth of octets. Where the peer has
/// no SACK, NewReno. Source: RFC 6675 section 4, IsLost and Update.
class sack_recovery {
public:
    void on_ack(retransmit_queue& sent, const loss_sample& sample) noexcept {
        if (!sample.selective) return without_.on_ack(sent, sample);
        if (sent.sacked() == 0) return;
        std::uint32_t octets = 0;
        int segments = 0;
        for (packet* skb = sent.highest_sacked(); skb != nullptr; skb = packet_queue::before(*skb)) {
            const sent_segment& at = sent_segment::of(*skb);
            if (!at.sacked) continue;
            octets += at.length();
            if (++segments >= duplicate_threshold || octets > (duplicate_threshold - 1) * sample.mss) return sent.mark_lost_before(at.seq);
        }
    }
    void on_rto() noexcept { without_.on_rto(); }

private:
    static constexpr int duplicate_threshold = 3;
    newreno_recovery without_;
};
static_assert(loss_recovery<sack_recovery>);

}  // namespace weld::inline v0::stack
