// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/bytes.hpp>

#include <cstddef>
#include <cstdint>

namespace weld::inline v0 {

/// What a generator's numbers are good for. `Generator` has `std::uint64_t next()`: any number, all equally likely.
template <class Generator>
class random_draws {
public:
    /// 0 to n - 1, all equally likely. Pre: n > 0. Source: Lemire, Fast random integer generation in an interval.
    constexpr std::uint64_t below(std::uint64_t n) noexcept {
        WELD_ASSERT(n > 0);
        wide product = wide{draw()} * n;
        if (static_cast<std::uint64_t>(product) < n)  // seldom: some of these would come up once too often
            for (const std::uint64_t unfair = (0 - n) % n; static_cast<std::uint64_t>(product) < unfair;)
                product = wide{draw()} * n;
        return static_cast<std::uint64_t>(product >> 64);
    }
    /// first to last, both included. Pre: first <= last.
    constexpr std::uint64_t between(std::uint64_t first, std::uint64_t last) noexcept {
        WELD_ASSERT(first <= last);
        const std::uint64_t span = last - first + 1;
        return first + (span == 0 ? draw() : below(span));
    }
    /// True `times` in `out_of` cases: `chance(1, 100)`. Pre: out_of > 0.
    constexpr bool chance(std::uint64_t times, std::uint64_t out_of) noexcept { return below(out_of) < times; }

    /// Fills with random bytes.
    constexpr void fill(mutable_bytes to) noexcept {
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < to.size(); ++i, word >>= 8) {
            if (i % 8 == 0) word = draw();
            to[i] = static_cast<std::byte>(word & 0xff);
        }
    }

    friend constexpr bool operator==(const random_draws&, const random_draws&) noexcept = default;

private:
    __extension__ typedef unsigned __int128 wide;
    constexpr std::uint64_t draw() noexcept { return static_cast<Generator&>(*this).next(); }
};

/// Chance that can be repeated: for tests, simulated links and faults. The same seed gives the same numbers on every
/// machine. Not for secrets: who sees enough of its numbers can compute the others. Those come from secret_generator.
/// Source: Blackman and Vigna, xoshiro256** 1.0; seeded by splitmix64 as they advise.
class random_generator : public random_draws<random_generator> {
public:
    constexpr explicit random_generator(std::uint64_t seed) noexcept {
        for (std::uint64_t& word : state_) word = splitmix64(seed);
    }

    /// Any number, all equally likely.
    constexpr std::uint64_t next() noexcept {
        const std::uint64_t answer = rotate(state_[1] * 5, 7) * 9;
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = rotate(state_[3], 45);
        return answer;
    }

    /// A stream of its own for a part: what one part draws then changes nothing for another.
    constexpr random_generator split() noexcept { return random_generator{next()}; }

    friend constexpr bool operator==(const random_generator&, const random_generator&) noexcept = default;

private:
    static constexpr std::uint64_t rotate(std::uint64_t x, int by) noexcept { return x << by | x >> (64 - by); }
    static constexpr std::uint64_t splitmix64(std::uint64_t& state) noexcept {
        std::uint64_t z = (state += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    std::uint64_t state_[4]{};
};

}  // namespace weld::inline v0
