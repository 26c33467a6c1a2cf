// The program of README.md: a server and a client for any net that has TCP. What README.md shows is the inside of main.
#include <weld/device.hpp>
#include <weld/sim.hpp>
#include <weld/stack.hpp>
#include <weld/weld.hpp>
#include <cstdio>
using namespace weld::literals;
namespace own = weld::stack;
template <class Socket>
weld::task<> echo(Socket socket) {
    std::byte buffer[4096];
    for (;;) {
        const auto got = co_await socket.recv(buffer);
        if (!got || *got == 0) co_return;
        if (!co_await socket.send_all({buffer, *got})) co_return;
    }
}
template <weld::provides<weld::tcp> Net>
weld::task<> server(Net& net, weld::endpoint4 here) {
    auto listener = weld::listen(net, weld::tcp, here);
    if (listener) co_await weld::serve(net, *listener, [](auto socket) { return echo(std::move(socket)); });
}
template <weld::provides<weld::tcp> Net>
weld::task<> client(Net& net, weld::endpoint4 server) {
    std::byte back[5];
    auto socket = co_await weld::connect(net, weld::tcp, server, 5_s);
    if (!socket) co_return;
    if (!co_await socket->send_all(weld::as_bytes("hello"))) co_return;
    const auto got = co_await socket->read_exactly(back);
    std::printf("%zu bytes came back\n", got.value_or(0));
}
int main() {
const weld::endpoint4 at{weld::address4::loopback(), 7007};
BLOCK
}
