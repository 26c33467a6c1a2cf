// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/byte_order.hpp>
#include <weld/core/checksum.hpp>

#include <cstddef>
#include <cstdint>

namespace weld::inline v0::stack {

/// The sum of a header, as checksum::sum gives it; inlined, for the few words that every packet has.
/// Pre: `size` is a multiple of four, at most 60. In the kernel: ip_fast_csum.
[[gnu::always_inline]] inline std::uint32_t header_sum(const std::byte* header, std::size_t size) noexcept {
    std::uint64_t all = 0;
    std::size_t at = 0;
    for (; at + 8 <= size; at += 8) {
        std::uint64_t word;
        __builtin_memcpy(&word, header + at, sizeof word);
        all = checksum::detail::add_word(all, word);
    }
    if (at < size) {
        std::uint32_t word;
        __builtin_memcpy(&word, header + at, sizeof word);
        all = checksum::detail::add_word(all, word);
    }
    all = (all & 0xffffffff) + (all >> 32);
    return byte_swap(checksum::fold(static_cast<std::uint32_t>(all) + static_cast<std::uint32_t>(all >> 32)));
}

}  // namespace weld::inline v0::stack
