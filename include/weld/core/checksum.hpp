// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/byte_order.hpp>
#include <weld/core/bytes.hpp>
#include <weld/core/processor.hpp>

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

/// A sum of words as this machine reads them, in 16 bits.
constexpr std::uint16_t fold_native(std::uint64_t native) noexcept { return fold(static_cast<std::uint32_t>((native + (native << 32 | native >> 32)) >> 32)); }

constexpr std::uint32_t in_network_order(std::uint64_t native) noexcept {
    return byte_swap(fold_native(native));
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

/// The mean of two vectors, word by word, rounded up: vpavgw.
template <class Lanes>
[[gnu::target("avx2"), gnu::always_inline]] inline Lanes mean(Lanes a, Lanes b) noexcept {
#if defined(__clang__)
    typedef unsigned short words __attribute__((vector_size(32)));
    const words x = reinterpret_cast<words>(a), y = reinterpret_cast<words>(b);
    return reinterpret_cast<Lanes>((x | y) - ((x ^ y) >> 1));  // which it knows by sight
#else
    typedef short words __attribute__((vector_size(32)));
    return reinterpret_cast<Lanes>(__builtin_ia32_pavgw256(reinterpret_cast<words>(a), reinterpret_cast<words>(b)));
#endif
}

/// Beyond, avx2() could not tell how many carries it has lost.
inline constexpr std::size_t avx2_size_max = std::size_t{1} << 18;

/// Thirty-two bytes at a time. Each lane of `whole` adds up 64-bit words and loses carries. How many is told by what their
/// upper sixteen bits add up to, and for that an estimate is good enough: of eight vectors, eight times the mean, which is
/// too high by less than twelve (three roundings up by a half, eight times) and, for what the lower bits carry, too low by
/// less than eight. So after 2^18 bytes it is wrong by less than 2^14, and a carry is 2^16. Counting them exactly takes an
/// instruction more a vector. Pre: 32 <= size <= avx2_size_max.
template <bool Copy>
[[gnu::target("avx2"), gnu::noinline]] inline std::uint64_t avx2(std::byte* to, const std::byte* from, std::size_t size) noexcept {
    typedef std::uint64_t lanes __attribute__((vector_size(32)));
    lanes whole{}, eighths{}, tops{};
    const std::size_t tail = size & 30;
    const bool odd = (size & 1) != 0;
    const std::byte* const rest = from + (size & ~std::size_t{1}) - 32;
    std::byte* const rest_to = Copy ? to + (size & ~std::size_t{1}) - 32 : nullptr;
    const auto take = [&](std::size_t n) __attribute__((target("avx2"), always_inline)) {
        lanes vector;
        __builtin_memcpy(&vector, from + 32 * n, 32);
        if constexpr (Copy) __builtin_memcpy(to + 32 * n, &vector, 32);
        whole += vector;
        return vector;
    };
    const auto go_on = [&](std::size_t n) __attribute__((target("avx2"), always_inline)) {
        from += n;
        if constexpr (Copy) to += n;
    };
    const auto four = [&](std::size_t n) __attribute__((target("avx2"), always_inline)) {
        const lanes a = mean(take(n), take(n + 1)), b = mean(take(n + 2), take(n + 3));
        return mean(a, b);
    };
    for (std::size_t left = size / 256; left != 0; --left) {
        const lanes a = four(0), b = four(4);
        eighths += mean(a, b) >> 48;
        go_on(256);
    }
    if ((size & 128) != 0) {
        tops = four(0) >> 48 << 2;
        go_on(128);
    }
    if ((size & 64) != 0) {
        const lanes a = take(0), b = take(1);
        tops += mean(a, b) >> 48 << 1;
        go_on(64);
    }
    if ((size & 32) != 0) tops += take(0) >> 48;
    if (tail != 0) {  // the rest, even in number, at the end of a vector whose beginning is done already
        lanes vector, keep;
        __builtin_memcpy(&keep, masks.bytes + tail, 32);
        __builtin_memcpy(&vector, rest, 32);
        if constexpr (Copy) __builtin_memcpy(rest_to, &vector, 32);
        vector &= keep;
        whole += vector;
        tops += vector >> 48;
    }
    tops += eighths << 3;
    const lanes carries = (tops - (whole >> 48) + 0x8000) >> 16;
    const lanes halves = (whole & 0xffffffff) + (whole >> 32) + carries;
    const std::uint64_t all = halves[0] + halves[1] + (halves[2] + halves[3]);
    return odd ? step<std::uint8_t, Copy>(all, rest_to, rest, 32) : all;
}

template <bool Copy>
std::uint64_t in_parts(std::byte* to, const std::byte* from, std::size_t size) noexcept;
template <bool Copy>
[[gnu::always_inline]] inline std::uint64_t best(std::byte* to, const std::byte* from, std::size_t size) noexcept {
    if (size < 64 || !weld::detail::has_avx2) return portable<Copy>(0, to, from, size);
    if (size > avx2_size_max) [[unlikely]] return in_parts<Copy>(to, from, size);
    return avx2<Copy>(to, from, size);
}

template <bool Copy>
[[gnu::noinline]] std::uint64_t in_parts(std::byte* to, const std::byte* from, std::size_t size) noexcept {
    std::uint64_t all = 0;
    for (std::size_t at = 0, part; at < size; at += part) {
        part = size - at < avx2_size_max ? size - at : avx2_size_max;
        all = add_word(all, part < 32 ? portable<Copy>(0, Copy ? to + at : to, from + at, part) : avx2<Copy>(Copy ? to + at : to, from + at, part));
    }
    return all;
}

}  // namespace detail

constexpr std::uint32_t sum(const_bytes bytes) noexcept {
    if (!__builtin_is_constant_evaluated()) return detail::in_network_order(detail::best<false>(nullptr, bytes.data(), bytes.size()));
    std::uint32_t all = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) all = add(all, static_cast<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0));
    return fold(all);
}

[[gnu::always_inline]] inline std::uint32_t copy_and_sum(mutable_bytes to, const_bytes from) noexcept {
    WELD_ASSERT(to.size() >= from.size());
    return detail::in_network_order(detail::best<true>(to.data(), from.data(), from.size()));
}

}  // namespace weld::inline v0::checksum
