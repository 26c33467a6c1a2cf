// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/bytes.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace weld::inline v0 {

/// Turns the bytes of an integer round.
template <std::unsigned_integral Integer>
constexpr Integer byte_swap(Integer value) noexcept {
    if constexpr (sizeof(Integer) == 1) return value;
    else if constexpr (sizeof(Integer) == 2) return static_cast<Integer>(__builtin_bswap16(value));
    else if constexpr (sizeof(Integer) == 4) return static_cast<Integer>(__builtin_bswap32(value));
    else return static_cast<Integer>(__builtin_bswap64(value));
}

/// Reads a big-endian integer from anywhere; no alignment is needed.
/// Pre: sizeof(Integer) bytes can be read.
template <std::unsigned_integral Integer>
constexpr Integer load_be(const std::byte* from) noexcept {
    if (__builtin_is_constant_evaluated()) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < sizeof(Integer); ++i) value = value << 8 | static_cast<std::uint64_t>(from[i]);
        return static_cast<Integer>(value);
    }
    Integer value;
    __builtin_memcpy(&value, from, sizeof value);
    return byte_swap(value);
}

/// Writes an integer big-endian, anywhere.
/// Pre: sizeof(Integer) bytes can be written.
template <std::unsigned_integral Integer>
constexpr void store_be(std::byte* to, Integer value) noexcept {
    if (__builtin_is_constant_evaluated()) {
        for (std::size_t i = sizeof(Integer); i-- > 0; value = static_cast<Integer>(std::uint64_t{value} >> 8))
            to[i] = static_cast<std::byte>(value & 0xff);
        return;
    }
    value = byte_swap(value);
    __builtin_memcpy(to, &value, sizeof value);
}

/// Reads at an offset. Pre: the bytes are there.
template <std::unsigned_integral Integer>
constexpr Integer load_be(const_bytes from, std::size_t offset = 0) noexcept {
    WELD_ASSERT(offset <= from.size() && sizeof(Integer) <= from.size() - offset);
    return load_be<Integer>(from.data() + offset);
}

/// Writes at an offset. Pre: there is room.
template <std::unsigned_integral Integer>
constexpr void store_be(mutable_bytes to, std::size_t offset, Integer value) noexcept {
    WELD_ASSERT(offset <= to.size() && sizeof(Integer) <= to.size() - offset);
    store_be(to.data() + offset, value);
}

/// An unsigned integer as it travels, most significant byte first. Alignment one: it may be a member of a structure
/// laid over a packet. In the kernel: __be16, __be32, __be64.
template <std::unsigned_integral Integer>
class big_endian {
public:
    using value_type = Integer;

    big_endian() = default;
    constexpr big_endian(Integer value) noexcept { store_be(bytes_, value); }
    /// The number in the order of this machine.
    constexpr operator Integer() const noexcept { return load_be<Integer>(bytes_); }
    constexpr Integer value() const noexcept { return load_be<Integer>(bytes_); }

private:
    std::byte bytes_[sizeof(Integer)];
};

/// Numbers of a header, as they lie on the wire.
using be16 = big_endian<std::uint16_t>;
using be32 = big_endian<std::uint32_t>;
using be64 = big_endian<std::uint64_t>;

static_assert(sizeof(be32) == 4 && alignof(be32) == 1 && std::is_trivial_v<be32>);
static_assert(be16{0x1234}.value() == 0x1234);

}  // namespace weld::inline v0
