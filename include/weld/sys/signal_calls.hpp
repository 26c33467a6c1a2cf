// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/signal_set.hpp>
#include <weld/sys/descriptor_calls.hpp>

#include <sys/signalfd.h>

/// The calls about signals. Not with <signal.h>, which is long: what they take is the kernel's, and fixed.
namespace weld::inline v0::sys {

/// signalfd(2), a new one: non-blocking, closed on exec.
template <entry_policy Sys>
result<int> signalfd(Sys sys, const signal_set& signals) noexcept {
    return answer<int>(sys.template call<number::signalfd4>(-1, &signals, sizeof signals, SFD_NONBLOCK | SFD_CLOEXEC));
}

/// What sigprocmask(2) does with a set: SIG_BLOCK, SIG_UNBLOCK and SIG_SETMASK. In the kernel: asm-generic/signal-defs.h.
enum class mask_change { block = 0, unblock = 1, set = 2 };

/// sigprocmask(2) of the calling thread. Answers the mask as it was.
template <entry_policy Sys>
result<signal_set> sigprocmask(Sys sys, mask_change how, const signal_set& signals) noexcept {
    signal_set before;
    const auto done = answer(sys.template call<number::rt_sigprocmask>(static_cast<int>(how), &signals, &before, sizeof signals));
    if (!done) return done.error();
    return before;
}

}  // namespace weld::inline v0::sys
