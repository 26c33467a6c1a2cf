// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/recovery/loss_recovery.hpp>

namespace weld::inline v0::stack {

/// The third duplicate ACK says that the first segment is lost, and while recovering each ACK that is not for all says
/// so of the next. Each duplicate ACK stands for one segment that has arrived. Source: RFC 5681 section 3.2, RFC 6582.
class newreno_recovery {
public:
    void on_ack(retransmit_queue& sent, const loss_sample& sample) noexcept {
        if (sample.acked > 0) {
            duplicates_ = 0;
            // A partial ACK: one segment filled the hole, and the others it covers were counted as arrived before.
            if (sample.recovering) sent.forget_assumed(sample.acked > sample.mss ? sample.acked - sample.mss : 0);
            else sent.forget_assumed();
            if (sample.recovering && sent.front() != nullptr) lose_front(sent);
            return;
        }
        if (!sample.duplicate) return;
        sent.assume_arrived(sample.mss);
        if (++duplicates_ == duplicate_threshold && !sample.recovering && sent.front() != nullptr) lose_front(sent);
    }
    void on_rto() noexcept { duplicates_ = 0; }

private:
    static constexpr int duplicate_threshold = 3;
    static void lose_front(retransmit_queue& sent) noexcept {
        const sent_segment& first = sent_segment::of(*sent.front());
        if (!first.lost) sent.mark_lost(*sent.front());
    }
    int duplicates_ = 0;
};
static_assert(loss_recovery<newreno_recovery>);

}  // namespace weld::inline v0::stack
