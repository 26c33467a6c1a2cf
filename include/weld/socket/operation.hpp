// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/core/result.hpp>
#include <weld/core/timer_wheel.hpp>
#include <weld/socket/wait_queue.hpp>

#include <coroutine>
#include <type_traits>
#include <utility>

namespace weld::inline v0 {

/// When to give up: a moment, a length of time from now on, or never.
class deadline {
public:
    constexpr deadline() noexcept = default;
    constexpr deadline(time_point at) noexcept : at_{at} {}
    constexpr deadline(duration from_now) noexcept : at_{from_now.nanoseconds() < 0 ? duration{} : from_now}, relative_{true} {}
    /// Any std::chrono::duration, from now on.
    template <class Chrono>
        requires(std::is_convertible_v<const Chrono&, duration> && !std::is_same_v<Chrono, duration>)
    constexpr deadline(const Chrono& from_now) noexcept : deadline{duration{from_now}} {}
    constexpr time_point from(time_point now) const noexcept { return relative_ ? now + at_.since_start() : at_; }

private:
    time_point at_ = time_point::never();
    bool relative_ = false;
};

namespace detail {
/// Who goes on when an operation ends, and with what answer. A trivial answer takes the waiter's place and is not
/// initialised: operations lie on the hot path, and most are answered at once.
template <class Answer>
struct outcome {
    std::coroutine_handle<> waiter;
    Answer answer{errc::resource_unavailable_try_again};
};
template <class Answer>
    requires std::is_trivially_copyable_v<Answer>
struct outcome<Answer> {
    outcome() noexcept {}
    union {
        std::coroutine_handle<> waiter;
        Answer answer;
    };
};
/// What an attempt answers, and what its operation does: an attempt whose answer is costly to move answers a raw one first,
/// which `taken` turns into the other when it is taken.
template <class Attempt, class Net, class Sock>
struct answers {
    static constexpr bool are_raw = false;
    using raw = decltype(std::declval<Attempt&>()(std::declval<Net&>(), std::declval<Sock&>()));
    using type = raw;
};
template <class Attempt, class Net, class Sock>
    requires requires(Net& net, Sock& sk, Attempt attempt) { attempt.taken(net, attempt(net, sk)); }
struct answers<Attempt, Net, Sock> {
    static constexpr bool are_raw = true;
    using raw = decltype(std::declval<Attempt&>()(std::declval<Net&>(), std::declval<Sock&>()));
    using type = decltype(std::declval<Attempt&>().taken(std::declval<Net&>(), std::declval<raw>()));
};
}  // namespace detail

/// One call on a sock that may have to wait: try; on "not now" queue an entry in the sock's wait_queue; try again when
/// it is woken. All of it lies in the awaiting coroutine's frame, so an operation allocates nothing. Destroying it
/// while it waits unlinks it: that is cancellation, and there is no other mechanism.
/// `Attempt` is the call: `attempt(net, sk)` answers a result; see socket/attempts.hpp.
template <class Net, class Ops, class Attempt>
class [[nodiscard]] operation : protected wait_entry {
public:
    using sock = typename Ops::sock;
    using answer = typename detail::answers<Attempt, Net, sock>::type;
    /// True where destroying the operation while it waits loses nothing: `race` and `timeout` take no others.
    static constexpr bool cancel_safe = Attempt::cancel_safe;

    operation(Net& net, sock& sk, Attempt&& attempt) noexcept
        : net_{&net}, sock_{&sk}, attempt_{std::move(attempt)} {}
    /// The same of an attempt that is made where it lies: a large one is not copied.
    template <class... Arguments>
    operation(Net& net, sock& sk, std::in_place_t, Arguments&... arguments) noexcept : net_{&net}, sock_{&sk}, attempt_(arguments...) {}
    operation(operation&&) = default;
    [[gnu::always_inline]] ~operation() {
        if (linked()) [[unlikely]] give_up();
    }

