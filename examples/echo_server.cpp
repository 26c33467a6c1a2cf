// SPDX-License-Identifier: BSL-1.0
// Sends back what it gets, to as many peers as there are descriptors: one short task each, written as if it were the
// only one. At its limit of descriptors it goes on serving those it has, and accepts again when some have left.
//
//     echo_server --port 7777        and then: nc 127.0.0.1 7777, or echo_client 127.0.0.1 7777
#include "support/arguments.hpp"
#include "support/choose_net.hpp"
#include "support/endpoint.hpp"
#include "support/listen.hpp"

#include <weld/io/signals.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/serve_until.hpp>

#include <array>
#include <cstdio>

#include <signal.h>

namespace {

struct counts {
    unsigned long long connections = 0, broken = 0, bytes = 0;
};

/// One peer, until it has said all it had to say, breaks off, or does not read for as long as `patience`.
template <class Socket>
weld::task<> echo(Socket socket, weld::duration patience, counts& all) {
    ++all.connections;
    std::array<std::byte, 16 * 1024> buffer;
    for (;;) {
        const auto got = co_await socket.recv(buffer);
        if (got == 0u) co_return;
        const auto sent = got ? co_await socket.send_all({buffer.data(), *got}, patience) : got;
        if (!sent) {
            ++all.broken;
            static_cast<void>(socket.set(weld::linger::abort()));  // what it would not read is not kept for it
            co_return;
        }
        all.bytes += *sent;
    }
}

template <class Protocol, weld::provides<Protocol{}> Net>
weld::task<int> echo_server(Net& net, Protocol tcp, typename Protocol::address at, weld::duration patience) {
    auto signals = weld::open_signals(net, {SIGINT, SIGTERM});
    auto listener = examples::listen_at(net, tcp, at, "echo_server");
    if (!signals || !listener) co_return 1;

    counts all;
    co_await weld::serve_until(signals->next(), net, *listener, [&](auto socket) { return echo(std::move(socket), patience, all); });
    std::printf("%llu connections, %llu of them broken off, %llu bytes sent back\n", all.connections, all.broken, all.bytes);
    co_return 0;
}
}  // namespace

int main(int count, char** words) {
    examples::arguments given{count, words, "echo_server --port N [--address A] [--patience SECONDS]",
                              "Sends back what it gets until SIGINT or SIGTERM, then tells how much that was. Port 0 takes a\n"
                              "free one; the line \"listening on ADDRESS:PORT\" names it. A peer that does not read what comes\n"
                              "back is dropped after --patience (30)."};
    const examples::endpoint at = examples::listening_endpoint(given);
    const weld::duration patience = given.seconds("--patience", "30");
    return examples::choose_net(given, [&](auto& net) {
        return at.with_tcp(net, [&](auto tcp, auto address) { return weld::block_on(net, echo_server(net, tcp, address, patience)); });
    });
}
