// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/task/task.hpp>

namespace weld::inline v0 {

namespace detail {
/// Turns anything that can be awaited into a task, which refers to it.
template <class Awaitable>
auto as_task(Awaitable& awaitable) -> task<decltype(awaitable.await_resume())> {
    co_return co_await static_cast<Awaitable&&>(awaitable);
}
template <class T>
task<T> as_task(task<T>& already) {
    return std::move(already);
}
}  // namespace detail

/// Runs `net` until `work`, a task or any operation, has ended, and answers what it ended with. Everything else that
/// the net has to do goes on meanwhile.
/// Called from a task of this net it runs the others on top of that one, which nobody may cancel meanwhile; in a task
/// one awaits instead.
template <class Net, class Awaitable>
auto block_on(Net& net, Awaitable work) {
    auto whole = detail::as_task(work);
    if (whole.await_suspend(std::noop_coroutine()))
        while (!whole.done()) net.step();
    return whole.await_resume();
}

}  // namespace weld::inline v0
