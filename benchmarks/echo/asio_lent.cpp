// SPDX-License-Identifier: BSL-1.0
// Asio's awaitables with one buffer for all connections: each waits until it can be read, and then reads and writes
// without waiting. What many idle connections want of Asio.  Usage: asio_lent PORT
#include <asio.hpp>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using asio::ip::tcp;
char lent[4096];

asio::awaitable<void> serve(tcp::socket socket) {
    try {
        socket.non_blocking(true);
        for (;;) {
            co_await socket.async_wait(tcp::socket::wait_read, asio::use_awaitable);
            std::error_code error;
            const std::size_t got = socket.read_some(asio::buffer(lent), error);
            if (error == asio::error::would_block) continue;
            if (error) co_return;
            const std::size_t sent = socket.write_some(asio::buffer(lent, got), error);
            if (error && error != asio::error::would_block) co_return;
            if (sent == got) continue;
            const std::vector<char> rest(lent + sent, lent + got);
            co_await asio::async_write(socket, asio::buffer(rest), asio::use_awaitable);
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
    asio::io_context context{1};
    asio::co_spawn(context, listen(static_cast<unsigned short>(std::atoi(arguments[1]))), asio::detached);
    context.run();
}
