// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/control.hpp>
#include <weld/socket/options/socket_level.hpp>

namespace weld::inline v0 {

/// When the message arrived, by the wall clock: since 1970, as std::chrono::system_clock counts. Option
/// receive_timestamp turns it on. Source: socket(7).
struct timestamp {
    static constexpr int level = levels::socket, type = 35;  // SO_TIMESTAMPNS
    duration value;

    struct raw { std::int64_t seconds, nanoseconds; };  // struct timespec
    constexpr raw to_kernel() const noexcept { return {value.nanoseconds() / 1'000'000'000, value.nanoseconds() % 1'000'000'000}; }
    static constexpr duration from_kernel(const raw& r) noexcept { return duration::seconds(r.seconds) + duration::nanoseconds(r.nanoseconds); }
};

/// How many messages have been dropped on this socket so far because its buffer was full. Option receive_drops.
struct drops {
    static constexpr int level = levels::socket, type = 40;  // SO_RXQ_OVFL
    std::uint32_t value;
};

}  // namespace weld::inline v0
