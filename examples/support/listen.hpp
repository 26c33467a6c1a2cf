// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/listen.hpp>
#include <weld/socket/options/tcp.hpp>

#include <cstdio>

namespace examples {

/// weld::listen for TCP, and a line about it: the address with the port it got on stdout, or on stderr why there is none, as in
/// "echo_server: 127.0.0.1:80: permission denied".
template <class Net, class Protocol>
auto listen_at(Net& net, Protocol tcp, const typename Protocol::address& at, const char* program) {
    auto listener = weld::listen(net, tcp, at, weld::no_delay{});  // those it accepts inherit it
    if (listener) {
        std::printf("listening on %s\n", listener->local_address().value_or(at).to_text().c_str());
        std::fflush(stdout);
    } else {
        std::fprintf(stderr, "%s: %s: %s\n", program, at.to_text().c_str(), weld::message(listener.error()));
    }
    return listener;
}

}  // namespace examples
