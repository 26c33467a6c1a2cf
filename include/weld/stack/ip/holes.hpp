// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>

#include <cstddef>
#include <cstdint>

namespace weld::inline v0::stack {

/// What is missing of a datagram that comes in pieces: a list of holes, each described in its own first eight bytes.
/// A piece fits into one hole, or it is refused. The last hole has no end until the last piece has come.
/// Pre: the buffer reaches descriptor_size bytes past the end of every piece; pieces begin at multiples of eight.
/// Source: RFC 815 section 3 (the algorithm's eight steps) and section 4 (where the descriptors lie).
class holes {
public:
    static constexpr std::size_t descriptor_size = 8;
    /// What became of a fragment.
    enum class outcome : std::uint8_t {
        filled,
        duplicate,  // all of it is there already
        overlap,    // some of it is there, or it is at odds with where the datagram ends
    };

    /// Nothing is there: one hole without an end.
    void begin(std::byte* buffer) noexcept {
        first_ = 0;
        count_ = 1;
        end_ = data_end_ = 0;
        extent_ = 0;
        put(buffer, 0, {endless, none_left});
    }
    /// Bytes from `first` to before `last_end` come; `more` will follow them. The caller then writes them.
    outcome fill(std::byte* buffer, std::size_t first, std::size_t last_end, bool more) noexcept {
        const auto from = static_cast<std::uint32_t>(first), to = static_cast<std::uint32_t>(last_end);
        if (end_ != 0 && (to > end_ || (!more && to != end_))) return outcome::overlap;
        if (!more && to < data_end_) return outcome::overlap;
        std::uint32_t before = none_left;
        for (std::uint32_t at = first_; at != none_left;) {
            const descriptor hole = get(buffer, at);
            if (from < hole.end && at < to) {  // steps 2 and 3: it touches this hole
                if (from < at || to > hole.end) return outcome::overlap;
                if (!more && hole.end != endless) return outcome::overlap;
                split(buffer, before, at, hole, from, to, more);
                return outcome::filled;
            }
            before = at;
            at = hole.next;
        }
        return outcome::duplicate;
    }

    /// Step 8: the datagram is complete.
    bool none() const noexcept { return first_ == none_left; }
    std::size_t count() const noexcept { return count_; }
    /// Where the datagram ends; 0 while that is unknown.
    std::size_t end() const noexcept { return end_; }
    /// Where the first hole begins: so much of the beginning is there.
    std::size_t first_hole() const noexcept { return first_; }
    /// How much of the buffer is in use, descriptors included.
    std::size_t extent() const noexcept { return extent_ > descriptor_size ? extent_ : descriptor_size; }

private:
    static constexpr std::uint32_t endless = 0xffffffff, none_left = 0xffffffff;
    struct descriptor {
        std::uint32_t end, next;
    };
    static descriptor get(const std::byte* buffer, std::uint32_t at) noexcept {
        descriptor hole;
        __builtin_memcpy(&hole, buffer + at, sizeof hole);
        return hole;
    }
    static void put(std::byte* buffer, std::uint32_t at, descriptor hole) noexcept { __builtin_memcpy(buffer + at, &hole, sizeof hole); }

    /// Steps 4 to 7: the hole goes; what is left of it before and behind the piece are holes.
    void split(std::byte* buffer, std::uint32_t before, std::uint32_t at, descriptor hole, std::uint32_t from, std::uint32_t to, bool more) noexcept {
        if (!more) end_ = to;
        if (to > data_end_) data_end_ = to;
        std::uint32_t next = hole.next;
        --count_;
        if (to < hole.end && more) {
            put(buffer, to, {hole.end, next});
            next = to;
            ++count_;
        }
        if (at < from) {
            put(buffer, at, {from, next});
            next = at;
            ++count_;
        }
        if (before == none_left) first_ = next;
        else put(buffer, before, {get(buffer, before).end, next});
        if (to + descriptor_size > extent_) extent_ = to + descriptor_size;
    }

    std::uint32_t first_ = none_left;
    std::uint32_t count_ = 0;
    std::uint32_t end_ = 0;       // of the datagram
    std::uint32_t data_end_ = 0;  // of what has come so far
    std::size_t extent_ = 0;
};

}  // namespace weld::inline v0::stack
