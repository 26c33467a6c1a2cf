// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/timer_wheel.hpp>
#include <weld/posix/epoll_set.hpp>
#include <weld/posix/fd_table.hpp>
#include <weld/posix/signals.hpp>
#include <weld/socket/create.hpp>
#include <weld/socket/crossing.hpp>
#include <weld/socket/operation.hpp>

namespace weld::inline v0::posix {

/// What a process may have.
struct process_options {
    int descriptors_max = 1024;                ///< RLIMIT_NOFILE: then EMFILE
    message_credentials credentials{1, 0, 0};  ///< who it is to its peers: SO_PEERCRED, SCM_CREDENTIALS
};

/// What all calls of one process share: its net, its descriptors, and how it waits. In the kernel: `current`.
template <class Net>
struct process_state {
    using net_type = Net;
    /// Where descriptors and sockets come from.
    using allocation_type = std::remove_reference_t<decltype(std::declval<Net&>().allocation())>;
    /// Lets something else happen until this process may go on, or for a moment only: a round of the net, unless
    /// programs share it (posix/programs.hpp).
    using turn_function = void (*)(process_state&, bool may_sleep);

    process_state(Net& of, process_options options) noexcept
        : net{of}, credentials{options.credentials}, files{of.allocation(), options.descriptors_max} {}

    Net& net;
    message_credentials credentials;
    fd_table<allocation_type> files;
    process_signals signals;
    turn_function turn = [](process_state& self, bool may_sleep) {
        runnable nothing{[](runnable&) {}};  // while it waits for its turn the net does not sleep
        if (!may_sleep) self.net.runnable().push(nothing);
        self.net.step();
    };
    void* turn_context = nullptr;
    bool in_turn = false;  // a task of the net is calling, while another call waits

    /// What the kernel does behind every call, a net does here: before a call answers that there is nothing, packets
    /// and timers that are due have their turn.
    void let_things_happen() {
        if (turn_context != nullptr) return turn(*this, false);
        if (std::exchange(in_turn, true)) return;
        turn(*this, false);
        in_turn = false;
    }

    /// The file behind a number. Errors: bad_file_descriptor. In the kernel: fdget.
    result<file*> lookup(int fd) const noexcept {
        file* const at = files.lookup(fd);
        if (at == nullptr) return errc::bad_file_descriptor;
        return at;
    }
    /// The socket behind a number, held. Errors: bad_file_descriptor, not_a_socket. In the kernel: sockfd_lookup_light.
    result<held<socket_file<Net>>> lookup_socket(int fd) const noexcept {
        const auto at = lookup(fd);
        if (!at) return at.error();
        return as_socket(**at);
    }
    static result<held<socket_file<Net>>> as_socket(file& at) noexcept {
        if (at.kind != file_kind::socket) return errc::not_a_socket;
        return held<socket_file<Net>>{static_cast<socket_file<Net>&>(at)};
    }
};

/// Somebody who waits with a whole process: an entry in one or more wait_queues, and a limit.
struct sleeper {
    bool woken = false;

    /// Woken by a socket.
    struct entry : wait_entry {
        entry(sleeper& whom, events what, bool alone) noexcept : wait_entry{&wake, what, alone}, of{&whom} {}
        sleeper* of;
        static void wake(runnable& self) { static_cast<entry&>(self).of->woken = true; }
    };
    /// Woken by the clock.
    struct alarm : timer {
        explicit alarm(sleeper& whom) noexcept : timer{&ring}, of{&whom} {}
        sleeper* of;
        bool rang = false;
        /// The time has come.
        static void ring(runnable& self) {
            auto& rung = static_cast<alarm&>(static_cast<timer&>(self));
            rung.rang = rung.of->woken = true;
        }
    };
};

/// Lets the net run until `sleep` is woken. Errors: timed_out, interrupted (a signal came that has a handler).
/// In the kernel: schedule_timeout in TASK_INTERRUPTIBLE.
template <class Net>
result<> sleep_until(process_state<Net>& current, sleeper& sleep, time_point until) {
    sleeper::alarm limit{sleep};
    current.net.timers().arm(limit, until);
    const bool nested = std::exchange(current.in_turn, true);
    while (!sleep.woken && !current.signals.interrupts()) current.turn(current, true);
    current.in_turn = nested;
    if (!sleep.woken) return current.signals.interrupt(false);
    const auto awake = cross(current.net, layer::wake, limit.rang ? "timer" : "wait_queue::wake", limit.rang ? "schedule_timeout" : "autoremove_wake_function, sock_def_readable");
    if (limit.rang) return errc::timed_out;
    return {};
}

/// Lets the net run until a socket is ready for `what`, or for an error. Errors: timed_out, interrupted, those of the
/// event source.
/// In the kernel: sk_wait_data, sk_stream_wait_memory, inet_csk_wait_for_connect.
template <class Net>
result<> wait_for(process_state<Net>& current, socket_file<Net>& at, events what, time_point until, bool alone = false) {
    sleeper sleep;
    sleeper::entry entry{sleep, what, alone};
    if (const result<> waits = any_ops<Net>::wait(current.net, at.node(), entry); !waits) return waits;
    return sleep_until(current, sleep, until);
}

/// Makes a call until it ends: at once where the file, or the call's flags, say so; else whenever the socket is ready.
/// A signal ends the wait; the whole call may begin anew where its socket has no timeout. Source: signal(7).
/// Errors: resource_unavailable_try_again (it would have to wait, or has waited as long as the timeout lets it),
/// interrupted.
template <class Net, class Call>
auto blocking(process_state<Net>& current, socket_file<Net>& at, events what, bool at_once, duration timeout, bool alone, Call&& call)
    -> decltype(call()) {
    auto done = call();
    if (done || !try_again(done.error())) return done;
    if (at_once || at.nonblocking) {
        current.let_things_happen();
        return call();
    }
    const time_point until = current.net.now() + timeout;
    for (;; done = call()) {
        if (done || !try_again(done.error())) return done;
        const result<> woke = wait_for(current, at, what, until, alone);
        if (woke.error() == errc::timed_out) return done;
        if (woke.error() == errc::interrupted) {
            done = call();  // what came with the signal comes first
            if (done || !try_again(done.error())) return done;
            return current.signals.interrupt(timeout == duration::infinite());
        }
        if (!woke) return woke.error();
    }
}

/// The same where nobody announces that it may be tried again: after 1 ms, then 2, and so on up to 64.
template <class Net, class Call>
auto repeating(process_state<Net>& current, socket_file<Net>& at, bool at_once, duration timeout, Call&& call) -> decltype(call()) {
    const time_point until = current.net.now() + timeout;
    for (duration pause = duration::milliseconds(1);; pause = pause < duration::milliseconds(64) ? pause * 2 : pause) {
        auto done = call();
        const time_point now = current.net.now();
        if (done || !would_block(done.error()) || at_once || at.nonblocking || now >= until) return done;
        sleeper sleep;
        const result<> slept = sleep_until(current, sleep, now + pause < until ? now + pause : until);
        if (slept.error() == errc::interrupted) return current.signals.interrupt(timeout == duration::infinite());
    }
}

}  // namespace weld::inline v0::posix
