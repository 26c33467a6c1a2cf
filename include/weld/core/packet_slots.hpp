// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bulk_copy.hpp>
#include <weld/core/checksum.hpp>
#include <weld/core/packet_buffer.hpp>

/// Packets over several slots of one block: the payloads of as many segments, each with room for its headers before it, so
/// that what is to be sent in segments is copied once, into the place from which it leaves. In the kernel: an skb whose
/// frags are segments.
/// Shape: block | slot | slot ..; a slot is | slot_note | headroom | payload |.
namespace weld::inline v0 {

namespace detail {
/// Of one slot: its payload's sum, and whether its headroom has been given to somebody.
struct slot_note {
    std::uint32_t sum;
    std::uint32_t lent;

    static slot_note& at(std::byte* slot) noexcept { return *reinterpret_cast<slot_note*>(slot); }
};
static_assert(sizeof(slot_note) == packet::slot_note_size);
}  // namespace detail

/// A packet over `count` slots, at the most as many as a block of capacity_max holds, each with `headroom` and room for
/// `size` bytes, all of which are the packet's and are to be written by fill_slots(). Empty when the pool is at its limit.
inline packet_buffer packet_buffer::allocate_slots(packet_pool& pool, std::size_t count, std::size_t size, std::size_t headroom) noexcept {
    const std::size_t before = packet::slot_headroom(headroom), stride = packet::slot_stride(size, headroom);
    WELD_ASSERT(count > 1 && count <= packet::slots_max(size, headroom));
    packet_buffer skb = allocate(pool, count * stride, before);
    if (!skb) return skb;
    skb->block_->slot = skb->block_->capacity = static_cast<std::uint32_t>(stride);
    skb->size_ = static_cast<std::uint32_t>(size);
    skb->has_slots_ = true;
    skb->gso_segments = static_cast<std::uint16_t>(count);
    return skb;
}

/// Copies the payload of all slots, and keeps each one's sum where `summed`. Pre: from.size() == total_size().
inline void packet::fill_slots(const_bytes from, bool summed) noexcept {
    WELD_ASSERT(from.size() == total_size());
    const std::size_t stride = block_->slot, size = size_;
    const std::byte* piece = from.data();
    const std::byte* const end = piece + from.size();
    checksum = summed ? checksum_state::complete : checksum_state::none;
    for (std::byte *to = data(), *note = slot_begin(); piece != end; piece += size, to += stride, note += stride) {
        if (!summed) bulk_copy(to, piece, size);
        ::new (static_cast<void*>(note)) detail::slot_note{summed ? checksum::copy_and_sum({to, size}, {piece, size}) : 0, 0};
    }
}

[[gnu::always_inline]] inline packet_buffer packet::packet_of_slot(detail::slot_note& note, std::size_t at) const noexcept {
    detail::slot* piece = pool().take_packet();
    if (piece == nullptr) return {};
    ++block_->references;
    auto* part = ::new (static_cast<void*>(piece)) packet{piece->owner, block_, at};
    part->size_ = size_;
    part->owns_slot_ = note.lent == 0;
    note.lent = 1;
    part->checksum = checksum;
    part->csum = has_slots_ ? note.sum : csum;
    return packet_buffer::adopt(part);
}

/// The nth slot as a packet of its own, with its sum; the first time also with the right to its headroom: header_shared()
/// tells. Empty when the pool is at its limit.
inline packet_buffer packet::packet_of_slot(std::size_t n) const noexcept {
    return packet_of_slot(detail::slot_note::at(slot_begin() + n * block_->slot), data_ + n * block_->slot);
}
/// Calls visitor(packet_buffer) for each slot's packet in turn.
template <class Visitor>
[[gnu::always_inline]] inline void packet::for_each_slot(Visitor&& visitor) const {
    const std::size_t stride = block_->slot, end = data_ + gso_segments * stride;
    std::byte* note = slot_begin();
    for (std::size_t at = data_; at != end; at += stride, note += stride) visitor(packet_of_slot(detail::slot_note::at(note), at));
}

/// Gives up the first `n` slots; the last that is left makes an ordinary packet. Pre: n < slots().
inline void packet::drop_slots(std::size_t n) noexcept {
    WELD_ASSERT(n < slots());
    if (n == 0) return;
    data_ += static_cast<std::uint32_t>(n * block_->slot);
    keep_slots(slots() - n);
}

/// The first `n` slots as a packet of their own, over the same bytes; they are given up here. Pre: n < slots(). Empty when
/// the pool is at its limit; nothing has changed then.
inline packet_buffer packet::take_slots(std::size_t n) noexcept {
    packet_buffer front = clone();
    if (!front) return {};
    front->has_slots_ = true;
    front->keep_slots(n);
    drop_slots(n);
    return front;
}

inline void packet::keep_slots(std::size_t n) noexcept {
    gso_segments = static_cast<std::uint16_t>(n);
    if (n > 1) return;
    gso_segments = 0;
    has_slots_ = false;
    csum = detail::slot_note::at(slot_begin()).sum;
}

/// Makes an ordinary packet, without a sum, of one over slots. Errors: not_enough_memory. In the kernel: skb_linearize.
inline result<> packet::linearize() noexcept {
    if (!has_slots_) return {};
    const std::size_t before = headroom();
    detail::block* const own = pool().take_block(before + total_size());
    if (own == nullptr) return errc::not_enough_memory;
    for (std::size_t n = 0; n < slots(); ++n) __builtin_memcpy(own->bytes() + before + n * size_, data() + n * block_->slot, size_);
    size_ = static_cast<std::uint32_t>(total_size());
    drop_block();
    block_ = own;
    data_ = static_cast<std::uint32_t>(before);
    header_released_ = has_slots_ = false;
    gso_segments = 0;
    checksum = checksum_state::none;
    return {};
}

}  // namespace weld::inline v0
