// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/address/address4.hpp>
#include <weld/stack/wire/numbers.hpp>
#include <weld/stack/wire/view.hpp>

namespace weld::inline v0::wire {

/// An IPv4 header, to be read at ease or written. In the kernel: struct iphdr. Source: RFC 791 section 3.1.
struct ipv4_header {
    static constexpr std::size_t size = 20;      // without options
    static constexpr std::size_t size_max = 60;
    static constexpr std::size_t total_length_max = 65535;
    static constexpr std::size_t checksum_offset = 10;

    std::uint8_t dscp = 0;              ///< what service is asked for: RFC 2474 section 3
    std::uint8_t ecn = 0;               ///< 0 not capable, 1 and 2 capable, 3 congestion experienced: RFC 3168 section 5
    std::uint16_t total_length = 0;     ///< bytes of header and payload
    std::uint16_t identification = 0;   ///< the same in all fragments of a datagram: RFC 6864
    bool dont_fragment = false;
    bool more_fragments = false;
    std::uint16_t fragment_offset = 0;  ///< bytes, a multiple of eight
    std::uint8_t ttl = 64;              ///< routers that may still be crossed: RFC 1122 section 3.2.1.7
    std::uint8_t protocol = 0;          ///< ip_protocol::tcp
    std::uint16_t checksum = 0;         ///< as decoded; encode computes its own
    address4 source{};
    address4 destination{};

    friend constexpr bool operator==(const ipv4_header&, const ipv4_header&) noexcept = default;

    /// Writes the header with its checksum, then the options padded with zeros; answers their size.
    /// Pre: options.size() <= 40; `to` has room.
    constexpr std::size_t encode(mutable_bytes to, const_bytes options = {}) const noexcept {
        const std::size_t length = size + (options.size() + 3) / 4 * 4;
        WELD_ASSERT(length <= size_max && length <= to.size());
        const mutable_bytes header = to.first(length);
        store_be<std::uint16_t>(header, 0, static_cast<std::uint16_t>((0x40 | length / 4) << 8 | (dscp << 2 & 0xfc) | (ecn & 3)));
        store_be(header, 2, total_length);
        store_be(header, 4, identification);
        store_be<std::uint16_t>(header, 6, static_cast<std::uint16_t>(dont_fragment << 14 | more_fragments << 13 | fragment_offset >> 3));
        store_be<std::uint32_t>(header, 8, static_cast<std::uint32_t>(ttl) << 24 | static_cast<std::uint32_t>(protocol) << 16);
        store_address(header.data() + 12, source);
        store_address(header.data() + 16, destination);
        fill(header.subspan(size + copy(header.subspan(size), options)));
        store_be(header, checksum_offset, checksum::finish(checksum::sum(header)));
        return length;
    }
    /// Errors: those of ipv4_view::parse.
    static constexpr result<ipv4_header> decode(const_bytes packet) noexcept;
};

/// An IPv4 datagram or fragment.
class ipv4_view : public view {
public:
    using address_type = address4;
    static constexpr int version = 4;

    /// The checksum is not looked at: see checksum_valid(). What follows the datagram (padding) is left out.
    /// Errors: bad_message (not a header of version 4), message_size (total length is more than there is).
    static constexpr result<ipv4_view> parse(const_bytes packet) noexcept {
        if (!has_header(packet)) return errc::bad_message;
        const auto total = load_be<std::uint16_t>(packet, 2);
        if (total < header_size_of(packet)) return errc::bad_message;
        if (total > packet.size()) return errc::message_size;
        return ipv4_view{packet.first(total)};
    }
    /// The beginning of a datagram as an ICMP error returns it: the header is whole, the payload is what there is.
    /// Errors: bad_message. Source: RFC 792, RFC 1812 section 4.3.2.3.
    static constexpr result<ipv4_view> parse_quoted(const_bytes packet) noexcept {
        if (!has_header(packet)) return errc::bad_message;
        const std::size_t total = load_be<std::uint16_t>(packet, 2);
        if (total < header_size_of(packet)) return errc::bad_message;
        return ipv4_view{slice(packet, 0, total)};
    }

    constexpr std::size_t header_size() const noexcept { return header_size_of(bytes()); }
    constexpr std::uint8_t dscp() const noexcept { return u8(1) >> 2; }
    constexpr std::uint8_t ecn() const noexcept { return u8(1) & 3; }
    constexpr std::uint16_t total_length() const noexcept { return u16(2); }
    constexpr std::uint16_t identification() const noexcept { return u16(4); }
    constexpr bool dont_fragment() const noexcept { return (u8(6) & 0x40) != 0; }
    constexpr bool more_fragments() const noexcept { return (u8(6) & 0x20) != 0; }
    constexpr std::uint16_t fragment_offset() const noexcept { return static_cast<std::uint16_t>(u16(6) << 3); }
    /// Part of a datagram, to be reassembled. In the kernel: ip_is_fragment.
    constexpr bool is_fragment() const noexcept { return (u16(6) & 0x3fff) != 0; }
    constexpr std::uint8_t ttl() const noexcept { return u8(8); }
    constexpr std::uint8_t protocol() const noexcept { return u8(9); }
    constexpr std::uint16_t checksum() const noexcept { return u16(10); }
    constexpr bool checksum_valid() const noexcept { return checksum::valid(checksum::sum(part(0, header_size()))); }
    constexpr address4 source() const noexcept { return address<address4>(12); }
    constexpr address4 destination() const noexcept { return address<address4>(16); }
    /// For ipv4_options: at most 40 bytes.
    constexpr const_bytes options() const noexcept { return part(20, header_size() - 20); }
    constexpr const_bytes payload() const noexcept { return from(header_size()); }

    constexpr ipv4_header header() const noexcept {
        return {dscp(), ecn(), total_length(), identification(), dont_fragment(), more_fragments(), fragment_offset(),
                ttl(), protocol(), checksum(), source(), destination()};
    }

    ipv4_view() = default;

private:
    using view::view;
    static constexpr std::size_t header_size_of(const_bytes packet) noexcept { return (static_cast<std::size_t>(packet[0]) & 0xf) * 4; }
    static constexpr bool has_header(const_bytes packet) noexcept {
        return packet.size() >= 20 && static_cast<unsigned>(packet[0]) >> 4 == 4 && header_size_of(packet) >= 20 &&
               header_size_of(packet) <= packet.size();
    }
};

constexpr result<ipv4_header> ipv4_header::decode(const_bytes packet) noexcept {
    const auto parsed = ipv4_view::parse(packet);
    if (!parsed) return parsed.error();
    return parsed->header();
}

}  // namespace weld::inline v0::wire
