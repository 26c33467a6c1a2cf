// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/byte_order.hpp>
#include <weld/core/checksum.hpp>
#include <weld/core/packet_buffer.hpp>
#include <weld/core/span.hpp>
#include <weld/stack/link/header_sum.hpp>
#include <weld/stack/wire/ipv4.hpp>
#include <weld/stack/wire/ipv6.hpp>

/// What merging knows of the network header before a segment: what differs from one segment of a flow to the next, and what may
/// not. In the kernel: inet_gro_receive, ipv6_gro_receive.
namespace weld::inline v0::stack::gro {

namespace detail {
inline std::uint64_t eight(const std::byte* at) noexcept {
    std::uint64_t word;
    __builtin_memcpy(&word, at, sizeof word);
    return word;
}
inline std::uint32_t four(const std::byte* at) noexcept {
    std::uint32_t word;
    __builtin_memcpy(&word, at, sizeof word);
    return word;
}
/// Two words of 32 bits.
constexpr std::uint64_t halves(std::uint64_t word) noexcept { return (word & 0xffffffff) + (word >> 32); }
}  // namespace detail

/// IPv4, without options.
struct format4 {
    static constexpr std::uint16_t ether_type = wire::ether_type::ipv4;
    static constexpr std::size_t header = 20, addresses_at = 12, addresses = 8;
    static constexpr weld::gso_type gso = gso_type::tcp4;

    /// Its size where it is a whole packet of TCP, and nothing unusual; else 0.
    static std::size_t size_of_plain(const std::byte* ip) noexcept {
        if (load_be<std::uint16_t>(ip) >> 8 != 0x45 || ip[9] != std::byte{wire::ip_protocol::tcp}) return 0;
        if ((load_be<std::uint16_t>(ip + 6) & 0x3fff) != 0) return 0;  // fragments
        return load_be<std::uint16_t>(ip + 2);
    }
    /// Zero where two headers with the ports behind them are the same, but for identification and checksum.
    [[gnu::always_inline]] static std::uint64_t differ(const std::byte* ip, const std::byte* own) noexcept {
        using detail::eight;
        constexpr std::uint64_t to_fragment = 0xffff'0000'ffff'ffff, to_source = 0xffff'ffff'0000'ffff;  // little-endian
        return ((eight(ip) ^ eight(own)) & to_fragment) | ((eight(ip + 8) ^ eight(own + 8)) & to_source) | (eight(ip + 16) ^ eight(own + 16));
    }
    /// Identifications follow each other, where they say anything: the first's DF is everybody's.
    [[gnu::always_inline]] static bool follows(const std::byte* ip, const std::byte* first, std::uint16_t next_id) noexcept {
        return (first[6] & std::byte{0x40}) != std::byte{} || load_be<std::uint16_t>(ip + 4) == next_id;
    }
    static std::uint16_t next_id(const std::byte* ip) noexcept { return static_cast<std::uint16_t>(load_be<std::uint16_t>(ip + 4) + 1); }
    /// TOS, TTL, DF.
    static bool alike(const std::byte* a, const std::byte* b) noexcept { return a[1] == b[1] && a[8] == b[8] && a[6] == b[6]; }

    /// Whether its checksum is.
    static bool is_right(const std::byte* ip) noexcept { return checksum::valid(header_sum(ip, header)); }
    /// Total length, identification and checksum: where all else is the same, headers that are right have this in common.
    static std::uint16_t varying(const std::byte* ip) noexcept {
        std::uint16_t fields[3];
        __builtin_memcpy(fields, ip + 2, 4);
        __builtin_memcpy(fields + 2, ip + wire::ipv4_header::checksum_offset, 2);
        return checksum::fold(std::uint32_t{fields[0]} + fields[1] + fields[2]);  // in whatever order: they are compared
    }
    /// The sum of both addresses, as this machine reads them.
    static std::uint64_t native_sum(const std::byte* ip) noexcept { return detail::halves(detail::eight(ip + addresses_at)); }
    /// To a header that now has more behind it.
    static void set_size(mutable_bytes ip) noexcept {
        store_be(ip, 2, static_cast<std::uint16_t>(ip.size()));
        store_be<std::uint16_t>(ip, wire::ipv4_header::checksum_offset, 0);
        store_be(ip, wire::ipv4_header::checksum_offset, checksum::finish(header_sum(ip.data(), header)));
    }
};

/// IPv6, without extension headers: it has neither an identification nor a checksum.
struct format6 {
    static constexpr std::uint16_t ether_type = wire::ether_type::ipv6;
    static constexpr std::size_t header = 40, addresses_at = 8, addresses = 32;
    static constexpr weld::gso_type gso = gso_type::tcp6;

    /// Of a packet without extension headers that carries TCP; 0: it is none.
    static std::size_t size_of_plain(const std::byte* ip) noexcept {
        if (static_cast<unsigned>(ip[0]) >> 4 != 6 || ip[6] != std::byte{wire::ip_protocol::tcp}) return 0;
        return header + load_be<std::uint16_t>(ip + 4);
    }
    /// Zero where all up to the ports is the same, the ports too.
    [[gnu::always_inline]] static std::uint64_t differ(const std::byte* ip, const std::byte* own) noexcept {
        using detail::eight, detail::four;
        return (eight(ip) ^ eight(own)) | (eight(ip + 8) ^ eight(own + 8)) | (eight(ip + 16) ^ eight(own + 16)) | (eight(ip + 24) ^ eight(own + 24)) |
               (eight(ip + 32) ^ eight(own + 32)) | (four(ip + 40) ^ four(own + 40));
    }
    /// Nothing is counted.
    static bool follows(const std::byte*, const std::byte*, std::uint16_t) noexcept { return true; }
    /// There is none.
    static std::uint16_t next_id(const std::byte*) noexcept { return 0; }
    /// Traffic class, flow label, hop limit.
    static bool alike(const std::byte* a, const std::byte* b) noexcept { return detail::four(a) == detail::four(b) && a[7] == b[7]; }

    /// There is no checksum.
    static bool is_right(const std::byte*) noexcept { return true; }
    /// Nothing: the length is compared.
    static std::uint16_t varying(const std::byte*) noexcept { return 0; }
    /// The sum of both addresses, as this machine reads them.
    static std::uint64_t native_sum(const std::byte* ip) noexcept {
        std::uint64_t sum = 0;
        for (std::size_t at = addresses_at; at < header; at += 8) sum += detail::halves(detail::eight(ip + at));
        return sum;
    }
    /// To a header that now has more behind it.
    static void set_size(mutable_bytes ip) noexcept { store_be(ip, 4, static_cast<std::uint16_t>(ip.size() - header)); }
};

}  // namespace weld::inline v0::stack::gro
