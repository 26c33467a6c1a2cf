// SPDX-License-Identifier: BSL-1.0
// A coroutine for every connection, and one buffer that is lent to whoever has data: what many idle connections
// want. What the peer does not take at once is kept by its coroutine.  Usage: weld_lent PORT
#include <weld/host/inet.hpp>
#include <weld/task/serve.hpp>

#include <cstdio>
#include <cstdlib>

namespace {

std::byte lent[4096];
weld::const_bytes unsent;  // what of it the peer did not take at once

enum class echoed { whole, in_part, not_at_all };

/// What came, there and back; or the connection has ended.
template <class Socket>
echoed echo(Socket& socket) {
    const auto got = socket.try_recv(lent);
    if (got && *got != 0) [[likely]] {
        const auto sent = socket.try_send({lent, *got});
        if (sent == *got) [[likely]] return echoed::whole;
        if (!sent && !weld::try_again(sent.error())) return echoed::not_at_all;
        unsent = weld::const_bytes{lent, *got}.subspan(sent.value_or(0));
        return echoed::in_part;
    }
    return !got && weld::try_again(got.error()) ? echoed::whole : echoed::not_at_all;
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
        switch (echo(socket)) {
            case echoed::whole: continue;
            case echoed::in_part: socket.net().spawn(send_rest(std::move(socket))); co_return;
            case echoed::not_at_all: co_return;
        }
    }
}

template <weld::provides<weld::tcp> Net>
weld::task<> listen(Net& net, weld::endpoint4 at) {
    auto listener = net.socket(weld::tcp);
    if (!listener || !listener->bind(at) || !listener->listen()) std::exit(1);
    std::puts("listening");
    std::fflush(stdout);
    co_await weld::serve(net, *listener, [](auto socket) { return serve(std::move(socket)); });
}

}  // namespace

int main(int, char** arguments) {
    weld::net net{weld::host::inet{}};
    net.spawn(listen(net, {weld::address4::loopback(), static_cast<std::uint16_t>(std::atoi(arguments[1]))}));
    net.run();
}
