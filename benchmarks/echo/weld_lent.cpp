// SPDX-License-Identifier: BSL-1.0
// A coroutine for every connection, and one buffer that is lent to whoever has data: what many idle connections
// want. What the peer does not take at once is kept by its coroutine.  Usage: weld_lent PORT
#include <weld/host/inet.hpp>

#include <cstdio>
#include <cstdlib>

namespace {

std::byte lent[4096];
weld::const_bytes unsent;  // what of it the peer did not take at once

enum class echoed { all, not_all };

/// One message there and back; where that fails for good, nothing is left in `unsent`.
template <class Socket>
echoed echo(Socket& socket) {
    unsent = {};
    const auto got = socket.try_recv(lent);
    if (!got) return weld::try_again(got.error()) ? echoed::all : echoed::not_all;
    if (*got == 0) return echoed::not_all;
    const auto sent = socket.try_send({lent, *got});
    if (sent == *got) [[likely]] return echoed::all;
    if (sent || weld::try_again(sent.error())) unsent = weld::const_bytes{lent, *got}.subspan(sent.value_or(0));
    return echoed::not_all;
}

/// Sends the rest from a copy: the lent buffer is others' by the time it goes out.
template <class Socket>
weld::task<bool> send_rest(Socket& socket) {
    std::byte own[sizeof lent];
    const std::size_t size = weld::copy(own, unsent);
    const auto sent = co_await socket.send_all({own, size});
    co_return sent.has_value();
}

template <class Socket>
weld::task<> serve(Socket socket) {
    while (co_await socket.wait_readable()) {
        if (echo(socket) == echoed::all) continue;
        if (unsent.empty()) co_return;
        const bool sent = co_await send_rest(socket);
        if (!sent) co_return;
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
