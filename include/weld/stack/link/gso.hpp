// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/core/packet_queue.hpp>
#include <weld/socket/device.hpp>
#include <weld/stack/link/header_sum.hpp>
#include <weld/stack/wire/ipv4.hpp>
#include <weld/stack/wire/tcp.hpp>
#include <weld/stack/wire/udp.hpp>

#include <algorithm>

/// What a device does not do itself: sums transport checksums, and splits super-segments. In the kernel:
/// validate_xmit_skb, skb_checksum_help, tcp_gso_segment, __udp_gso_segment.
namespace weld::inline v0::stack::gso {

/// The device takes it as it is.
inline bool ready(const packet& frame, const device_features& device) noexcept {
    if (frame.gso_size != 0 && frame.size() > device.gso_size_max) return false;
    return frame.checksum != checksum_state::partial || device.checksum;
}

/// Fills in the transport's checksum, which its header left half done. Pre: checksum_state::partial, nobody else reads.
inline void complete_checksum(packet& skb) noexcept {
    const mutable_bytes summed = skb.bytes().subspan(skb.checksum_start());
    std::uint16_t field = checksum::finish(checksum::sum(summed));
    if (field == 0 && skb.checksum_offset() == wire::udp_header::checksum_offset) field = 0xffff;
    store_be(summed, skb.checksum_offset(), field);
    skb.checksum = checksum_state::none;
}

/// Makes frames of a packet and its fragments, which have a transport header already: each gets the headers below from the
/// first, with a length and an identification of its own. Pre: each has room for them that nobody else writes to, and the
/// first's network_offset() and transport_offset() tell where they stand.
inline void unfold(packet_buffer head, packet_queue& to) noexcept;

namespace detail {

/// What differs between the network headers of one unfolded packet.
class network_header_writer {
public:
    explicit network_header_writer(const std::byte* header) noexcept : is_version_4_{static_cast<unsigned>(*header) >> 4 == 4} {
        if (!is_version_4_) return;
        const std::uint32_t all = header_sum(header, (static_cast<std::size_t>(*header) & 0xf) * 4);
        id_ = load_be<std::uint16_t>(header + 4);
        const std::uint32_t varying = std::uint32_t{load_be<std::uint16_t>(header + 2)} + id_ + load_be<std::uint16_t>(header + wire::ipv4_header::checksum_offset);
        rest_ = checksum::fold(checksum::subtract(all, varying));
    }
    /// To a header that is a copy of the first's, of the nth packet behind it. Source: inet_gso_segment.
    void write(std::byte* header, std::size_t size, std::uint16_t nth) const noexcept {
        if (!is_version_4_) [[unlikely]] return store_be(header + 4, static_cast<std::uint16_t>(size - 40));
        const auto id = static_cast<std::uint16_t>(id_ + nth);
        store_be(header + 2, static_cast<std::uint32_t>(size << 16 | id));
        store_be(header + wire::ipv4_header::checksum_offset, checksum::finish(rest_ + static_cast<std::uint32_t>(size) + id));
    }

private:
    bool is_version_4_;
    std::uint16_t id_ = 0;
    std::uint32_t rest_ = 0;  // the sum of what they have in common
};

/// One super-segment on its way into pieces: what all pieces repeat, and what each has of its own.
class splitter {
public:
    /// Pre: frame.network_offset() and frame.transport_offset() tell where the headers stand.
    explicit splitter(packet& frame) noexcept
        : frame_{frame}, network_{static_cast<std::size_t>(frame.network_offset())},
          transport_{static_cast<std::size_t>(frame.transport_offset())},
          is_tcp_{frame.gso_type == gso_type::tcp4 || frame.gso_type == gso_type::tcp6},
          headers_{transport_ + (is_tcp_ ? static_cast<std::size_t>(frame.data()[transport_ + 12]) >> 4 << 2 : wire::udp_header::size)},
          addresses_{static_cast<unsigned>(frame.data()[network_]) >> 4 == 4 ? header_sum(frame.data() + network_ + 12, 8)
                                                                            : header_sum(frame.data() + network_ + 8, 32)} {}

