// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>

#include <cstdint>

namespace weld::inline v0::sim {

/// A stream of bytes without end that both sides know: what was sent is told from what arrived, at any offset, without
/// being kept. For the invariant that streams arrive whole and in order, or end with an error.
class pattern {
public:
    constexpr explicit pattern(std::uint64_t seed) noexcept : seed_{seed} {}

    /// The byte at an offset of the stream.
    constexpr std::byte at(std::uint64_t offset) const noexcept {
        std::uint64_t z = seed_ + (offset / 8 + 1) * 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return static_cast<std::byte>((z ^ (z >> 31)) >> (offset % 8 * 8) & 0xff);
    }
    /// The bytes from an offset on.
    constexpr void fill(std::uint64_t offset, mutable_bytes to) const noexcept {
        for (std::byte& byte : to) byte = at(offset++);
    }
    /// How many of these bytes are what they should be, before the first that is not.
    constexpr std::size_t matching(std::uint64_t offset, const_bytes from) const noexcept {
        std::size_t count = 0;
        while (count < from.size() && from[count] == at(offset + count)) ++count;
        return count;
    }
    constexpr bool matches(std::uint64_t offset, const_bytes from) const noexcept { return matching(offset, from) == from.size(); }

private:
    std::uint64_t seed_;
};

}  // namespace weld::inline v0::sim
