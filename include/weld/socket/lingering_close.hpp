// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/closing.hpp>
#include <weld/socket/operation.hpp>
#include <weld/socket/socket.hpp>

namespace weld::inline v0 {

/// What `lingering_close` answers: it owns the sock. Destroyed while it waits it closes as a handle's destructor does.
template <class Net, auto Protocol>
class [[nodiscard]] lingering_close_operation {
public:
    using ops = typename Net::template ops<Protocol>;
    using sock = typename ops::sock;
    using answer = result<>;
    static constexpr bool cancel_safe = true;

    lingering_close_operation(Net& net, sock& sk, deadline until) noexcept : net_{&net}, sock_{&sk}, limit_{until} {}
    lingering_close_operation(lingering_close_operation&& other) noexcept
        : net_{other.net_}, sock_{std::exchange(other.sock_, nullptr)}, limit_{other.limit_} {}
    ~lingering_close_operation() {
        if (sock_ != nullptr) closing::finish<ops>(*net_, *sock_);
    }

    bool await_ready() { return !begin(net_->now()); }
    void await_suspend(std::coroutine_handle<> awaiting) {
        awaiting_ = awaiting;
        look_.self = alarm_.self = this;
        pause();
    }
    answer await_resume() { return end(); }

    /// Waits here, in the calling thread.
    answer blocking() {
        if (!begin(ops::clock(*net_))) return end();
        for (duration wait = shortest; closing::lasts<ops>(*net_, *sock_) && ops::clock(*net_) < until_; wait = longer(wait)) {
            const time_point next = ops::clock(*net_) + wait;
            ops::rest(*net_, next < until_ ? next : until_);
        }
        return end();
    }

private:
    // The kernel announces the end to nobody who waits in epoll: it is asked again. An own stack wakes who waits.
    static constexpr bool is_announced = requires(Net& net, sock& sk, wait_entry& entry) { ops::wait_closed(net, sk, entry); };
    static constexpr duration shortest = duration::milliseconds(1), longest = duration::milliseconds(64);
    static constexpr duration longer(duration wait) noexcept { return wait < longest ? wait * 2 : wait; }
    struct look : wait_entry {
        look() noexcept : wait_entry{+[](runnable& entry) { static_cast<look&>(entry).self->woken(); }, events::writable} {}
        lingering_close_operation* self = nullptr;
    };
    struct alarm : timer {
        alarm() noexcept : timer{+[](runnable& entry) { static_cast<alarm&>(entry).self->woken(); }} {}
        lingering_close_operation* self = nullptr;
    };

    /// False where there is nothing to wait for, or no time.
    bool begin(time_point now) {
        until_ = limit_.from(now);
        if (until_ == time_point::never()) until_ = now + closing::patience<ops>(*net_, *sock_);
        return now < until_ && closing::begin<ops>(*net_, *sock_);
    }
    void pause() {
        time_point next = until_;
        if constexpr (is_announced) {
            ops::wait_closed(*net_, *sock_, look_);
        } else {
            if (net_->now() + wait_ < until_) next = net_->now() + wait_;
            wait_ = longer(wait_);
        }
        net_->timers().arm(alarm_, next);
    }
    void woken() {
        look_.unlink();
        alarm_.cancel();
        if (closing::lasts<ops>(*net_, *sock_) && net_->now() < until_) return pause();
        awaiting_.resume();
    }
    answer end() {
        const bool late = closing::lasts<ops>(*net_, *sock_);
        const errc error = late ? errc::timed_out : closing::outcome<ops>(*net_, *sock_);
        closing::finish<ops>(*net_, *std::exchange(sock_, nullptr));
        return error;
    }

    Net* net_;
    sock* sock_;
    deadline limit_;
    time_point until_ = time_point::never();
    duration wait_ = shortest;
    std::coroutine_handle<> awaiting_;
    look look_;
    alarm alarm_;
};

/// Closes a socket and waits until its peer has acknowledged all that was sent, as close(2) does where SO_LINGER gives
/// time: `co_await weld::lingering_close(std::move(socket))`. A handle's destructor has nothing to wait in and closes in
/// the background. How long: until the deadline, else SO_LINGER's time, else it does not wait. What was received and
/// not read makes it a reset, as everywhere. The socket is closed whatever the answer is.
/// Errors: timed_out (the time is over; it goes on in the background), and what the connection ended with meanwhile.
/// Source: socket(7), SO_LINGER; sk_stream_wait_close, net/core/stream.c.
template <class Net, auto Protocol>
auto lingering_close(socket<Net, Protocol>&& closed, deadline until = {}) {
    return lingering_close_operation<Net, Protocol>{closed.net(), std::move(closed).detach(), until};
}

}  // namespace weld::inline v0
