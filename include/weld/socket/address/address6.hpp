// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/core/text.hpp>
#include <weld/socket/address/address4.hpp>
#include <weld/socket/address/digits.hpp>
#include <weld/socket/address/text_buffer.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>

namespace weld::inline v0 {

/// An IPv6 address, without its zone: a link-local one becomes reachable in an endpoint6, with a scope id.
/// Ordered as its numbers are. In the kernel: struct in6_addr. Source: RFC 4291.
/// Shape: sixteen bytes in network order, as in a packet.
struct address6 {
    std::uint8_t bytes[16]{};

    /// ::, every interface's own address, or none yet.
    static constexpr address6 any() noexcept { return {}; }
    /// ::1
    static constexpr address6 loopback() noexcept { return from_groups({0, 0, 0, 0, 0, 0, 0, 1}); }
    /// ::ffff:10.0.0.2, as which an inet6 socket sees 10.0.0.2. Source: RFC 4291 section 2.5.5.2.
    static constexpr address6 mapped(address4 address) noexcept {
        address6 made{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};
        for (std::size_t i = 0; i < 4; ++i) made.bytes[12 + i] = address.bytes[i];
        return made;
    }
    /// From its eight numbers as printed: `from_groups({0x2001, 0xdb8, 0, 0, 0, 0, 0, 1})` is 2001:db8::1.
    static constexpr address6 from_groups(const std::uint16_t (&groups)[8]) noexcept {
        address6 made;
        for (std::size_t i = 0; i < 8; ++i) made.set_group(i, groups[i]);
        return made;
    }

    /// The number at `index`, 0 to 7, in this machine's byte order.
    constexpr std::uint16_t group(std::size_t index) const noexcept {
        return static_cast<std::uint16_t>(bytes[2 * index] << 8 | bytes[2 * index + 1]);
    }
    constexpr void set_group(std::size_t index, std::uint16_t value) noexcept {
        bytes[2 * index] = static_cast<std::uint8_t>(value >> 8);
        bytes[2 * index + 1] = static_cast<std::uint8_t>(value);
    }
    /// From what high() and low() give.
    static constexpr address6 from_halves(std::uint64_t high, std::uint64_t low) noexcept {
        return __builtin_bit_cast(address6, halves{__builtin_bswap64(high), __builtin_bswap64(low)});
    }
    /// The first 64 bits, most often the network, as a number; and the last, the interface identifier.
    constexpr std::uint64_t high() const noexcept { return __builtin_bswap64(__builtin_bit_cast(halves, *this).first); }
    constexpr std::uint64_t low() const noexcept { return __builtin_bswap64(__builtin_bit_cast(halves, *this).second); }

    constexpr bool is_any() const noexcept { return (high() | low()) == 0; }
    constexpr bool is_loopback() const noexcept { return high() == 0 && low() == 1; }
    /// In ff00::/8.
    constexpr bool is_multicast() const noexcept { return bytes[0] == 0xff; }
    /// In fe80::/10.
    constexpr bool is_link_local() const noexcept { return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80; }
    /// In fc00::/7: what private addresses are to IPv4. Source: RFC 4193.
    constexpr bool is_unique_local() const noexcept { return (bytes[0] & 0xfe) == 0xfc; }
    /// In ::ffff:0.0.0.0/96.
    constexpr bool is_mapped() const noexcept { return high() == 0 && low() >> 32 == 0xffff; }

    /// The IPv4 address in a mapped one. Errors: invalid_argument (it is not mapped).
    constexpr result<address4> to_address4() const noexcept {
        if (!is_mapped()) return errc::invalid_argument;
        return address4{{bytes[12], bytes[13], bytes[14], bytes[15]}};
    }

    /// Reads every form of RFC 4291 section 2.2: "2001:db8::1", "::", "::ffff:10.0.0.2".
    /// Errors: invalid_argument (anything else; a zone such as "%eth0" belongs to endpoint6).
    static constexpr result<address6> parse(text characters) noexcept;

    /// The form of RFC 5952: lower case, no leading zeros, the first longest run of zeros as "::", and the dotted form
    /// in ::/96 and ::ffff:0:0/96, where inet_ntop(3) has it as well.
    constexpr text_buffer<39> to_text() const noexcept;

    friend constexpr bool operator==(const address6& a, const address6& b) noexcept {
        return a.high() == b.high() && a.low() == b.low();
    }
    friend constexpr std::strong_ordering operator<=>(const address6& a, const address6& b) noexcept {
        const auto order = a.high() <=> b.high();
        return order != 0 ? order : a.low() <=> b.low();
    }

private:
    struct halves {
        std::uint64_t first, second;
    };
};

static_assert(sizeof(address6) == 16 && alignof(address6) == 1);

constexpr result<address6> address6::parse(text characters) noexcept {
    address6 parsed;
    std::size_t groups = 0;
    constexpr std::size_t none = 9;
    std::size_t gap = none;  // how many groups stand before "::"
    if (characters.substr(0, 2) == "::") {
        gap = 0;
        characters = characters.substr(2);
    }
    while (!characters.empty()) {
        const std::size_t colon = characters.find(':');
        if (colon == text::npos && characters.find('.') != text::npos) {
            const auto tail = address4::parse(characters);
            if (!tail || groups > 6) return errc::invalid_argument;
            for (std::size_t i = 0; i < 4; ++i) parsed.bytes[2 * groups + i] = tail->bytes[i];
            groups += 2;
            break;
        }
        const auto group = detail::parse_hex(characters.substr(0, colon), 1, 4);
        if (!group || groups == 8) return errc::invalid_argument;
        parsed.set_group(groups++, static_cast<std::uint16_t>(*group));
        if (colon == text::npos) break;
        characters = characters.substr(colon + 1);
        if (characters.empty()) return errc::invalid_argument;
        if (characters[0] != ':') continue;
        if (gap != none) return errc::invalid_argument;
        gap = groups;
        characters = characters.substr(1);
    }
    if (gap == none) {
        if (groups != 8) return errc::invalid_argument;
        return parsed;
    }
    if (groups == 8) return errc::invalid_argument;  // "::" stands for one group at least
    for (std::size_t i = 8; i-- > gap;) {            // what came after the gap moves to the end
        const bool after = i >= gap + 8 - groups;
        parsed.set_group(i, after ? parsed.group(i + groups - 8) : std::uint16_t{0});
    }
    return parsed;
}

constexpr text_buffer<39> address6::to_text() const noexcept {
    std::size_t gap = 8, gap_size = 1;  // a single zero is printed: RFC 5952 section 4.2.2
    for (std::size_t i = 0; i < 8; ++i) {
        std::size_t size = 0;
        while (i + size < 8 && group(i + size) == 0) ++size;
        if (size > gap_size) {
            gap = i;
            gap_size = size;
        }
    }
    const bool dotted = is_mapped() || (gap == 0 && gap_size == 6);
    text_buffer<39> printed;
    for (std::size_t i = 0; i < (dotted ? 6u : 8u); ++i) {
        if (i == gap) {
            printed.append("::");
            i += gap_size - 1;
            continue;
        }
        if (i > 0 && i != gap + gap_size) printed.append(':');
        printed.append_hex(group(i));
    }
    if (!dotted) return printed;
    if (gap_size < 6) printed.append(':');
    return printed.append(address4{{bytes[12], bytes[13], bytes[14], bytes[15]}}.to_text());
}

}  // namespace weld::inline v0
