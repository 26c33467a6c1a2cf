// SPDX-License-Identifier: BSL-1.0
// A coroutine for every connection, and one buffer that is lent to whoever has data: what many idle connections
// want. What the peer does not take at once is kept by its coroutine.  Usage: weld_lent PORT
#include <weld/host/inet.hpp>

#include <cstdio>
#include <cstdlib>

namespace {

std::byte lent[4096];
weld::const_bytes unsent;  // what of it the peer did not take at once

/// What came, there and back. False where it is over, or where some of it is left in `unsent`.
template <class Socket>
bool echo(Socket& socket) {
    const auto got = socket.try_recv(lent);
    if (got && *got != 0) [[likely]] {
        const auto sent = socket.try_send({lent, *got});
        if (sent == *got) [[likely]] return true;
        unsent = sent || weld::try_again(sent.error()) ? weld::const_bytes{lent, *got}.subspan(sent.value_or(0)) : weld::const_bytes{};
        return false;
    }
    unsent = {};
    return !got && weld::try_again(got.error());
}

template <class Socket>
weld::task<> serve(Socket socket);

/// Sends the rest from a copy, since the lent buffer is others' by the time it goes out, and then serves on.
template <class Socket>
weld::task<> send_rest(Socket socket) {
    std::byte own[sizeof lent];
    const std::size_t size = weld::copy(own, unsent);
    const auto sent = co_await socket.send_all({own, size});
    if (sent) socket.net().spawn(serve(std::move(socket)));
}

template <class Socket>
weld::task<> serve(Socket socket) {
    for (;;) {
        const auto ready = co_await socket.wait_readable();
        if (!ready) co_return;
        if (echo(socket)) continue;
        if (!unsent.empty()) socket.net().spawn(send_rest(std::move(socket)));
        co_return;
    }
}

template <weld::provides<weld::tcp> Net>
weld::task<> listen(Net& net, weld::endpoint4 at) {
    auto listener = net.socket(weld::tcp);
    if (!listener || !listener->bind(at) || !listener->listen()) std::exit(1);
    std::puts("listening");
    std::fflush(stdout);
    for (;;)
        if (auto connection = co_await listener->accept()) net.spawn(serve(std::move(*connection)));
}

}  // namespace

int main(int, char** arguments) {
    weld::net net{weld::host::inet{}};
    net.spawn(listen(net, {weld::address4::loopback(), static_cast<std::uint16_t>(std::atoi(arguments[1]))}));
    net.run();
}
