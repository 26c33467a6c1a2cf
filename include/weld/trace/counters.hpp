// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>

#include <concepts>
#include <cstdint>

namespace weld::inline v0::trace {

/// What a flow_recorder measures within each station. Models: no_counter, time_stamp_counter, and
/// sys::instruction_counter, which not every machine has.
/// The compiler cannot check that a count never runs backwards.
template <class Counter>
concept counter = std::movable<Counter> && requires(const Counter& counter) {
    { Counter::unit } -> std::convertible_to<const char*>;
    { counter.read() } -> std::same_as<result<std::uint64_t>>;
};

/// The default: nothing is counted.
struct no_counter {
    static constexpr const char* unit = "";
    static result<std::uint64_t> read() noexcept { return errc::function_not_supported; }
};
static_assert(counter<no_counter>);

/// The processor's time stamp counter: time in ticks of a constant rate, and not instructions or cycles. What else the
/// machine does meanwhile is in it. Source: Intel SDM volume 3, 18.17.
struct time_stamp_counter {
    static constexpr const char* unit = "ticks";
    static result<std::uint64_t> read() noexcept { return static_cast<std::uint64_t>(__builtin_ia32_rdtsc()); }
};
static_assert(counter<time_stamp_counter>);

}  // namespace weld::inline v0::trace
