// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/address/address6.hpp>
#include <weld/stack/wire/numbers.hpp>
#include <weld/stack/wire/view.hpp>

namespace weld::inline v0::wire {

/// An IPv6 header, to be read at ease or written. In the kernel: struct ipv6hdr. Source: RFC 8200 section 3.
struct ipv6_header {
    static constexpr std::size_t size = 40;
    static constexpr std::size_t payload_length_max = 65535;

    std::uint8_t dscp = 0;             ///< with ecn the traffic class: RFC 2474 section 3
    std::uint8_t ecn = 0;              ///< RFC 3168 section 5
    std::uint32_t flow_label = 0;      ///< 20 bits: RFC 6437
    std::uint16_t payload_length = 0;  ///< bytes behind this header, extension headers included
    std::uint8_t next_header = 0;      ///< an extension's, or the payload's protocol
    std::uint8_t hop_limit = 64;
    address6 source{};
    address6 destination{};

    friend constexpr bool operator==(const ipv6_header&, const ipv6_header&) noexcept = default;

    /// Pre: to.size() >= size.
    constexpr std::size_t encode(mutable_bytes to) const noexcept {
        WELD_ASSERT(to.size() >= size);
        const std::uint32_t traffic_class = (dscp & 0x3fu) << 2 | (ecn & 3u);
        store_be<std::uint32_t>(to, 0, 6u << 28 | traffic_class << 20 | (flow_label & 0xfffff));
        store_be<std::uint32_t>(to, 4, static_cast<std::uint32_t>(payload_length) << 16 | static_cast<std::uint32_t>(next_header) << 8 | hop_limit);
        store_address(to.data() + 8, source);
        store_address(to.data() + 24, destination);
        return size;
    }
    /// Errors: those of ipv6_view::parse.
    static constexpr result<ipv6_header> decode(const_bytes packet) noexcept;
};

/// An IPv6 packet or fragment, its extension headers walked through. Where ipv4_view has the same thing it has the
/// same name. Source: RFC 8200 sections 3 and 4.
class ipv6_view : public view {
public:
    using address_type = address6;
    static constexpr int version = 6;

    /// What follows the packet is left out. Jumbograms (RFC 2675) are not known.
    /// Errors: bad_message (not a header of version 6, an extension that does not fit, hop-by-hop options not first),
    /// message_size (the length is more than there is).
    static constexpr result<ipv6_view> parse(const_bytes packet) noexcept {
        if (!has_header(packet)) return errc::bad_message;
        const std::size_t length = ipv6_header::size + load_be<std::uint16_t>(packet, 4);
        if (length > packet.size()) return errc::message_size;
        ipv6_view parsed{packet.first(length)};
        if (!parsed.walk()) return errc::bad_message;
        return parsed;
    }
    /// The beginning of a packet as an ICMPv6 error returns it; protocol() is the last known where extensions are cut.
    /// Errors: bad_message. Source: RFC 4443 section 3.
    static constexpr result<ipv6_view> parse_quoted(const_bytes packet) noexcept {
        if (!has_header(packet)) return errc::bad_message;
        ipv6_view parsed{slice(packet, 0, std::size_t{ipv6_header::size} + load_be<std::uint16_t>(packet, 4))};
        if (!parsed.walk()) parsed.payload_at_ = static_cast<std::uint32_t>(parsed.bytes().size());
        return parsed;
    }

    constexpr std::uint8_t dscp() const noexcept { return static_cast<std::uint8_t>(u16(0) >> 6 & 0x3f); }
    constexpr std::uint8_t ecn() const noexcept { return static_cast<std::uint8_t>(u16(0) >> 4 & 3); }
    constexpr std::uint32_t flow_label() const noexcept { return u32(0) & 0xfffff; }
    constexpr std::uint16_t payload_length() const noexcept { return u16(4); }
    constexpr std::uint8_t next_header() const noexcept { return u8(6); }
    constexpr std::uint8_t hop_limit() const noexcept { return u8(7); }
    constexpr std::uint8_t ttl() const noexcept { return hop_limit(); }
    constexpr address6 source() const noexcept { return address<address6>(8); }
    constexpr address6 destination() const noexcept { return address<address6>(24); }

    /// What the payload is, behind all extension headers.
    constexpr std::uint8_t protocol() const noexcept { return protocol_; }
    constexpr const_bytes payload() const noexcept { return from(payload_at_); }
    /// Of the header with its extensions.
    constexpr std::size_t header_size() const noexcept { return payload_at_; }

    /// Whether it is a fragment.
    constexpr bool has_fragment_header() const noexcept { return fragment_at_ != 0; }
    /// Part of a packet, to be reassembled; an atomic fragment (RFC 6946) is none.
    constexpr bool is_fragment() const noexcept { return has_fragment_header() && (fragment_offset() != 0 || more_fragments()); }
    constexpr std::uint16_t fragment_offset() const noexcept { return has_fragment_header() ? u16(fragment_at_ + 2) & 0xfff8 : 0; }
    constexpr bool more_fragments() const noexcept { return has_fragment_header() && (u8(fragment_at_ + 3) & 1) != 0; }
    constexpr std::uint32_t identification() const noexcept { return has_fragment_header() ? u32(fragment_at_ + 4) : 0; }

    constexpr ipv6_header header() const noexcept {
        return {dscp(), ecn(), flow_label(), payload_length(), next_header(), hop_limit(), source(), destination()};
    }

    ipv6_view() = default;

private:
    constexpr explicit ipv6_view(const_bytes checked) noexcept
        : view{checked}, payload_at_{ipv6_header::size}, fragment_at_{0}, protocol_{static_cast<std::uint8_t>(checked[6])} {}
    static constexpr bool has_header(const_bytes packet) noexcept {
        return packet.size() >= ipv6_header::size && static_cast<unsigned>(packet[0]) >> 4 == 6;
    }

    /// Steps over extension headers until a payload is reached; false where one does not fit.
    constexpr bool walk() noexcept {
        while (is_extension(protocol_)) {
            if (protocol_ == ip_protocol::hop_by_hop && payload_at_ != ipv6_header::size) return false;
            if (bytes().size() - payload_at_ < 8) return false;
            const std::size_t size = extension_size();
            if (bytes().size() - payload_at_ < size) return false;
            if (protocol_ == ip_protocol::fragment) fragment_at_ = payload_at_;
            protocol_ = u8(payload_at_);
            payload_at_ += static_cast<std::uint32_t>(size);
            if (fragment_offset() != 0) break;  // the rest is the middle of something
        }
        return true;
    }
    static constexpr bool is_extension(std::uint8_t number) noexcept {
        return number == ip_protocol::hop_by_hop || number == ip_protocol::routing || number == ip_protocol::fragment ||
               number == ip_protocol::authentication || number == ip_protocol::destination_options;
    }
    constexpr std::size_t extension_size() const noexcept {
        if (protocol_ == ip_protocol::fragment) return 8;
        if (protocol_ == ip_protocol::authentication) return (std::size_t{u8(payload_at_ + 1)} + 2) * 4;  // RFC 4302 section 2.2
        return (std::size_t{u8(payload_at_ + 1)} + 1) * 8;
    }

    std::uint32_t payload_at_;
    std::uint32_t fragment_at_;
    std::uint8_t protocol_;
};

constexpr result<ipv6_header> ipv6_header::decode(const_bytes packet) noexcept {
    const auto parsed = ipv6_view::parse(packet);
    if (!parsed) return parsed.error();
    return parsed->header();
}

}  // namespace weld::inline v0::wire
