// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_queue.hpp>
#include <weld/stack/tcp/segment.hpp>

#include <algorithm>

namespace weld::inline v0::stack {

/// What has been sent and is not yet acknowledged, in order, and what became of it as far as one can tell: the
/// scoreboard of RFC 6675. In the kernel: sk->tcp_rtx_queue with sacked_out, lost_out and retrans_out, here in octets.
/// Each octet is in flight, or sacked, or lost; a lost one that was sent again is in flight once more.
class retransmit_queue {
public:
    bool empty() const noexcept { return queue_.empty(); }
    packet* front() const noexcept { return queue_.front(); }
    packet* back() const noexcept { return queue_.back(); }

    /// Octets that have left us and are thought to be still on their way: "pipe". Source: RFC 6675 section 4.
    std::uint32_t in_flight() const noexcept { return outstanding_ - sacked_ - assumed_ - lost_ + retransmitted_; }
    std::uint32_t outstanding() const noexcept { return outstanding_; }
    std::uint32_t sacked() const noexcept { return sacked_; }
    /// Octets that are not known to have arrived.
    std::uint32_t undelivered() const noexcept { return outstanding_ - sacked_ - assumed_; }
    std::uint32_t lost() const noexcept { return lost_; }
    /// Octets that were sent again and are still on their way.
    std::uint32_t retransmitted() const noexcept { return retransmitted_; }
    /// The highest packet the peer has beyond a hole; null where there is none.
    packet* highest_sacked() const noexcept { return highest_sacked_; }

    /// A segment has been sent for the first time.
    void push_back(packet_buffer skb) noexcept {
        if (newest_.sent == time_point{}) highest_delivered_ = sent_segment::of(*skb).seq;
        outstanding_ += sent_segment::of(*skb).length();
        queue_.push_back(std::move(skb));
    }

    /// What an acknowledgement took away.
    struct acknowledged {
        std::uint32_t octets = 0;           // all of them
        std::uint32_t sacked = 0;           // those among them that were known to have arrived
        bool retransmitted = false;         // some had been sent more than once
        time_point sent_again{};            // the last time that one of them was
        time_point first_sent = time_point::never();  // of the first that was sent once and not known of; or never
    };
    /// Takes away what lies before `una`, handing each packet that is wholly acknowledged to `release`.
    template <class Release>
    acknowledged acknowledge(seq32 una, Release&& release) {
        acknowledged all;
        for (packet* skb = queue_.front(); skb != nullptr; skb = queue_.front()) {
            sent_segment& sent = sent_segment::of(*skb);
            if (sent.seq >= una) break;
            const std::uint32_t count = std::min(sent.end_seq, una) - sent.seq;
            all.octets += count;
            if (sent.sacked) all.sacked += count;
            all.retransmitted |= sent.ever_retransmitted;
            uncount(sent, count);
            sent.seq += count;
            if (sent.length() != 0) break;
            if (!sent.sacked && !sent.ever_retransmitted && all.first_sent == time_point::never()) all.first_sent = skb->timestamp;
            if (sent.ever_retransmitted) all.sent_again = std::max(all.sent_again, skb->timestamp);
            if (!sent.sacked) note_delivered(*skb);
            release(remove(*skb));
        }
        return all;
    }

    /// The peer says that it has `left` to `right`. A packet that is only partly in there is cut by `split(skb, n)`,
    /// which calls split_before; where that fails it is not marked. Answers the octets newly marked.
    template <class Split>
    std::uint32_t mark_sacked(seq32 left, seq32 right, Split&& split) {
        const std::uint32_t before = sacked_;
        packet* skb = sack_hint_ != nullptr && sent_segment::of(*sack_hint_).seq <= left ? sack_hint_ : queue_.front();
        for (; skb != nullptr && sent_segment::of(*skb).seq < right; skb = packet_queue::after(*skb)) {
            const sent_segment& sent = sent_segment::of(*skb);
            if (sent.sacked || sent.end_seq <= left) continue;
            if (sent.seq < left) {
                split(*skb, left - sent.seq);  // the part at hand is the later one now
                if (sent.seq < left) continue;
            }
            if (sent.end_seq > right) {
                split(*skb, right - sent.seq);
                if (packet* const part = packet_queue::before(*skb); part != nullptr && sent_segment::of(*part).end_seq == right) mark_sacked(*part);
                break;
            }
            mark_sacked(*skb);
        }
        sack_hint_ = skb;
        return sacked_ - before;
    }
    /// Without SACK a duplicate ACK says that something arrived, and not what. Source: RFC 5681 section 3.2.
    void assume_arrived(std::uint32_t octets) noexcept {
        const std::uint32_t most = outstanding_ - sacked_ - lost_;
        assumed_ = std::min(assumed_ + octets, most);
    }
    void forget_assumed(std::uint32_t octets = ~0u) noexcept { assumed_ -= std::min(assumed_, octets); }

