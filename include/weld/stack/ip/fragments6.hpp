// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_queue.hpp>
#include <weld/stack/ip/ip6.hpp>
#include <weld/stack/wire/ipv6.hpp>

namespace weld::inline v0::stack {

/// A fragment header. Source: RFC 8200 section 4.5.
struct fragment_header {
    static constexpr std::size_t size = 8;
    std::uint8_t next_header = 0;
    std::size_t offset = 0;  // in bytes
    bool more_fragments = false;
    std::uint32_t identification = 0;

    /// Pre: from.size() >= size.
    static fragment_header decode(const_bytes from) noexcept {
        const auto word = load_be<std::uint16_t>(from, 2);
        return {static_cast<std::uint8_t>(from[0]), word & 0xfff8u, (word & 1) != 0, load_be<std::uint32_t>(from, 4)};
    }
    void encode(mutable_bytes to) const noexcept {
        store_be<std::uint16_t>(to, 0, static_cast<std::uint16_t>(next_header << 8));
        store_be(to, 2, static_cast<std::uint16_t>(offset | (more_fragments ? 1u : 0u)));
        store_be(to, 4, identification);
    }
};

/// Where the part that every fragment repeats ends, and the byte that says what follows it: behind hop-by-hop options and a
/// routing header, and behind destination options only where a routing header is still to come. Pre: the headers fit.
struct unfragmentable_part {
    std::size_t size = ip6::header_size, told_at = 6;

    static unfragmentable_part of(const_bytes packet) noexcept {
        unfragmentable_part part;
        std::size_t at = ip6::header_size, told_at = 6;
        for (;;) {
            const auto next = static_cast<std::uint8_t>(packet[told_at]);
            const bool options = next == wire::ip_protocol::destination_options;
            if (next != wire::ip_protocol::hop_by_hop && next != wire::ip_protocol::routing && !options) return part;
            if (packet.size() - at < 8) return part;
            told_at = at;
            at += (static_cast<std::size_t>(packet[at + 1]) + 1) * 8;
            if (at > packet.size()) return part;
            if (!options) part = {at, told_at};
        }
    }
};

/// Cuts a packet so that each piece with its headers has `mtu` bytes at the most. Errors: not_enough_memory, message_size (the
/// headers leave no room). Source: RFC 8200 section 4.5; ip6_fragment.
inline result<> cut_into_fragments(packet_pool& pool, const packet& whole, std::size_t mtu, std::size_t headroom, std::uint32_t identification, packet_queue& to) noexcept {
    const const_bytes bytes = whole.bytes();
    const auto part = unfragmentable_part::of(bytes);
    const std::size_t header_size = part.size + fragment_header::size;
    if (header_size + 8 > mtu) return errc::message_size;
    const const_bytes data = bytes.subspan(part.size);
    const std::size_t room = (mtu - header_size) / 8 * 8;
    for (std::size_t at = 0; at < data.size();) {
        const bool last = data.size() - at <= mtu - header_size;
        const std::size_t size = last ? data.size() - at : room;
        packet_buffer piece = packet_buffer::allocate(pool, headroom + header_size + size, headroom);
        if (!piece) return errc::not_enough_memory;
        const mutable_bytes header = piece->put(header_size);
        copy(header, bytes.first(part.size));
        store_be(header, 4, static_cast<std::uint16_t>(header_size - ip6::header_size + size));
        header[part.told_at] = std::byte{wire::ip_protocol::fragment};
        fragment_header{static_cast<std::uint8_t>(bytes[part.told_at]), at, !last, identification}.encode(header.subspan(part.size));
        copy(piece->put(size), data.subspan(at, size));
        piece->reset_network_header();
        to.push_back(std::move(piece));
        at += size;
    }
    return {};
}

}  // namespace weld::inline v0::stack
