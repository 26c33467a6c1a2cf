// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/process_state.hpp>

/// The calls about signals, as far as socket calls can tell: handlers, the mask, and sending one to oneself.
/// In the kernel: kernel/signal.c.
namespace weld::inline v0::posix {

/// sigaction(2). Errors: invalid_argument (no such signal, or one that cannot be handled). In the kernel: do_sigaction.
template <class Net>
result<int> sys_sigaction(process_state<Net>& current, int signal, const struct ::sigaction* wanted, struct ::sigaction* before) {
    if (!process_signals::exists(signal) || (wanted != nullptr && !process_signals::can_be_handled(signal))) return errc::invalid_argument;
    process_signals::action& at = current.signals.action_of(signal);
    if (before != nullptr) {
        *before = {};
        before->sa_flags = at.flags;
        to_user(before->sa_mask, at.mask);
        if (at.informed != nullptr) before->sa_sigaction = at.informed;
        else before->sa_handler = at.handler != nullptr ? at.handler : at.ignored ? SIG_IGN : SIG_DFL;
    }
    if (wanted == nullptr) return 0;
    at = {};
    at.flags = wanted->sa_flags;
    at.mask = from_user(wanted->sa_mask);
    if (wanted->sa_handler == SIG_IGN) at.ignored = true;  // the two share a place
    else if (wanted->sa_handler != SIG_DFL) {
        if ((wanted->sa_flags & SA_SIGINFO) != 0) at.informed = wanted->sa_sigaction;
        else at.handler = wanted->sa_handler;
    }
    if (!at.runs()) current.signals.pending = current.signals.pending - signal_set{signal};
    return 0;
}

/// sigprocmask(2). Errors: invalid_argument (`how`).
template <class Net>
result<int> sys_sigprocmask(process_state<Net>& current, int how, const ::sigset_t* set, ::sigset_t* before) {
    process_signals& signals = current.signals;
    if (set != nullptr && how != SIG_BLOCK && how != SIG_UNBLOCK && how != SIG_SETMASK) return errc::invalid_argument;
    const signal_set was = signals.blocked;
    if (set != nullptr) {
        const signal_set given = from_user(*set);
        signals.set_blocked(how == SIG_BLOCK ? was | given : how == SIG_UNBLOCK ? was - given : given);
    }
    if (before != nullptr) to_user(*before, was);
    return 0;
}

/// sigpending(2). Errors: bad_address.
template <class Net>
result<int> sys_sigpending(process_state<Net>& current, ::sigset_t* set) {
    if (set == nullptr) return errc::bad_address;
    to_user(*set, current.signals.pending & current.signals.blocked);
    return 0;
}

/// kill(2) of oneself: a process knows no other. Errors: invalid_argument (no such signal), no_such_process.
template <class Net>
result<int> sys_kill(process_state<Net>& current, int pid, int signal) {
    if (signal != 0 && !process_signals::exists(signal)) return errc::invalid_argument;
    if (pid != current.credentials.pid && pid != 0) return errc::no_such_process;
    if (signal != 0) current.signals.send(signal, SI_USER, current.net.runnable());
    return 0;
}

}  // namespace weld::inline v0::posix
