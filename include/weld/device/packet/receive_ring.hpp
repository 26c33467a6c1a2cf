// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/packet/ring_frame.hpp>
#include <weld/device/packet/ring_memory.hpp>

#include <concepts>

namespace weld::inline v0::device {

/// Memory that the kernel fills with frames, and from which they are lent. Models: frame_ring, block_ring.
/// The compiler cannot check that
///   - next() gives the oldest frame, and the same until release();
///   - lend() makes a packet of that frame, at the most once; from then on what stood before it is not to be read;
///   - release() goes on to the next; what was not lent is the kernel's again, what was when its packet has gone;
///   - reclaim() sees to it that the kernel has room, by moving what was lent long ago to its pool;
///   - each has its virtio_header: the socket has PACKET_VNET_HDR.
/// Source: packet(7), Documentation/networking/packet_mmap.rst.
template <class Ring>
concept receive_ring = std::move_constructible<Ring> && requires(Ring& ring, typename Ring::frame& frame, packet_pool& packets) {
    { ring.next(frame) }    noexcept -> std::same_as<bool>;
    { ring.lend(packets) }  noexcept -> std::same_as<packet_buffer>;
    { ring.release() }      noexcept -> std::same_as<void>;
    { ring.reclaim() }      noexcept -> std::same_as<void>;
};
// beside these: static result<Ring> open(Sys, int socket, std::size_t bytes), called once, before bind(2).

}  // namespace weld::inline v0::device
