// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/task/race.hpp>
#include <weld/task/scope.hpp>
#include <weld/task/serve.hpp>

namespace weld::inline v0 {

/// A server with an end: serves as `serve` does until `stop` has ended, then ends every connection, wherever it waits.
/// Answers `errc{}` then, or the listener's own error if that came first.
///
///     auto signals = weld::open_signals(net, {SIGINT, SIGTERM});
///     co_await weld::serve_until(signals->next(), net, *listener, [](auto socket) { return echo(std::move(socket)); });
///
/// Pre: the listener outlives it. The handler is kept as long as it runs: a coroutine lambda must not capture.
/// Errors: those of `serve`.
template <cancellable Stop, class Net, class Listener, class Handler>
task<errc> serve_until(Stop stop, Net& net, Listener& listener, Handler handler, serve_options options = {}) {
    scope connections{net};
    auto serving = serve(connections, listener, std::move(handler), options);
    auto first = co_await race(std::move(stop), std::move(serving));
    if (first.index() == 0) co_return errc{};
    co_return first.template get<1>();
}

}  // namespace weld::inline v0
