// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/list.hpp>

#include <coroutine>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

namespace weld::inline v0 {

template <class T>
class task;

namespace detail {

/// What every task's frame begins with: who goes on when it ends. A spawned task has an owner instead.
struct promise_base : list_node {
    struct owner {
        void (*finished)(owner&, promise_base&, std::coroutine_handle<>);
    };
    struct final_awaiter {
        bool await_ready() const noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
            promise_base& ended = self.promise();
            if (ended.continuation) return ended.continuation;
            if (ended.spawned_by != nullptr) ended.spawned_by->finished(*ended.spawned_by, ended, self);
            return std::noop_coroutine();
        }
        void await_resume() const noexcept {}
    };

    std::suspend_always initial_suspend() const noexcept { return {}; }
    final_awaiter final_suspend() const noexcept { return {}; }

    std::coroutine_handle<> continuation{};
    owner* spawned_by = nullptr;
};

/// The value, or the exception, that a task ends with.
template <class T>
class promise : public promise_base {
public:
    ~promise() {
        if (state_ == state::value) value_.~T();
#if defined(__cpp_exceptions)
        if (state_ == state::exception) exception_.~exception_ptr();
#endif
    }
    task<T> get_return_object() noexcept;
    template <class U = T>
    void return_value(U&& value) {
        ::new (static_cast<void*>(&value_)) T(std::forward<U>(value));
        state_ = state::value;
    }
    void unhandled_exception() noexcept {
#if defined(__cpp_exceptions)
        ::new (static_cast<void*>(&exception_)) std::exception_ptr(std::current_exception());
        state_ = state::exception;
#endif
    }
    T take() {
#if defined(__cpp_exceptions)
        if (state_ == state::exception) std::rethrow_exception(exception_);
#endif
        WELD_ASSERT(state_ == state::value);
        return std::move(value_);
    }

private:
    enum class state : unsigned char { empty, value, exception } state_ = state::empty;
    union {
        T value_;
#if defined(__cpp_exceptions)
        std::exception_ptr exception_;
#endif
    };

public:
    promise() noexcept {}
};

template <>
class promise<void> : public promise_base {
public:
    task<void> get_return_object() noexcept;
    void return_void() const noexcept {}
#if defined(__cpp_exceptions)
    void unhandled_exception() noexcept { exception_ = std::current_exception(); }
    void take() const {
        if (exception_) std::rethrow_exception(exception_);
    }
    /// For a task that nobody awaits: what left it ends the program, with its message.
    void take_or_terminate() const noexcept { take(); }

private:
    std::exception_ptr exception_;
#else
    void unhandled_exception() const noexcept {}
    void take() const noexcept {}
    void take_or_terminate() const noexcept {}
#endif
};

}  // namespace detail

/// A coroutine that runs when it is awaited, and that its awaiter owns: `task<int> f(auto& net)`. It ends with a
/// value or an exception. Destroying it before its end cancels it: whatever it waits for is unlinked, its locals are
/// destroyed. A task that ends without having waited costs its awaiter no suspension; one that waited hands over by
/// symmetric transfer.
template <class T = void>
class [[nodiscard]] task {
public:
    /// For the compiler.
    using promise_type = detail::promise<T>;

    task(task&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
    task& operator=(task&& other) noexcept {
        if (this != &other) {
            reset();
            frame_ = std::exchange(other.frame_, nullptr);
        }
        return *this;
    }
    ~task() { reset(); }

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> awaiting) {
        WELD_ASSERT(frame_ && !frame_.done());  // a task is awaited once
        frame_.resume();
        if (frame_.done()) return false;
        frame_.promise().continuation = awaiting;
        return true;
    }
    T await_resume() { return frame_.promise().take(); }
    bool done() const noexcept { return frame_.done(); }

    /// The frame, for those who own tasks in their own way (scope, block_on). The caller destroys it.
    std::coroutine_handle<promise_type> release() noexcept { return std::exchange(frame_, nullptr); }

private:
    friend promise_type;
    explicit task(std::coroutine_handle<promise_type> frame) noexcept : frame_{frame} {}
    void reset() noexcept {
        if (frame_) std::exchange(frame_, nullptr).destroy();
    }
    std::coroutine_handle<promise_type> frame_;
};

namespace detail {
template <class T>
task<T> promise<T>::get_return_object() noexcept {
    return task<T>{std::coroutine_handle<promise<T>>::from_promise(*this)};
}
inline task<void> promise<void>::get_return_object() noexcept {
    return task<void>{std::coroutine_handle<promise<void>>::from_promise(*this)};
}
}  // namespace detail

}  // namespace weld::inline v0
