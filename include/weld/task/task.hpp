// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/list.hpp>
#include <weld/task/frames.hpp>

#include <coroutine>
#include <cstdint>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

namespace weld::inline v0 {

template <class T>
class task;

namespace detail {

/// What every task's frame begins with: who goes on when it ends. A task is awaited by a coroutine, or spawned: an owner
/// keeps it in a list then.
class promise_base {
public:
    struct owner {
        /// One of its tasks has ended: it is to leave the list. Its frame destroys itself when this returns.
        void (*finished)(owner&, promise_base&);
    };
    struct final_awaiter {
        bool await_ready() const noexcept { return spawned; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
            return self.promise().continuation();
        }
        void await_resume() const noexcept {}
        bool spawned;
    };

    static void* operator new(std::size_t size) { return frame_cache::allocate(size); }
    static void operator delete(void* memory, std::size_t size) noexcept { frame_cache::free(memory, size); }

    std::suspend_always initial_suspend() const noexcept { return {}; }
    final_awaiter final_suspend() noexcept {
        if (!is_spawned()) return {false};
        owned_by().finished(owned_by(), *this);
        return {true};
    }

    void continue_with(std::coroutine_handle<> awaiting) noexcept { after_ = reinterpret_cast<std::uintptr_t>(awaiting.address()); }
    void spawn(owner& by, list<list_node>& into) noexcept {
        after_ = reinterpret_cast<std::uintptr_t>(&by) + owned;
        into.push_back(*::new (static_cast<void*>(&place_)) list_node);
    }
    void leave_list() noexcept { list<list_node>::remove(place_); }
    /// The task at a place of an owner's list.
    static promise_base& at(list_node& place) noexcept { return *reinterpret_cast<promise_base*>(&place); }

protected:
    promise_base() noexcept {}
    ~promise_base() {
#if defined(__cpp_exceptions)
        if ((after_ & failed) != 0) [[unlikely]] error_.~exception_ptr();
#endif
    }
    bool is_spawned() const noexcept { return (after_ & owned) != 0; }
#if defined(__cpp_exceptions)
    /// Keeps the exception for whoever awaits the task. Nobody awaits one that was spawned: it ends the program then.
    void keep_exception() noexcept {
        if (is_spawned()) std::terminate();
        ::new (static_cast<void*>(&error_)) std::exception_ptr(std::current_exception());
        after_ |= failed;
    }
    void rethrow() const {
        if ((after_ & failed) != 0) [[unlikely]] std::rethrow_exception(error_);
    }
#else
    void keep_exception() const noexcept {}
    void rethrow() const noexcept {}
#endif

private:
    static constexpr std::uintptr_t owned = 1, failed = 2;  // in the bits that an address leaves

    owner& owned_by() const noexcept { return *reinterpret_cast<owner*>(after_ - owned); }
    std::coroutine_handle<> continuation() const noexcept {
        const std::uintptr_t after = after_ & ~(owned | failed);
        return after == 0 ? std::noop_coroutine() : std::coroutine_handle<>::from_address(reinterpret_cast<void*>(after));
    }

    union {
        list_node place_;  // first of all: `at` counts on it. Of a task that was spawned; it is in no list when that ends.
#if defined(__cpp_exceptions)
        std::exception_ptr error_;  // of one that is awaited
#endif
    };
    std::uintptr_t after_ = 0;
};

/// The value, or the exception, that a task ends with.
template <class T>
class promise : public promise_base {
public:
    promise() noexcept {}
    ~promise() {
        if (has_value_) value_.~T();
    }
    task<T> get_return_object() noexcept;
    template <class U = T>
    void return_value(U&& value) {
        ::new (static_cast<void*>(&value_)) T(std::forward<U>(value));
        has_value_ = true;
    }
    void unhandled_exception() noexcept { keep_exception(); }
    T take() {
        rethrow();
        WELD_ASSERT(has_value_);
        return std::move(value_);
    }

private:
    union {
        T value_;
    };
    bool has_value_ = false;
};

template <>
class promise<void> : public promise_base {
public:
    task<void> get_return_object() noexcept;
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { keep_exception(); }
    void take() const { rethrow(); }
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
        frame_.promise().continue_with(awaiting);
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
