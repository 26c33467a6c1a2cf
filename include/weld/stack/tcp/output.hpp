// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bulk_copy.hpp>
#include <weld/core/packet_slots.hpp>
#include <weld/stack/tcp/transmit.hpp>

namespace weld::inline v0::stack {

/// A slot lends its headroom once; what is sent again is copied.
inline packet_buffer tcp_outgoing_slot(packet_buffer skb) noexcept {
    if (skb && skb->header_shared() && !skb->unshare()) [[unlikely]] skb.reset();
    return skb;
}

/// A packet to be handed down, of one that is kept to be sent again: over the same bytes, unless a device still holds
/// headers in their headroom. Empty where there is no memory.
inline packet_buffer tcp_outgoing(packet& kept, std::size_t headroom) noexcept {
    if (kept.in_slots()) return tcp_outgoing_slot(kept.packet_of_slot(0));
    kept.release_header();
    if (kept.headroom() < headroom) return kept.copy(headroom);
    packet_buffer skb = kept.clone();
    if (skb && skb->header_shared()) return kept.copy(headroom);
    return skb;
}

/// Makes an ordinary packet of one over slots, which the program may then cut anywhere. Errors: not_enough_memory.
template <class Policies>
result<> tcp_linearize(tcp_sock<Policies>& sk, packet& skb) noexcept {
    sk.write_memory -= skb.truesize();
    const result<> done = skb.linearize();
    sk.write_memory += skb.truesize();
    return done;
}

/// The first `octets` of a packet, in one of their own, and taken off it: slots stay where they are, others are copied.
/// Empty where there is no memory; no octet has moved then.
template <class Net, class Policies>
packet_buffer tcp_cut_front(Net& net, tcp_sock<Policies>& sk, packet& skb, std::size_t octets) noexcept {
    if (skb.slots() > 1 && octets % skb.size() == 0) {
        sk.write_memory -= skb.truesize();
        packet_buffer front = skb.take_slots(octets / skb.size());
        sk.write_memory += skb.truesize() + (front ? front->truesize() : 0);
        if (front) sent_segment::of(*front) = {};
        return front;
    }
    if (!tcp_linearize(sk, skb)) return {};
    const std::size_t headroom = tcp_headroom(net, sk);
    packet_buffer front = packet_buffer::allocate(net.packets(), headroom + octets, headroom);
    if (!front) return {};
    if (skb.checksum == checksum_state::complete) {
        front->csum = checksum::copy_and_sum(front->put(octets), skb.bytes().first(octets));
        front->checksum = checksum_state::complete;
        const std::uint32_t rest = checksum::subtract(skb.csum, front->csum);
        skb.csum = octets % 2 != 0 ? byte_swap(checksum::fold(rest)) : rest;
    } else {
        bulk_copy(front->put(octets).data(), skb.data(), octets);
    }
    skb.pull(octets);
    sk.write_memory += front->truesize();
    return front;
}

/// Sends what `kept` holds; it is in sk.sent. A packet above an mss is a super-segment.
template <class Net, class Policies>
result<> tcp_send_kept(Net& net, tcp_sock<Policies>& sk, packet& kept) noexcept {
    const std::uint32_t mss = tcp_current_mss(sk);
    if (kept.slots() > 1 && kept.size() <= mss) return tcp_send_slots(net, sk, kept);
    if (const result<> own = tcp_linearize(sk, kept); !own) return own;
    sk.sent.update(kept);
    packet_buffer skb = tcp_outgoing(kept, tcp_headroom(net, sk));
    if (!skb) return errc::not_enough_memory;
    const sent_segment& at = sent_segment::of(kept);
    if (skb->size() > mss) {
        skb->gso_size = static_cast<std::uint16_t>(mss);
        skb->gso_segments = static_cast<std::uint16_t>((skb->size() + mss - 1) / mss);
        skb->gso_type = Policies::ip::gso;
    }
    return tcp_transmit(net, sk, std::move(skb), at.seq, at.flags | wire::tcp_flags::ack);
}

/// The timer of what was sent. Source: RFC 6298 section 5.
template <class Net, class Policies>
void tcp_set_retransmit_timer(Net& net, tcp_sock<Policies>& sk) noexcept {
    const tcp_limits& limits = tcp_of(net, sk).limits;
    duration rto = sk.rtt.rto(limits);
    for (int i = 0; i < sk.backoff && rto < limits.rto_max; ++i) rto = std::min(rto * 2, limits.rto_max);
    sk.retransmit_timer.set(net, net.now() + rto);
}
template <class Net, class Policies>
void tcp_arm_retransmit(Net& net, tcp_sock<Policies>& sk, timer_purpose purpose) noexcept {
    sk.pending = purpose;
    tcp_set_retransmit_timer(net, sk);
    if constexpr (requires { sk.recovery.probe_timeout(sk.sent, sk.rtt, sk.mss); }) {
        if (purpose != timer_purpose::retransmit || sk.recovering != recovery_state::open) return;
        const duration patience = sk.recovery.probe_timeout(sk.sent, sk.rtt, sk.mss);
        if (patience == duration::infinite() || net.now() + patience >= sk.retransmit_timer.due) return;
        sk.pending = timer_purpose::probe;
        sk.retransmit_timer.set(net, net.now() + patience);
    }
}

/// Nagle's algorithm: a short segment waits while another one is not acknowledged (Minshall's variant), or for ever while
/// the program corks. Source: RFC 9293 section 3.7.4; tcp_nagle_check.
template <class Policies>
bool tcp_nagle_holds(const tcp_sock<Policies>& sk, bool more) noexcept {
    if (sk.settings.cork || more) return true;
    if (sk.settings.no_delay || sk.sent.empty()) return false;
    return sk.snd_small > sk.snd_una && sk.snd_small <= sk.snd_nxt;
}

/// How much of the first unsent packet may leave now: by the peer's window, the congestion window, and Nagle's algorithm.
/// The window's last octets, too few for a segment, leave behind one, where the program wants no delay: what opened was
/// worth sending, so slivers cannot breed. Source: RFC 9293 section 3.8.6.2.1, RFC 5681 section 3.1.
template <class Policies>
std::uint32_t tcp_may_send(tcp_sock<Policies>& sk, packet& skb, std::uint32_t mss, bool more, bool behind_another) noexcept {
    const auto size = static_cast<std::uint32_t>(skb.total_size());
    const bool last = packet_queue::after(skb) == nullptr;
    const bool fin = any(sent_segment::of(skb).flags & wire::tcp_flags::fin);
    const std::uint32_t used = sk.snd_nxt - sk.snd_una;
    const std::uint32_t window = sk.snd_wnd > used ? sk.snd_wnd - used : 0;
    const bool to_the_last = sk.settings.no_delay && !sk.settings.cork && !more;
    if (window < std::min(size, mss) && (window == 0 || !to_the_last || !behind_another)) return 0;
    const std::uint32_t one = std::min({size, mss, window});
    const std::uint32_t flight = sk.in_flight(), allowed = sk.congestion.window();
    if (flight != 0 && flight + one > allowed) {
        sk.window_limited = true;
        return 0;
    }
    std::uint32_t most = std::min({size, window, allowed > flight ? std::max(allowed - flight, one) : one});
    if (tcp_cwr_is_due(sk) && !sk.way.takes_fragments) most = std::min(most, one);
    if (most < size) return most == window && to_the_last ? most : most - most % mss;
    if (last && !fin && size % mss != 0 && tcp_nagle_holds(sk, more)) return size - size % mss;
    return size;
}

/// What was learnt of the path is stale after a while. Source: RFC 5681 section 4.1.
template <class Net, class Policies>
void tcp_restart_after_idle(Net& net, tcp_sock<Policies>& sk) noexcept {
    if (sk.last_sent != time_point{} && net.now() - sk.last_sent > sk.rtt.rto(tcp_of(net, sk).limits)) sk.congestion.on_idle();
}

/// Segments that leave together: the lower layers handle the first, and the others follow with headers that repeat its own. In the kernel: what GSO is for, with skb_shinfo(skb)->frag_list.
template <class Net, class Policies>
class tcp_train {
public:
    tcp_train(Net& net, tcp_sock<Policies>& sk) noexcept : net_{net}, sk_{sk}, headroom_{tcp_headroom(net, sk)}, others_max_{sk.way.takes_fragments && !sk.urgent_sent ? most : 0} {}

