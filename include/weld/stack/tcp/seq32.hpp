// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace weld::inline v0::stack {

/// A sequence number: it counts on modulo 2^32, and comes before another that is less than 2^31 away.
/// Source: RFC 9293 section 3.4.
class seq32 {
public:
    constexpr seq32() noexcept = default;
    constexpr explicit seq32(std::uint32_t number) noexcept : number_{number} {}
    constexpr std::uint32_t value() const noexcept { return number_; }

    friend constexpr seq32 operator+(seq32 a, std::uint32_t n) noexcept { return seq32{a.number_ + n}; }
    friend constexpr seq32 operator-(seq32 a, std::uint32_t n) noexcept { return seq32{a.number_ - n}; }
    /// How far it is from `b` up to `a`. Pre: b <= a, or the answer is meant modulo 2^32.
    friend constexpr std::uint32_t operator-(seq32 a, seq32 b) noexcept { return a.number_ - b.number_; }
    constexpr seq32& operator+=(std::uint32_t n) noexcept { number_ += n; return *this; }

    friend constexpr bool operator==(seq32, seq32) noexcept = default;
    /// Earlier, or later, modulo 2^32.
    friend constexpr bool operator<(seq32 a, seq32 b) noexcept { return static_cast<std::int32_t>(a - b) < 0; }
    friend constexpr bool operator>(seq32 a, seq32 b) noexcept { return b < a; }
    friend constexpr bool operator<=(seq32 a, seq32 b) noexcept { return !(b < a); }
    friend constexpr bool operator>=(seq32 a, seq32 b) noexcept { return !(a < b); }

private:
    std::uint32_t number_ = 0;
};

/// Of two the later, and the earlier.
constexpr seq32 later(seq32 a, seq32 b) noexcept { return a < b ? b : a; }
constexpr seq32 earlier(seq32 a, seq32 b) noexcept { return a < b ? a : b; }

static_assert(seq32{0xffff'fff0} < seq32{16} && seq32{16} - seq32{0xffff'fff0} == 32);

}  // namespace weld::inline v0::stack
