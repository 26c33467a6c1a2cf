// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/core/timer_wheel.hpp>
#include <weld/task/branch.hpp>

namespace weld::inline v0 {

namespace detail {
template <class T>
struct answer_in_time { using type = result<T>; };
template <class T>
struct answer_in_time<result<T>> { using type = result<T>; };

template <awaitable Work>
class [[nodiscard]] limited : branch_owner, timer, branch<Work> {
    using answer = typename answer_in_time<awaited<Work>>::type;

public:
    static constexpr bool cancel_safe = true;

    limited(timer_wheel& timers, Work&& work, time_point until)
        : branch_owner{&in_time}, timer{&too_late}, branch<Work>{std::move(work)}, timers_{&timers}, until_{until} {}

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> awaiting) {
        if (branch<Work>::begin(*this, 0) || ended_) return false;
        awaiting_ = awaiting;
        timers_->arm(*this, until_);
        return true;
    }
    answer await_resume() {
        if (expired_) return errc::timed_out;
        if constexpr (std::is_void_v<awaited<Work>>) return static_cast<void>(branch<Work>::take()), answer{};
        else return branch<Work>::take();
    }

private:
    static void in_time(branch_owner& owner, std::size_t) {
        auto& self = static_cast<limited&>(owner);
        self.ended_ = true;
        if (!self.awaiting_) return;  // await_suspend has not ended
        self.timer::cancel();
        self.awaiting_.resume();
    }
    static void too_late(runnable& entry) {
        auto& self = static_cast<limited&>(static_cast<timer&>(entry));
        self.drop();
        self.expired_ = true;
        self.awaiting_.resume();
    }
    timer_wheel* timers_;
    time_point until_;
    std::coroutine_handle<> awaiting_{};
    bool ended_ = false;
    bool expired_ = false;
};
}  // namespace detail

/// Waits for `work`, but not beyond a moment: `co_await weld::timeout(net, weld::cancel_safe(greet(socket)), 5_s)`.
/// Then it is destroyed where it waits, and the answer is timed_out: what `work` gives, as a result<>. Socket operations
/// take a deadline themselves, which is cheaper. The length of time begins with this call. It allocates nothing.
template <class Net, awaitable Work>
auto timeout(Net& net, Work work, time_point until) {
    constexpr bool nothing_is_lost = cancellable<Work>;
    static_assert(nothing_is_lost,
                  "timeout: what takes too long is destroyed where it waits, so it must be cancel_safe: give read_exactly "
                  "and send_all a cursor, and mark a task by weld::cancel_safe(task)");
    return detail::limited<Work>{net.timers(), std::move(work), until};
}
template <class Net, awaitable Work>
auto timeout(Net& net, Work work, duration length) {
    return timeout(net, std::move(work), net.now() + length);
}

}  // namespace weld::inline v0
