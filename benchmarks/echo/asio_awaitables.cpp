// SPDX-License-Identifier: BSL-1.0
// The same with Asio's awaitables.  Usage: asio PORT
#include <asio.hpp>

#include <cstdio>
#include <cstdlib>

namespace {

using asio::ip::tcp;

asio::awaitable<void> serve(tcp::socket socket) {
    try {
        char buffer[4096];
        for (;;) {
            const std::size_t got = co_await socket.async_read_some(asio::buffer(buffer), asio::use_awaitable);
            co_await asio::async_write(socket, asio::buffer(buffer, got), asio::use_awaitable);
        }
    } catch (const std::exception&) {
    }
}

asio::awaitable<void> listen(unsigned short port) {
    const auto executor = co_await asio::this_coro::executor;
    tcp::acceptor listener{executor, {asio::ip::address_v4::loopback(), port}};
    std::puts("listening");
    std::fflush(stdout);
    for (;;) asio::co_spawn(executor, serve(co_await listener.async_accept(asio::use_awaitable)), asio::detached);
}

}  // namespace

int main(int, char** arguments) {
    asio::io_context loop{1};
    asio::co_spawn(loop, listen(static_cast<unsigned short>(std::atoi(arguments[1]))), asio::detached);
    loop.run();
}
