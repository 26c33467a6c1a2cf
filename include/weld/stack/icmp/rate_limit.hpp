// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>

#include <cstdint>

namespace weld::inline v0::stack {

/// So many in a burst, so many a second afterwards: a token bucket. In the kernel: icmp_global_allow.
/// Source: RFC 1812 section 4.3.2.8.
class rate_limit {
public:
    constexpr rate_limit(std::uint32_t per_second, std::uint32_t burst) noexcept : per_second_{per_second}, burst_{burst}, tokens_{burst} {}

    /// Takes one, if there is one.
    constexpr bool allow(time_point now) noexcept {
        const std::int64_t interval = 1'000'000'000 / (per_second_ > 0 ? per_second_ : 1);
        const std::int64_t earned = (now - filled_).nanoseconds() / interval;
        if (earned > 0 && per_second_ > 0) {
            tokens_ = earned < burst_ - tokens_ ? tokens_ + static_cast<std::uint32_t>(earned) : burst_;
            filled_ = tokens_ == burst_ ? now : filled_ + duration::nanoseconds(earned * interval);
        }
        if (tokens_ == 0) return false;
        --tokens_;
        return true;
    }

private:
    std::uint32_t per_second_;
    std::uint32_t burst_;
    std::uint32_t tokens_;
    time_point filled_{};
};

}  // namespace weld::inline v0::stack
