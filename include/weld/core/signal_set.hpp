// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <initializer_list>

namespace weld::inline v0 {

/// Some signals: `{SIGINT, SIGTERM}`. As the kernel has a sigset_t: eight bytes, one bit a signal, from 1 to 64. The C
/// library's is longer and begins with the same. Pre: the numbers are those of signals. Source: signal(7).
class signal_set {
public:
    constexpr signal_set() noexcept = default;
    constexpr signal_set(std::initializer_list<int> numbers) noexcept {
        for (const int number : numbers) bits_ |= bit(number);
    }
    /// Of the kernel's eight bytes, and back.
    static constexpr signal_set from_bits(std::uint64_t bits) noexcept {
        signal_set made;
        made.bits_ = bits;
        return made;
    }
    constexpr std::uint64_t bits() const noexcept { return bits_; }

    constexpr bool empty() const noexcept { return bits_ == 0; }
    constexpr bool contains(int number) const noexcept { return (bits_ & bit(number)) != 0; }
    /// The lowest. Pre: not empty.
    constexpr int first() const noexcept { return __builtin_ctzll(bits_) + 1; }

    friend constexpr signal_set operator|(signal_set a, signal_set b) noexcept { return from_bits(a.bits_ | b.bits_); }
    friend constexpr signal_set operator&(signal_set a, signal_set b) noexcept { return from_bits(a.bits_ & b.bits_); }
    friend constexpr signal_set operator-(signal_set a, signal_set b) noexcept { return from_bits(a.bits_ & ~b.bits_); }
    friend constexpr bool operator==(signal_set, signal_set) noexcept = default;

private:
    static constexpr std::uint64_t bit(int number) noexcept { return std::uint64_t{1} << (number - 1); }
    std::uint64_t bits_ = 0;
};

}  // namespace weld::inline v0
