// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/core/text.hpp>

#include <cstdint>

namespace weld::inline v0::detail {

/// A decimal number that fills all of `characters`: digits alone, no leading zero, at most `value_max`.
/// Errors: invalid_argument (anything else).
constexpr result<std::uint32_t> parse_decimal(text characters, std::uint32_t value_max) noexcept {
    if (characters.empty() || characters.size() > 10)         return errc::invalid_argument;
    if (characters.size() > 1 && characters[0] == '0')        return errc::invalid_argument;
    std::uint64_t value = 0;  // ten digits do not fit into 32 bits, and do into 64
    for (const char c : characters) {
        if (c < '0' || c > '9') return errc::invalid_argument;
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (value > value_max) return errc::invalid_argument;
    return static_cast<std::uint32_t>(value);
}

/// A hexadecimal number of either case that fills all of `characters`: `digits_min` to `digits_max` digits.
/// Errors: invalid_argument (anything else).
constexpr result<std::uint32_t> parse_hex(text characters, std::size_t digits_min, std::size_t digits_max) noexcept {
    if (characters.size() < digits_min || characters.size() > digits_max) return errc::invalid_argument;
    std::uint32_t value = 0;
    for (const char c : characters) {
        const int digit = c >= '0' && c <= '9' ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
        if (digit < 0) return errc::invalid_argument;
        value = value << 4 | static_cast<std::uint32_t>(digit);
    }
    return value;
}

}  // namespace weld::inline v0::detail
