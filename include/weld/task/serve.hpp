// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/errc.hpp>
#include <weld/task/awaitable.hpp>
#include <weld/task/sleep.hpp>
#include <weld/task/task.hpp>

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

template <class Owner, class Listener, class Handler>
task<errc> accept_for_ever(Owner& owner, Listener& listener, Handler handler, serve_options options) {
    for (;;) {
        auto accepted = co_await listener.accept();
        if (accepted) owner.spawn(handler(std::move(*accepted)));
        else if (detail::is_shortage(accepted.error())) co_await sleep(listener.net(), options.pause);
        else if (!detail::concerns_one_connection(accepted.error())) co_return accepted.error();
    }
}
}  // namespace detail

/// Accepts for ever: each connection becomes a task, `handler(socket)`, that `owner` (a net or a scope) owns. Running
/// out of descriptors or memory makes it pause, not end. Answers the error that ended it, which is the listener's own.
/// Destroying it while it waits loses nothing: `race` takes it as it is.
///
///     const weld::errc why = co_await weld::serve(net, *listener, [](auto socket) { return echo(std::move(socket)); });
///
/// Pre: the listener outlives it. The handler is kept as long as it runs: a coroutine lambda must not capture.
/// Errors: invalid_argument (nobody called listen), bad_file_descriptor. Source: accept(2), "Error handling".
template <class Owner, class Listener, class Handler>
auto serve(Owner& owner, Listener& listener, Handler handler, serve_options options = {}) {
    return cancel_safe(detail::accept_for_ever(owner, listener, std::move(handler), options));
}

}  // namespace weld::inline v0
