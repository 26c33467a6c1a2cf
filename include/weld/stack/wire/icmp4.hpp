// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/address/address4.hpp>
#include <weld/stack/wire/view.hpp>

/// Source: RFC 792; IANA, ICMP Parameters.
namespace weld::inline v0::wire::icmp4_type {
inline constexpr std::uint8_t echo_reply = 0;
inline constexpr std::uint8_t destination_unreachable = 3;
inline constexpr std::uint8_t source_quench = 4;  // to be ignored: RFC 6633
inline constexpr std::uint8_t redirect = 5;
inline constexpr std::uint8_t echo_request = 8;
inline constexpr std::uint8_t time_exceeded = 11;
inline constexpr std::uint8_t parameter_problem = 12;
inline constexpr std::uint8_t timestamp_request = 13;
inline constexpr std::uint8_t timestamp_reply = 14;
}  // namespace weld::inline v0::wire::icmp4_type

/// Why a destination is unreachable. Source: RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1.
namespace weld::inline v0::wire::icmp4_unreachable {
inline constexpr std::uint8_t network = 0;
inline constexpr std::uint8_t host = 1;
inline constexpr std::uint8_t protocol = 2;
inline constexpr std::uint8_t port = 3;
inline constexpr std::uint8_t fragmentation_needed = 4;
inline constexpr std::uint8_t source_route_failed = 5;
inline constexpr std::uint8_t administratively_prohibited = 13;
}  // namespace weld::inline v0::wire::icmp4_unreachable

namespace weld::inline v0::wire {

/// An ICMP message's first eight bytes, to be read at ease or written. In the kernel: struct icmphdr. Source: RFC 792.
struct icmp4_header {
    static constexpr std::size_t size = 8;

    std::uint8_t type = 0;
    std::uint8_t code = 0;
    std::uint16_t checksum = 0;  ///< as decoded; encode computes its own
    std::uint32_t rest = 0;      ///< means something else for every type: see the factories

    /// An echo request, or its reply.
    static constexpr icmp4_header echo(std::uint8_t type, std::uint16_t identifier, std::uint16_t sequence) noexcept {
        return {type, 0, 0, static_cast<std::uint32_t>(identifier) << 16 | sequence};
    }
    /// `mtu`: the next hop's, with the IP header, where `code` is fragmentation_needed: RFC 1191 section 4.
    static constexpr icmp4_header unreachable(std::uint8_t code, std::uint16_t mtu = 0) noexcept {
        return {icmp4_type::destination_unreachable, code, 0, mtu};
    }
    /// Code 0: in transit; 1: while fragments were awaited.
    static constexpr icmp4_header time_exceeded(std::uint8_t code) noexcept { return {icmp4_type::time_exceeded, code, 0, 0}; }
    /// `pointer`: the byte of the returned header that is wrong.
    static constexpr icmp4_header parameter_problem(std::uint8_t pointer) noexcept {
        return {icmp4_type::parameter_problem, 0, 0, static_cast<std::uint32_t>(pointer) << 24};
    }

    friend constexpr bool operator==(const icmp4_header&, const icmp4_header&) noexcept = default;

    /// Writes the header of a message whose data stands already behind it, and the checksum over all of it.
    /// Pre: message.size() >= size.
    constexpr void encode(mutable_bytes message) const noexcept {
        WELD_ASSERT(message.size() >= size);
        store_be<std::uint32_t>(message, 0, static_cast<std::uint32_t>(type) << 24 | static_cast<std::uint32_t>(code) << 16);
        store_be(message, 4, rest);
        store_be(message, 2, checksum::finish(checksum::sum(message)));
    }
    /// Errors: those of icmp4_view::parse.
    static constexpr result<icmp4_header> decode(const_bytes message) noexcept;
};

/// An ICMP message. An accessor that belongs to one type answers the same bytes for any other.
class icmp4_view : public view {
public:
    /// The checksum is not looked at: see checksum_valid().
    /// Errors: bad_message (shorter than eight bytes).
    static constexpr result<icmp4_view> parse(const_bytes message) noexcept {
        if (message.size() < icmp4_header::size) return errc::bad_message;
        return icmp4_view{message};
    }

    constexpr std::uint8_t type() const noexcept { return u8(0); }
    constexpr std::uint8_t code() const noexcept { return u8(1); }
    constexpr std::uint16_t checksum() const noexcept { return u16(2); }
    constexpr bool checksum_valid() const noexcept { return checksum::valid(checksum::sum(bytes())); }
    /// An error about a datagram: no error is ever sent about one. Source: RFC 1122 section 3.2.2.
    constexpr bool is_error() const noexcept {
        return type() == icmp4_type::destination_unreachable || type() == icmp4_type::source_quench ||
               type() == icmp4_type::redirect || type() == icmp4_type::time_exceeded || type() == icmp4_type::parameter_problem;
    }

    /// Echo: whose request, and which.
    constexpr std::uint16_t identifier() const noexcept { return u16(4); }
    constexpr std::uint16_t sequence() const noexcept { return u16(6); }
    /// Destination unreachable, fragmentation needed: 0 from a router older than RFC 1191.
    constexpr std::uint16_t next_hop_mtu() const noexcept { return u16(6); }
    /// Parameter problem.
    constexpr std::uint8_t pointer() const noexcept { return u8(4); }
    /// Redirect.
    constexpr address4 gateway() const noexcept { return address<address4>(4); }
    /// Echo: its data. Errors: the beginning of the datagram that caused it, for ipv4_view::parse_quoted.
    constexpr const_bytes payload() const noexcept { return from(icmp4_header::size); }

    constexpr icmp4_header header() const noexcept { return {type(), code(), checksum(), u32(4)}; }

    icmp4_view() = default;

private:
    using view::view;
};

constexpr result<icmp4_header> icmp4_header::decode(const_bytes message) noexcept {
    const auto parsed = icmp4_view::parse(message);
    if (!parsed) return parsed.error();
    return parsed->header();
}

}  // namespace weld::inline v0::wire