    /// It is taken for lost: to be sent again.
    void mark_lost(packet& skb) noexcept {
        sent_segment& sent = sent_segment::of(skb);
        if (sent.sacked) return;
        if (sent.retransmitted) {
            sent.retransmitted = false;
            retransmitted_ -= sent.length();
        } else if (sent.lost) {
            return;
        }
        if (!sent.lost) lost_ += sent.length();
        sent.lost = true;
        assumed_ = std::min(assumed_, outstanding_ - sacked_ - lost_);
        if (next_lost_ == nullptr || sent.seq < sent_segment::of(*next_lost_).seq) next_lost_ = &skb;
    }
    /// After a timeout nothing is thought to be on its way. A first packet that was sacked and is not acknowledged shows
    /// that the peer has thrown away what it had (RFC 2018 section 8).
    void mark_all_lost() noexcept {
        const bool reneged = !empty() && sent_segment::of(*front()).sacked;
        assumed_ = 0;
        for (packet& skb : queue_) {
            sent_segment& sent = sent_segment::of(skb);
            if (reneged && sent.sacked) {
                sent.sacked = false;
                sacked_ -= sent.length();
            }
            mark_lost(skb);
        }
        if (reneged) highest_sacked_ = sack_hint_ = nullptr;
        unexamined_ = nullptr;
    }
    void mark_retransmitted(packet& skb) noexcept {
        sent_segment& sent = sent_segment::of(skb);
        sent.ever_retransmitted = true;
        if (!sent.lost || sent.retransmitted) return;
        sent.retransmitted = true;
        retransmitted_ += sent.length();
    }
    /// The first that is lost and was not sent again; null where there is none.
    packet* next_lost() noexcept {
        for (; next_lost_ != nullptr; next_lost_ = packet_queue::after(*next_lost_)) {
            const sent_segment& sent = sent_segment::of(*next_lost_);
            if (sent.lost && !sent.retransmitted) break;
        }
        return next_lost_;
    }
    /// Marks as lost what lies before `limit` and is not known to have arrived. Each packet is looked at once.
    void mark_lost_before(seq32 limit) noexcept {
        packet* skb = unexamined_ != nullptr ? unexamined_ : queue_.front();
        for (; skb != nullptr && sent_segment::of(*skb).seq < limit; skb = packet_queue::after(*skb))
            if (!sent_segment::of(*skb).lost) mark_lost(*skb);
        unexamined_ = skb;
    }

    /// `part` is the beginning of `skb`, cut off: it takes its place and its marks. The marks' sums stay as they are.
    void split_before(packet& skb, packet_buffer part, std::uint32_t octets) noexcept {
        sent_segment& rest = sent_segment::of(skb);
        sent_segment& first = sent_segment::of(*part);
        first = rest;
        first.end_seq = rest.seq = first.seq + octets;
        first.flags = wire::tcp_flags::none;
        packet* const before = part.get();
        part->timestamp = skb.timestamp;
        queue_.insert_before(skb, std::move(part));
        for (packet** hint : {&next_lost_, &unexamined_, &sack_hint_})
            if (*hint == &skb) *hint = before;
    }
    /// Its size has changed.
    void update(packet& skb) noexcept { queue_.update(skb); }
    void clear() noexcept {
        queue_.clear();
        outstanding_ = sacked_ = assumed_ = lost_ = retransmitted_ = 0;
        next_lost_ = unexamined_ = highest_sacked_ = sack_hint_ = nullptr;
    }

    /// Of what the peer has said to have, that which was sent last. Source: RFC 8985 section 6.2, step 2.
    struct newest {
        time_point sent{};
        seq32 end_seq;
        bool retransmitted = false;
    };
    const newest& newest_delivered() const noexcept { return newest_; }
    /// Something that was sent once arrived after what was sent later. Source: RFC 8985 section 6.2, step 3.
    bool seen_reordering() const noexcept { return seen_reordering_; }

private:
    packet_buffer remove(packet& skb) noexcept {
        for (packet** hint : {&next_lost_, &unexamined_, &sack_hint_})
            if (*hint == &skb) *hint = packet_queue::after(skb);
        if (highest_sacked_ == &skb) highest_sacked_ = nullptr;  // all before it went too
        return queue_.remove(skb);
    }
    void mark_sacked(packet& skb) noexcept {
        sent_segment& sent = sent_segment::of(skb);
        if (sent.lost) lost_ -= sent.length();
        if (sent.retransmitted) retransmitted_ -= sent.length();
        sent.lost = sent.retransmitted = false;
        sent.sacked = true;
        sacked_ += sent.length();
        note_delivered(skb);
        if (highest_sacked_ == nullptr || sent_segment::of(*highest_sacked_).seq < sent.seq) highest_sacked_ = &skb;
    }
    void uncount(const sent_segment& sent, std::uint32_t octets) noexcept {
        outstanding_ -= octets;
        if (sent.sacked) sacked_ -= octets;
        if (sent.lost) lost_ -= octets;
        if (sent.retransmitted) retransmitted_ -= octets;
        assumed_ = std::min(assumed_, outstanding_ - sacked_ - lost_);
    }
    void note_delivered(packet& skb) noexcept {
        const sent_segment& sent = sent_segment::of(skb);
        if (sent.end_seq > highest_delivered_) highest_delivered_ = sent.end_seq;
        else if (!sent.ever_retransmitted && newest_.sent != time_point{}) seen_reordering_ = true;
        if (skb.timestamp < newest_.sent || (skb.timestamp == newest_.sent && sent.end_seq <= newest_.end_seq)) return;
        newest_ = {skb.timestamp, sent.end_seq, sent.ever_retransmitted};
    }

    packet_queue queue_;
    std::uint32_t outstanding_ = 0, sacked_ = 0, assumed_ = 0, lost_ = 0, retransmitted_ = 0;
    packet* next_lost_ = nullptr;       // no packet before it is lost and unsent
    packet* unexamined_ = nullptr;      // for mark_lost_before; null: begin at the front
    packet* highest_sacked_ = nullptr;
    packet* sack_hint_ = nullptr;       // where the last block ended
    newest newest_;
    seq32 highest_delivered_;
    bool seen_reordering_ = false;
};

}  // namespace weld::inline v0::stack
