// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/packet/receive_ring.hpp>

namespace weld::inline v0::device {

/// A ring of slots, one frame each, that are there as soon as the kernel has filled them: TPACKET_V2. For a stack, whose
/// peers wait for its answers. A slot takes a frame of Ethernet's usual size; larger ones, super-segments, are read from
/// the socket.
template <sys::entry_policy Sys = sys::direct>
class frame_ring {
public:
    /// Errors: those of setsockopt(2) and mmap(2): not_enough_memory.
    static result<frame_ring> open(Sys sys, int fd, std::size_t bytes) noexcept {
        ::tpacket_req request{};
        request.tp_block_size = block_size;
        request.tp_block_nr = static_cast<unsigned>((bytes + block_size - 1) / block_size);
        request.tp_frame_size = slot_size;
        request.tp_frame_nr = request.tp_block_nr * (block_size / slot_size);
        if (const result<> done = sys::packet_option(sys, fd, PACKET_COPY_THRESH, 1); !done) return done.error();
        auto memory = detail::map_ring(sys, fd, TPACKET_V2, request);
        if (!memory) return memory.error();
        return frame_ring{std::move(*memory)};
    }

    bool next(ring_frame& frame) noexcept {
        const ::tpacket2_hdr& header = at();
        if ((__atomic_load_n(&header.tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0) return false;
        const auto* slot = reinterpret_cast<const std::byte*>(&header);
        frame = detail::read_ring_header(slot, header, header.tp_vlan_tci, header.tp_vlan_tpid);
        return true;
    }
    void release() noexcept {
        __atomic_store_n(&at().tp_status, std::uint32_t{TP_STATUS_KERNEL}, __ATOMIC_RELEASE);
        here_ += slot_size;
        if (here_ == memory_.size()) here_ = 0;
    }

private:
    static constexpr unsigned slot_size = 2048, block_size = 1U << 16;
    explicit frame_ring(sys::mapping<Sys> memory) noexcept : memory_{std::move(memory)} {}
    ::tpacket2_hdr& at() const noexcept { return *reinterpret_cast<::tpacket2_hdr*>(memory_.data() + here_); }

    sys::mapping<Sys> memory_;
    std::size_t here_ = 0;
};
static_assert(receive_ring<frame_ring<>>);

}  // namespace weld::inline v0::device
