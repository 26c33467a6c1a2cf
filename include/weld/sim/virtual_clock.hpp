// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/random.hpp>
#include <weld/sim/rate.hpp>
#include <weld/sim/timeline.hpp>
#include <weld/socket/event_source.hpp>
#include <weld/socket/role.hpp>

namespace weld::inline v0::sim {

/// A machine's event source in simulation, the counterpart of io::epoll: its own run queue, timers and idea of time, on
/// a timeline that it shares with others. Whoever waits here lets the whole timeline go on, so nets may be driven by
/// their world or by hand, with the same outcome:
///
///     weld::sim::timeline time;
///     weld::sim::virtual_clock near_clock{time}, far_clock{time};
///     weld::net near{..., weld::shared{near_clock}}, far{..., weld::shared{far_clock}};
///
/// What runs on one clock touches another by packets alone; code outside of all clocks may touch any.
class virtual_clock : settling {
public:
    using role = role::event_source;

    explicit virtual_clock(timeline& on, std::uint64_t seed = 0, rate drift = {}) noexcept
        : settling{&settle_one}, timeline_{&on}, drift_{drift}, chance_{seed} {
        on.add(*this);
    }
    virtual_clock(const virtual_clock&) = delete;
    virtual_clock& operator=(const virtual_clock&) = delete;

    time_point now() noexcept { return drift_.local(timeline_->now()); }
    run_queue& runnable() noexcept { return runnable_; }
    timer_wheel& timers() noexcept { return timers_; }
    std::uint64_t seed() noexcept { return chance_.next(); }
    /// The time of all machines of a world.
    timeline& shared_time() const noexcept { return *timeline_; }

    /// For those who step a net themselves (block_on, blocking): all that happens at the next moment, on any machine.
    /// Ends the program where nothing will ever happen.
    void wait(time_point until) {
        timeline_->settle_all();
        const time_point limit = runnable_.empty() && until > now() ? drift_.shared(until) : timeline_->now();
        if (!timeline_->step(limit)) {
            if (until == time_point::never() && runnable_.empty()) nothing_will_happen();
            return timeline_->pass_to(limit);
        }
        for (int turns = weld::detail::turns; turns > 0 && timeline_->step(timeline_->now()); --turns) {}
    }

    /// Something was put into the run queue from outside: a packet has come.
    void wake() noexcept {
        if (!turn_.linked() && !paused_) timeline_->soon(turn_);
    }
    /// Takes a turn when there will be something to run; called after whatever may have changed that. An alarm that is
    /// set already and comes sooner stays, and looks again: most timeouts are put off, and the list that it is in is
    /// among other machines' memory.
    void settle() noexcept {
        if (turn_.linked() || paused_) return;
        if (!runnable_.empty()) return wake();
        const time_point next = timers_.next();
        if (next == time_point::never()) return alarm_.cancel();
        const time_point when = drift_.shared(next);
        if (when <= timeline_->now()) return wake();
        if (!alarm_.armed() || when < alarm_.deadline) timeline_->at(when, alarm_);
    }

    /// The machine stands still, as one does whose hypervisor, or garbage collector, is busy; its clock goes on.
    void pause() noexcept {
        paused_ = true;
        turn_.unlink();
        alarm_.cancel();
    }
    void resume() noexcept {
        paused_ = false;
        settle();
    }
    bool paused() const noexcept { return paused_; }
    /// From now on it goes faster or slower than the world's time.
    void set_drift(std::int64_t parts_per_million) noexcept {
        drift_ = drift_.changed(timeline_->now(), parts_per_million);
        alarm_.cancel();
        settle();
    }
    /// True while this machine's code runs.
    bool running() const noexcept { return running_; }
    /// Called after each turn: a world's own clock may touch all others.
    void after_turn(void (*call)(virtual_clock&) noexcept) noexcept { after_turn_ = call; }

private:
    /// What the timeline knows of it: its turn, and the moment of its next timer.
    struct place : timer {
        explicit place(virtual_clock& whose) noexcept : timer{&take_turn}, of{&whose} {}
        virtual_clock* of;
    };
    static void take_turn(weld::runnable& entry) {
        virtual_clock& self = *static_cast<place&>(static_cast<timer&>(entry)).of;
        if (self.paused_) return;
        self.running_ = true;
        self.timers_.expire(self.now(), self.runnable_);
        self.runnable_.run(weld::detail::turns);
        self.running_ = false;
        self.settle();
        if (self.after_turn_ != nullptr) self.after_turn_(self);
    }
    static void settle_one(settling& who) noexcept { static_cast<virtual_clock&>(who).settle(); }
    [[noreturn, gnu::cold]] static void nothing_will_happen() noexcept {
        ::dprintf(2, "weld: a simulation waits for something that will never happen: nothing is under way and no timer runs\n");
        __builtin_trap();
    }

    // Of a thousand machines none is in the processor's cache when its turn comes: what a turn touches is together.
    timeline* timeline_;
    bool paused_ = false, running_ = false;
    place turn_{*this};
    run_queue runnable_;
    void (*after_turn_)(virtual_clock&) noexcept = nullptr;
    rate drift_;
    place alarm_{*this};
    timer_wheel timers_;
    random_generator chance_;
};

static_assert(event_source<virtual_clock>);

}  // namespace weld::inline v0::sim
