// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/timer_wheel.hpp>

#include <coroutine>

namespace weld::inline v0 {

/// Waiting for a moment. Its timer lies in the awaiting coroutine's frame; destroying it while it waits disarms it.
class [[nodiscard]] sleeping : timer {
public:
    static constexpr bool cancel_safe = true;

    sleeping(timer_wheel& timers, time_point until) noexcept : timer{&due}, timers_{&timers}, until_{until} {}

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting) noexcept {
        awaiting_ = awaiting;
        timers_->arm(*this, until_);
    }
    void await_resume() const noexcept {}

private:
    static void due(runnable& entry) { static_cast<sleeping&>(entry).awaiting_.resume(); }

    timer_wheel* timers_;
    time_point until_;
    std::coroutine_handle<> awaiting_;
};

/// Waits until a moment on the net's clock; never less, and at most 66 microseconds more.
template <class Net>
sleeping sleep_until(Net& net, time_point moment) {
    return {net.timers(), moment};
}
/// Waits for a length of time, which begins with this call: `co_await weld::sleep(net, 200_ms)`.
template <class Net>
sleeping sleep(Net& net, duration length) {
    return {net.timers(), net.now() + length};
}

}  // namespace weld::inline v0
