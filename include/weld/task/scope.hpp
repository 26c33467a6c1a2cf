// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/run_queue.hpp>
#include <weld/task/task.hpp>

#include <cstddef>

namespace weld::inline v0 {

/// Owns tasks that run side by side: none of them outlives it. `spawn` starts one, `co_await join()` waits until all
/// have ended, `cancel()` ends them at once; so does the scope's end.
///
///     weld::scope clients{net};
///     clients.spawn(serve(std::move(connection)));
///
/// The rules of tasks, which make their ends as certain as those of scopes in the language:
///   - A task is owned by whoever awaits it, by a scope, or by a net (which has one), and does not outlive its owner.
///   - Destroying a task is cancelling it. That happens at one of its `co_await`s, never in between; its locals end in
///     their reverse order, so what it awaits ends before it; nothing that was cancelled is ever resumed.
///   - A task cannot destroy itself: it ends, or asks by `cancel_soon`.
///   - What tasks refer to is declared before the scope that owns them.
///
/// An exception that leaves a spawned task ends the program: there is nobody to catch it.
class scope : detail::promise_base::owner {
public:
    /// Tasks that end themselves wake `join` through this run queue: a net, or `net.runnable()`.
    explicit scope(run_queue& ready) noexcept : owner{&ended}, cancelling_{*this}, ready_{&ready} {}
    template <class Net>
        requires requires(Net& net) { net.runnable(); }
    explicit scope(Net& net) noexcept : scope{net.runnable()} {}
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;
    ~scope() {
        destroy_all();
        WELD_ASSERT(joining_ == nullptr);  // whoever waits for a scope ends before it
    }

    /// Starts `work` and lets it run on by itself until it waits for the first time.
    void spawn(task<void> work) noexcept {
        const auto frame = work.release();
        frame.promise().spawn(*this, running_);
        ++size_;
        frame.resume();
    }
    /// How many tasks have not ended.
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    /// Destroys every task where it waits, the oldest first, and those that they spawn here meanwhile.
    /// Pre: not called by one of these tasks, which cannot destroy itself: `cancel_soon` is for them.
    void cancel() noexcept {
        destroy_all();
        wake_join();
    }
    /// The same, once whoever runs now has begun to wait: also for one of these tasks.
    void cancel_soon() noexcept {
        if (!cancelling_.linked()) ready_->push(cancelling_);
    }

    /// Waits until no task is left. One task at a time may wait so.
    auto join() noexcept { return joining{*this}; }

private:
    struct joining : runnable {
        static constexpr bool cancel_safe = true;
        explicit joining(scope& of) noexcept : runnable{&go_on}, scope_{&of} {}
        joining(joining&&) noexcept = default;
        ~joining() {
            if (scope_->joining_ == this) scope_->joining_ = nullptr;
        }
        bool await_ready() const noexcept { return scope_->empty(); }
        void await_suspend(std::coroutine_handle<> awaiting) noexcept {
            WELD_ASSERT(scope_->joining_ == nullptr);
            awaiting_ = awaiting;
            scope_->joining_ = this;
        }
        void await_resume() const noexcept {}
        static void go_on(runnable& entry) {
            auto& self = static_cast<joining&>(entry);
            if (!self.scope_->empty()) return;  // somebody spawned since; their end comes back here
            self.scope_->joining_ = nullptr;
            self.awaiting_.resume();
        }
        scope* scope_;
        std::coroutine_handle<> awaiting_;
    };
    struct cancelling : runnable {
        explicit cancelling(scope& of) noexcept : runnable{&go_on}, scope_{of} {}
        static void go_on(runnable& entry) { static_cast<cancelling&>(entry).scope_.cancel(); }
        scope& scope_;
    };

    /// A task's end may be the scope's end as well, if the task owned it: the frame goes last.
    static void ended(owner& self, detail::promise_base& task) {
        auto& of = static_cast<scope&>(self);
        task.leave_list();
        --of.size_;
        of.wake_join();
    }
    [[gnu::noinline, gnu::cold]] void destroy_all() noexcept {
        while (!running_.empty()) {
            --size_;
            auto& oldest = static_cast<detail::promise<void>&>(detail::promise_base::at(running_.pop_front()));
            std::coroutine_handle<detail::promise<void>>::from_promise(oldest).destroy();
        }
    }
    void wake_join() noexcept {
        if (size_ != 0) return;
        ready_->stir();
        if (joining_ != nullptr && !joining_->linked()) ready_->push(*joining_);
    }

    cancelling cancelling_;
    run_queue* ready_;
    list<list_node> running_;
    std::size_t size_ = 0;
    joining* joining_ = nullptr;
};

}  // namespace weld::inline v0