    bool empty() const noexcept { return !first_; }
    /// Adds what is kept in sk.sent, behind what was added before. What cannot be sent is lost on the way: it is sent again.
    void add(packet& kept, std::uint32_t mss) noexcept {
        if (kept.size() > mss) {
            leave();
            return static_cast<void>(tcp_send_kept(net_, sk_, kept));
        }
        if (kept.slots() > 1) return add_slots(kept);
        packet_buffer skb = tcp_outgoing(kept, headroom_);
        if (!skb) return leave();
        sent_segment::of(*skb) = sent_segment::of(kept);
        add(std::move(skb));
    }
    void add_slots(packet& kept) noexcept {
        const sent_segment at = sent_segment::of(kept);
        const auto size = static_cast<std::uint32_t>(kept.size());
        const seq32 last = at.seq + static_cast<std::uint32_t>(kept.total_size() - size);
        seq32 seq = at.seq;
        kept.for_each_slot([&](packet_buffer slot) __attribute__((always_inline)) {
            packet_buffer skb = tcp_outgoing_slot(std::move(slot));
            if (!skb) [[unlikely]] leave();
            else {
                sent_segment& part = sent_segment::of(*skb);
                part.seq = seq;
                part.flags = seq == last ? at.flags : wire::tcp_flags::none;
                add(std::move(skb));
            }
            seq += size;
        });
    }
    void leave() noexcept {
        if (empty()) return;
        const sent_segment at = sent_segment::of(*first_);
        if (!others_.empty()) {
            first_->gso_size = static_cast<std::uint16_t>(first_->size());
            first_->gso_segments = static_cast<std::uint16_t>(others_.size() + 1);
            first_->gso_type = Policies::ip::gso;
            others_.attach_to(*first_);
        }
        static_cast<void>(tcp_transmit(net_, sk_, std::move(first_), at.seq, at.flags | wire::tcp_flags::ack));
    }

private:
    static constexpr std::size_t most = 63;  // as many as a receiver takes at once
    void add(packet_buffer skb) noexcept {
        if (empty()) first_ = std::move(skb);
        else others_.push_back(std::move(skb));
        if (others_.size() >= others_max_) leave();
    }

