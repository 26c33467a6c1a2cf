// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_buffer.hpp>

#include <cstddef>
#include <cstdint>

namespace weld::inline v0::device {

/// What stands before each frame that a tap device or a packet socket passes with offloads: where a checksum is to be
/// filled in, and how a super-segment is to be split. Shape: struct virtio_net_hdr, in this machine's byte order.
/// Source: linux/virtio_net.h; virtio 1.2 section 5.1.6; include/linux/virtio_net.h in the kernel.
struct virtio_header {
    static constexpr std::size_t size = 10;
    static constexpr std::uint8_t needs_checksum = 1, data_valid = 2;  // VIRTIO_NET_HDR_F_*
    static constexpr std::uint8_t gso_ecn = 0x80;                      // VIRTIO_NET_HDR_GSO_ECN

    std::uint8_t flags = 0;
    std::uint8_t gso_type = 0;
    std::uint16_t headers = 0;  // their length, of a super-segment
    std::uint16_t gso_size = 0;
    std::uint16_t checksum_start = 0;
    std::uint16_t checksum_offset = 0;

    /// For a frame that goes to the kernel.
    static virtio_header of(const packet& frame) noexcept {
        virtio_header header;
        WELD_ASSERT(frame.gso_size == 0 || frame.checksum == checksum_state::partial);
        if (frame.checksum != checksum_state::partial) return header;
        header.flags = needs_checksum;
        header.checksum_start = static_cast<std::uint16_t>(frame.checksum_start());
        header.checksum_offset = static_cast<std::uint16_t>(frame.checksum_offset());
        if (frame.gso_size == 0) return header;
        header.gso_type = static_cast<std::uint8_t>(frame.gso_type);
        header.gso_size = frame.gso_size;
        header.headers = static_cast<std::uint16_t>(header.headers_of(frame));
        return header;
    }
    /// Tells a frame that came from the kernel what it is.
    /// Errors: bad_message (it contradicts the frame, or is of a kind that nobody asked for).
    result<> apply(packet& frame) const noexcept {
        if ((flags & needs_checksum) != 0) {
            if (std::size_t{checksum_start} + checksum_offset + 2 > frame.size()) return errc::bad_message;
            if (frame.headroom() + checksum_start > 0xffff) return errc::bad_message;
            frame.set_partial_checksum(checksum_start, checksum_offset);
        } else if ((flags & data_valid) != 0) {
            frame.checksum = checksum_state::unnecessary;
        }
        if (gso_type == 0) return {};
        return apply_gso(frame);
    }

private:
    weld::gso_type kind() const noexcept { return static_cast<weld::gso_type>(gso_type & ~gso_ecn); }
    bool is_tcp() const noexcept { return kind() == gso_type::tcp4 || kind() == gso_type::tcp6; }
    /// Of the link, the network and the transport. The field is a hint only, and so it is found out.
    std::size_t headers_of(const packet& frame) const noexcept {
        if (!is_tcp()) return std::size_t{checksum_start} + 8;
        if (std::size_t{checksum_start} + 20 > frame.size()) return frame.size();
        return checksum_start + (static_cast<std::size_t>(frame.data()[checksum_start + 12]) >> 4 << 2);
    }
    result<> apply_gso(packet& frame) const noexcept {
        const bool known = is_tcp() || kind() == gso_type::udp_l4;
        if (!known || gso_size == 0 || (flags & needs_checksum) == 0) return errc::bad_message;
        const std::size_t before = headers_of(frame);
        if (before >= frame.size()) return errc::bad_message;
        const std::size_t segments = (frame.size() - before + gso_size - 1) / gso_size;
        if (segments == 1) return {};
        frame.gso_size = gso_size;
        frame.gso_segments = static_cast<std::uint16_t>(segments);
        frame.gso_type = kind();
        return {};
    }
};
static_assert(sizeof(virtio_header) == virtio_header::size);

}  // namespace weld::inline v0::device
