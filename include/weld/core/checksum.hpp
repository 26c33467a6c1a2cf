// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/byte_order.hpp>
#include <weld/core/bytes.hpp>

#include <cstddef>
#include <cstdint>

/// The Internet checksum: the ones' complement sum of big-endian 16-bit words. In the kernel: csum_partial and its kin.
/// A `sum` is not yet folded to 16 bits nor complemented; sums of parts are added up and finished once.
/// Source: RFC 1071, RFC 1624.
namespace weld::inline v0::checksum {

/// The sum of these bytes; a last odd one counts as the high half of its word.
constexpr std::uint32_t sum(const_bytes bytes) noexcept;

/// Copies, and sums what is copied, reading it once. In the kernel: csum_partial_copy.
/// Pre: `to` has room; the two do not overlap.
inline std::uint32_t copy_and_sum(mutable_bytes to, const_bytes from) noexcept;

/// Two sums as one, the carry brought round.
constexpr std::uint32_t add(std::uint32_t a, std::uint32_t b) noexcept {
    const std::uint64_t both = std::uint64_t{a} + b;
    return static_cast<std::uint32_t>(both) + static_cast<std::uint32_t>(both >> 32);
}

/// A sum in 16 bits.
constexpr std::uint16_t fold(std::uint32_t sum) noexcept {
    return static_cast<std::uint16_t>((sum + (sum << 16 | sum >> 16)) >> 16);  // the upper half gets the lower's carry
}

/// What a checksum field takes: the complement of the sum over everything else.
constexpr std::uint16_t finish(std::uint32_t sum) noexcept { return static_cast<std::uint16_t>(~fold(sum)); }

/// True when a sum over everything, the checksum field too, says that nothing changed on the way.
constexpr bool valid(std::uint32_t sum) noexcept { return fold(sum) == 0xffff; }

/// The sum of `a` followed by `b`, where `b` may begin at an odd place. In the kernel: csum_block_add.
constexpr std::uint32_t combine(std::uint32_t a, std::uint32_t b, bool b_offset_is_odd = false) noexcept {
    return add(a, b_offset_is_odd ? byte_swap(fold(b)) : b);
}

/// The sum of what is left of `a` without `b`.
constexpr std::uint32_t subtract(std::uint32_t a, std::uint32_t b) noexcept { return add(a, ~b); }

/// A checksum field after one of the words it covers changed. Source: RFC 1624 section 3, equation 3.
constexpr std::uint16_t update(std::uint16_t field, std::uint16_t before, std::uint16_t after) noexcept {
    return finish(std::uint32_t{static_cast<std::uint16_t>(~field)} + static_cast<std::uint16_t>(~before) + after);
}
/// The same where an aligned 32-bit value changed, an address or a sequence number.
constexpr std::uint16_t update(std::uint16_t field, std::uint32_t before, std::uint32_t after) noexcept {
    return finish(add(add(static_cast<std::uint16_t>(~field), ~before), after));
}

/// The sum of the header that TCP, UDP and ICMPv6 add in thought; `length` is that of their header and data.
/// Source: RFC 9293 section 3.1, RFC 768, RFC 8200 section 8.1.
template <class Address>
constexpr std::uint32_t pseudo_header(const Address& source, const Address& destination, std::uint8_t protocol,
                                      std::uint32_t length) noexcept {
    std::uint64_t all = std::uint64_t{length} + protocol;
    for (std::size_t i = 0; i < sizeof(Address); i += 4) {
        for (const Address* address : {&source, &destination})
            all += static_cast<std::uint32_t>(address->bytes[i]) << 24 | static_cast<std::uint32_t>(address->bytes[i + 1]) << 16 |
                   static_cast<std::uint32_t>(address->bytes[i + 2]) << 8 | address->bytes[i + 3];
    }
    return add(static_cast<std::uint32_t>(all), static_cast<std::uint32_t>(all >> 32));
}

namespace detail {

// Inside, words are added as this machine reads them, 64 bits at a time; the byte order and the number of carries
// come out right in the end, whatever the width (RFC 1071 section 2).
constexpr std::uint64_t add_word(std::uint64_t a, std::uint64_t b) noexcept {
    a += b;
    return a + (a < b);
}

constexpr std::uint32_t in_network_order(std::uint64_t native) noexcept {
    return byte_swap(fold(static_cast<std::uint32_t>((native + (native << 32 | native >> 32)) >> 32)));
}

/// One word at `at`, added, and copied where `Copy`.
template <class Word, bool Copy>
[[gnu::always_inline]] inline std::uint64_t step(std::uint64_t all, std::byte* to, const std::byte* from, std::size_t at) noexcept {
    Word word;
    __builtin_memcpy(&word, from + at, sizeof word);
    if constexpr (Copy) __builtin_memcpy(to + at, &word, sizeof word);
    return add_word(all, word);
}

/// The bytes from `at` to `size`, eight at a time.
template <bool Copy>
[[gnu::always_inline]] inline std::uint64_t portable(std::uint64_t all, std::byte* to, const std::byte* from, std::size_t size, std::size_t at = 0) noexcept {
    for (; size - at >= 32; at += 32) {
        all = step<std::uint64_t, Copy>(all, to, from, at);
        all = step<std::uint64_t, Copy>(all, to, from, at + 8);
        all = step<std::uint64_t, Copy>(all, to, from, at + 16);
        all = step<std::uint64_t, Copy>(all, to, from, at + 24);
    }
    for (; size - at >= 8; at += 8) all = step<std::uint64_t, Copy>(all, to, from, at);
    if ((size & 4) != 0) all = step<std::uint32_t, Copy>(all, to, from, at), at += 4;
    if ((size & 2) != 0) all = step<std::uint16_t, Copy>(all, to, from, at), at += 2;
    if ((size & 1) != 0) all = step<std::uint8_t, Copy>(all, to, from, at);
    return all;
}

/// Thirty-two zeros and thirty-two ones: read from the middle backwards it keeps a vector's last bytes.
struct tail_masks {
    alignas(64) unsigned char bytes[64]{};
    constexpr tail_masks() noexcept {
        for (std::size_t i = 32; i < 64; ++i) bytes[i] = 0xff;
    }
};
inline constexpr tail_masks masks;

/// Thirty-two bytes at a time. Each lane of `whole` adds up 64-bit words and loses carries; `high` adds up their upper
/// halves and loses none, so whole - (high << 32) is the exact sum of the lower halves: five instructions a vector.
/// Pre: size >= 32.
template <bool Copy>
[[gnu::target("avx2"), gnu::noinline]] inline std::uint64_t avx2(std::byte* to, const std::byte* from, std::size_t size) noexcept {
    typedef std::uint64_t lanes __attribute__((vector_size(32)));
    lanes whole{}, high{}, keep = ~lanes{};
    std::size_t at = 0;
    const auto add_vector = [&]() __attribute__((target("avx2"), always_inline)) {
        lanes vector;
        __builtin_memcpy(&vector, from + at, 32);
        if constexpr (Copy) __builtin_memcpy(to + at, &vector, 32);
        vector &= keep;
        whole += vector;
        high += vector >> 32;
        at += 32;
    };
    while (size - at >= 128) {
        add_vector();
        add_vector();
        add_vector();
        add_vector();
    }
    while (size - at >= 32) add_vector();
    if ((size & 30) != 0) {  // the rest, even in number, at the end of a vector whose beginning is done already
        __builtin_memcpy(&keep, masks.bytes + (size & 30), 32);
        at = (size & ~std::size_t{1}) - 32;
        add_vector();
    }
    const lanes exact = whole - (high << 32) + high;
    const std::uint64_t all = add_word(exact[0] + exact[1], exact[2] + exact[3]);
    return (size & 1) != 0 ? step<std::uint8_t, Copy>(all, to, from, size - 1) : all;
}

#if defined(__AVX2__)
inline constexpr bool has_avx2 = true;
#else
inline const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;  // false before main's statics: then portable
#endif

template <bool Copy>
inline std::uint64_t best(std::byte* to, const std::byte* from, std::size_t size) noexcept {
    return size >= 64 && has_avx2 ? avx2<Copy>(to, from, size) : portable<Copy>(0, to, from, size);
}

}  // namespace detail

constexpr std::uint32_t sum(const_bytes bytes) noexcept {
    if (!__builtin_is_constant_evaluated()) return detail::in_network_order(detail::best<false>(nullptr, bytes.data(), bytes.size()));
    std::uint32_t all = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) all = add(all, static_cast<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0));
    return fold(all);
}

inline std::uint32_t copy_and_sum(mutable_bytes to, const_bytes from) noexcept {
    WELD_ASSERT(to.size() >= from.size());
    return detail::in_network_order(detail::best<true>(to.data(), from.data(), from.size()));
}

}  // namespace weld::inline v0::checksum
