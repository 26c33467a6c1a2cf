// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/virtio_header.hpp>
#include <weld/sys/packet_calls.hpp>

#include <concepts>

namespace weld::inline v0::device {

/// A frame where the kernel has put it.
struct ring_frame {
    const_bytes captured{};
    std::size_t size = 0;            ///< of all of it
    std::size_t link_header = 0;     ///< of that
    virtio_header header{};
    bool copied_aside = false;       ///< it did not fit: all of it is in the socket's receive queue
    std::uint16_t vlan_tpid = 0;     ///< of the tag that was taken off; 0: none
    std::uint16_t vlan_tci = 0;
    packet_type type{};
};

/// Memory that the kernel fills with frames. Models: frame_ring, block_ring.
/// The compiler cannot check that
///   - next() gives the oldest frame, and the same until release();
///   - each has its virtio_header: the socket has PACKET_VNET_HDR.
/// Source: packet(7), Documentation/networking/packet_mmap.rst.
template <class Ring>
concept receive_ring = std::movable<Ring> && requires(Ring& ring, ring_frame& frame) {
    { ring.next(frame) }  noexcept -> std::same_as<bool>;
    { ring.release() }    noexcept -> std::same_as<void>;
};
// beside these: static result<Ring> open(Sys, int socket, std::size_t bytes), called once, before bind(2).

namespace detail {
/// What both versions of the header tell alike, and where the frame stands.
template <class Header>
ring_frame read_ring_header(const std::byte* slot, const Header& header, std::uint16_t tci, std::uint16_t tpid) noexcept {
    ring_frame frame;
    frame.captured = {slot + header.tp_mac, header.tp_snaplen};
    frame.size = header.tp_len;
    frame.link_header = static_cast<std::size_t>(header.tp_net - header.tp_mac);
    __builtin_memcpy(&frame.header, slot + header.tp_mac - virtio_header::size, sizeof frame.header);
    frame.copied_aside = (header.tp_status & TP_STATUS_COPY) != 0;
    if ((header.tp_status & TP_STATUS_VLAN_VALID) != 0) [[unlikely]] {
        frame.vlan_tpid = (header.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? tpid : std::uint16_t{0x8100};
        frame.vlan_tci = tci;
    }
    ::sockaddr_ll from;
    __builtin_memcpy(&from, slot + TPACKET_ALIGN(sizeof(Header)), sizeof from);
    frame.type = static_cast<packet_type>(from.sll_pkttype);
    return frame;
}
/// PACKET_RX_RING, and the memory behind it.
template <class Request, sys::entry_policy Sys>
result<sys::mapping<Sys>> map_ring(Sys sys, int fd, int version, const Request& request) noexcept {
    if (const result<> done = sys::packet_option(sys, fd, PACKET_VERSION, version); !done) return done.error();
    if (const result<> done = sys::packet_option(sys, fd, PACKET_RX_RING, request); !done) return done.error();
    const std::size_t size = std::size_t{request.tp_block_size} * request.tp_block_nr;
    const auto mapped = sys::mmap(sys, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (!mapped) return mapped.error();
    return sys::mapping<Sys>{*mapped, size, sys};
}
}  // namespace detail

}  // namespace weld::inline v0::device
