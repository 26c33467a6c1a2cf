// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>

#include <bit>
#include <cstdint>
#include <cstdio>

namespace examples {

/// Many lengths of time in little memory: each power of two is cut into 64, so that what is read back is true to 1.6 %.
class histogram {
public:
    void add(weld::duration d) {
        const auto ns = static_cast<std::uint64_t>(d.nanoseconds() < 0 ? 0 : d.nanoseconds());
        ++buckets_[bucket_of(ns)];
        ++count_;
        if (d > most_) most_ = d;
    }
    std::uint64_t count() const { return count_; }
    weld::duration most() const { return most_; }
    /// The length that this share of all (0.99) did not exceed.
    weld::duration percentile(double share) const {
        const auto rank = static_cast<std::uint64_t>(share * static_cast<double>(count_));
        std::uint64_t seen = 0;
        for (unsigned i = 0; i < bucket_count; ++i)
            if ((seen += buckets_[i]) > rank) {
                const auto upper = weld::duration::nanoseconds(static_cast<std::int64_t>(end_of(i)));
                return upper < most_ ? upper : most_;
            }
        return most_;
    }

private:
    static constexpr unsigned bucket_count = 64 * 60;
    static unsigned bucket_of(std::uint64_t ns) {
        const int octave = ns < 128 ? 0 : 57 - std::countl_zero(ns);
        return static_cast<unsigned>(octave * 64) + static_cast<unsigned>(ns >> octave);
    }
    static std::uint64_t end_of(unsigned bucket) {
        const unsigned octave = bucket < 128 ? 0 : bucket / 64 - 1;
        return std::uint64_t{bucket - octave * 64 + 1} << octave;
    }
    std::uint64_t buckets_[bucket_count]{};
    std::uint64_t count_ = 0;
    weld::duration most_{};
};

/// A length of time as people read it: "71 us", "1.20 ms".
struct readable {
    explicit readable(weld::duration d) {
        const double ns = static_cast<double>(d.nanoseconds());
        if (ns < 1e4) std::snprintf(text, sizeof text, "%.1f us", ns / 1e3);
        else if (ns < 1e6) std::snprintf(text, sizeof text, "%.0f us", ns / 1e3);
        else if (ns < 1e9) std::snprintf(text, sizeof text, "%.2f ms", ns / 1e6);
        else std::snprintf(text, sizeof text, "%.2f s", ns / 1e9);
    }
    char text[24];
};

}  // namespace examples
