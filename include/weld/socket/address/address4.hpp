// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/core/text.hpp>
#include <weld/socket/address/digits.hpp>
#include <weld/socket/address/text_buffer.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>

namespace weld::inline v0 {

/// An IPv4 address: `address4{10, 0, 0, 2}`. Ordered as its numbers are. In the kernel: struct in_addr.
/// Shape: four bytes in network order, as in a packet.
struct address4 {
    std::uint8_t bytes[4]{};

    /// 0.0.0.0: every interface's own address, or none yet.
    static constexpr address4 any() noexcept { return {}; }
    /// 127.0.0.1
    static constexpr address4 loopback() noexcept { return {{127, 0, 0, 1}}; }
    /// 255.255.255.255: every host on this link.
    static constexpr address4 broadcast() noexcept { return {{255, 255, 255, 255}}; }

    /// From the number as this machine counts: 0x7f000001 is 127.0.0.1.
    static constexpr address4 from_uint32(std::uint32_t number) noexcept {
        return __builtin_bit_cast(address4, __builtin_bswap32(number));
    }
    /// As a number this machine can count with; what ntohl() gives.
    constexpr std::uint32_t to_uint32() const noexcept {
        return __builtin_bswap32(__builtin_bit_cast(std::uint32_t, *this));
    }

    constexpr bool is_any() const noexcept { return to_uint32() == 0; }
    /// In 127.0.0.0/8. Source: RFC 1122 section 3.2.1.3.
    constexpr bool is_loopback() const noexcept { return bytes[0] == 127; }
    /// 255.255.255.255 alone: a network's own broadcast address is known to its prefix4.
    constexpr bool is_broadcast() const noexcept { return to_uint32() == 0xffffffff; }
    /// In 224.0.0.0/4. Source: RFC 5771.
    constexpr bool is_multicast() const noexcept { return (bytes[0] & 0xf0) == 0xe0; }
    /// In 169.254.0.0/16. Source: RFC 3927.
    constexpr bool is_link_local() const noexcept { return bytes[0] == 169 && bytes[1] == 254; }
    /// In 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16. Source: RFC 1918.
    constexpr bool is_private() const noexcept {
        return bytes[0] == 10 || (bytes[0] == 172 && (bytes[1] & 0xf0) == 16) || (bytes[0] == 192 && bytes[1] == 168);
    }

    /// Reads "10.0.0.2": four decimal numbers without leading zeros, as inet_pton(3) does.
    /// Errors: invalid_argument (anything else, and anything before or after it).
    static constexpr result<address4> parse(text characters) noexcept {
        address4 parsed;
        for (std::size_t i = 0; i < 4; ++i) {
            const std::size_t end = i < 3 ? characters.find('.') : characters.size();
            if (end == text::npos) return errc::invalid_argument;
            const auto number = detail::parse_decimal(characters.substr(0, end), 255);
            if (!number) return errc::invalid_argument;
            parsed.bytes[i] = static_cast<std::uint8_t>(*number);
            characters = characters.substr(end + 1);
        }
        return parsed;
    }
    constexpr text_buffer<15> to_text() const noexcept {
        text_buffer<15> printed;
        for (std::size_t i = 0; i < 4; ++i) {
            if (i > 0) printed.append('.');
            printed.append_decimal(bytes[i]);
        }
        return printed;
    }

    friend constexpr bool operator==(address4 a, address4 b) noexcept { return a.to_uint32() == b.to_uint32(); }
    friend constexpr std::strong_ordering operator<=>(address4 a, address4 b) noexcept {
        return a.to_uint32() <=> b.to_uint32();
    }
};

static_assert(sizeof(address4) == 4 && alignof(address4) == 1);

}  // namespace weld::inline v0
