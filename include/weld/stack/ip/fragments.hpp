// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_queue.hpp>
#include <weld/stack/wire/ipv4.hpp>
#include <weld/stack/wire/ipv4_options.hpp>

#include <array>

namespace weld::inline v0::stack {

/// Those options that every fragment repeats; the others stand in the first alone. Answers their size, padded.
/// Source: RFC 791 section 3.1; ip_options_fragment.
inline std::size_t copied_options(const wire::ipv4_view& ip, mutable_bytes to) noexcept {
    wire::ipv4_options options{ip.options()};
    wire::ipv4_option option;
    std::size_t size = 0;
    while (options.next(option)) {
        if (!option.copied()) continue;
        to[size] = std::byte{option.type};
        to[size + 1] = static_cast<std::byte>(option.data.size() + 2);
        copy(to.subspan(size + 2), option.data);
        size += option.data.size() + 2;
    }
    while (size % 4 != 0) to[size++] = std::byte{};
    return size;
}

/// Cuts a datagram, or a fragment, so that each piece with its header has `mtu` bytes at the most.
/// Errors: not_enough_memory. Pre: mtu >= 68. Source: RFC 791 section 3.2, Fragmentation.
inline result<> cut_into_fragments(packet_pool& pool, const packet& datagram, std::size_t mtu, std::size_t headroom, packet_queue& to) noexcept {
    const auto ip = *wire::ipv4_view::parse(datagram.bytes());
    wire::ipv4_header header = ip.header();
    std::array<std::byte, 40> repeated;
    const std::size_t repeated_size = copied_options(ip, repeated);
    const const_bytes payload = ip.payload();
    for (std::size_t at = 0; at < payload.size();) {
        const const_bytes options = at == 0 ? ip.options() : const_bytes{repeated}.first(repeated_size);
        const std::size_t header_size = wire::ipv4_header::size + options.size();
        const std::size_t room = (mtu - header_size) / 8 * 8;
        const std::size_t size = payload.size() - at <= mtu - header_size ? payload.size() - at : room;
        packet_buffer piece = packet_buffer::allocate(pool, headroom + header_size + size, headroom);
        if (!piece) return errc::not_enough_memory;
        header.total_length = static_cast<std::uint16_t>(header_size + size);
        header.fragment_offset = static_cast<std::uint16_t>(ip.fragment_offset() + at);
        header.more_fragments = ip.more_fragments() || at + size < payload.size();
        header.encode(piece->put(header_size), options);
        copy(piece->put(size), payload.subspan(at, size));
        piece->reset_network_header();
        to.push_back(std::move(piece));
        at += size;
    }
    return {};
}

}  // namespace weld::inline v0::stack