    Net& net_;
    tcp_sock<Policies>& sk_;
    std::size_t headroom_, others_max_;
    packet_buffer first_;
    packet_queue others_;
};

/// Sends what `kept` holds in its slots, as one train; it is in sk.sent.
template <class Net, class Policies>
result<> tcp_send_slots(Net& net, tcp_sock<Policies>& sk, packet& kept) noexcept {
    tcp_train<Net, Policies> train{net, sk};
    train.add(kept, tcp_current_mss(sk));
    train.leave();
    return {};
}

/// The first unsent packet is about to leave, and waits from now on for its acknowledgement.
template <class Net, class Policies>
packet& tcp_keep_sent(Net& net, tcp_sock<Policies>& sk, packet_buffer skb) noexcept {
    sent_segment& at = sent_segment::of(*skb);
    const bool fin = any(at.flags & wire::tcp_flags::fin);
    const auto size = static_cast<std::uint32_t>(skb->total_size());
    at = {.seq = sk.snd_nxt, .end_seq = sk.snd_nxt + size + fin, .flags = at.flags,
          .sacked = false, .lost = false, .retransmitted = false, .ever_retransmitted = false};
    if (sk.write_queue.empty()) at.flags = at.flags | wire::tcp_flags::psh;
    skb->timestamp = net.now();
    packet& kept = *skb;
    if (size % sk.mss != 0) sk.snd_small = at.end_seq;
    sk.sent.push_back(std::move(skb));
    sk.snd_nxt = at.end_seq;
    return kept;
}
/// Something has left; before it, nothing was on its way where `first`.
template <class Net, class Policies>
void tcp_note_sent(Net& net, tcp_sock<Policies>& sk, bool first) noexcept {
    sk.acknowledgement.on_data_sent(net.now());
    sk.last_sent = net.now();
    if (first || sk.pending == timer_purpose::persist) tcp_arm_retransmit(net, sk, timer_purpose::retransmit);
}
template <class Net, class Policies>
void tcp_send_first(Net& net, tcp_sock<Policies>& sk, packet_buffer skb) noexcept {
    const bool first = sk.sent.empty();
    if (first) tcp_restart_after_idle(net, sk);
    packet& kept = tcp_keep_sent(net, sk, std::move(skb));
    static_cast<void>(tcp_send_kept(net, sk, kept));  // what fails here is lost on the way: it is sent again
    tcp_note_sent(net, sk, first);
}

/// Whether the interface takes more; where not, the sock waits for it, with nothing lost. In the kernel: TCP small queues.
template <class Net, class Policies>
bool tcp_has_room(Net& net, tcp_sock<Policies>& sk) noexcept {
    if (network<typename Policies::ip>(net).has_room(net, sk.way)) [[likely]] return true;
    auto& waiting = static_cast<blocked_tcp_sock&>(sk);
    if (!waiting.linked()) tcp_of(net, sk).blocked.push_back(waiting);
    return false;
}

/// Sends what may be sent. True if something is left that waits for the window, with nothing on its way whose
/// acknowledgement would bring news. In the kernel: tcp_write_xmit.
template <class Net, class Policies>
bool tcp_write(Net& net, tcp_sock<Policies>& sk, bool more = false) noexcept {
    if (!sk.has_unsent() || !tcp_find_way(net, sk)) return sk.has_unsent() && sk.sent.empty();
    const std::uint32_t mss = tcp_current_mss(sk);
    const bool first = sk.sent.empty();
    if (first) tcp_restart_after_idle(net, sk);
    const seq32 before = sk.snd_nxt;
    bool behind_another = false;
    tcp_train<Net, Policies> train{net, sk};
    while (packet* const skb = sk.write_queue.front()) {
        const std::uint32_t octets = tcp_may_send(sk, *skb, mss, more, behind_another);
        if ((octets == 0 && !skb->empty()) || (train.empty() && !tcp_has_room(net, sk))) break;
        packet_buffer part;
        if (octets < skb->total_size()) {
            part = tcp_cut_front(net, sk, *skb, octets);
            if (!part) break;
            sk.write_queue.update(*skb);
        } else {
            part = sk.write_queue.pop_front();
        }
        behind_another |= octets >= mss;
        train.add(tcp_keep_sent(net, sk, std::move(part)), mss);
    }
    train.leave();
    if (sk.snd_nxt != before) tcp_note_sent(net, sk, first);
    return sk.has_unsent() && sk.sent.empty() && !static_cast<blocked_tcp_sock&>(sk).linked();
}

/// Sends what may be sent, and sees to it that what may not will be. In the kernel: __tcp_push_pending_frames.
template <class Net, class Policies>
void tcp_push(Net& net, tcp_sock<Policies>& sk, bool more = false) noexcept {
    if (tcp_write(net, sk, more) && sk.pending == timer_purpose::none) tcp_arm_retransmit(net, sk, timer_purpose::persist);
}

/// Sends a segment once more; of a packet that is larger now than a segment, its first. False where that is not possible
/// at present. In the kernel: tcp_retransmit_skb.
template <class Net, class Policies>
bool tcp_retransmit(Net& net, tcp_sock<Policies>& sk, packet& skb) noexcept {
    sent_segment& at = sent_segment::of(skb);
    if (!tcp_find_way(net, sk) || (at.seq >= sk.window_end() && at.seq != sk.snd_una)) return false;
    packet* sending = &skb;
    if (!tcp_drop_acknowledged(sk, skb)) return false;
    if (skb.total_size() > tcp_current_mss(sk)) {
        if (!tcp_split_sent(net, sk, skb, tcp_current_mss(sk))) return false;
        sending = packet_queue::before(skb);
    }
    const bool sent = static_cast<bool>(tcp_send_kept(net, sk, *sending));
    sk.sent.mark_retransmitted(*sending);
    sending->timestamp = net.now();
    if (sk.first_retransmission == time_point{}) sk.first_retransmission = net.now();
    ++tcp_of(net, sk).counters.retransmitted;
    ++sk.totals.retransmitted;
    sk.totals.bytes_retransmitted += sent_segment::of(*sending).length();
    return sent;
}

/// Octets that were acknowledged since, off the front of a packet that is to be sent again. False without memory.
template <class Policies>
bool tcp_drop_acknowledged(tcp_sock<Policies>& sk, packet& skb) noexcept {
    const sent_segment& at = sent_segment::of(skb);
    const std::size_t left = at.length() - any(at.flags & wire::tcp_flags::fin);
    if (left >= skb.total_size()) return true;
    std::size_t gone = skb.total_size() - left;
    if (skb.slots() > 1) {
        sk.write_memory -= skb.truesize();
        const std::size_t whole = std::min(gone / skb.size(), skb.slots() - 1);
        gone -= whole * skb.size();
        skb.drop_slots(whole);
        sk.write_memory += skb.truesize();
        sk.sent.update(skb);
        if (gone == 0) return true;
        if (!tcp_linearize(sk, skb)) return false;
    }
    const std::uint32_t rest = checksum::subtract(skb.csum, checksum::sum(skb.bytes().first(gone)));
    skb.csum = gone % 2 != 0 ? byte_swap(checksum::fold(rest)) : rest;
    skb.pull(gone);
    sk.sent.update(skb);
    return true;
}

/// Cuts a packet that was sent in two; `octets` go to a packet before it, with its marks. False without memory.
template <class Net, class Policies>
bool tcp_split_sent(Net& net, tcp_sock<Policies>& sk, packet& skb, std::uint32_t octets) noexcept {
    if (!tcp_drop_acknowledged(sk, skb)) return false;
    if (octets >= skb.total_size()) return false;  // what is beyond is only a FIN
    packet_buffer front = tcp_cut_front(net, sk, skb, octets);
    if (!front) return false;
    sk.sent.update(skb);
    sk.sent.split_before(skb, std::move(front), octets);
    return true;
}

/// Sends again what is lost, as far as the congestion window allows. In the kernel: tcp_xmit_retransmit_queue.
template <class Net, class Policies>
void tcp_retransmit_lost(Net& net, tcp_sock<Policies>& sk) noexcept {
    const std::uint32_t allowed = sk.congestion.window();
    while (packet* const skb = sk.sent.next_lost()) {
        const std::uint32_t one = std::min<std::uint32_t>(sent_segment::of(*skb).length(), sk.mss);
        if (sk.in_flight() != 0 && sk.in_flight() + one > allowed) {
            sk.window_limited = true;
            return;
        }
        if (!tcp_has_room(net, sk)) return;
        if (!tcp_retransmit(net, sk, *skb)) return;
    }
}

}  // namespace weld::inline v0::stack
