// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/task/awaitable.hpp>
#include <weld/task/values.hpp>

#include <cstddef>
#include <exception>
#include <new>
#include <utility>

namespace weld::inline v0::detail {

/// Awaits where there is no coroutine to do so: resuming it calls a function. So `when_all`, `race` and `timeout` need
/// no frame of their own for each branch, and allocate nothing. g++ and clang++ begin every frame with these two
/// pointers, and std::coroutine_handle<>::resume calls the first. Source: P0913R1; Itanium C++ ABI issue 176.
struct synthetic_frame {
    explicit synthetic_frame(void (*function)(void*)) noexcept : resume{function} {}
    /// The branch as who is to be resumed.
    std::coroutine_handle<> handle() noexcept { return std::coroutine_handle<>::from_address(this); }
    void (*resume)(void*);
    void (*destroy)(void*) = [](void*) { __builtin_trap(); };
};

/// Who is told when a branch ends.
struct branch_owner {
    void (*ended)(branch_owner&, std::size_t index);
};

/// One of several things that are awaited together. It moves only before it begins. What it ended with is taken from it
/// at once, as a coroutine would, and kept here: an operation may count on that, and a task's frame is freed early.
template <awaitable Work>
class branch : synthetic_frame {
public:
    explicit branch(Work&& work) : synthetic_frame{&resumed}, work_{std::move(work)} {}
    branch(branch&& other) : branch{std::move(other.work_)} { WELD_ASSERT(other.owner_ == nullptr); }
    branch& operator=(branch&&) = delete;
    ~branch() { drop(); }

    /// Lets the work run until it waits. True where it has ended; else the owner is told when it does.
    bool begin(branch_owner& owner, std::size_t index) {
        owner_ = &owner;
        index_ = index;
        using suspended = decltype(work_.await_suspend(handle()));
        if (!work_.await_ready()) {
            if constexpr (std::is_void_v<suspended>) return work_.await_suspend(handle()), false;
            else if constexpr (!std::is_same_v<suspended, bool>) return work_.await_suspend(handle()).resume(), false;
            else if (work_.await_suspend(handle())) return false;
        }
        settle();
        return true;
    }
    /// What it ended with, once. Throws what the work threw.
    value_or_unit<awaited<Work>> take() {
#if defined(__cpp_exceptions)
        if (state_ == state::failed) std::rethrow_exception(error_);
#endif
        WELD_ASSERT(state_ == state::ended);
        return std::move(value_);
    }
    /// Ends it where it waits.
    void drop() noexcept {
        switch (std::exchange(state_, state::empty)) {
            case state::working: return work_.~Work();
            case state::ended: return value_.~value();
#if defined(__cpp_exceptions)
            case state::failed: return error_.~exception_ptr();
#endif
            default: return;
        }
    }

private:
    using value = value_or_unit<awaited<Work>>;
    enum class state : unsigned char { working, ended, failed, empty };

    static void resumed(void* frame) {
        branch& self = *static_cast<branch*>(static_cast<synthetic_frame*>(frame));
        self.settle();
        self.owner_->ended(*self.owner_, self.index_);
    }
    value answer() {
        if constexpr (std::is_void_v<awaited<Work>>) return work_.await_resume(), unit{};
        else return work_.await_resume();
    }
    void settle_with_value() {
        value got = answer();
        drop();
        ::new (static_cast<void*>(&value_)) value(std::move(got));
        state_ = state::ended;
    }
#if defined(__cpp_exceptions)
    void settle() {
        try {
            settle_with_value();
        } catch (...) {
            drop();
            ::new (static_cast<void*>(&error_)) std::exception_ptr(std::current_exception());
            state_ = state::failed;
        }
    }
#else
    void settle() { settle_with_value(); }
#endif

    branch_owner* owner_ = nullptr;
    std::size_t index_ = 0;
    state state_ = state::working;
    union {
        Work work_;
        value value_;
#if defined(__cpp_exceptions)
        std::exception_ptr error_;
#endif
    };
};

/// A branch at its place in the list.
template <std::size_t Index, awaitable Work>
struct branch_at : branch<Work> {
    using branch<Work>::branch;
};
template <std::size_t Index, class Work>
constexpr branch<Work>& branch_number(branch_at<Index, Work>& at) noexcept { return at; }

}  // namespace weld::inline v0::detail