    /// Errors: not_enough_memory (nothing of it is in `to` then).
    result<> split(packet_pool& pool, bool device_sums, packet_queue& to) noexcept {
        if (headers_ > frame_.size()) return errc::bad_message;
        packet_queue pieces;
        const std::size_t payload = frame_.size() - headers_;
        for (std::size_t at = 0; at < payload; at += frame_.gso_size) {
            const std::size_t size = std::min<std::size_t>(frame_.gso_size, payload - at);
            packet_buffer piece = cut(pool, at, size, at + size == payload, device_sums);
            if (!piece) return errc::not_enough_memory;
            pieces.push_back(std::move(piece));
        }
        to.splice_back(pieces);
        return {};
    }

private:
    packet_buffer cut(packet_pool& pool, std::size_t at, std::size_t size, bool last, bool device_sums) noexcept {
        packet_buffer piece = packet_buffer::allocate(pool, device_room + headers_ + size, device_room);
        if (!piece) return {};
        const mutable_bytes headers = piece->put(headers_);
        copy(headers, const_bytes{frame_.bytes()}.first(headers_));
        const const_bytes payload = const_bytes{frame_.bytes()}.subspan(headers_ + at, size);
        const std::uint32_t sum = device_sums ? (copy(piece->put(size), payload), 0u) : checksum::copy_and_sum(piece->put(size), payload);
        piece->timestamp = frame_.timestamp;
        piece->interface = frame_.interface;
        piece->protocol = frame_.protocol;
        piece->type = frame_.type;
        write_ip(piece->bytes().subspan(network_), at / frame_.gso_size);
        const mutable_bytes transport = headers.subspan(transport_);
        if (is_tcp_) write_tcp(transport, at, last);
        else store_be(transport, 4, static_cast<std::uint16_t>(transport.size() + size));
        write_checksum(*piece, transport, sum, device_sums);
        return piece;
    }
    /// Each piece has its length and the next identification. Source: inet_gso_segment.
    static void write_ip(mutable_bytes ip, std::size_t nth) noexcept {
        if (static_cast<unsigned>(ip[0]) >> 4 != 4) return store_be(ip, 4, static_cast<std::uint16_t>(ip.size() - 40));
        const std::size_t length = (static_cast<std::size_t>(ip[0]) & 0xf) * 4;
        store_be(ip, 2, static_cast<std::uint16_t>(ip.size()));
        store_be(ip, 4, static_cast<std::uint16_t>(load_be<std::uint16_t>(ip, 4) + nth));
        store_be<std::uint16_t>(ip, wire::ipv4_header::checksum_offset, 0);
        store_be(ip, wire::ipv4_header::checksum_offset, checksum::finish(header_sum(ip.data(), length)));
    }
    /// FIN and PSH belong to the last piece, CWR to the first. Source: tcp_gso_segment; RFC 3168 section 6.1.2.
    static void write_tcp(mutable_bytes tcp, std::size_t at, bool last) noexcept {
        using wire::tcp_flags;
        store_be(tcp, 4, load_be<std::uint32_t>(tcp, 4) + static_cast<std::uint32_t>(at));
        auto drop = static_cast<std::uint8_t>(last ? tcp_flags::none : tcp_flags::fin | tcp_flags::psh);
        if (at != 0) drop |= static_cast<std::uint8_t>(tcp_flags::cwr);
        tcp[13] &= ~std::byte{drop};
    }
    void write_checksum(packet& piece, mutable_bytes transport, std::uint32_t payload_sum, bool device_sums) const noexcept {
        const std::size_t field = is_tcp_ ? wire::tcp_header::checksum_offset : wire::udp_header::checksum_offset;
        const auto length = static_cast<std::uint32_t>(piece.size() - transport_);
        const std::uint32_t pseudo = checksum::add(addresses_, length + (is_tcp_ ? wire::ip_protocol::tcp : wire::ip_protocol::udp));
        store_be(transport, field, checksum::fold(pseudo));
        if (device_sums) return piece.set_partial_checksum(transport_, field);
        std::uint16_t done = checksum::finish(checksum::add(header_sum(transport.data(), transport.size()), payload_sum));
        if (done == 0 && !is_tcp_) done = 0xffff;
        store_be(transport, field, done);
    }

    static constexpr std::size_t device_room = 16;  // before the frame, for what a device puts there (virtio_net_hdr)
    packet& frame_;
    std::size_t network_;
    std::size_t transport_;
    bool is_tcp_;
    std::size_t headers_;
    std::uint32_t addresses_;  // the sum of both
};

}  // namespace detail

inline void unfold(packet_buffer head, packet_queue& to) noexcept {
    const auto network = static_cast<std::size_t>(head->network_offset()), lower = static_cast<std::size_t>(head->transport_offset());
    packet_queue rest = packet_queue::detach_from(*head);
    head->gso_type = gso_type::none;
    head->gso_size = head->gso_segments = 0;
    const packet& first = *head;
    const std::byte* const begin = head->data();
    to.push_back(std::move(head));
    const detail::network_header_writer headers{begin + network};
    std::uint16_t nth = 0;
    for (packet& frame : rest) {
        frame.reset_transport_header();
        frame.push(lower - network);
        frame.reset_network_header();
        frame.push(network);
        frame.reset_mac_header();
        if (lower == 34) [[likely]] __builtin_memcpy(frame.data(), begin, 34);  // Ethernet and IPv4: inlined
        else __builtin_memcpy(frame.data(), begin, lower);
        headers.write(frame.data() + network, frame.size() - network, ++nth);
        frame.timestamp = first.timestamp;
        frame.interface = first.interface;
        frame.protocol = first.protocol;
        frame.type = first.type;
        rest.update(frame);
    }
    to.splice_back(rest);
}

/// Does what the device does not, and queues what comes out. Errors: not_enough_memory, bad_message.
inline result<> prepare(packet_pool& pool, packet_buffer frame, const device_features& device, packet_queue& to) noexcept {
    if (frame->gso_size != 0 && frame->size() > device.gso_size_max)
        return detail::splitter{*frame}.split(pool, device.checksum, to);
    if (frame->checksum == checksum_state::partial && !device.checksum) {
        if (const result<> own = frame->unshare(); !own) return own;
        complete_checksum(*frame);
    }
    to.push_back(std::move(frame));
    return {};
}

}  // namespace weld::inline v0::stack::gso
