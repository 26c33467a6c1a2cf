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
        ring_.reclaim();
        std::size_t count = 0;
        for (std::size_t tries = 2 * frames.size(); tries != 0 && count < frames.size(); --tries) {
            ring_frame next;
            if (!ring_.next(next)) {
                place_.drained(events::readable);
                break;
            }
            if (const std::uint32_t status = next.status(); (status & unusual) == 0 && next.is_whole()) [[likely]] {
                if (wanted(next)) [[likely]] count += lend(packets, next, status, frames[count]);
            } else if (wanted(next) || (status & TP_STATUS_COPY) != 0) {
                if (packet_buffer taken = copy_of(packets, next)) frames[count++] = std::move(taken);
            }
            ring_.release();
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
    using ring_frame = typename Ring::frame;
    static constexpr std::size_t headroom = 64, frame_max = 65600;
    static constexpr std::uint32_t unusual = TP_STATUS_COPY | TP_STATUS_VLAN_VALID;  // it is not in the ring, or not as on the wire

    packet_receiver(sys::basic_descriptor<Sys> socket, Ring ring, Sys sys) noexcept
        : sys_{sys}, socket_{std::move(socket)}, ring_{std::move(ring)} {}

    /// Answers whether there is one more.
    [[gnu::always_inline]] bool lend(packet_pool& packets, const ring_frame& next, std::uint32_t status, packet_buffer& to) noexcept {
        if (Link == link_type::bare_ip || (status & TP_STATUS_CSUMNOTREADY) != 0) return lend_and_finish(packets, next, to);
        to = ring_.lend(packets);  // its virtio header says nothing that the status does not
        if (!to) [[unlikely]] return drop();
        if ((status & TP_STATUS_CSUM_VALID) != 0) to->checksum = checksum_state::unnecessary;
        return true;
    }
    [[gnu::noinline]] bool lend_and_finish(packet_pool& packets, const ring_frame& next, packet_buffer& to) noexcept {
        const std::size_t link_header = next.link_header();
        const virtio_header header = next.header();
        to = ring_.lend(packets);
        return to ? finish(to, header, link_header) : drop();
    }
    [[gnu::cold]] bool drop() noexcept {
        ++counters_.dropped;
        return false;
    }
    /// Of what cannot stay in the ring: it is not there, not as it was on the wire, or not whole.
    [[gnu::noinline]] packet_buffer copy_of(packet_pool& packets, const ring_frame& next) noexcept {
        const std::size_t size = next.size();
        virtio_header header = next.header();
        packet_buffer frame;
        if (size <= frame_max) frame = packet_buffer::allocate(packets, headroom + size, headroom);
        if ((next.status() & TP_STATUS_COPY) != 0) {
            if (!read_aside(frame, size, header)) return {};
        } else if (next.captured().size() < size) {
            ++counters_.cut;
            return {};
        } else if (frame) {
            copy(frame->put(size), next.captured());
        }
        if (!frame) {
            ++counters_.dropped;
            return {};
        }
        if (Link == link_type::ethernet && next.vlan_tpid() != 0) [[unlikely]] put_tag_back(*frame, next, header);
        static_cast<void>(finish(frame, header, next.link_header()));
        return frame;
    }
    bool finish(packet_buffer& frame, const virtio_header& header, std::size_t link_header) noexcept {
        if (!header.apply(*frame) || (Link == link_type::bare_ip && link_header > frame->size())) [[unlikely]] {
            ++counters_.malformed;
            frame.reset();
            return false;
        }
        if (Link == link_type::bare_ip) frame->pull(link_header);
        return true;
    }
    /// A frame that was too large for its slot waits in the receive queue, in the ring's order.
    bool read_aside(const packet_buffer& frame, std::size_t size, virtio_header& header) noexcept {
        const ::iovec room[] = {{&header, sizeof header}, {frame ? frame->data() : nullptr, frame ? size : 0}};
        auto got = sys::readv(sys_, fd(), room);
        if (!got && !would_block(got.error())) got = sys::readv(sys_, fd(), room);  // first came an error of the interface
        if (!frame) return true;
        if (!got || *got != size + sizeof header) {
            ++counters_.cut;
            return false;
        }
        static_cast<void>(frame->put(size));
        return true;
    }
    /// The kernel takes a VLAN's tag off; our link has to see it. Source: packet(7), TP_STATUS_VLAN_VALID.
    static void put_tag_back(packet& frame, const ring_frame& next, virtio_header& header) noexcept {
        if (frame.size() < 12) return;
        const mutable_bytes bytes = frame.push(4);
        __builtin_memmove(bytes.data(), bytes.data() + 4, 12);
        store_be(frame.bytes(), 12, next.vlan_tpid());
        store_be(frame.bytes(), 14, next.vlan_tci());
        if ((header.flags & virtio_header::needs_checksum) != 0) header.checksum_start = static_cast<std::uint16_t>(header.checksum_start + 4);
    }

    [[no_unique_address]] Sys sys_;
    sys::basic_descriptor<Sys> socket_;
    Ring ring_;
    descriptor_place place_;  // ends before the descriptor is closed
    packet_counters counters_{};
};

}  // namespace detail

}  // namespace weld::inline v0::device
