// SPDX-License-Identifier: BSL-1.0
// A user's program that imports weld: over the host, over weld's own TCP, and in a simulation.
#include <cstdint>
#include <cstdio>
import weld;

using namespace weld::literals;

template <weld::provides<weld::tcp> Net>
weld::task<> client(Net& net, weld::endpoint4 at, int& bytes) {
    auto socket = co_await weld::connect(net, weld::tcp, at, 5_s);
    if (!socket) co_return;
    const auto sent = co_await socket->send_all(weld::as_bytes("hello"));
    if (!sent) co_return;
    std::byte back[5];
    const auto got = co_await socket->read_exactly(back);
    bytes += static_cast<int>(got.value_or(0));
}
template <class Socket>
weld::task<> echo(Socket socket) {
    std::byte buffer[64];
    const auto got = co_await socket.recv(buffer);
    if (!got) co_return;
    const auto sent = co_await socket.send_all({buffer, *got});
    static_cast<void>(sent);
}
template <weld::provides<weld::tcp> Net>
weld::task<> server(Net& net, weld::endpoint4 at) {
    auto listener = weld::listen(net, weld::tcp, at);
    if (listener) co_await weld::serve(net, *listener, [](auto socket) { return echo(std::move(socket)); });
}
template <class Net>
void talk(Net& net, std::uint16_t port, int& bytes) {
    const weld::endpoint4 at{weld::address4::loopback(), port};
    net.spawn(server(net, at));
    weld::block_on(net, client(net, at, bytes));
}

int main() {
    int bytes = 0;
    weld::net own{weld::stack::ipv4{}, weld::stack::tcp{}, weld::io::epoll{}};
    talk(own, 7, bytes);
    weld::net host{weld::host::inet{}};
    std::uint16_t port = 0;
    {
        auto free = weld::listen(host, weld::tcp, {weld::address4::loopback(), 0});
        if (free) port = free->local_address().value_or(weld::endpoint4{}).port();
    }
    talk(host, port, bytes);
    weld::sim::world world{1, {.network = {.link = {.delay = 20_ms, .loss = 0.05}}}};
    auto& far = world.host("server");
    const weld::endpoint4 there{far.address(), 7};
    far.serve("echo", [&](auto& net) { return server(net, there); });
    world.host("client").run("client", [&](auto& net) { return client(net, there, bytes); });
    world.run();
    std::printf("%d bytes came back\n", bytes);
    return bytes == 15 ? 0 : 1;
}
