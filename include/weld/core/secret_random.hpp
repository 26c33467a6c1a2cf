// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/random.hpp>

#include <cstdint>

namespace weld::inline v0 {

/// Where a secret_generator begins: 256 bits, which nobody else should know.
struct random_key {
    std::uint32_t words[8]{};

    /// Of a number: for tests and simulation, which repeat a run by it. No secret, whatever the number.
    static constexpr random_key from(std::uint64_t seed) noexcept {
        random_generator chance{seed};
        random_key key;
        for (std::uint32_t& word : key.words) word = static_cast<std::uint32_t>(chance.next() >> 32);
        return key;
    }
    friend constexpr bool operator==(const random_key&, const random_key&) noexcept = default;
};

namespace detail {
/// Sixteen words that only the key tells. Source: RFC 8439 section 2.3; Bernstein, ChaCha, a variant of Salsa20.
template <int Rounds>
constexpr void chacha_block(const random_key& key, const std::uint32_t (&position)[4], std::uint32_t (&to)[16]) noexcept {
    static_assert(Rounds % 2 == 0);
    std::uint32_t x[16]{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    for (int i = 0; i < 8; ++i) x[4 + i] = key.words[i];
    for (int i = 0; i < 4; ++i) x[12 + i] = position[i];
    for (int i = 0; i < 16; ++i) to[i] = x[i];
    const auto turn = [](std::uint32_t v, int by) { return v << by | v >> (32 - by); };
    const auto quarter = [&](int a, int b, int c, int d) {
        x[a] += x[b], x[d] = turn(x[d] ^ x[a], 16), x[c] += x[d], x[b] = turn(x[b] ^ x[c], 12);
        x[a] += x[b], x[d] = turn(x[d] ^ x[a], 8), x[c] += x[d], x[b] = turn(x[b] ^ x[c], 7);
    };
    for (int i = 0; i < Rounds; i += 2) {
        quarter(0, 4, 8, 12), quarter(1, 5, 9, 13), quarter(2, 6, 10, 14), quarter(3, 7, 11, 15);
        quarter(0, 5, 10, 15), quarter(1, 6, 11, 12), quarter(2, 7, 8, 13), quarter(3, 4, 9, 14);
    }
    for (int i = 0; i < 16; ++i) to[i] += x[i];
}
}  // namespace detail

/// A net's chance: ports, sequence numbers, hash keys, jitter. From any of its numbers neither those before nor those
/// after can be computed: half of each block becomes the key of the next, and is told to nobody. The same key gives
/// the same numbers on every machine. In the kernel: drivers/char/random.c.
/// Source: Bernstein, Fast-key-erasure random-number generators; ChaCha of eight rounds.
class secret_generator : public random_draws<secret_generator> {
public:
    constexpr explicit secret_generator(const random_key& key) noexcept : key_{key} {}

    /// Any number, all equally likely.
    constexpr std::uint64_t next() noexcept {
        if (left_ == 0) refill();
        const std::uint64_t answer = numbers_[--left_];
        numbers_[left_] = 0;
        return answer;
    }
    /// A stream of its own for a part: what one part draws then changes nothing for another.
    constexpr secret_generator split() noexcept {
        random_key key;
        for (std::uint32_t& word : key.words) word = static_cast<std::uint32_t>(next());
        return secret_generator{key};
    }

    friend constexpr bool operator==(const secret_generator&, const secret_generator&) noexcept = default;

private:
    static constexpr int held = 4;
    constexpr void refill() noexcept {
        std::uint32_t block[16]{};
        detail::chacha_block<8>(key_, {0, 0, 0, 0}, block);
        for (int i = 0; i < 8; ++i) key_.words[i] = block[i];
        for (int i = 0; i < held; ++i) numbers_[i] = std::uint64_t{block[8 + 2 * i]} << 32 | block[9 + 2 * i];
        left_ = held;
    }

    random_key key_;
    std::uint64_t numbers_[held]{};
    int left_ = 0;
};

}  // namespace weld::inline v0
