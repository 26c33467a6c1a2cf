// SPDX-License-Identifier: BSL-1.0
// A clock that tests move by hand, shared by all nets of a test: weld::shared{clock}.
#pragma once

#include <weld/socket/event_source.hpp>
#include <weld/socket/role.hpp>

#include <cstdio>
#include <cstdlib>

namespace test {

class virtual_clock {
public:
    using role = weld::role::event_source;

    weld::time_point now() const noexcept { return now_; }
    weld::run_queue& runnable() noexcept { return runnable_; }
    weld::timer_wheel& timers() noexcept { return timers_; }
    std::uint64_t seed() noexcept { return 42; }

    /// Time jumps to where something happens.
    void wait(weld::time_point until) noexcept {
        if (until == weld::time_point::never()) {
            std::fputs("test::virtual_clock: everybody waits and nothing will ever happen\n", stderr);
            std::abort();
        }
        if (until > now_) now_ = until;
    }

    /// Runs what can run now, without any time passing.
    void settle() {
        timers_.expire(now_, runnable_);
        while (!runnable_.empty()) runnable_.run(256);
    }
    /// Lets time pass, timer by timer.
    void run_for(weld::duration time) {
        const weld::time_point end = now_ + time;
        for (settle(); timers_.next() <= end; settle()) now_ = timers_.next() > now_ ? timers_.next() : now_;
        now_ = end;
        settle();
    }

private:
    weld::time_point now_{weld::duration::seconds(1000)};
    weld::run_queue runnable_;
    weld::timer_wheel timers_{now_};
};

}  // namespace test
