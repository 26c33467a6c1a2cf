// SPDX-License-Identifier: BSL-1.0
// A coroutine for every connection, each with a buffer of its own.  Usage: weld PORT
#include <weld/host/inet.hpp>
#include <weld/task/serve.hpp>

#include <cstdio>
#include <cstdlib>

namespace {

template <class Socket>
weld::task<> serve(Socket socket) {
    std::byte buffer[4096];
    for (;;) {
        const auto got = co_await socket.recv(buffer);
        if (!got || *got == 0) co_return;
        if (!co_await socket.send_all({buffer, *got})) co_return;
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
