// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/list.hpp>
#include <weld/core/timer_wheel.hpp>

namespace weld::inline v0::sim {

/// Somebody who may have something to run without the timeline knowing: a host's clock.
struct settling : list_node {
    explicit settling(void (*function)(settling&) noexcept) noexcept : settle{function} {}
    void (*settle)(settling&) noexcept;
};

/// The time of a simulated world, and all that is going to happen in it: it jumps from one happening to the next, to
/// the nanosecond. What happens at one moment happens in the order in which it was put there, so a run never follows
/// addresses, hashes or the wall clock. Putting and taking is O(1), whatever is pending.
class timeline {
public:
    timeline() noexcept = default;
    timeline(const timeline&) = delete;
    timeline& operator=(const timeline&) = delete;

    time_point now() const noexcept { return now_; }

    /// Lets `what` run at `when`, behind all that was put there before; now, where that is past. It may be moved.
    void at(time_point when, timer& what) noexcept {
        if (when <= now_) return soon(what);
        wheel_.arm(what, when);
    }
    /// Lets `what` run now, when it is its turn.
    void soon(runnable& what) noexcept {
        what.unlink();
        ready_.push(what);
    }

    /// Lets one thing happen, at `limit` at the latest. False where nothing is left until then.
    bool step(time_point limit) {
        if (ready_.empty() && !advance(limit)) return false;
        ++happened_;
        ready_.run(1);
        return true;
    }
    /// Lets time pass in which nothing happens. Pre: step(when) was false.
    void pass_to(time_point when) noexcept {
        if (when > now_) move_to(when);
    }
    /// True where nothing will ever happen any more.
    bool at_rest() noexcept { return ready_.empty() && wheel_.next() == time_point::never(); }
    /// How many things have happened, and how many of them since time last moved.
    std::uint64_t happened() const noexcept { return happened_; }
    std::uint64_t happened_now() const noexcept { return happened_ - before_now_; }

    /// Asks everybody whether there is something to run: after code that may have touched any of them.
    void settle_all() noexcept {
        for (settling& each : settling_) each.settle(each);
    }
    void add(settling& who) noexcept { settling_.push_back(who); }

private:
    bool advance(time_point limit) noexcept {
        while (ready_.empty()) {
            const time_point next = wheel_.next();
            if (next > limit || next == time_point::never()) return false;
            move_to(next);
        }
        return true;
    }
    void move_to(time_point when) noexcept {
        if (when > now_) before_now_ = happened_;
        now_ = when > now_ ? when : now_;
        wheel_.expire(now_, ready_);
    }

    time_point now_{};
    basic_timer_wheel<0> wheel_;
    run_queue ready_;
    list<settling> settling_;
    std::uint64_t happened_ = 0, before_now_ = 0;
};

}  // namespace weld::inline v0::sim
