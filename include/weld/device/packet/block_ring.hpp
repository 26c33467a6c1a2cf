// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/packet/receive_ring.hpp>

namespace weld::inline v0::device {

/// A ring of blocks that the kernel hands over full, or after a millisecond: TPACKET_V3. It costs a part of the
/// processor time of a frame_ring and delays by up to that millisecond: for monitors, for floods of small frames, and for
/// bulk. A block takes super-segments whole.
/// Shape: block | tpacket_block_desc | frame ..; a frame is | tpacket3_hdr, sockaddr_ll (later lent_place) | headroom, the
/// end of which is the virtio header | frame |.
template <sys::entry_policy Sys = sys::direct>
class block_ring {
public:
    /// As the kernel has put it there.
    using frame = ring_frame<::tpacket3_hdr>;

    /// Errors: those of setsockopt(2) and mmap(2): not_enough_memory.
    static result<block_ring> open(Sys sys, int fd, std::size_t bytes) noexcept {
        ::tpacket_req3 request{};
        request.tp_block_size = block_size;
        const std::size_t blocks = (bytes + block_size - 1) / block_size;
        request.tp_block_nr = static_cast<unsigned>(blocks < 8 ? 8 : blocks);
        request.tp_frame_size = 2048;
        request.tp_frame_nr = request.tp_block_nr * (block_size / request.tp_frame_size);
        request.tp_retire_blk_tov = 1;
        auto memory = memory_type::open(sys, fd, request, {TPACKET_V3, block_bits, offsetof(::tpacket_block_desc, hdr.bh1.block_status), reserve});
        if (!memory) return memory.error();
        return block_ring{std::move(*memory)};
    }
    block_ring(block_ring&&) noexcept = default;
    ~block_ring() { memory_.reclaim_all(next_ + (left_ != 0), mover()); }

    bool next(frame& to) noexcept {
        while (left_ == 0)
            if (!next_block()) return false;
        const std::byte* const later = frame_ + ahead * place(frame_).owners;  // frames are often as long as each other
        __builtin_prefetch(later, 1);
        __builtin_prefetch(later + before_frame);
        to = frame{frame_};
        return true;
    }
    /// A packet over the frame that next() has found. Empty when the pool, which has the packet itself, is at its limit.
    packet_buffer lend(packet_pool& packets) noexcept {
        const frame it{frame_};
        packet_buffer made = packet_buffer::lend(packets, memory_.areas(), place(frame_), here_, it.offset() - sizeof(weld::detail::lent_place), it.captured().size());
        is_lent_ = static_cast<bool>(made);
        return made;
    }
    void release() noexcept {
        if (!is_lent_) place(frame_).is_lent = 0;
        is_lent_ = false;
        frame_ += place(frame_).owners;
        if (--left_ == 0) leave_block();
    }
    /// Moves packets that were kept for long to their pool: the kernel needs the room.
    void reclaim() noexcept { memory_.reclaim(next_, mover()); }

private:
    using memory_type = detail::ring_memory<Sys>;
    // Large, because waking up costs more than what some frames do; small, so that the memory is still in the cache when it
    // is read.
    static constexpr unsigned block_bits = 17, block_size = 1U << block_bits;
    static constexpr std::uint32_t taken = TP_STATUS_USER | 1U << 30;  // not to be read again; the kernel looks at TP_STATUS_USER alone
    static constexpr std::size_t ahead = 16;
    static constexpr unsigned before_frame = sizeof(weld::detail::lent_place) + 64, reserve = before_frame - (TPACKET_ALIGN(TPACKET3_HDRLEN + 16) + virtio_header::size - 14);

    explicit block_ring(memory_type memory) noexcept : memory_{std::move(memory)} {}
    std::byte* begin(std::size_t number) const noexcept { return memory_.data() + (number << block_bits); }
    ::tpacket_hdr_v1& block(std::size_t number) const noexcept { return reinterpret_cast<::tpacket_block_desc*>(begin(number))->hdr.bh1; }
    static weld::detail::lent_place& place(std::byte* at) noexcept { return *reinterpret_cast<weld::detail::lent_place*>(at); }

    bool next_block() noexcept {
        ::tpacket_hdr_v1& header = block(here_);
        if ((__atomic_load_n(&header.block_status, __ATOMIC_ACQUIRE) & taken) != TP_STATUS_USER) return false;
        header.block_status = taken;
        memory_.areas().look_at(here_);
        memory_.areas().hold(here_);
        left_ = header.num_pkts;
        frame_ = begin(here_) + header.offset_to_first_pkt;
        if (left_ == 0) leave_block();
        return true;
    }
    void leave_block() noexcept {
        memory_.areas().let_go(here_);
        ++next_;
        if (++here_ << block_bits == memory_.size()) here_ = 0;
    }
    auto mover() noexcept {
        return [this](std::size_t number) noexcept {
            const ::tpacket_hdr_v1& header = block(number);
            std::byte* at = begin(number) + header.offset_to_first_pkt;
            memory_.areas().hold(number);  // as long as it is looked at
            std::uint32_t left = header.num_pkts - (number == here_ ? left_ : 0);
            while (left != 0 && packet::move_out(place(at))) --left, at += place(at).owners;
            memory_.areas().let_go(number);
            return left == 0;
        };
    }

    memory_type memory_;
    std::byte* frame_ = nullptr;
    std::uint32_t left_ = 0;    // frames to be read, this one included
    bool is_lent_ = false;      // this one is
    std::size_t here_ = 0;      // the block that is read, or to be read
    std::uint64_t next_ = 0;    // blocks that were read
};
static_assert(receive_ring<block_ring<>>);

}  // namespace weld::inline v0::device
