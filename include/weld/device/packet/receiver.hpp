// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/byte_order.hpp>
#include <weld/device/descriptor_place.hpp>
#include <weld/device/packet/receive_ring.hpp>
#include <weld/socket/device.hpp>
#include <weld/sys/tun_calls.hpp>

namespace weld::inline v0::device {

/// What a packet socket has met with.
struct packet_counters {
    std::uint64_t dropped = 0;    ///< received while the ring was full, or there was no memory
    std::uint64_t cut = 0;        ///< received, but too large for the ring while the socket's buffer was full
    std::uint64_t malformed = 0;  ///< received with a header that contradicts the frame
    std::uint64_t refused = 0;    ///< not sent: too large, a full queue of the interface, no carrier
};

namespace detail {

/// The receiving half of the devices over AF_PACKET: the socket, its ring, and its place in the event source.
template <link_type Link, receive_ring Ring, sys::entry_policy Sys>
class packet_receiver {
public:
    /// Errors: operation_not_permitted, not_enough_memory.
    static result<packet_receiver> open(Sys sys, std::size_t ring_bytes, std::size_t buffer) noexcept {
        const auto opened = sys::packet_socket(sys, SOCK_RAW);  // the other type has no virtio header
        if (!opened) return opened.error();
        sys::basic_descriptor<Sys> socket{*opened, sys};
        sys::set_buffer(sys, *opened, SO_RCVBUF, buffer);
        if (const result<> done = sys::packet_option(sys, *opened, PACKET_VNET_HDR, 1); !done) return done.error();
        auto ring = Ring::open(sys, *opened, ring_bytes);
        if (!ring) return ring.error();
        constexpr int ignore_outgoing = 23;  // PACKET_IGNORE_OUTGOING: Linux 4.20
        static_cast<void>(sys::packet_option(sys, *opened, ignore_outgoing, 1));
        return packet_receiver{std::move(socket), std::move(*ring), sys};
    }

    int fd() const noexcept { return socket_.fd(); }
    Sys system_calls() const noexcept { return sys_; }
    descriptor_place& place() noexcept { return place_; }
    packet_counters& counters() noexcept { return counters_; }
    /// Fills a prefix; `wanted(frame)` says which.
    template <class Wanted>
    std::size_t receive(packet_pool& packets, span<packet_buffer> frames, Wanted wanted) noexcept {
        std::size_t count = 0;
        for (std::size_t tries = 0; tries < 2 * frames.size() && count < frames.size(); ++tries) {
            ring_frame next;
            if (!ring_.next(next)) {
                place_.drained(events::readable);
                return count;
            }
            packet_buffer frame = wanted(next) || next.copied_aside ? take(packets, next) : packet_buffer{};
            ring_.release();
            if (frame) frames[count++] = std::move(frame);
        }
        return count;
    }
    /// Adds what the kernel has counted since it was asked last.
    void count_drops() noexcept {
        ::tpacket_stats_v3 counted{};
        const span bytes{reinterpret_cast<std::byte*>(&counted), sizeof counted};
        if (sys::getsockopt(sys_, fd(), 263, PACKET_STATISTICS, bytes)) counters_.dropped += counted.tp_drops;
    }

private:
    static constexpr std::size_t headroom = 64, frame_max = 65600;

    packet_receiver(sys::basic_descriptor<Sys> socket, Ring ring, Sys sys) noexcept
        : sys_{sys}, socket_{std::move(socket)}, ring_{std::move(ring)} {}

    packet_buffer take(packet_pool& packets, ring_frame& next) noexcept {
        packet_buffer frame;
        if (next.size <= frame_max) frame = packet_buffer::allocate(packets, headroom + next.size, headroom);
        if (next.copied_aside) {
            if (!read_aside(frame, next)) return {};
        } else if (next.captured.size() < next.size) {
            ++counters_.cut;
            return {};
        } else if (frame) {
            copy(frame->put(next.size), next.captured);
        }
        if (!frame) {
            ++counters_.dropped;
            return {};
        }
        if (Link == link_type::ethernet && next.vlan_tpid != 0) [[unlikely]] put_tag_back(*frame, next);
        if (!next.header.apply(*frame) || next.link_header > frame->size()) [[unlikely]] {
            ++counters_.malformed;
            return {};
        }
        if (Link == link_type::bare_ip) frame->pull(next.link_header);
        return frame;
    }
    /// A frame that was too large for its slot waits in the receive queue, in the ring's order.
    bool read_aside(const packet_buffer& frame, ring_frame& next) noexcept {
        const ::iovec room[] = {{&next.header, sizeof next.header}, {frame ? frame->data() : nullptr, frame ? next.size : 0}};
        auto got = sys::readv(sys_, fd(), room);
        if (!got && !would_block(got.error())) got = sys::readv(sys_, fd(), room);  // first came an error of the interface
        if (!frame) return true;
        if (!got || *got != next.size + sizeof next.header) {
            ++counters_.cut;
            return false;
        }
        static_cast<void>(frame->put(next.size));
        return true;
    }
    /// The kernel takes a VLAN's tag off; our link has to see it. Source: packet(7), TP_STATUS_VLAN_VALID.
    static void put_tag_back(packet& frame, ring_frame& next) noexcept {
        if (frame.size() < 12) return;
        const mutable_bytes bytes = frame.push(4);
        __builtin_memmove(bytes.data(), bytes.data() + 4, 12);
        store_be(frame.bytes(), 12, next.vlan_tpid);
        store_be(frame.bytes(), 14, next.vlan_tci);
        if ((next.header.flags & virtio_header::needs_checksum) != 0)
            next.header.checksum_start = static_cast<std::uint16_t>(next.header.checksum_start + 4);
    }

    [[no_unique_address]] Sys sys_;
    sys::basic_descriptor<Sys> socket_;
    Ring ring_;
    descriptor_place place_;  // ends before the descriptor is closed
    packet_counters counters_{};
};

}  // namespace detail

}  // namespace weld::inline v0::device
