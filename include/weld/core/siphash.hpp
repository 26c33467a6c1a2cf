// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace weld::inline v0 {

/// A secret of 128 bits: who does not know it can neither choose names that collide nor guess sequence numbers.
struct siphash_key {
    std::uint64_t first = 0, second = 0;
    template <class Generator>
    static constexpr siphash_key from(Generator& chance) noexcept {
        const std::uint64_t first = chance.next();
        return {first, chance.next()};
    }
};

/// A keyed hash of short inputs: `Rounds` a word, `FinalRounds` at the end. In the kernel: lib/siphash.c.
/// Source: Aumasson and Bernstein, SipHash: a fast short-input PRF.
template <int Rounds, int FinalRounds>
class basic_siphash {
public:
    constexpr explicit basic_siphash(siphash_key key) noexcept
        : v0_{key.first ^ 0x736f6d6570736575}, v1_{key.second ^ 0x646f72616e646f6d},
          v2_{key.first ^ 0x6c7967656e657261}, v3_{key.second ^ 0x7465646279746573} {}

    /// Eight bytes of the input, the first of them the least significant.
    constexpr void word(std::uint64_t m) noexcept {
        v3_ ^= m;
        for (int i = 0; i < Rounds; ++i) round();
        v0_ ^= m;
    }
    /// The last up to seven bytes, and the length of all in the uppermost byte.
    constexpr std::uint64_t finish(std::uint64_t last) noexcept {
        word(last);
        v2_ ^= 0xff;
        for (int i = 0; i < FinalRounds; ++i) round();
        return v0_ ^ v1_ ^ v2_ ^ v3_;
    }

private:
    static constexpr std::uint64_t rotate(std::uint64_t x, int by) noexcept { return x << by | x >> (64 - by); }
    constexpr void round() noexcept {
        v0_ += v1_, v1_ = rotate(v1_, 13) ^ v0_, v0_ = rotate(v0_, 32);
        v2_ += v3_, v3_ = rotate(v3_, 16) ^ v2_;
        v0_ += v3_, v3_ = rotate(v3_, 21) ^ v0_;
        v2_ += v1_, v1_ = rotate(v1_, 17) ^ v2_, v2_ = rotate(v2_, 32);
    }
    std::uint64_t v0_, v1_, v2_, v3_;
};

namespace detail {
template <class Hash>
constexpr std::uint64_t siphash(siphash_key key, const_bytes input) noexcept {
    Hash hash{key};
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < input.size(); ++i) {
        word |= static_cast<std::uint64_t>(input[i]) << (i % 8 * 8);
        if (i % 8 == 7) {
            hash.word(word);
            word = 0;
        }
    }
    return hash.finish(word | std::uint64_t{input.size()} << 56);
}
template <class Hash, class... Words>
constexpr std::uint64_t siphash_words(siphash_key key, Words... words) noexcept {
    Hash hash{key};
    (hash.word(words), ...);
    return hash.finish(std::uint64_t{8 * sizeof...(words)} << 56);
}
}  // namespace detail

/// For what an attacker must not guess: initial sequence numbers (RFC 6528), SYN cookies.
constexpr std::uint64_t siphash24(siphash_key key, const_bytes input) noexcept { return detail::siphash<basic_siphash<2, 4>>(key, input); }
/// The same of whole words, as if their bytes lay one after the other: `siphash24(key, addresses, ports)`.
template <std::same_as<std::uint64_t>... Words>
constexpr std::uint64_t siphash24(siphash_key key, Words... words) noexcept { return detail::siphash_words<basic_siphash<2, 4>>(key, words...); }

/// For hash tables: half the work, and no collision can be made without the key.
constexpr std::uint64_t siphash13(siphash_key key, const_bytes input) noexcept { return detail::siphash<basic_siphash<1, 3>>(key, input); }
template <std::same_as<std::uint64_t>... Words>
constexpr std::uint64_t siphash13(siphash_key key, Words... words) noexcept { return detail::siphash_words<basic_siphash<1, 3>>(key, words...); }

}  // namespace weld::inline v0
