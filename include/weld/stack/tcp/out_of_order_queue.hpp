// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_queue.hpp>
#include <weld/stack/tcp/sack_list.hpp>
#include <weld/stack/tcp/segment.hpp>

#include <algorithm>
#include <cstddef>

namespace weld::inline v0::stack {

/// What has arrived before its turn, by sequence number and without overlaps. In the kernel: tcp_sock.out_of_order_queue.
class out_of_order_queue {
public:
    bool empty() const noexcept { return queue_.empty(); }
    std::size_t size() const noexcept { return queue_.size(); }
    /// What an acknowledgement tells of it.
    const sack_list& sacks() const noexcept { return sacks_; }

    /// Puts a packet in its place; octets that are here already are cut from it. Answers how much more memory
    /// the queue takes; what it holds in pieces may go for a whole. Pre: its received_segment is set.
    std::ptrdiff_t insert(packet_buffer skb) noexcept {
        received_segment& fresh = received_segment::of(*skb);
        sacks_.add(fresh.seq, fresh.end_seq);
        packet* before = queue_.back();
        while (before != nullptr && received_segment::of(*before).seq > fresh.seq) before = packet_queue::before(*before);
        if (before != nullptr && !cut_front(*skb, received_segment::of(*before).end_seq)) return 0;
        packet* const after = before != nullptr ? packet_queue::after(*before) : queue_.front();
        std::ptrdiff_t taken = static_cast<std::ptrdiff_t>(skb->truesize());
        for (packet* next = after; next != nullptr && received_segment::of(*next).seq < fresh.end_seq;) {
            packet* const following = packet_queue::after(*next);
            if (received_segment::of(*next).end_seq > fresh.end_seq) {
                cut_back(*skb, received_segment::of(*next).seq);
                break;
            }
            taken -= static_cast<std::ptrdiff_t>(next->truesize());
            queue_.remove(*next).reset();
            next = following;
        }
        if (before != nullptr) queue_.insert_after(*before, std::move(skb));
        else queue_.push_front(std::move(skb));
        return taken;
    }
    /// The first packet, if its turn has come: what it repeats is cut from it. What is altogether old is given to `drop`.
    template <class Drop>
    packet_buffer take(seq32 rcv_nxt, Drop&& drop) {
        while (!empty() && received_segment::of(*queue_.front()).seq <= rcv_nxt) {
            packet_buffer skb = queue_.pop_front();
            if (cut_front(*skb, rcv_nxt)) return skb;
            drop(std::move(skb));
        }
        return {};
    }
    void acknowledge(seq32 rcv_nxt) noexcept { sacks_.acknowledge(rcv_nxt); }
    /// Gives up the last packet, which the peer will have to send again. SACK is only advice: RFC 2018 section 8.
    packet_buffer prune() noexcept {
        sacks_.clear();
        return queue_.pop_back();
    }
    void clear() noexcept {
        queue_.clear();
        sacks_.clear();
    }

    /// Cuts what lies before `from` off a packet's front; false where nothing is left.
    static bool cut_front(packet& skb, seq32 from) noexcept {
        received_segment& at = received_segment::of(skb);
        if (at.seq >= from) return true;
        if (at.end_seq <= from) return false;
        skb.pull(std::min<std::size_t>(from - at.seq, skb.size()));
        at.seq = from;
        return true;
    }
    /// Cuts what lies from `to` on, the FIN first.
    static void cut_back(packet& skb, seq32 to) noexcept {
        received_segment& at = received_segment::of(skb);
        if (at.end_seq <= to) return;
        at.fin = false;
        at.end_seq = to;
        skb.trim(to - at.seq);
    }

private:
    packet_queue queue_;
    sack_list sacks_;
};

}  // namespace weld::inline v0::stack
