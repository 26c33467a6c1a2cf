// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/random.hpp>
#include <weld/device/wrapper.hpp>

#include <concepts>

namespace weld::inline v0::device {

/// What befalls one frame.
struct fault {
    bool lose = false;
    bool duplicate = false;
    bool corrupt = false;  ///< one bit of its IP packet flips; a super-segment is lost instead, as its receiver would do
    duration delay{};      ///< frames with less of it overtake
};

/// Decides what befalls each frame, in the order in which they come: `fault operator()(direction, const packet&)`.
/// Models: random_faults, or a test's lambda: `[n = 0](direction, const packet&) mutable { return fault{.lose = ++n == 3}; }`.
template <class Rule>
concept fault_rule = std::move_constructible<Rule> && requires(Rule& rule, direction way, const packet& frame) {
    { rule(way, frame) } -> std::same_as<fault>;
};

/// How often in one direction, as parts of 1: `.lose = 0.01` is one in a hundred.
struct fault_rates {
    double lose = 0, duplicate = 0, corrupt = 0;
    double reorder = 0;                                ///< held back by `reorder_by`, so that others overtake
    duration reorder_by = duration::milliseconds(2);
    duration delay{}, jitter{};                        ///< of every frame; jitter adds up to so much and may reorder
};

/// What a faulty device does to frames.
struct fault_options {
    std::uint64_t seed = 1;  ///< the same seed and the same frames: the same faults
    /// For what goes, and for what comes.
    fault_rates transmitted{}, received{};
};

/// Faults by chance, seeded. Both directions draw from streams of their own, and each frame as often as any other,
/// so that a changed rate changes nothing else.
class random_faults {
public:
    explicit random_faults(fault_options options = {}) noexcept : options_{options}, chance_{options.seed} {
        for (random_generator& stream : streams_) stream = chance_.split();
    }
    fault operator()(direction way, const packet&) noexcept {
        random_generator& chance = streams_[static_cast<int>(way)];
        const fault_rates& rates = way == direction::transmitted ? options_.transmitted : options_.received;
        fault what{.lose = happens(chance, rates.lose),
                   .duplicate = happens(chance, rates.duplicate),
                   .corrupt = happens(chance, rates.corrupt),
                   .delay = rates.delay};
        if (happens(chance, rates.reorder)) what.delay += rates.reorder_by;
        const auto draw = static_cast<std::int64_t>(chance.next() >> 1);
        if (rates.jitter > duration{}) what.delay += duration::nanoseconds(draw % rates.jitter.nanoseconds());
        return what;
    }

private:
    static bool happens(random_generator& chance, double rate) noexcept {
        return static_cast<double>(chance.next() >> 11) * 0x1p-53 < rate;
    }
    fault_options options_;
    random_generator chance_;
    random_generator streams_[2]{random_generator{0}, random_generator{0}};
};
static_assert(fault_rule<random_faults>);

}  // namespace weld::inline v0::device
