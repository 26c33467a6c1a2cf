// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <coroutine>
#include <type_traits>
#include <utility>

namespace weld::inline v0 {

/// What can be awaited, and given to `when_all`, `race` and `timeout`: an operation, a task, one of these again.
/// The compiler cannot check that
///   - it moves only before it is awaited, and is awaited once;
///   - destroying it while it waits cancels it, and nothing resumes the one who awaited it then.
template <class Awaitable>
concept awaitable = std::is_move_constructible_v<Awaitable> && requires(Awaitable& work, std::coroutine_handle<> awaiting) {
    static_cast<bool>(work.await_ready());
    work.await_suspend(awaiting);
    work.await_resume();
};

/// What `co_await` gives for an awaitable.
template <awaitable Awaitable>
using awaited = decltype(std::declval<Awaitable&>().await_resume());

/// True of what may be destroyed while it waits without anything being lost; it says so by
/// `static constexpr bool cancel_safe = true`. A task says so by `cancel_safe(task)`.
template <class Awaitable>
concept cancellable = requires { requires bool{std::remove_cvref_t<Awaitable>::cancel_safe}; };

namespace detail {
template <awaitable Work>
struct marked_cancel_safe {
    static constexpr bool cancel_safe = true;
    bool await_ready() { return work.await_ready(); }
    auto await_suspend(std::coroutine_handle<> awaiting) { return work.await_suspend(awaiting); }
    decltype(auto) await_resume() { return work.await_resume(); }
    Work work;
};
}  // namespace detail

/// Promises that `work` may be destroyed at each of its `co_await`s and nothing is lost that matters:
/// `co_await weld::timeout(net, weld::cancel_safe(hand_shake(socket)), 5_s)`.
template <awaitable Work>
auto cancel_safe(Work work) {
    return detail::marked_cancel_safe<Work>{std::move(work)};
}

}  // namespace weld::inline v0
