// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/list.hpp>

namespace weld::inline v0 {

/// Something whose turn will come: an operation that was woken, a timer that expired, a device that has frames.
/// It lies inside its owner; destroying it takes it out of whatever it waits in, and that is how work is cancelled.
struct runnable : list_node {
    /// What is called when its turn comes.
    using function = void (*)(runnable&);
    explicit runnable(function call) noexcept : run{call} {}
    function run;

protected:
    /// For those who know what to run only when they queue it.
    runnable() noexcept {}
};

/// What may run now, in the order in which it was woken: one thread's run queue. A protocol's wake-ups only ever put
/// things here, so that no user's code runs inside a protocol's step.
class run_queue {
public:
    void push(runnable& entry) noexcept {
        ready_.push_back(entry);
        stirred_ = 1;
    }
    bool empty() const noexcept { return ready_.empty(); }

    /// True where nothing was queued, and nobody has called stir(), since the last run: the loop may sleep again without
    /// looking at anything.
    bool calm() const noexcept { return stirred_ == 0; }
    /// Makes the loop look around before it sleeps: a net was stopped, the last task of one has ended.
    void stir() noexcept { stirred_ = 1; }

    /// Runs `turns` entries at the most, so that what they wake in turn cannot keep the event source from its say.
    void run(int turns) {
        while (turns-- > 0 && !ready_.empty()) run_now(ready_.pop_front());
        stirred_ = ready_.empty() ? 0 : 1;
    }
    /// Runs `entry` without its turn in the queue. Pre: it is in no list.
    void run_now(runnable& entry) {
        begin_turn();
        entry.run(entry);
    }
    /// Somebody else is about to run.
    void begin_turn() noexcept { inline_left_ = inline_budget; }

    /// True while whoever runs may go on without waiting. A socket that is always ready would otherwise keep its task
    /// running for ever; after sixteen operations in a row the next one goes to the end of the queue.
    bool may_continue() noexcept {
        return --inline_left_ >= 0;
    }

private:
    static constexpr int inline_budget = 16;
    list<runnable> ready_;
    int inline_left_ = inline_budget;
    unsigned stirred_ = 0;  // a number, as what the loop looks at together with it is: socket/event_source.hpp
};

}  // namespace weld::inline v0
