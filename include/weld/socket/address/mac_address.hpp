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

/// An Ethernet address: `mac_address{0x02, 0, 0, 0, 0, 1}`. Source: IEEE 802 section 8.
/// Shape: six bytes in the order they are sent.
struct mac_address {
    std::uint8_t bytes[6]{};

    /// ff:ff:ff:ff:ff:ff: every station on the link.
    static constexpr mac_address broadcast() noexcept { return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}; }

    /// 00:00:00:00:00:00, which no station has.
    constexpr bool is_any() const noexcept { return *this == mac_address{}; }
    constexpr bool is_broadcast() const noexcept { return *this == broadcast(); }
    /// For a group of stations, all of them included (the broadcast address is one).
    constexpr bool is_multicast() const noexcept { return (bytes[0] & 1) != 0; }
    /// Given by who runs the network, not by who made the card.
    constexpr bool is_local() const noexcept { return (bytes[0] & 2) != 0; }

    /// Reads "aa:bb:cc:dd:ee:ff": six times two digits of either case.
    /// Errors: invalid_argument (anything else).
    static constexpr result<mac_address> parse(text characters) noexcept {
        if (characters.size() != 17) return errc::invalid_argument;
        mac_address parsed;
        for (std::size_t i = 0; i < 6; ++i) {
            const auto byte = detail::parse_hex(characters.substr(3 * i, 2), 2, 2);
            if (!byte || (i > 0 && characters[3 * i - 1] != ':')) return errc::invalid_argument;
            parsed.bytes[i] = static_cast<std::uint8_t>(*byte);
        }
        return parsed;
    }
    constexpr text_buffer<17> to_text() const noexcept {
        text_buffer<17> printed;
        for (std::size_t i = 0; i < 6; ++i) {
            if (i > 0) printed.append(':');
            printed.append_hex(bytes[i], 2);
        }
        return printed;
    }

    friend constexpr bool operator==(const mac_address& a, const mac_address& b) noexcept {  // asked of every frame
        const auto x = __builtin_bit_cast(words, a), y = __builtin_bit_cast(words, b);
        return ((x.first ^ y.first) | (x.second ^ y.second) | (x.third ^ y.third)) == 0;
    }
    friend constexpr auto operator<=>(const mac_address&, const mac_address&) noexcept = default;

private:
    struct words {
        std::uint16_t first, second, third;
    };
};

static_assert(sizeof(mac_address) == 6 && alignof(mac_address) == 1);

}  // namespace weld::inline v0