    [[gnu::always_inline]] bool await_ready() {
        if ((Attempt::waits_first && ((!comes_in_bursts && is_quiet()) || !is_ready())) || !net_->runnable().may_continue()) return false;
        const errc error = try_now();
        return error == errc{} || !attempt_.pending(error);
    }
    [[gnu::always_inline]] void await_suspend(std::coroutine_handle<> awaiting) {
        if constexpr (may_be_alone)
            if (is_quiet() && sock_->waiters.nobody_waits()) [[likely]] return wait_alone(awaiting);
        if constexpr (may_be_alone) wait_first(awaiting);
        else wait_in_queue(awaiting);
    }
    [[gnu::always_inline]] answer await_resume() {
        if constexpr (only_waits)
            if (linked()) [[likely]] {
                unlink_elsewhere();
                return {};
            }
        unlink_elsewhere();  // it is in no list; this spares the destructor, which follows, a look
        return taken();
    }

    /// The same call for those without coroutines: waits here, in the calling thread, until it has ended or
    /// `patience` is over (timed_out). A host socket waits in poll(2) and is never registered anywhere; a socket of
    /// the own stack runs its net meanwhile.
    answer blocking(deadline patience = {}) {
        const time_point until = patience.from(Ops::clock(*net_));
        while (attempt_.pending(try_now()))
            if (const result<> woke = Ops::wait_here(*net_, *sock_, Attempt::interest, until); !woke) return woke.error();
        return taken();
    }

protected:
    /// Readers of a sock that keeps one of them outside of its queue, as io::watched does.
    static constexpr bool may_be_alone = Attempt::interest == events::readable &&
        requires(sock& sk, std::coroutine_handle<> reader) { sk.waiters.add_alone(reader); };
    /// Where there is one there are mostly more: it is looked for what is ready, before what is not.
    static constexpr bool comes_in_bursts = requires { requires Attempt::comes_in_bursts; };
    /// Nothing is left to be done by an operation that has waited alone: the event resumes the one who awaits it.
    static constexpr bool only_waits = may_be_alone && requires { requires Attempt::only_waits; };
    /// True where it is known at one look that nothing is ready and that an event will tell when something is.
    [[gnu::always_inline]] bool is_quiet() const noexcept {
        if constexpr (may_be_alone)
            return sock_->is_quiet(Attempt::exclusive ? Attempt::interest | sock::level : Attempt::interest);
        else return false;
    }
    [[gnu::always_inline]] void wait_alone(std::coroutine_handle<> awaiting) noexcept {
        link_elsewhere();
        if constexpr (only_waits) return sock_->waiters.add_alone(awaiting);
        outcome_.waiter = awaiting;
        sock_->waiters.add_alone(resumable(&woken_alone));
    }
    /// What happens once for each descriptor: nobody has waited for it yet.
    [[gnu::cold, gnu::noinline]] void wait_first(std::coroutine_handle<> awaiting) {
        if constexpr (may_be_alone && requires(Net& net, sock& sk) { Ops::watch_first(net, sk, Attempt::interest, Attempt::exclusive); })
            if (Ops::watch_first(*net_, *sock_, Attempt::interest, Attempt::exclusive)) [[likely]] return wait_alone(awaiting);
        wait_in_queue(awaiting);
    }
    /// What happens seldom.
    [[gnu::cold, gnu::noinline]] void wait_in_queue(std::coroutine_handle<> awaiting) {
        if constexpr (may_be_alone && requires(Net& net, sock& sk) { Ops::watch(net, sk, Attempt::interest, Attempt::exclusive); })
            if (!is_ready() && sock_->waiters.nobody_waits() && Ops::watch(*net_, *sock_, Attempt::interest, Attempt::exclusive))
                return wait_alone(awaiting);
        outcome_.waiter = awaiting;
        wait_for_turn(&woken);
    }
    void wait_for_turn(function call) {
        wait_for(Attempt::interest, Attempt::exclusive, call);
        if (is_ready() || !wait()) net_->runnable().push(*this);
    }
    bool is_ready() noexcept { return Ops::is_ready(*net_, *sock_, Attempt::interest); }
    /// One attempt: success, an error, or not now.
    [[gnu::always_inline]] errc try_now() {
        outcome_.answer = attempt_(*net_, *sock_);
        return outcome_.answer.error();
    }
    result<> wait() { return Ops::wait(*net_, *sock_, *this); }
    /// Waits no more. What woke one who is exclusive woke nobody else, so it is passed on where it was not used up:
    /// he goes before his turn, or there is more of it than he takes. Source: abort_exclusive_wait, kernel/sched/wait.c.
    [[gnu::noinline, gnu::cold]] void give_up() {
        if (!linked()) return;
        if (linked_elsewhere()) leave();
        else unlink();
        pass_on();
    }
    void leave() noexcept {
        if constexpr (may_be_alone) sock_->waiters.remove_alone();
        unlink_elsewhere();
    }
    void pass_on() {
        if constexpr (Attempt::exclusive && requires { sock_->waiters; })
            if (is_ready()) sock_->waiters.wake(Attempt::interest, net_->runnable());
    }
    void finish(errc why) {
        give_up();
        const std::coroutine_handle<> waiter = outcome_.waiter;
        outcome_.answer = why;
        waiter.resume();
    }
    [[gnu::always_inline]] answer taken() {
        if constexpr (detail::answers<Attempt, Net, sock>::are_raw) return attempt_.taken(*net_, outcome_.answer);
        else return std::move(outcome_.answer);
    }
    /// What a call has answered that was no error, for those who keep no answer.
    template <class Raw>
    [[gnu::always_inline]] auto value_of(Raw& got) {
        if constexpr (detail::answers<Attempt, Net, sock>::are_raw) return Attempt::made(*net_, *got);
        else return *std::move(got);
    }
    static void woken(runnable& entry) { woken_alone(&entry.run); }
    [[gnu::noinline]] static void woken_alone(void* at) {
        auto& self = static_cast<operation&>(resumed(at));
        auto got = self.attempt_(*self.net_, *self.sock_);
        const std::coroutine_handle<> waiter = self.outcome_.waiter;
        if (!got) [[unlikely]] {
            if (self.attempt_.pending(got.error())) return self.wait_longer(waiter);
        } else {
            self.pass_on();
        }
        self.outcome_.answer = std::move(got);
        waiter.resume();
    }
    [[gnu::noinline, gnu::cold]] void wait_longer(std::coroutine_handle<> waiter) {
        unlink_elsewhere();
        wait_for(Attempt::interest, Attempt::exclusive, &woken);
        if (is_ready()) return net_->runnable().push(*this);
        const result<> waiting = wait();
        if (waiting) return;
        outcome_.answer = waiting.error();  // nothing can tell when: no descriptor for epoll, no memory
        waiter.resume();
    }

