// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/text.hpp>

#include <cstddef>
#include <cstdint>

namespace weld::inline v0 {

/// Characters that belong to the buffer itself, at most `Capacity` of them: what an address prints into, since
/// printing takes no memory. It converts to weld::text, and ends in a zero for those who want c_str().
/// Pre (of every append): the characters fit.
template <std::size_t Capacity>
class text_buffer {
public:
    static constexpr std::size_t capacity = Capacity;

    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr const char* data() const noexcept { return characters_; }
    constexpr const char* c_str() const noexcept { return characters_; }
    constexpr const char* begin() const noexcept { return characters_; }
    constexpr const char* end() const noexcept { return characters_ + size_; }

    constexpr text_buffer& append(char c) noexcept {
        WELD_ASSERT(size_ < Capacity);
        characters_[size_++] = c;
        return *this;
    }
    constexpr text_buffer& append(text characters) noexcept {
        for (const char c : characters) append(c);
        return *this;
    }
    /// 0, 7, 65535: no sign, no leading zero.
    constexpr text_buffer& append_decimal(std::uint32_t value) noexcept {
        char digits[10]{};
        std::size_t count = 0;
        do digits[count++] = static_cast<char>('0' + value % 10);
        while ((value /= 10) != 0);
        while (count > 0) append(digits[--count]);
        return *this;
    }
    /// Lower-case hexadecimal, with leading zeros up to `digits_min` digits.
    constexpr text_buffer& append_hex(std::uint32_t value, std::size_t digits_min = 1) noexcept {
        for (std::size_t digits = 8; digits > 0; --digits)
            if (digits <= digits_min || value >> (4 * (digits - 1)) != 0)
                append("0123456789abcdef"[value >> (4 * (digits - 1)) & 0xf]);
        return *this;
    }

    friend constexpr bool operator==(const text_buffer& a, const text_buffer& b) noexcept { return text{a} == text{b}; }
    friend constexpr bool operator==(const text_buffer& a, text b) noexcept { return text{a} == b; }

private:
    char characters_[Capacity + 1]{};
    std::size_t size_ = 0;
};

}  // namespace weld::inline v0
