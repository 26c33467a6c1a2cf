// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/duration.hpp>
#include <weld/core/run_queue.hpp>

#include <new>

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
    using tick = std::uint64_t;

public:
    explicit basic_timer_wheel(time_point now = {}) noexcept : now_{tick_of(now)} {}
    /// Moves while no timer is armed.
    basic_timer_wheel([[maybe_unused]] basic_timer_wheel&& other) noexcept : now_{other.now_} { WELD_ASSERT(other.next() == time_point::never()); }
    ~basic_timer_wheel() {
        if (movement_ != nullptr) movement_->end(*this);
    }

    /// Lets `t` run at `deadline`, or soon where that is past. An armed timer is moved.
    void arm(timer& t, time_point deadline) noexcept {
        t.unlink();
        t.deadline = deadline;
        if (deadline == time_point::never()) return;
        if (movement_ == nullptr) [[unlikely]] begin();
        insert(t);
    }

    /// Hands every timer that is due at `now` to `ready`.
    void expire(time_point now, run_queue& ready) noexcept {
        const tick target = tick_of(now);
        if (!empty()) movement_->turn(*this, target, ready);
        if (now_ < target) now_ = target;
    }

    /// True where no timer is armed; one that was cancelled a moment ago may still count.
    bool empty() const noexcept { return levels_in_use_ == 0; }
    /// When `expire` has something to do next: no later than the first deadline's tick; `never()` without timers.
    time_point next() noexcept {
        const tick start = empty() ? none : movement_->first(*this);
        return start == none ? time_point::never() : time_point{duration::nanoseconds(static_cast<std::int64_t>(start << tick_shift))};
    }

private:
    static constexpr int tick_shift = TickShift, slot_bits = 6, levels = (64 - TickShift + slot_bits - 1) / slot_bits;
    static constexpr tick none = ~tick{};
    struct slot {
        tick start;
        int level;
        unsigned index;
    };

    /// What a wheel does once it has timers. Who arms the first one brings it; a program without timers is spared compiling it.
    struct movement {
        tick (*first)(basic_timer_wheel&) noexcept;
        void (*turn)(basic_timer_wheel&, tick, run_queue&) noexcept;
        void (*end)(basic_timer_wheel&) noexcept;
    };
    struct slot_lists {
        list<timer> at[levels][64];
    };
    [[gnu::cold, gnu::noinline]] void begin() noexcept {
        static constexpr movement all{
            [](basic_timer_wheel& wheel) noexcept { return wheel.first().start; },
            [](basic_timer_wheel& wheel, tick now, run_queue& ready) noexcept { wheel.turn(now, ready); },
            [](basic_timer_wheel& wheel) noexcept { wheel.slots_.~slot_lists(); }};
        ::new (static_cast<void*>(&slots_)) slot_lists;
        movement_ = &all;
    }

    static tick tick_of(time_point t) noexcept {
        return static_cast<tick>(t.since_start().nanoseconds() < 0 ? 0 : t.since_start().nanoseconds()) >> tick_shift;
    }
    /// A timer lies on the level of the highest digit in which its tick differs from the present one.
    [[gnu::noinline]] void insert(timer& t) noexcept {
        tick due = tick_of(t.deadline + duration::nanoseconds((std::int64_t{1} << tick_shift) - 1));
        if (due <= now_) due = now_ + 1;
        const int level = (63 - __builtin_clzll(due ^ now_)) / slot_bits;
        const unsigned index = static_cast<unsigned>(due >> (level * slot_bits)) % 64;
        slots_.at[level][index].push_back(t);
        occupied_[level] |= std::uint64_t{1} << index;
        levels_in_use_ |= 1U << level;
    }
    /// The slot that comes first: the lowest level that has any, since a level's slots all lie beyond those below.
    [[gnu::noinline]] slot first() noexcept {
        while (levels_in_use_ != 0) {
            const int level = __builtin_ctz(levels_in_use_);
            while (occupied_[level] != 0) {
                const auto index = static_cast<unsigned>(__builtin_ctzll(occupied_[level]));
                if (!slots_.at[level][index].empty()) return {start_of(level, index), level, index};
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
    /// Empties every slot whose time has come by `target`.
    void turn(tick target, run_queue& ready) noexcept {
        for (slot at = first(); at.start <= target; at = first()) {
            now_ = at.start;
            take(at, ready);
        }
    }
    /// Empties a slot whose time has come: timers of this tick run, later ones move to a lower level.
    [[gnu::noinline]] void take(slot at, run_queue& ready) noexcept {
        list<timer> due;
        due.splice(slots_.at[at.level][at.index]);
        occupied_[at.level] &= ~(std::uint64_t{1} << at.index);
        while (!due.empty()) {
            timer& t = due.pop_front();
            if (tick_of(t.deadline + duration::nanoseconds((std::int64_t{1} << tick_shift) - 1)) <= now_) ready.push(t);
            else insert(t);
        }
    }

    const movement* movement_ = nullptr;
    tick now_;
    unsigned levels_in_use_ = 0;
    std::uint64_t occupied_[levels] = {};
    union {
        slot_lists slots_;  // from the first timer on
    };
};

/// A net's: ticks of 65 536 ns.
using timer_wheel = basic_timer_wheel<16>;

}  // namespace weld::inline v0
