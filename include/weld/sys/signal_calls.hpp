// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sys/descriptor_calls.hpp>

#include <signal.h>
#include <sys/signalfd.h>

namespace weld::inline v0::sys {

/// signalfd(2), a new one: non-blocking, closed on exec.
template <entry_policy Sys>
result<int> signalfd(Sys sys, const ::sigset_t& signals) noexcept {
    return answer<int>(sys.template call<number::signalfd4>(-1, &signals, 8, SFD_NONBLOCK | SFD_CLOEXEC));
}
/// sigprocmask(2) of the calling thread; `how` is SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK. Answers the mask as it was.
template <entry_policy Sys>
result<::sigset_t> sigprocmask(Sys sys, int how, const ::sigset_t& signals) noexcept {
    ::sigset_t before;
    ::sigemptyset(&before);
    const auto done = answer(sys.template call<number::rt_sigprocmask>(how, &signals, &before, 8));
    if (!done) return done.error();
    return before;
}

}  // namespace weld::inline v0::sys
