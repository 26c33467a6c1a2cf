// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/run_queue.hpp>

#include <coroutine>

namespace weld::inline v0 {

/// News from one task to another of the same net: `co_await event.wait()` here, `event.signal()` there. It says that
/// something has happened, not how often and not what: that lies in what the two share, and is looked at after each
/// wait. A signal before the wait is not lost, nor one whose receiver was cancelled; several count as one.
///
///     while (queue.empty()) co_await filled.wait();
class event {
public:
    /// Those who wait go on through this run queue: a net, or `net.runnable()`.
    explicit event(run_queue& ready) noexcept : ready_{&ready} {}
    template <class Net>
        requires requires(Net& net) { net.runnable(); }
    explicit event(Net& net) noexcept : event{net.runnable()} {}
    event(const event&) = delete;
    event& operator=(const event&) = delete;

    /// Wakes everybody who waits, or spares the next one the wait. Nobody runs before the caller has begun to wait.
    void signal() noexcept {
        signalled_ = true;
        while (!waiting_.empty()) ready_->push(waiting_.pop_front());
    }

    /// Waits for the next signal. Pre: the event outlives it.
    auto wait() noexcept { return waiting{*this}; }

private:
    struct [[nodiscard]] waiting : runnable {
        static constexpr bool cancel_safe = true;
        explicit waiting(event& on) noexcept : runnable{&go_on}, event_{&on} {}
        waiting(waiting&& other) noexcept : runnable{&go_on}, event_{other.event_} {}
        bool await_ready() const noexcept { return event_->signalled_; }
        void await_suspend(std::coroutine_handle<> awaiting) noexcept {
            awaiting_ = awaiting;
            event_->waiting_.push_back(*this);
        }
        void await_resume() const noexcept { event_->signalled_ = false; }
        static void go_on(runnable& self) { static_cast<waiting&>(self).awaiting_.resume(); }
        event* event_;
        std::coroutine_handle<> awaiting_;
    };

    run_queue* ready_;
    list<runnable> waiting_;
    bool signalled_ = false;
};

}  // namespace weld::inline v0
