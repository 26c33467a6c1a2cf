// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/core/run_queue.hpp>

#include <bit>

namespace weld::inline v0 {

/// A moment at which something is to run. It lies inside its owner; destroying it disarms it.
struct timer : runnable {
    using runnable::runnable;
    bool armed() const noexcept { return linked(); }
    /// Disarms; nothing happens where it is not armed.
    void cancel() noexcept { unlink(); }
    time_point deadline = time_point::never();
};

/// All timers of one clock: arming, cancelling and expiring are O(1), whatever their number. A timer never runs
/// early and at most one tick (2^TickShift ns) late; timers of one tick run in the order in which they were armed.
/// In the kernel: timer_wheel, kernel/time/timer.c. Source: Varghese and Lauck, SOSP 1987, scheme 7.
template <int TickShift>
class basic_timer_wheel {
public:
    explicit basic_timer_wheel(time_point now = {}) noexcept : now_{tick_of(now)} {}

    /// Lets `t` run at `deadline`, or soon where that is past. An armed timer is moved.
    void arm(timer& t, time_point deadline) noexcept {
        t.unlink();
        t.deadline = deadline;
        if (deadline != time_point::never()) insert(t);
    }

    /// Hands every timer that is due at `now` to `ready`.
    void expire(time_point now, run_queue& ready) noexcept {
        const tick target = tick_of(now);
        for (slot at = first(); at.start <= target; at = first()) {
            now_ = at.start;
            take(at, ready);
        }
        if (now_ < target) now_ = target;
    }

    /// True where no timer is armed; one that was cancelled a moment ago may still count.
    bool empty() const noexcept { return levels_in_use_ == 0; }
    /// When `expire` has something to do next: no later than the first deadline's tick; `never()` without timers.
    time_point next() noexcept {
        if (levels_in_use_ == 0) return time_point::never();
        const slot at = first();
        return at.start == none ? time_point::never()
                                : time_point{duration::nanoseconds(static_cast<std::int64_t>(at.start << tick_shift))};
    }

private:
    using tick = std::uint64_t;
    static constexpr int tick_shift = TickShift, slot_bits = 6, levels = (64 - TickShift + slot_bits - 1) / slot_bits;
    static constexpr tick none = ~tick{};
    struct slot {
        tick start;
        int level;
        unsigned index;
    };

    static tick tick_of(time_point t) noexcept {
        return static_cast<tick>(t.since_start().nanoseconds() < 0 ? 0 : t.since_start().nanoseconds()) >> tick_shift;
    }
    /// A timer lies on the level of the highest digit in which its tick differs from the present one.
    [[gnu::noinline]] void insert(timer& t) noexcept {
        tick due = tick_of(t.deadline + duration::nanoseconds((std::int64_t{1} << tick_shift) - 1));
        if (due <= now_) due = now_ + 1;
        const int level = (63 - std::countl_zero(due ^ now_)) / slot_bits;
        const unsigned index = static_cast<unsigned>(due >> (level * slot_bits)) % 64;
        slots_[level][index].push_back(t);
        occupied_[level] |= std::uint64_t{1} << index;
        levels_in_use_ |= 1U << level;
    }
    /// The slot that comes first: the lowest level that has any, since a level's slots all lie beyond those below.
    [[gnu::noinline]] slot first() noexcept {
        while (levels_in_use_ != 0) {
            const int level = std::countr_zero(levels_in_use_);
            while (occupied_[level] != 0) {
                const auto index = static_cast<unsigned>(std::countr_zero(occupied_[level]));
                if (!slots_[level][index].empty()) return {start_of(level, index), level, index};
                occupied_[level] &= occupied_[level] - 1;  // its timers were cancelled
            }
            levels_in_use_ &= levels_in_use_ - 1;
        }
        return {none, 0, 0};
    }
    tick start_of(int level, unsigned index) const noexcept {
        const int shift = level * slot_bits;
        const tick above = shift + slot_bits >= 64 ? 0 : now_ >> (shift + slot_bits) << (shift + slot_bits);
        return above | (static_cast<tick>(index) << shift);
    }
    /// Empties a slot whose time has come: timers of this tick run, later ones move to a lower level.
    [[gnu::noinline]] void take(slot at, run_queue& ready) noexcept {
        list<timer> due;
        due.splice(slots_[at.level][at.index]);
        occupied_[at.level] &= ~(std::uint64_t{1} << at.index);
        while (!due.empty()) {
            timer& t = due.pop_front();
            if (tick_of(t.deadline + duration::nanoseconds((std::int64_t{1} << tick_shift) - 1)) <= now_) ready.push(t);
            else insert(t);
        }
    }

    tick now_;
    unsigned levels_in_use_ = 0;
    std::uint64_t occupied_[levels] = {};
    list<timer> slots_[levels][64];
};

/// A net's: ticks of 65 536 ns.
using timer_wheel = basic_timer_wheel<16>;

}  // namespace weld::inline v0
