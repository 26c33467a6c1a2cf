// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>

namespace weld::inline v0::sim {

/// How a machine's clock runs against the world's: some parts in a million fast (positive) or slow, from a moment on at
/// which it showed something. Quartz is good for about 50; NTP slews by up to 500. Source: adjtimex(2).
class rate {
public:
    constexpr rate() noexcept = default;
    constexpr rate(std::int64_t parts_per_million) noexcept : drift_{parts_per_million} {}

    /// What the machine's clock shows when the world's does `world`.
    constexpr time_point local(time_point world) const noexcept {
        if (drift_ == 0) return world + offset();
        return local_ + scaled(world - shared_, million + drift_, million);
    }
    /// The first moment of the world's at which the machine's clock shows `local` or more.
    constexpr time_point shared(time_point local) const noexcept {
        if (local == time_point::never()) return local;
        if (drift_ == 0) return local - offset();
        const time_point about = shared_ + scaled(local - local_, million, million + drift_);
        return this->local(about) < local ? about + duration::nanoseconds(1) : about;
    }
    /// The same clock, going differently from `world` on.
    constexpr rate changed(time_point world, std::int64_t parts_per_million) const noexcept {
        rate fresh{parts_per_million};
        fresh.shared_ = world;
        fresh.local_ = local(world);
        return fresh;
    }

private:
    static constexpr std::int64_t million = 1'000'000;
    constexpr duration offset() const noexcept { return local_ - shared_; }
    static constexpr duration scaled(duration d, std::int64_t times, std::int64_t by) noexcept {
        __extension__ typedef __int128 wide;
        return duration::nanoseconds(static_cast<std::int64_t>(static_cast<wide>(d.nanoseconds()) * times / by));
    }

    time_point shared_{}, local_{};
    std::int64_t drift_ = 0;
};

static_assert(rate{}.local(time_point{duration::seconds(5)}) == time_point{duration::seconds(5)});
static_assert(rate{100}.local(time_point{duration::seconds(10)}) == time_point{duration::seconds(10) + duration::milliseconds(1)});
static_assert(rate{-77}.local(rate{-77}.shared(time_point{duration::seconds(3)})) == time_point{duration::seconds(3)});

}  // namespace weld::inline v0::sim
