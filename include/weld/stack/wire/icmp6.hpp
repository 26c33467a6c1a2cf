// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/address/address6.hpp>
#include <weld/stack/wire/numbers.hpp>
#include <weld/stack/wire/view.hpp>

/// Source: RFC 4443, RFC 4861 section 4, RFC 2710, RFC 3810.
namespace weld::inline v0::wire::icmp6_type {
inline constexpr std::uint8_t destination_unreachable = 1;
inline constexpr std::uint8_t packet_too_big = 2;
inline constexpr std::uint8_t time_exceeded = 3;
inline constexpr std::uint8_t parameter_problem = 4;
inline constexpr std::uint8_t echo_request = 128;
inline constexpr std::uint8_t echo_reply = 129;
inline constexpr std::uint8_t listener_query = 130;
inline constexpr std::uint8_t listener_report = 131;
inline constexpr std::uint8_t listener_done = 132;
inline constexpr std::uint8_t router_solicitation = 133;
inline constexpr std::uint8_t router_advertisement = 134;
inline constexpr std::uint8_t neighbor_solicitation = 135;
inline constexpr std::uint8_t neighbor_advertisement = 136;
inline constexpr std::uint8_t redirect = 137;
inline constexpr std::uint8_t listener_report2 = 143;
}  // namespace weld::inline v0::wire::icmp6_type

/// The codes of a destination unreachable. Source: RFC 4443 section 3.1.
namespace weld::inline v0::wire::icmp6_unreachable {
inline constexpr std::uint8_t no_route = 0, prohibited = 1, beyond_scope = 2, address = 3, port = 4;
}  // namespace weld::inline v0::wire::icmp6_unreachable

namespace weld::inline v0::wire {

/// An ICMPv6 message's first eight bytes, to be read at ease or written. In the kernel: struct icmp6hdr.
/// Source: RFC 4443 section 2.1.
struct icmp6_header {
    static constexpr std::size_t size = 8;

    std::uint8_t type = 0;
    std::uint8_t code = 0;
    std::uint16_t checksum = 0;  ///< as decoded; encode computes its own
    std::uint32_t rest = 0;      ///< means something else for every type: see the factories

    /// An echo request, or its reply.
    static constexpr icmp6_header echo(std::uint8_t type, std::uint16_t identifier, std::uint16_t sequence) noexcept {
        return {type, 0, 0, static_cast<std::uint32_t>(identifier) << 16 | sequence};
    }
    /// Destination unreachable, for the reason `code`.
    static constexpr icmp6_header unreachable(std::uint8_t code) noexcept { return {icmp6_type::destination_unreachable, code, 0, 0}; }
    /// `mtu`: the next hop's, with the IP header.
    static constexpr icmp6_header packet_too_big(std::uint32_t mtu) noexcept { return {icmp6_type::packet_too_big, 0, 0, mtu}; }
    static constexpr icmp6_header time_exceeded(std::uint8_t code) noexcept { return {icmp6_type::time_exceeded, code, 0, 0}; }
    /// `pointer`: the byte of the returned packet that is wrong.
    static constexpr icmp6_header parameter_problem(std::uint8_t code, std::uint32_t pointer) noexcept {
        return {icmp6_type::parameter_problem, code, 0, pointer};
    }

    friend constexpr bool operator==(const icmp6_header&, const icmp6_header&) noexcept = default;

    /// Writes the header of a message whose data stands already behind it, and the checksum over all of it and the
    /// pseudo-header. Pre: message.size() >= size.
    constexpr void encode(mutable_bytes message, const address6& source, const address6& destination) const noexcept {
        WELD_ASSERT(message.size() >= size);
        store_be<std::uint32_t>(message, 0, static_cast<std::uint32_t>(type) << 24 | static_cast<std::uint32_t>(code) << 16);
        store_be(message, 4, rest);
        const std::uint32_t pseudo = checksum::pseudo_header(source, destination, ip_protocol::icmp6, static_cast<std::uint32_t>(message.size()));
        store_be(message, 2, checksum::finish(checksum::add(pseudo, checksum::sum(message))));
    }
    /// Errors: those of icmp6_view::parse.
    static constexpr result<icmp6_header> decode(const_bytes message) noexcept;
};

/// An ICMPv6 message. An accessor that belongs to one type answers the same bytes for any other.
class icmp6_view : public view {
public:
    /// The checksum is not looked at: see checksum_valid(). Errors: bad_message (shorter than eight bytes).
    static constexpr result<icmp6_view> parse(const_bytes message) noexcept {
        if (message.size() < icmp6_header::size) return errc::bad_message;
        return icmp6_view{message};
    }

    constexpr std::uint8_t type() const noexcept { return u8(0); }
    constexpr std::uint8_t code() const noexcept { return u8(1); }
    constexpr std::uint16_t checksum() const noexcept { return u16(2); }
    constexpr bool checksum_valid(const address6& source, const address6& destination) const noexcept {
        const std::uint32_t pseudo = checksum::pseudo_header(source, destination, ip_protocol::icmp6, static_cast<std::uint32_t>(bytes().size()));
        return checksum::valid(checksum::add(pseudo, checksum::sum(bytes())));
    }
    /// Errors have the upper bit clear. Source: RFC 4443 section 2.1.
    constexpr bool is_error() const noexcept { return type() < 128; }

    /// Echo: whose request, and which.
    constexpr std::uint16_t identifier() const noexcept { return u16(4); }
    constexpr std::uint16_t sequence() const noexcept { return u16(6); }
    /// Packet too big.
    constexpr std::uint32_t mtu() const noexcept { return u32(4); }
    /// Parameter problem.
    constexpr std::uint32_t pointer() const noexcept { return u32(4); }
    /// Echo: its data. Errors: the beginning of the packet that caused it, for ipv6_view::parse_quoted.
    constexpr const_bytes payload() const noexcept { return from(icmp6_header::size); }

    constexpr icmp6_header header() const noexcept { return {type(), code(), checksum(), u32(4)}; }

    icmp6_view() = default;

private:
    using view::view;
};

constexpr result<icmp6_header> icmp6_header::decode(const_bytes message) noexcept {
    const auto parsed = icmp6_view::parse(message);
    if (!parsed) return parsed.error();
    return parsed->header();
}

}  // namespace weld::inline v0::wire
