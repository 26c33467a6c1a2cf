// SPDX-License-Identifier: BSL-1.0
// Asio's awaitables; it has neither batches nor super-datagrams.  Usage: support/datagrams.hpp
#include "support/datagrams.hpp"

#include <asio.hpp>

namespace {

using namespace benchmark;
using asio::ip::udp;

asio::awaitable<void> plain(udp::socket socket, bool sink) {
    std::byte buffer[2048];
    for (;;) {
        udp::endpoint from;
        const std::size_t got = co_await socket.async_receive_from(asio::buffer(buffer), from, asio::use_awaitable);
        if (*buffer == std::byte{'Q'}) std::exit(0);
        if (!sink || *buffer == std::byte{'A'}) co_await socket.async_send_to(asio::buffer(buffer, got), from, asio::use_awaitable);
    }
}

}  // namespace

int main(int count, char** words) {
    const datagram_task task{count, words};
    if (task.batched || task.gso) return 2;
    asio::io_context context{1};
    udp::socket socket{context, udp::endpoint{asio::ip::address_v4::loopback(), static_cast<unsigned short>(std::atoi(task.port))}};
    say_listening();
    asio::co_spawn(context, plain(std::move(socket), task.sink), asio::detached);
    context.run();
}
