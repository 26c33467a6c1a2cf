// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/packet/receive_ring.hpp>

namespace weld::inline v0::device {

/// A ring of blocks that the kernel hands over full, or after a millisecond: TPACKET_V3. It costs a tenth of the
/// processor time of a frame_ring and delays by up to that millisecond: for monitors, and for floods of small frames.
template <sys::entry_policy Sys = sys::direct>
class block_ring {
public:
    /// Errors: those of setsockopt(2) and mmap(2): not_enough_memory.
    static result<block_ring> open(Sys sys, int fd, std::size_t bytes) noexcept {
        ::tpacket_req3 request{};
        request.tp_block_size = block_size;
        const std::size_t blocks = (bytes + block_size - 1) / block_size;
        request.tp_block_nr = static_cast<unsigned>(blocks < 8 ? 8 : blocks);
        request.tp_frame_size = 2048;
        request.tp_frame_nr = request.tp_block_nr * (block_size / request.tp_frame_size);
        request.tp_retire_blk_tov = 1;
        auto memory = detail::map_ring(sys, fd, TPACKET_V3, request);
        if (!memory) return memory.error();
        return block_ring{std::move(*memory)};
    }

    bool next(ring_frame& frame) noexcept {
        while (left_ == 0)
            if (!next_block()) return false;
        const auto& header = *reinterpret_cast<const ::tpacket3_hdr*>(frame_);
        const auto tci = static_cast<std::uint16_t>(header.hv1.tp_vlan_tci);
        frame = detail::read_ring_header(frame_, header, tci, header.hv1.tp_vlan_tpid);
        return true;
    }
    void release() noexcept {
        frame_ += reinterpret_cast<const ::tpacket3_hdr*>(frame_)->tp_next_offset;
        if (--left_ == 0) give_back();
    }

private:
    // Large, because waking up costs more than what a block of frames does; there are eight at least.
    static constexpr unsigned block_size = 1U << 20;
    explicit block_ring(sys::mapping<Sys> memory) noexcept : memory_{std::move(memory)} {}
    ::tpacket_hdr_v1& block() const noexcept {
        return reinterpret_cast<::tpacket_block_desc*>(memory_.data() + here_)->hdr.bh1;
    }
    bool next_block() noexcept {
        if ((__atomic_load_n(&block().block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0) return false;
        left_ = block().num_pkts;
        frame_ = memory_.data() + here_ + block().offset_to_first_pkt;
        if (left_ == 0) give_back();
        return true;
    }
    void give_back() noexcept {
        __atomic_store_n(&block().block_status, std::uint32_t{TP_STATUS_KERNEL}, __ATOMIC_RELEASE);
        here_ += block_size;
        if (here_ == memory_.size()) here_ = 0;
    }

    sys::mapping<Sys> memory_;
    std::size_t here_ = 0;
    const std::byte* frame_ = nullptr;
    std::uint32_t left_ = 0;
};
static_assert(receive_ring<block_ring<>>);

}  // namespace weld::inline v0::device
