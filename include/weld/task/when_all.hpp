// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/task/branch.hpp>
#include <weld/task/values.hpp>

namespace weld::inline v0 {

namespace detail {
template <class Indices, awaitable... Works>
class joined;

template <std::size_t... Index, awaitable... Works>
class [[nodiscard]] joined<std::index_sequence<Index...>, Works...> : branch_owner, branch_at<Index, Works>... {
public:
    static constexpr bool cancel_safe = (cancellable<Works> && ...);

    explicit joined(Works&&... works) : branch_owner{&one_ended}, branch_at<Index, Works>{std::move(works)}... {}

    bool await_ready() const noexcept { return sizeof...(Works) == 0; }
    bool await_suspend(std::coroutine_handle<> awaiting) {
        awaiting_ = awaiting;
        left_ = sizeof...(Works) + 1;  // one for this function: nobody is resumed before it ends
        ((branch_number<Index>(*this).begin(*this, Index) ? void(--left_) : void()), ...);
        return --left_ != 0;
    }
    auto await_resume() {
        if constexpr ((std::is_void_v<awaited<Works>> && ...)) (static_cast<void>(branch_number<Index>(*this).take()), ...);
        else return values<value_or_unit<awaited<Works>>...>{branch_number<Index>(*this).take()...};
    }

private:
    static void one_ended(branch_owner& owner, std::size_t) {
        auto& self = static_cast<joined&>(owner);
        if (--self.left_ == 0) self.awaiting_.resume();
    }
    std::coroutine_handle<> awaiting_;
    std::size_t left_ = 0;
};
}  // namespace detail

/// Waits for all of them side by side, and gives what each ended with, in their order: `values<...>`, with a `unit` for
/// each that gives nothing; nothing where none gives anything.
///
///     auto [got, sent] = co_await weld::when_all(near.recv(buffer), far.send(data));
///
/// An exception waits until all have ended; then the first of them, in this order, is thrown. Destroying it while it
/// waits cancels all. It allocates nothing.
template <awaitable... Works>
auto when_all(Works... works) {
    return detail::joined<std::index_sequence_for<Works...>, Works...>{std::move(works)...};
}

}  // namespace weld::inline v0