    Net* net_;
    [[no_unique_address]] detail::outcome<typename detail::answers<Attempt, Net, sock>::raw> outcome_;  // between two pointers that g++ 12 would otherwise copy as a vector
    sock* sock_;
    [[no_unique_address]] Attempt attempt_;
};

/// An operation that gives up: its timer lies beside it, in the same frame. It answers timed_out then.
template <class Net, class Ops, class Attempt>
class [[nodiscard]] timed_operation : operation<Net, Ops, Attempt>, timer {
    using base = operation<Net, Ops, Attempt>;

public:
    using typename base::answer;
    using base::cancel_safe;

    timed_operation(Net& net, typename base::sock& sk, Attempt&& attempt, weld::deadline until) noexcept
        : base{net, sk, std::move(attempt)}, timer{&expired}, until_{until} {}

    using base::await_ready;
    void await_suspend(std::coroutine_handle<> awaiting) {
        base::await_suspend(awaiting);
        this->outcome_.waiter = awaiting;
        this->net_->timers().arm(*this, until_.from(this->net_->now()));
    }
    answer await_resume() {
        timer::cancel();
        return base::await_resume();
    }
    answer blocking() { return base::blocking(until_); }

private:
    static void expired(runnable& entry) {
        static_cast<timed_operation&>(static_cast<timer&>(entry)).finish(errc::timed_out);
    }
    weld::deadline until_;
};

}  // namespace weld::inline v0
