// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/task/branch.hpp>
#include <weld/task/values.hpp>

namespace weld::inline v0 {

namespace detail {
template <class Indices, awaitable... Works>
class raced;

template <std::size_t... Index, awaitable... Works>
class [[nodiscard]] raced<std::index_sequence<Index...>, Works...> : branch_owner, branch_at<Index, Works>... {
    using answer = first_of<value_or_unit<awaited<Works>>...>;

public:
    static constexpr bool cancel_safe = true;

    explicit raced(Works&&... works) : branch_owner{&one_ended}, branch_at<Index, Works>{std::move(works)}... {}

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> awaiting) {
        static_cast<void>((begun<Index>() || ...));
        awaiting_ = awaiting;
        if (winner_ == nobody) return true;
        drop_losers();
        return false;
    }
    answer await_resume() { return taken<0>(); }

private:
    static constexpr std::size_t nobody = sizeof...(Works);

    /// Begins one; true where somebody has won by then, so that the others need not begin.
    template <std::size_t Number>
    bool begun() {
        if (branch_number<Number>(*this).begin(*this, Number) && winner_ == nobody) winner_ = Number;
        return winner_ != nobody;
    }
    static void one_ended(branch_owner& owner, std::size_t index) {
        auto& self = static_cast<raced&>(owner);
        if (self.winner_ != nobody) return;
        self.winner_ = index;
        if (!self.awaiting_) return;  // await_suspend has not ended
        self.drop_losers();
        self.awaiting_.resume();
    }
    void drop_losers() noexcept {
        ((Index == winner_ ? void() : branch_number<Index>(*this).drop()), ...);
    }
    template <std::size_t Number>
    answer taken() {
        if constexpr (Number + 1 < sizeof...(Works))
            if (winner_ != Number) return taken<Number + 1>();
        return answer{std::integral_constant<std::size_t, Number>{}, [this] { return branch_number<Number>(*this).take(); }};
    }
    std::coroutine_handle<> awaiting_{};
    std::size_t winner_ = nobody;
};
}  // namespace detail

/// Waits for the first of them to end, which wins; the others are destroyed where they wait, or do not even begin. Gives
/// `first_of<...>`: `index()` tells who won, `get<Index>()` what it ended with.
///
///     const auto first = co_await weld::race(socket.recv(buffer), weld::sleep(net, 5_s));
///     if (first.index() == 0) use(first.get<0>());
///
/// It takes what is cancel_safe and nothing else: socket operations but `read_exactly` and `send_all` without a cursor,
/// sleep, races again, and tasks that are marked by `weld::cancel_safe(task)`. An exception of the winner's is thrown.
/// Those named first are favoured where several are ready. It allocates nothing.
template <awaitable... Works>
    requires(sizeof...(Works) > 0)
auto race(Works... works) {
    constexpr bool nothing_is_lost = (cancellable<Works> && ...);
    static_assert(nothing_is_lost,
                  "race: the losers are destroyed where they wait, so all must be cancel_safe: give read_exactly and "
                  "send_all a cursor, and mark a task by weld::cancel_safe(task)");
    return detail::raced<std::index_sequence_for<Works...>, Works...>{std::move(works)...};
}

}  // namespace weld::inline v0
