// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_memory.hpp>
#include <weld/core/poison.hpp>

#include <new>

namespace weld::inline v0 {

namespace detail {

/// What the start of a frame becomes while a packet lies over it, in place of what its owner had written there.
struct lent_place {
    std::uint32_t owners;   // stays as it is: the owner finds the next frame by it, or knows whose this one is
    std::uint32_t is_lent;  // or 0
    block piece;            // `next` is the packet; before the frame there is room for headers

    static lent_place& of(block& piece) noexcept {
        return *reinterpret_cast<lent_place*>(reinterpret_cast<std::byte*>(&piece) - 2 * sizeof(std::uint32_t));
    }
};
static_assert(sizeof(lent_place) == 40);

}  // namespace detail

/// Memory that packets lie in for a while although it is not their pool's: a ring shared with the kernel, in areas of one
/// size, each with a word that is set to zero when nobody holds the area any more. Its owner may want an area back before
/// that: then it moves the packets that lie there to their pool (packet::move_out), so that who keeps one keeps no ring.
/// Pre: used by one thread; the words are shared with the kernel alone. There is one packet to a place: its clone is a copy.
class packet_lender : detail::slab {
public:
    /// `memory` in areas of 2^area_bits bytes, each with its word at `word`; `held` has a zero for each.
    packet_lender(std::byte* memory, unsigned area_bits, std::size_t word, std::uint32_t* held) noexcept
        : slab{.cache = &detail::lent_memory, .next = nullptr, .next_partial = nullptr, .used = 1}, memory_{memory}, word_{word}, held_{held}, area_bits_{area_bits} {}
    packet_lender(const packet_lender&) = delete;
    packet_lender& operator=(const packet_lender&) = delete;

    /// Packets that lie here.
    std::size_t lent() const noexcept { return lent_; }
    bool is_held(std::size_t area) const noexcept { return held_[area] != 0; }
    /// One more has a claim on this area, beside the packets in it.
    void hold(std::size_t area) noexcept { ++held_[area]; }
    /// The last to do so gives it back to whom it belongs.
    void let_go(std::size_t area) noexcept {
        if (--held_[area] == 0) give_back(area);
    }
    /// An area that nobody holds.
    void give_back(std::size_t area) noexcept {
        std::byte* const begin = memory_ + (area << area_bits_);
        detail::poison(begin + unpoisoned, (std::size_t{1} << area_bits_) - unpoisoned);
        __atomic_store_n(reinterpret_cast<std::uint32_t*>(begin + word_), std::uint32_t{0}, __ATOMIC_RELEASE);
    }
    /// What is written there is for us to read: the opposite, before anything of an area but its first bytes is looked at.
    void look_at(std::size_t area) noexcept { detail::unpoison(memory_ + (area << area_bits_), std::size_t{1} << area_bits_); }

    /// For packet_buffer: gives a place to the packet that will be at `holder`.
    detail::block* lend(detail::lent_place& place, std::size_t area, detail::slot* holder, std::size_t capacity) noexcept {
        ++held_[area];
        ++lent_;
        place.is_lent = 1;
        return ::new (static_cast<void*>(&place.piece)) detail::block{{this, holder}, 1, 0, static_cast<std::uint32_t>(capacity), 0};
    }
    /// For packet_buffer: whether a block lies in a lender's memory.
    static bool owns(const detail::block& piece) noexcept { return piece.owner->cache == &detail::lent_memory; }
    /// For packet_pool: no packet lies there any more.
    [[gnu::noinline]] static void take_back(detail::block& piece) noexcept {
        auto& self = static_cast<packet_lender&>(*piece.owner);
        self.used = 1;
        auto& place = detail::lent_place::of(piece);
        place.is_lent = 0;
        detail::poison(&place + 1, piece.capacity);
        self.let_go(static_cast<std::size_t>(reinterpret_cast<std::byte*>(&place) - self.memory_) >> self.area_bits_);
        if (--self.lent_ == 0 && self.end_ != nullptr) [[unlikely]] self.end();
    }

protected:
    ~packet_lender() = default;
    /// Calls `then(*this)` once the last packet has left. Pre: one lies here.
    void end_with_the_last(void (*then)(packet_lender&) noexcept) noexcept { end_ = then; }

private:
    static constexpr std::size_t unpoisoned = 64;  // an area's word, and what else its owner looks at first
    [[gnu::cold, gnu::noinline]] void end() noexcept { end_(*this); }

    std::byte* memory_;
    std::size_t word_;
    std::uint32_t* held_;  // by area
    unsigned area_bits_;
    std::size_t lent_ = 0;
    void (*end_)(packet_lender&) noexcept = nullptr;
};

}  // namespace weld::inline v0
