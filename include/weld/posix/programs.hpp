// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/bound.hpp>
#include <weld/posix/stack_switch.hpp>

#include <functional>
#include <list>

namespace weld::inline v0::posix {

/// Programs that block, side by side in one thread: each has a stack of its own, and another goes on where it would
/// wait. So a server and a client written for the kernel run in one simulation. Their nets share one event source, or
/// one timeline.
///
///     weld::posix::programs programs;
///     programs.start(server_process, [] { return echo_server(7777); });
///     programs.start(client_process, [] { return echo_client("10.0.0.1", 7777); });
///     programs.run();
///
/// While a program runs, `weld::posix::socket` and the others mean its process. In the kernel: the scheduler.
class programs {
public:
    static constexpr std::size_t stack_size = 512 * 1024;

    programs() = default;
    programs(const programs&) = delete;
    programs& operator=(const programs&) = delete;

    /// The process outlives the programs.
    template <class Net, class Main>
    void start(process<Net>& os, Main main) {
        program& made = all_.emplace_back();
        made.owner = this;
        made.main = std::move(main);
        made.calls = bind_calls(os);
        made.step = [&os](bool may_sleep) { round(os, may_sleep); };
        os.current().turn_context = this;
        os.current().turn = [](process_state<Net>& current, bool may_sleep) { static_cast<programs*>(current.turn_context)->give_way(may_sleep); };
        made.stack.prepare(stack_size, &enter, &made);
    }
    /// Until all have ended. Pre: somebody can still wake those who wait; a simulation ends the program where none can.
    void run() {
        while (!all_.empty()) {
            bool may_sleep = true;
            for (auto at = all_.begin(); at != all_.end();) {
                resume(*at);
                may_sleep = may_sleep && at->may_sleep && !at->ended;
                at = at->ended ? all_.erase(at) : std::next(at);
            }
            if (!all_.empty()) all_.front().step(may_sleep);
        }
    }

private:
    struct program {
        programs* owner = nullptr;
        std::function<void()> main;
        std::function<void(bool)> step;
        bound_calls calls;
        own_stack stack;
        bool may_sleep = false, ended = false;
    };
    template <class Net>
    static void round(process<Net>& os, bool may_sleep) {
        runnable nothing{[](runnable&) {}};
        if (!may_sleep) os.net().runnable().push(nothing);
        os.net().step();
    }
    static void enter(void* of) {
        auto& self = *static_cast<program*>(of);
        self.main();
        self.ended = true;
        self.stack.leave_for_ever();
    }
    void resume(program& next) {
        const bound_calls before = use(next.calls);
        running_ = &next;
        next.stack.enter();
        running_ = nullptr;
        use(before);
    }
    void give_way(bool may_sleep) {
        running_->may_sleep = may_sleep;
        running_->stack.leave();
    }

    std::list<program> all_;
    program* running_ = nullptr;
};

}  // namespace weld::inline v0::posix
