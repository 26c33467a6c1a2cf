// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/packet/receive_ring.hpp>

namespace weld::inline v0::device {

/// A ring of slots, one frame each, that are there as soon as the kernel has filled them: TPACKET_V2. For a stack, whose
/// peers wait for its answers. A slot takes a frame of Ethernet's usual size; larger ones, super-segments, are read from
/// the socket.
/// Shape: slot | tpacket2_hdr, sockaddr_ll (later lent_place) | headroom, the end of which is the virtio header | frame |.
template <sys::entry_policy Sys = sys::direct>
class frame_ring {
public:
    /// As the kernel has put it there.
    using frame = ring_frame<::tpacket2_hdr>;

    /// Errors: those of setsockopt(2) and mmap(2): not_enough_memory.
    static result<frame_ring> open(Sys sys, int fd, std::size_t bytes) noexcept {
        ::tpacket_req request{};
        request.tp_block_size = block_size;
        request.tp_block_nr = static_cast<unsigned>((bytes + block_size - 1) / block_size);
        request.tp_frame_size = slot_size;
        request.tp_frame_nr = request.tp_block_nr * (block_size / slot_size);
        if (const result<> done = sys::packet_option(sys, fd, PACKET_COPY_THRESH, 1); !done) return done.error();
        auto memory = memory_type::open(sys, fd, request, {TPACKET_V2, slot_bits, offsetof(::tpacket2_hdr, tp_status), reserve});
        if (!memory) return memory.error();
        return frame_ring{std::move(*memory)};
    }
    frame_ring(frame_ring&&) noexcept = default;
    ~frame_ring() { memory_.reclaim_all(next_, mover()); }

    bool next(frame& to) noexcept {
        const std::byte* const at = slot(here_);
        if ((__atomic_load_n(reinterpret_cast<const std::uint32_t*>(at), __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0) return false;
        __builtin_prefetch(at + slot_size);  // no processor guesses that
        __builtin_prefetch(at + slot_size + before_frame);
        memory_.areas().look_at(here_);
        to = frame{at};
        return true;
    }
    /// A packet over the frame that next() has found. Empty when the pool, which has the packet itself, is at its limit.
    packet_buffer lend(packet_pool& packets) noexcept {
        std::byte* const at = slot(here_);
        const frame it{at};
        auto& place = *reinterpret_cast<weld::detail::lent_place*>(at);
        packet_buffer made = packet_buffer::lend(packets, memory_.areas(), place, here_, it.offset() - sizeof place, it.captured().size());
        if (is_lent_ = static_cast<bool>(made); is_lent_) place.owners = lent;
        return made;
    }
    void release() noexcept {
        if (!is_lent_) memory_.areas().give_back(here_);
        is_lent_ = false;
        ++next_;
        if (++here_ << slot_bits == memory_.size()) here_ = 0;
    }
    /// Moves packets that were kept for long to their pool: the kernel needs the room.
    void reclaim() noexcept { memory_.reclaim(next_, mover()); }

private:
    using memory_type = detail::ring_memory<Sys>;
    static constexpr unsigned slot_bits = 11, slot_size = 1U << slot_bits, block_size = 1U << 16;
    static constexpr std::uint32_t lent = 1U << 30;  // in place of TP_STATUS_USER: neither the kernel's nor to be read again
    // A frame begins with a line of the cache; without it, 76 bytes behind its slot.
    static constexpr unsigned before_frame = 128, reserve = before_frame - (TPACKET_ALIGN(TPACKET2_HDRLEN + 16) + virtio_header::size - 14);

    explicit frame_ring(memory_type memory) noexcept : memory_{std::move(memory)} {}
    std::byte* slot(std::size_t number) const noexcept { return memory_.data() + (number << slot_bits); }
    auto mover() noexcept {
        return [this](std::size_t area) noexcept { return static_cast<bool>(packet::move_out(*reinterpret_cast<weld::detail::lent_place*>(slot(area)))); };
    }

    memory_type memory_;
    bool is_lent_ = false;    // the frame at hand is, or was
    std::size_t here_ = 0;    // the slot to be read
    std::uint64_t next_ = 0;  // slots that were read
};
static_assert(receive_ring<frame_ring<>>);

}  // namespace weld::inline v0::device
