// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/signal_set.hpp>
#include <weld/io/descriptor_ops.hpp>
#include <weld/socket/attempts.hpp>
#include <weld/socket/operation.hpp>
#include <weld/sys/signal_calls.hpp>
#include <weld/task/task.hpp>

#include <utility>

namespace weld::inline v0 {

/// A signal that came, and who sent it. Source: signalfd(2).
struct signal_received {
    int number;
    int code;               // SI_USER, SI_KERNEL, CLD_EXITED, ...
    int sender;             // a process, where one sent it
    unsigned sender_user;
};

namespace attempt {
/// Reads one signal of a signalfd.
struct next_signal : common {
    static constexpr events interest = events::readable;
    result<signal_received> operator()(auto& net, auto& at) const {
        ::signalfd_siginfo raw{};
        const auto got = io::descriptor_ops::read(net, at, mutable_bytes{reinterpret_cast<std::byte*>(&raw), sizeof raw});
        if (!got) return got.error();
        return signal_received{static_cast<int>(raw.ssi_signo), raw.ssi_code, static_cast<int>(raw.ssi_pid), raw.ssi_uid};
    }
};
}  // namespace attempt

/// Signals as something to wait for, in the order of their numbers as the kernel keeps them; no handler ever runs.
///
///     auto signals = weld::open_signals(net, {SIGINT, SIGTERM});
///     const auto got = co_await signals->next();
///
/// While it lives, the thread that made it has them blocked; then they are as they were, and what came unasked for is
/// dropped. Threads that are started meanwhile have them blocked as well; those from before do not: make it first.
template <class Net>
class [[nodiscard]] signals {
public:
    /// Pre: `at` is a signalfd; `unblocked_before` are those of its signals that are to be unblocked in the end.
    signals(Net& net, io::watched& at, signal_set unblocked_before) noexcept
        : net_{&net}, at_{&at}, unblocked_before_{unblocked_before} {}
    signals(signals&& other) noexcept
        : net_{other.net_}, at_{std::exchange(other.at_, nullptr)}, unblocked_before_{other.unblocked_before_} {}
    signals& operator=(signals&&) = delete;
    ~signals() {
        if (at_ == nullptr) return;
        while (try_next()) {}
        io::descriptor_ops::release(*net_, *at_);
        static_cast<void>(sys::sigprocmask(net_->system_calls(), sys::mask_change::unblock, unblocked_before_));
    }

    /// The next signal: `result<signal_received>`.
    auto next() { return operation<Net, io::descriptor_ops, attempt::next_signal>{*net_, *at_, {}}; }
    auto next(deadline until) { return timed_operation<Net, io::descriptor_ops, attempt::next_signal>{*net_, *at_, {}, until}; }
    result<signal_received> try_next() { return attempt::next_signal{}(*net_, *at_); }

private:
    Net* net_;
    io::watched* at_;
    signal_set unblocked_before_;
};

/// Blocks the signals in this thread and opens what to wait for them with.
/// Errors: too_many_files_open, too_many_files_open_in_system, not_enough_memory. Source: signalfd(2).
template <class Net>
result<signals<Net>> open_signals(Net& net, signal_set which) {
    const auto before = sys::sigprocmask(net.system_calls(), sys::mask_change::block, which);
    if (!before) return before.error();
    const auto opened = sys::signalfd(net.system_calls(), which);
    const auto place = opened ? io::descriptor_ops::adopt(net, *opened) : result<io::watched*>{opened.error()};
    const signal_set unblocked_before = which - *before;
    if (place) return signals<Net>{net, **place, unblocked_before};
    static_cast<void>(sys::sigprocmask(net.system_calls(), sys::mask_change::unblock, unblocked_before));
    return place.error();
}

/// Ends `net.run()` when one of the signals comes: `net.spawn(weld::stop_on_signal(net, {SIGINT, SIGTERM}))`.
/// The tasks are cancelled where they wait when the net ends. From then on the signals do what they always did, so
/// that a second one ends a program that hangs; so they do where they cannot be waited for.
template <class Net>
task<> stop_on_signal(Net& net, signal_set which) {
    auto signals = open_signals(net, which);
    if (!signals) co_return;
    const auto came = co_await signals->next();
    if (came) net.stop();
}

}  // namespace weld::inline v0
