// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/core/run_queue.hpp>
#include <weld/core/signal_set.hpp>

#include <cstdint>
#include <utility>

#include <signal.h>

namespace weld::inline v0::posix {

/// What a program hands over: the kernel reads its first eight bytes. In the kernel: set_user_sigmask, copy_from_user.
inline signal_set from_user(const ::sigset_t& given) noexcept {
    std::uint64_t bits;
    __builtin_memcpy(&bits, &given, sizeof bits);
    return signal_set::from_bits(bits);
}
inline void to_user(::sigset_t& to, signal_set from) noexcept {
    ::sigemptyset(&to);
    const std::uint64_t bits = from.bits();
    __builtin_memcpy(&to, &bits, sizeof bits);
}

/// The signals of a process: which are pending, which are blocked, and the handlers of those that have one. What has none
/// is thrown away: there is no default action, a process of a net does not end by a signal. Handlers run where a call
/// returns, on the stack of the program. In the kernel: struct sighand_struct, struct sigpending. Source: signal(7).
class process_signals {
public:
    static constexpr int last = 64;  // SIGRTMAX
    /// Whether there is such a signal, and whether it can be caught.
    static constexpr bool exists(int signal) noexcept { return signal >= 1 && signal <= last; }
    static constexpr bool can_be_handled(int signal) noexcept { return exists(signal) && signal != SIGKILL && signal != SIGSTOP; }

    /// What a signal does. In the kernel: struct k_sigaction.
    struct action {
        void (*handler)(int) = nullptr;                     // one of the two, or none
        void (*informed)(int, ::siginfo_t*, void*) = nullptr;
        bool ignored = false;                               // SIG_IGN, and not SIG_DFL
        int flags = 0;                                      // SA_RESTART and others
        signal_set mask;
        /// Whether a handler of the program runs.
        bool runs() const noexcept { return handler != nullptr || informed != nullptr; }
    };
    /// What it does at present. Pre: exists(signal).
    action& action_of(int signal) noexcept { return actions_[signal - 1]; }

    /// Makes a signal pending; who is blocked in a call is woken by the next round of `ready`'s net. One without a handler
    /// goes, unless it is blocked. In the kernel: send_signal_locked, sig_ignored.
    void send(int signal, int code, run_queue& ready) noexcept {
        if (!action_of(signal).runs() && !blocked.contains(signal)) return;
        pending = pending | signal_set{signal};
        codes_[signal - 1] = code;
        if (interrupts() && !knock_.linked()) ready.push(knock_);
    }
    /// True where a call that would wait is to return instead. In the kernel: signal_pending.
    bool interrupts() const noexcept { return !deliverable().empty(); }

    /// Notes that a call was interrupted, and whether it may begin anew; answers what the call does.
    /// In the kernel: -ERESTARTSYS or -EINTR, sock_intr_errno.
    errc interrupt(bool restartable) noexcept {
        restartable_ = restartable;
        return errc::interrupted;
    }
    /// Another mask until the call that is being made has ended. In the kernel: set_user_sigmask.
    void block_for_call(signal_set mask) noexcept {
        if (!std::exchange(has_saved_, true)) saved_ = blocked;
        blocked = mask - never_blocked();
    }
    /// At the end of every call: handlers run. True where the call is to begin anew.
    /// In the kernel: restore_saved_sigmask_unless, exit_to_user_mode_loop, handle_signal.
    bool finish(bool was_interrupted) {
        const bool may_restart = std::exchange(restartable_, false) && was_interrupted;
        if (!was_interrupted) restore();
        if (!interrupts()) [[likely]] {
            restore();
            return false;
        }
        const bool again = may_restart && (action_of(deliverable().first()).flags & SA_RESTART) != 0;  // the first decides
        while (interrupts()) run(deliverable().first());
        restore();
        return again;
    }

    /// sigprocmask(2): those that wait from now on; SIGKILL and SIGSTOP never do.
    void set_blocked(signal_set mask) noexcept { blocked = mask - never_blocked(); }
    signal_set pending, blocked;

private:
    static constexpr signal_set never_blocked() noexcept { return {SIGKILL, SIGSTOP}; }
    signal_set deliverable() const noexcept { return pending - blocked; }
    void restore() noexcept {
        if (std::exchange(has_saved_, false)) blocked = saved_;
    }
    void run(int signal) {
        pending = pending - signal_set{signal};
        const action at = action_of(signal);
        if (!at.runs()) return;
        if ((at.flags & static_cast<int>(SA_RESETHAND)) != 0) action_of(signal) = {};
        const signal_set before = blocked;
        blocked = (blocked | at.mask) - never_blocked();
        if ((at.flags & SA_NODEFER) == 0) blocked = blocked | signal_set{signal};
        if (at.handler != nullptr) at.handler(signal);
        else {
            ::siginfo_t info{};
            info.si_signo = signal;
            info.si_code = codes_[signal - 1];
            at.informed(signal, &info, nullptr);
        }
        blocked = before;
    }

    action actions_[last];
    int codes_[last]{};
    runnable knock_{[](runnable&) {}};  // keeps the net from sleeping while somebody has a signal to notice
    signal_set saved_;
    bool has_saved_ = false, restartable_ = false;
};

}  // namespace weld::inline v0::posix
