// SPDX-License-Identifier: BSL-1.0
// The poorest types that satisfy weld's concepts: what a template asks for beyond its concept does not compile here.
#pragma once

#include <weld/socket/event_source.hpp>
#include <weld/socket/role.hpp>
#include <weld/sys/entry_policy.hpp>
#include <weld/task/awaitable.hpp>

#include <cstdlib>

namespace support {

/// Nothing ever happens but the passing of time, which takes none: waiting for a moment is jumping there. Waiting for
/// ever where nobody can wake ends the test program.
class jumping_clock {
public:
    using role = weld::role::event_source;

    jumping_clock() = default;
    jumping_clock(jumping_clock&& other) noexcept : now_{other.now_} {}  // as a part of a net, before it is used

    weld::time_point now() noexcept { return now_; }
    weld::run_queue& runnable() noexcept { return runnable_; }
    weld::timer_wheel& timers() noexcept { return timers_; }
    void wait(weld::time_point until) noexcept {
        if (until == weld::time_point::never()) std::abort();
        if (until > now_) now_ = until;
    }

private:
    weld::time_point now_{weld::duration::seconds(1)};
    weld::run_queue runnable_;
    weld::timer_wheel timers_{now_};
};
static_assert(weld::event_source<jumping_clock>);

/// Enters no kernel.
struct no_kernel {
    using role = weld::role::system_calls;
    template <weld::sys::number>
    long call(auto...) noexcept { return -static_cast<long>(weld::errc::function_not_supported); }
};
static_assert(weld::sys::entry_policy<no_kernel>);

/// An awaitable and nothing else. It ends at once.
struct immediate {
    immediate() = default;
    immediate(immediate&&) = default;
    bool await_ready() { return true; }
    void await_suspend(std::coroutine_handle<>) {}
    void await_resume() {}
};
static_assert(weld::awaitable<immediate> && !weld::cancellable<immediate>);

}  // namespace support
