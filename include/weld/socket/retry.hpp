// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/operation.hpp>

namespace weld::inline v0 {

/// A call whose end of "not now" nobody announces: a unix socket does not become writable when the listener's backlog,
/// or the queue of a datagram's receiver, has room again. It asks again after 1 ms, then 2, and so on up to 64.
/// A deadline ends it with timed_out. Source: unix_stream_connect, unix_dgram_sendmsg in net/unix/af_unix.c.
template <class Net, class Ops, class Attempt>
class [[nodiscard]] retried_operation : timer {
public:
    using sock = typename Ops::sock;
    using answer = decltype(std::declval<Attempt&>()(std::declval<Net&>(), std::declval<sock&>()));
    static constexpr bool cancel_safe = Attempt::cancel_safe;

    retried_operation(Net& net, sock& sk, Attempt attempt, weld::deadline until = {}) noexcept
        : timer{&ask_again}, net_{&net}, sock_{&sk}, attempt_{std::move(attempt)}, limit_{until} {}

    bool await_ready() {
        has_tried_ = net_->runnable().may_continue();
        return has_tried_ && tried();
    }
    void await_suspend(std::coroutine_handle<> awaiting) {
        awaiting_ = awaiting;
        until_ = limit_.from(net_->now());
        if (has_tried_) pause(net_->now());
        else net_->runnable().push(*this);
    }
    answer await_resume() { return std::move(answer_); }

    answer blocking(weld::deadline patience) {
        limit_ = patience;
        return blocking();
    }
    answer blocking() {
        until_ = limit_.from(Ops::clock(*net_));
        for (duration wait = shortest; !tried(); wait = longer(wait)) {
            const time_point now = Ops::clock(*net_);
            if (now >= until_) return errc::timed_out;
            Ops::rest(*net_, now + wait < until_ ? now + wait : until_);
        }
        return std::move(answer_);
    }

private:
    static constexpr duration shortest = duration::milliseconds(1), longest = duration::milliseconds(64);
    static constexpr duration longer(duration wait) noexcept { return wait < longest ? wait * 2 : wait; }

    bool tried() {
        answer_ = attempt_(*net_, *sock_);
        return !try_again(answer_.error());
    }
    void pause(time_point now) {
        net_->timers().arm(*this, now + wait_ < until_ ? now + wait_ : until_);
        wait_ = longer(wait_);
    }
    static void ask_again(runnable& entry) {
        auto& self = static_cast<retried_operation&>(static_cast<timer&>(entry));
        const time_point now = self.net_->now();
        if (!self.tried()) {
            if (now < self.until_) return self.pause(now);
            self.answer_ = errc::timed_out;
        }
        self.awaiting_.resume();
    }

    Net* net_;
    sock* sock_;
    std::coroutine_handle<> awaiting_;
    [[no_unique_address]] Attempt attempt_;
    weld::deadline limit_;
    time_point until_ = time_point::never();
    duration wait_ = shortest;
    bool has_tried_ = false;
    answer answer_{errc::resource_unavailable_try_again};
};

}  // namespace weld::inline v0
