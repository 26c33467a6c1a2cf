// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/processor.hpp>

#include <cstddef>

namespace weld::inline v0 {

namespace detail {

/// Pre: count >= 32.
[[gnu::target("avx2"), gnu::noinline]] inline void copy_avx2(std::byte* to, const std::byte* from, std::size_t count) noexcept {
    typedef unsigned long long lanes __attribute__((vector_size(32)));
    const auto one = [&](std::size_t at) __attribute__((target("avx2"), always_inline)) {
        lanes vector;
        __builtin_memcpy(&vector, from + at, 32);
        __builtin_memcpy(to + at, &vector, 32);
    };
    const auto several = [&](std::size_t at) __attribute__((target("avx2"), always_inline)) { one(at), one(at + 32), one(at + 64), one(at + 96); };
    for (std::size_t left = count / 256; left != 0; --left, to += 256, from += 256) several(0), several(128);
    if ((count & 128) != 0) several(0), to += 128, from += 128;
    if ((count & 64) != 0) one(0), one(32), to += 64, from += 64;
    if ((count & 32) != 0) one(0), to += 32, from += 32;
    if ((count & 31) == 0) return;
    to -= 32 - (count & 31), from -= 32 - (count & 31);  // what is left over is copied with some of what was before it
    one(0);
}

[[gnu::noinline]] inline void copy_portable(std::byte* to, const std::byte* from, std::size_t count) noexcept {
    constexpr std::size_t piece = 2048;
    for (; count > piece; count -= piece, to += piece, from += piece) __builtin_memcpy(to, from, piece);
    __builtin_memcpy(to, from, count);
}

}  // namespace detail

/// memcpy for payloads: some hundred bytes to some thousand. The C library's asks more questions first, and beyond 2 KiB
/// takes `rep movsb`, which starts slowly. The two must not overlap.
[[gnu::always_inline]] inline void bulk_copy(std::byte* to, const std::byte* from, std::size_t count) noexcept {
    if (detail::has_avx2 && count >= 64) detail::copy_avx2(to, from, count);
    else detail::copy_portable(to, from, count);
}

}  // namespace weld::inline v0
