// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/options/socket_level.hpp>
#include <weld/socket/socket.hpp>

namespace weld::inline v0 {

/// A socket with options, bound and listening, as servers want it: `weld::listen(net, weld::tcp, at, weld::no_delay{})`.
/// An IP port that connections in TIME_WAIT still hold is taken (reuse_address), unless an option says otherwise.
/// Errors: those of socket, set, bind and listen; nothing is left open then.
template <class Net, protocol_description Description, class... Options>
auto listen(Net& net, Description protocol, const typename Description::address& at, const Options&... options) {
    auto made = net.socket(protocol);
    if (!made) return made;
    result<> done;
    if constexpr (requires { at.port(); }) done = made->set(reuse_address{true});
    (void)((done && (done = made->set(options))) && ...);
    if (done) done = made->bind(at);
    if (done) done = made->listen();
    if (!done) made = done.error();
    return made;
}

/// The same without listening: datagrams are received at once.
template <class Net, protocol_description Description, class... Options>
auto bind(Net& net, Description protocol, const typename Description::address& at, const Options&... options) {
    auto made = net.socket(protocol);
    if (!made) return made;
    result<> done;
    (void)((done && (done = made->set(options))) && ...);
    if (done) done = made->bind(at);
    if (!done) made = done.error();
    return made;
}

}  // namespace weld::inline v0
