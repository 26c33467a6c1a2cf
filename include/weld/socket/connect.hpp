// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/socket.hpp>
#include <weld/task/task.hpp>

namespace weld::inline v0 {

/// A socket with options that is connected: `auto peer = co_await weld::connect(net, weld::tcp, server, 5_s);`.
/// Errors: those of socket, set and connect; timed_out where `until` comes first. Nothing is left open then.
template <class Net, protocol_description Description, class... Options>
task<result<socket<Net, Description{}>>> connect(Net& net, Description protocol, typename Description::address to,
                                                 deadline until = {}, Options... options) {
    auto made = net.socket(protocol);
    if (!made) co_return std::move(made);
    result<> done;
    (void)((done && (done = made->set(options))) && ...);
    if (done) done = co_await made->connect(to, until);
    if (!done) co_return done.error();
    co_return std::move(made);
}

}  // namespace weld::inline v0
