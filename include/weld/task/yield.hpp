// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/run_queue.hpp>

#include <coroutine>

namespace weld::inline v0 {

/// Letting everybody else run first.
class [[nodiscard]] yielding : runnable {
public:
    static constexpr bool cancel_safe = true;

    explicit yielding(run_queue& ready) noexcept : runnable{&turn}, ready_{&ready} {}

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting) noexcept {
        awaiting_ = awaiting;
        ready_->push(*this);
    }
    void await_resume() const noexcept {}

private:
    static void turn(runnable& entry) { static_cast<yielding&>(entry).awaiting_.resume(); }

    run_queue* ready_;
    std::coroutine_handle<> awaiting_;
};

/// Goes to the end of the run queue: a long computation calls `co_await weld::yield(net)` now and then.
template <class Net>
yielding yield(Net& net) {
    return yielding{net.runnable()};
}

}  // namespace weld::inline v0
