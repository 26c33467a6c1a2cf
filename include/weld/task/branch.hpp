// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/task/awaitable.hpp>

#include <cstddef>
#include <new>
#include <utility>

namespace weld::inline v0::detail {

/// Awaits where there is no coroutine to do so: resuming it calls a function. So `when_all`, `race` and `timeout` need
/// no frame of their own for each branch, and allocate nothing. g++ and clang++ begin every frame with these two
/// pointers, and std::coroutine_handle<>::resume calls the first. Source: P0913R1; Itanium C++ ABI issue 176.
struct synthetic_frame {
    explicit synthetic_frame(void (*function)(void*)) noexcept : resume{function} {}
    std::coroutine_handle<> handle() noexcept { return std::coroutine_handle<>::from_address(this); }
    void (*resume)(void*);
    void (*destroy)(void*) = [](void*) { __builtin_trap(); };
};

/// Who is told when a branch ends.
struct branch_owner {
    void (*ended)(branch_owner&, std::size_t index);
};

/// One of several things that are awaited together. It moves only before it begins.
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
        if (work_.await_ready()) return true;
        using suspended = decltype(work_.await_suspend(handle()));
        if constexpr (std::is_void_v<suspended>) work_.await_suspend(handle());
        else if constexpr (std::is_same_v<suspended, bool>) return !work_.await_suspend(handle());
        else work_.await_suspend(handle()).resume();
        return false;
    }
    /// What it ended with, once.
    awaited<Work> take() { return work_.await_resume(); }
    /// Ends it where it waits.
    void drop() noexcept {
        if (std::exchange(present_, false)) work_.~Work();
    }

private:
    static void resumed(void* frame) {
        branch& self = *static_cast<branch*>(static_cast<synthetic_frame*>(frame));
        self.owner_->ended(*self.owner_, self.index_);
    }
    branch_owner* owner_ = nullptr;
    std::size_t index_ = 0;
    bool present_ = true;
    union {
        Work work_;
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
