// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/packet_buffer.hpp>
#include <weld/core/span.hpp>

#include <cstddef>
#include <utility>

namespace weld::inline v0 {

/// Packets in order, linked through themselves; it owns them. In the kernel: struct sk_buff_head.
class packet_queue {
public:
    packet_queue() noexcept = default;
    packet_queue(packet_queue&& other) noexcept { splice_back(other); }
    packet_queue& operator=(packet_queue&& other) noexcept {
        clear();
        splice_back(other);
        return *this;
    }
    ~packet_queue() { clear(); }

    bool empty() const noexcept { return first_ == nullptr; }
    /// How many packets.
    std::size_t size() const noexcept { return packets_; }
    /// Their bytes, as they were when queued or at the last update().
    std::size_t bytes() const noexcept { return bytes_; }

    void push_back(packet_buffer skb) noexcept { link(last_, *skb.release(), nullptr); }
    void push_front(packet_buffer skb) noexcept { link(nullptr, *skb.release(), first_); }
    void insert_before(packet& successor, packet_buffer skb) noexcept { link(successor.previous_, *skb.release(), &successor); }
    void insert_after(packet& predecessor, packet_buffer skb) noexcept { link(&predecessor, *skb.release(), after(predecessor)); }
    /// The first packet; an empty handle when there is none.
    packet_buffer pop_front() noexcept;
    /// As many from the front as there is room for; answers how many. Pre: the handles are empty.
    std::size_t pop_front(span<packet_buffer> to) noexcept;
    packet_buffer pop_back() noexcept { return empty() ? packet_buffer{} : remove(*last_); }
    /// Takes a packet out of the middle. Pre: it is in this queue. In the kernel: skb_unlink.
    packet_buffer remove(packet& skb) noexcept;
    /// Counts a queued packet's bytes anew: after every change of its size.
    void update(packet& skb) noexcept;
    /// Moves all of `other` behind, or before, what is here. O(1).
    void splice_back(packet_queue& other) noexcept;
    void splice_front(packet_queue& other) noexcept;
    /// Gives all packets to `head` as its fragments; nothing happens where there are none. O(1). Pre: it has none.
    void attach_to(packet& head) noexcept;
    /// Gives one more packet to `head`, behind the fragments that it has.
    static void add_fragment(packet& head, packet_buffer skb) noexcept;
    /// Takes a packet's fragments.
    static packet_queue detach_from(packet& head) noexcept;
    void clear() noexcept { while (!empty()) pop_front().reset(); }

    /// Null where there is none.
    packet* front() const noexcept { return first_; }
    packet* back() const noexcept { return last_; }
    static packet* after(packet& skb) noexcept { return static_cast<packet*>(skb.next); }
    static packet* before(packet& skb) noexcept { return skb.previous_; }

    /// Walks the packets; the one at hand may be removed while its turn lasts.
    class iterator {
    public:
        explicit iterator(packet* at) noexcept : at_{at}, next_{following()} {}
        packet& operator*() const noexcept { return *at_; }
        iterator& operator++() noexcept {
            at_ = next_;
            next_ = following();
            return *this;
        }
        bool operator==(const iterator& other) const noexcept { return at_ == other.at_; }

    private:
        packet* following() const noexcept { return at_ != nullptr ? after(*at_) : nullptr; }
        packet* at_;
        packet* next_;
    };
    iterator begin() const noexcept { return iterator{first_}; }
    iterator end() const noexcept { return iterator{nullptr}; }

private:
    void link(packet* predecessor, packet& skb, packet* successor) noexcept;

    std::size_t packets_ = 0;  // not beside bytes_: g++ 12 would make a vector of both, and pay for it
    packet* first_ = nullptr;
    packet* last_ = nullptr;
    std::size_t bytes_ = 0;
};

inline void packet_queue::link(packet* predecessor, packet& skb, packet* successor) noexcept {
    skb.previous_ = predecessor;
    skb.next = successor;
    if (predecessor != nullptr) predecessor->next = &skb;
    else first_ = &skb;
    if (successor != nullptr) successor->previous_ = &skb;
    else last_ = &skb;
    ++packets_;
    bytes_ += skb.queued_ = static_cast<std::uint32_t>(skb.total_size());
}

inline packet_buffer packet_queue::remove(packet& skb) noexcept {
    WELD_ASSERT(packets_ > 0);
    packet* const successor = after(skb);
    if (skb.previous_ != nullptr) skb.previous_->next = successor;
    else first_ = successor;
    if (successor != nullptr) successor->previous_ = skb.previous_;
    else last_ = skb.previous_;
    --packets_;
    bytes_ -= skb.queued_;
    return packet_buffer::adopt(&skb);
}

inline packet_buffer packet_queue::pop_front() noexcept {
    packet* const front = first_;
    if (front == nullptr) return {};
    first_ = after(*front);
    if (first_ != nullptr) first_->previous_ = nullptr;
    else last_ = nullptr;
    --packets_;
    bytes_ -= front->queued_;
    return packet_buffer::adopt(front);
}

inline std::size_t packet_queue::pop_front(span<packet_buffer> to) noexcept {
    std::size_t count = 0;
    packet* at = first_;
    for (; count < to.size() && at != nullptr; at = after(*at)) {
        bytes_ -= at->queued_;
        to[count++] = packet_buffer::adopt(at);
    }
    packets_ -= count;
    first_ = at;
    if (at != nullptr) at->previous_ = nullptr;
    else last_ = nullptr;
    return count;
}

inline void packet_queue::update(packet& skb) noexcept {
    bytes_ -= skb.queued_;
    bytes_ += skb.queued_ = static_cast<std::uint32_t>(skb.total_size());
}

inline void packet_queue::splice_back(packet_queue& other) noexcept {
    if (other.empty()) return;
    if (empty()) first_ = other.first_;
    else {
        last_->next = other.first_;
        other.first_->previous_ = last_;
    }
    last_ = std::exchange(other.last_, nullptr);
    other.first_ = nullptr;
    packets_ += std::exchange(other.packets_, 0);
    bytes_ += std::exchange(other.bytes_, 0);
}

inline void packet_queue::attach_to(packet& head) noexcept {
    WELD_ASSERT(!head.has_fragments_);
    if (empty()) return;
    head.has_fragments_ = true;
    head.fragment_place() = {std::exchange(first_, nullptr), std::exchange(last_, nullptr),
                             static_cast<std::uint32_t>(std::exchange(packets_, 0)), static_cast<std::uint32_t>(std::exchange(bytes_, 0))};
}

inline void packet_queue::add_fragment(packet& head, packet_buffer skb) noexcept {
    packet& added = *skb.release();
    auto& list = head.fragment_place();
    added.next = nullptr;
    added.queued_ = added.size_;
    if (head.has_fragments_) {
        added.previous_ = list.last;
        list.last->next = &added;
        list = {list.first, &added, list.packets + 1, list.bytes + added.size_};
    } else {
        added.previous_ = nullptr;
        head.has_fragments_ = true;
        list = {&added, &added, 1, added.size_};
    }
}

inline packet_queue packet_queue::detach_from(packet& head) noexcept {
    packet_queue all;
    if (!head.has_fragments_) return all;
    const auto& list = head.fragment_place();
    all.first_ = list.first;
    all.last_ = list.last;
    all.packets_ = list.packets;
    all.bytes_ = list.bytes;
    head.has_fragments_ = false;
    return all;
}

inline void packet_queue::splice_front(packet_queue& other) noexcept {
    other.splice_back(*this);
    splice_back(other);
}

}  // namespace weld::inline v0
