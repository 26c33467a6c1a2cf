// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/span.hpp>
#include <weld/core/text.hpp>

#include <cstddef>
#include <type_traits>

namespace weld::inline v0 {

/// Memory that is only read: what a send takes and what a parser looks at.
using const_bytes = span<const std::byte>;
/// Memory that is filled: what a receive takes and what an encoder writes to.
using mutable_bytes = span<std::byte>;

/// The characters as bytes; of a literal, those before its zero.
inline const_bytes as_bytes(text characters) noexcept {
    return {reinterpret_cast<const std::byte*>(characters.data()), characters.size()};
}

/// An array of octets as bytes.
template <std::size_t N>
const_bytes as_bytes(const unsigned char (&octets)[N]) noexcept {
    return {reinterpret_cast<const std::byte*>(octets), N};
}

/// An array to be filled.
template <class Character, std::size_t N>
    requires(sizeof(Character) == 1)
mutable_bytes as_writable_bytes(Character (&array)[N]) noexcept {
    return {reinterpret_cast<std::byte*>(array), N};
}

/// The bytes an object lies in, for structures of fixed layout.
template <class Object>
    requires std::is_trivially_copyable_v<Object>
const_bytes object_bytes(const Object& object) noexcept {
    return {reinterpret_cast<const std::byte*>(&object), sizeof(Object)};
}

/// Bytes as characters, to be printed or compared; no encoding is assumed.
inline text as_text(const_bytes bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Bytes that are their own owner.
template <std::size_t Size>
struct byte_block {
    std::byte bytes[Size];
    constexpr std::byte* data() noexcept { return bytes; }
    constexpr const std::byte* data() const noexcept { return bytes; }
    static constexpr std::size_t size() noexcept { return Size; }
    constexpr std::byte& operator[](std::size_t index) noexcept { return bytes[index]; }
    constexpr const std::byte& operator[](std::size_t index) const noexcept { return bytes[index]; }
    constexpr std::byte* begin() noexcept { return bytes; }
    constexpr std::byte* end() noexcept { return bytes + Size; }
    constexpr const std::byte* begin() const noexcept { return bytes; }
    constexpr const std::byte* end() const noexcept { return bytes + Size; }
    friend constexpr bool operator==(const byte_block&, const byte_block&) noexcept = default;
};

/// Bytes written as numbers, for constants and test vectors: `byte_array(0x45, 0, 0, 20)`.
template <class... Integers>
constexpr byte_block<sizeof...(Integers)> byte_array(Integers... values) noexcept {
    return {{static_cast<std::byte>(values)...}};
}

/// Copies as many as both sides hold; answers how many. The two must not overlap.
constexpr std::size_t copy(mutable_bytes to, const_bytes from) noexcept {
    const std::size_t count = to.size() < from.size() ? to.size() : from.size();
    if (__builtin_is_constant_evaluated()) {
        for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
    } else if (count != 0) {
        __builtin_memcpy(to.data(), from.data(), count);
    }
    return count;
}

/// Sets every byte.
constexpr void fill(mutable_bytes to, std::byte value = {}) noexcept {
    for (std::byte& byte : to) byte = value;
}

/// Same length and same bytes.
constexpr bool equal(const_bytes a, const_bytes b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != b[i]) return false;
    return true;
}

/// The bytes from `offset` on, `count` at the most; empty where `offset` is past the end. Never fails.
constexpr const_bytes slice(const_bytes bytes, std::size_t offset, std::size_t count = static_cast<std::size_t>(-1)) noexcept {
    if (offset > bytes.size()) offset = bytes.size();
    const std::size_t left = bytes.size() - offset;
    return bytes.subspan(offset, count < left ? count : left);
}

}  // namespace weld::inline v0
