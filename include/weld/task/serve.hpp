// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/core/errc.hpp>
#include <weld/core/timer_wheel.hpp>
#include <weld/task/task.hpp>

#include <coroutine>
#include <new>
#include <utility>

namespace weld::inline v0 {

/// How `serve` behaves at its limits.
struct serve_options {
    /// How long nobody is accepted after memory or descriptors have run out. Those who come meanwhile wait in the
    /// backlog.
    duration pause = duration::milliseconds(50);
};

namespace detail {
/// What accept(2) tells about a connection that is gone again, and not about the listener.
constexpr bool concerns_one_connection(errc error) noexcept {
    switch (error) {
        case errc::connection_aborted:
        case errc::protocol_error:
        case errc::no_protocol_option:
        case errc::network_down:
        case errc::network_unreachable:
        case errc::host_down:
        case errc::host_unreachable:
        case errc::timed_out: return true;
        default: return false;
    }
}
/// What passes when other connections end.
constexpr bool is_shortage(errc error) noexcept {
    switch (error) {
        case errc::too_many_files_open:
        case errc::too_many_files_open_in_system:
        case errc::no_buffer_space:
        case errc::not_enough_memory:
        case errc::operation_not_permitted: return true;  // a firewall's rule
        default: return false;
    }
}

/// An accept that does not end with what came: it hands it on, and waits for the next. No coroutine stands between.
template <class Owner, class Accept, class Handler>
class [[nodiscard]] serving : Accept, timer {
public:
    static constexpr bool cancel_safe = true;

    serving(Owner& owner, Accept&& accept, Handler&& handler, duration pause)
        : Accept{std::move(accept)}, timer{&pause_is_over}, owner_{&owner}, handler_{std::move(handler)}, pause_{pause} {}

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> awaiting) {
        this->outcome_.waiter = awaiting;
        wait_among_others();
    }
    errc await_resume() const noexcept { return why_; }

private:
    static serving& at(void* place) noexcept { return static_cast<serving&>(Accept::resumed(place)); }

    /// An event has come to one who waits alone, as it does again afterwards.
    static void connected(void* place) {
        auto& self = at(place);
        auto accepted = self.attempt_(*self.net_, *self.sock_);
        const errc error = accepted ? self.hand_on(accepted, place) : accepted.error();
        if (error != errc{}) [[unlikely]] failed(place, error);
    }
    /// Nothing here is touched once the task runs: what it does may be the end of whoever awaits this.
    template <class Accepted>
    [[gnu::always_inline]] errc hand_on(Accepted& accepted, void* place) noexcept {
#if defined(__cpp_exceptions)
        try {
            begin(handler_(this->value_of(accepted)), place);
        } catch (const std::bad_alloc&) {  // there is none for the task's frame
            return errc::not_enough_memory;
        }
#else
        begin(handler_(this->value_of(accepted)), place);
#endif
        return {};
    }
    [[gnu::always_inline]] void begin(task<> work, void* place) noexcept {
        Owner& owner = *owner_;
        if (!go_on_alone(place)) [[unlikely]] wait_among_others();
        owner.spawn(std::move(work));
    }
    [[gnu::always_inline]] bool go_on_alone(void* place) noexcept {
        if constexpr (Accept::may_be_alone) {
            if (!this->is_quiet() || !this->sock_->waiters.nobody_waits()) return false;
            this->sock_->waiters.add_alone(std::coroutine_handle<>::from_address(place));
            return true;
        } else {
            return false;
        }
    }
    [[gnu::noinline, gnu::cold]] void wait_among_others() {
        Accept::unlink_elsewhere();
        this->pass_on();
        this->wait_for_turn([](runnable& entry) {
            auto& self = at(&entry.run);
            self.Accept::link_elsewhere();  // as one who waits alone
            connected(self.resumable(&connected).address());
        });
    }
    [[gnu::noinline, gnu::cold]] static void failed(void* place, errc why) {
        auto& self = at(place);
        if (self.attempt_.pending(why) || concerns_one_connection(why)) return self.wait_among_others();
        self.Accept::unlink_elsewhere();
        if (is_shortage(why)) return self.net_->timers().arm(self, self.net_->now() + self.pause_);
        self.why_ = why;
        self.outcome_.waiter.resume();
    }
    static void pause_is_over(runnable& entry) { static_cast<serving&>(static_cast<timer&>(entry)).wait_among_others(); }

    Owner* owner_;
    [[no_unique_address]] Handler handler_;
    duration pause_;
    errc why_{};
};
}  // namespace detail

/// Accepts for ever: each connection becomes a task, `handler(socket)`, that `owner` (a net or a scope) owns. Running
/// out of descriptors or memory makes it pause, not end. Answers the error that ended it, which is the listener's own.
/// Destroying it while it waits loses nothing: `race` takes it as it is.
///
///     const weld::errc why = co_await weld::serve(net, *listener, [](auto socket) { return echo(std::move(socket)); });
///
/// Pre: the listener outlives it. The handler is kept as long as it runs: a coroutine lambda must not capture. It throws
/// nothing but std::bad_alloc.
/// Errors: invalid_argument (nobody called listen), bad_file_descriptor. Source: accept(2), "Error handling".
template <class Owner, class Listener, class Handler>
auto serve(Owner& owner, Listener& listener, Handler handler, serve_options options = {}) {
    return detail::serving<Owner, decltype(listener.accept()), Handler>{owner, listener.accept(), std::move(handler), options.pause};
}

}  // namespace weld::inline v0
