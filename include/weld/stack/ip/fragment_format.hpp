// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/stack/ip/address_hash.hpp>
#include <weld/stack/ip/ip4.hpp>
#include <weld/stack/ip/ip6.hpp>
#include <weld/stack/wire/ipv4.hpp>
#include <weld/stack/wire/ipv6.hpp>

namespace weld::inline v0::stack {

/// A fragment, taken apart: what tells which datagram it belongs to, and where it has its place there.
template <class Ip>
struct ip_fragment {
    typename Ip::address source{}, destination{};
    std::uint32_t identification = 0;
    std::uint8_t protocol = 0;        // 0 in IPv6, where it does not tell datagrams apart: RFC 8200 section 4.5
    std::uint8_t ecn = 0;
    bool more_fragments = false;
    std::size_t header_size = 0;      // what stands before every fragment's data, as the whole datagram will have it
    std::size_t offset = 0;
    const_bytes data;
};

/// How a version of IP writes fragments; for reassembly<Ip>.
template <class Ip>
struct fragment_format;

/// In the header itself.
template <>
struct fragment_format<ip4> {
    static ip_fragment<ip4> parse(const_bytes packet) noexcept {
        const auto ip = *wire::ipv4_view::parse(packet);
        return {ip.source(), ip.destination(), ip.identification(), ip.protocol(), ip.ecn(), ip.more_fragments(), ip.header_size(), ip.fragment_offset(), ip.payload()};
    }
    /// Whether a datagram may have so many bytes behind its header.
    static constexpr bool fits(std::size_t header_size, std::size_t size) noexcept { return header_size + size <= wire::ipv4_header::total_length_max; }
    /// Makes the first fragment's header into the whole datagram's.
    static void make_whole(mutable_bytes header, std::size_t size, bool congested) noexcept {
        if (congested) header[1] |= std::byte{3};
        store_be(header, 2, static_cast<std::uint16_t>(header.size() + size));
        store_be<std::uint16_t>(header, 6, 0);
        store_be<std::uint16_t>(header, 10, 0);
        store_be(header, 10, checksum::finish(checksum::sum(header)));
    }
};

/// The fragment header itself was taken out before: ip/ipv6_input.hpp.
template <>
struct fragment_format<ip6> {
    /// Whether a datagram may have so many bytes behind its headers; the first one does not count.
    static constexpr bool fits(std::size_t header_size, std::size_t size) noexcept {
        return header_size - ip6::header_size + size <= wire::ipv6_header::payload_length_max;
    }
    /// Makes the first fragment's headers into the whole datagram's.
    static void make_whole(mutable_bytes header, std::size_t size, bool congested) noexcept {
        if (congested) header[1] |= std::byte{0x30};
        store_be(header, 4, static_cast<std::uint16_t>(header.size() - ip6::header_size + size));
    }
};

}  // namespace weld::inline v0::stack
