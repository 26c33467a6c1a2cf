// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_buffer.hpp>
#include <weld/sys/packet_calls.hpp>

#include <new>
#include <utility>

namespace weld::inline v0::device::detail {

/// The memory behind PACKET_RX_RING, as a lender: the kernel fills its areas one after the other, and stops at one that it
/// has not got back. It outlives the ring where packets that lie in it do, and there is no memory to move them to.
template <sys::entry_policy Sys>
class ring_memory {
public:
    /// What a ring has, with how much room there is to be before each frame, for a packet's block and headers.
    struct layout {
        int version;            // TPACKET_V2, TPACKET_V3
        unsigned area_bits;     // an area's size
        std::size_t word;       // where in it stands whose it is
        unsigned reserve;       // bytes that the kernel leaves free before a frame's virtio header
    };
    /// Errors: those of setsockopt(2) and mmap(2): not_enough_memory.
    template <class Request>
    static result<ring_memory> open(Sys sys, int fd, const Request& request, const layout& shape) noexcept {
        if (const result<> done = sys::packet_option(sys, fd, PACKET_VERSION, shape.version); !done) return done.error();
        if (const result<> done = sys::packet_option(sys, fd, PACKET_RESERVE, shape.reserve); !done) return done.error();
        if (const result<> done = sys::packet_option(sys, fd, PACKET_RX_RING, request); !done) return done.error();
        const std::size_t size = std::size_t{request.tp_block_size} * request.tp_block_nr;
        const auto mapped = sys::mmap(sys, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (!mapped) return mapped.error();
        sys::mapping<Sys> memory{*mapped, size, sys};
        auto* const held = new (std::nothrow) std::uint32_t[size >> shape.area_bits]{};
        if (held == nullptr) return errc::not_enough_memory;
        auto* const made = new (std::nothrow) lender{std::move(memory), shape, held};
        if (made != nullptr) return ring_memory{made};
        delete[] held;
        return errc::not_enough_memory;
    }
    ring_memory(ring_memory&& other) noexcept : lender_{std::exchange(other.lender_, nullptr)}, oldest_{other.oldest_} {}
    ring_memory& operator=(ring_memory&& other) noexcept {
        std::swap(lender_, other.lender_);
        std::swap(oldest_, other.oldest_);
        return *this;
    }
    ~ring_memory() {
        if (lender_ != nullptr) lender_->end_when_empty();
    }

    packet_lender& areas() const noexcept { return *lender_; }
    std::byte* data() const noexcept { return lender_->memory.data(); }
    std::size_t size() const noexcept { return lender_->memory.size(); }

    /// Keeps most of the ring for the kernel, which may have much to say while we are not running: of each area that was lent
    /// from longer ago than an eighth of them all, it calls `move_out(area)`, which answers whether nothing is left there.
    /// `next` is how many were begun to be read.
    template <class MoveOut>
    [[gnu::always_inline]] void reclaim(std::uint64_t next, MoveOut move_out) noexcept {
        if (lender_->lent() == 0) oldest_ = next;
        else if (next - oldest_ > lender_->areas / 8) [[unlikely]] reclaim_until(next - lender_->areas / 8, move_out);
    }
    /// The same for all of it, at its end.
    template <class MoveOut>
    void reclaim_all(std::uint64_t next, MoveOut move_out) noexcept {
        if (lender_ != nullptr && lender_->lent() != 0) reclaim_until(next, move_out);
    }

private:
    struct lender : packet_lender {
        lender(sys::mapping<Sys> mapped, const layout& shape, std::uint32_t* counts) noexcept
            : packet_lender{mapped.data(), shape.area_bits, shape.word, counts}, memory{std::move(mapped)}, held{counts},
              areas{memory.size() >> shape.area_bits} {}
        ~lender() {
            weld::detail::unpoison(memory.data(), memory.size());
            delete[] held;
        }
        void end_when_empty() noexcept {
            if (this->lent() == 0) delete this;
            else this->end_with_the_last([](packet_lender& self) noexcept { delete static_cast<lender*>(&self); });
        }
        sys::mapping<Sys> memory;
        std::uint32_t* held;
        std::size_t areas;
    };

    explicit ring_memory(lender* made) noexcept : lender_{made} {}
    template <class MoveOut>
    [[gnu::noinline]] void reclaim_until(std::uint64_t end, MoveOut& move_out) noexcept {
        for (; oldest_ != end; ++oldest_) {
            const std::size_t area = oldest_ % lender_->areas;
            if (lender_->is_held(area) && !move_out(area)) return;
        }
    }

    lender* lender_;
    std::uint64_t oldest_ = 0;  // of the areas that packets may lie in
};

}  // namespace weld::inline v0::device::detail
