// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/stack/wire/numbers.hpp>
#include <weld/stack/wire/view.hpp>

namespace weld::inline v0::wire {

/// A UDP header, to be read at ease or written. In the kernel: struct udphdr. Source: RFC 768.
struct udp_header {
    static constexpr std::size_t size = 8;
    static constexpr std::size_t checksum_offset = 6;

    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint16_t length = size;  ///< bytes of header and payload
    std::uint16_t checksum = 0;   ///< 0: the sender made none

    friend constexpr bool operator==(const udp_header&, const udp_header&) noexcept = default;

    /// Pre: to.size() >= size.
    constexpr void encode(mutable_bytes to) const noexcept {
        WELD_ASSERT(to.size() >= size);
        store_be<std::uint32_t>(to, 0, static_cast<std::uint32_t>(source_port) << 16 | destination_port);
        store_be<std::uint32_t>(to, 4, static_cast<std::uint32_t>(length) << 16 | checksum);
    }
    /// Errors: those of udp_view::parse.
    static constexpr result<udp_header> decode(const_bytes datagram) noexcept;

    /// What the checksum field takes for the sum of pseudo-header, header and payload: never 0, which is none.
    static constexpr std::uint16_t finish(std::uint32_t sum) noexcept {
        const std::uint16_t field = checksum::finish(sum);
        return field == 0 ? 0xffff : field;
    }
};

/// A UDP datagram.
class udp_view : public view {
public:
    /// Errors: bad_message (shorter than a header, or says so of itself), message_size (length is more than there is).
    static constexpr result<udp_view> parse(const_bytes datagram) noexcept {
        if (datagram.size() < udp_header::size) return errc::bad_message;
        const auto length = load_be<std::uint16_t>(datagram, 4);
        if (length < udp_header::size) return errc::bad_message;
        if (length > datagram.size()) return errc::message_size;
        return udp_view{datagram.first(length)};
    }

    constexpr std::uint16_t source_port() const noexcept { return u16(0); }
    constexpr std::uint16_t destination_port() const noexcept { return u16(2); }
    constexpr std::uint16_t length() const noexcept { return u16(4); }
    constexpr std::uint16_t checksum() const noexcept { return u16(6); }
    /// The sender made none; over IPv6 it must: RFC 8200 section 8.1.
    constexpr bool without_checksum() const noexcept { return checksum() == 0; }
    template <class Address>
    constexpr bool checksum_valid(const Address& source, const Address& destination) const noexcept {
        const std::uint32_t pseudo = checksum::pseudo_header(source, destination, ip_protocol::udp, length());
        return checksum::valid(checksum::add(pseudo, checksum::sum(bytes())));
    }
    constexpr const_bytes payload() const noexcept { return from(udp_header::size); }

    constexpr udp_header header() const noexcept { return {source_port(), destination_port(), length(), checksum()}; }

    udp_view() = default;

private:
    using view::view;
};

constexpr result<udp_header> udp_header::decode(const_bytes datagram) noexcept {
    const auto parsed = udp_view::parse(datagram);
    if (!parsed) return parsed.error();
    return parsed->header();
}

}  // namespace weld::inline v0::wire
