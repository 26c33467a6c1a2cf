// SPDX-License-Identifier: BSL-1.0
// A coroutine that waits until there are datagrams, and then serves them by the calls themselves until there are none.
// Usage: support/datagrams.hpp
#include "support/datagrams.hpp"

#include <weld/host/inet.hpp>
#include <weld/socket/control/udp.hpp>
#include <weld/socket/options/udp.hpp>

namespace {

using namespace benchmark;

bool answers(const std::byte* data, bool sink) {
    if (*data == std::byte{'Q'}) std::exit(0);
    return !sink || *data == std::byte{'A'};
}

template <class Socket>
weld::task<> plain(Socket& socket, bool sink) {
    std::byte buffer[2048];
    for (;;) {
        static_cast<void>(co_await socket.wait_readable());
        while (const auto got = socket.try_recv_from(buffer))
            if (answers(buffer, sink)) static_cast<void>(socket.try_send_to({buffer, got->size}, got->from));
    }
}

template <class Socket>
weld::task<> batched(Socket& socket, bool sink) {
    static std::byte buffers[batch][2048];
    weld::incoming<weld::endpoint4> in[batch];
    weld::outgoing<weld::endpoint4> out[batch];
    for (std::size_t i = 0; i < batch; ++i) in[i].buffer = weld::mutable_bytes{buffers[i]};
    for (;;) {
        static_cast<void>(co_await socket.wait_readable());
        const auto got = socket.try_recv_many(in);
        if (!got) continue;
        std::size_t count = 0;
        for (std::size_t i = 0; i < *got; ++i)
            if (answers(buffers[i], sink)) out[count++] = {in[i].data(), in[i].from};
        for (std::size_t sent = 0; sent < count;) sent += socket.try_send_many({out + sent, count - sent}).value_or(1);
    }
}

template <class Socket>
weld::task<> segmented(Socket& socket, bool sink) {
    static std::byte super[room];
    for (;;) {
        static_cast<void>(co_await socket.wait_readable());
        const auto got = socket.try_recv(super, weld::control<weld::merged_size>);
        if (!got) continue;
        const auto* const merged = got->template get<weld::merged_size>();
        const std::size_t size = merged != nullptr ? static_cast<std::size_t>(*merged) : got->size;
        const std::byte* const last = super + (got->size - 1) / size * size;
        if (!answers(sink ? last : super, sink)) continue;
        if (sink) static_cast<void>(socket.try_send_to({last, got->size - static_cast<std::size_t>(last - super)}, got->from));
        else static_cast<void>(socket.try_send_to(weld::const_bytes{super, got->size}, got->from, weld::segment_size{static_cast<std::uint16_t>(size)}));
    }
}

template <weld::provides<weld::udp> Net>
weld::task<> serve(Net& net, datagram_task how) {
    auto socket = net.socket(weld::udp);
    if (!socket || !socket->bind({weld::address4::loopback(), static_cast<std::uint16_t>(std::atoi(how.port))})) std::exit(1);
    if (how.gso && !socket->set(weld::udp_merge{true})) std::exit(1);
    say_listening();
    if (how.gso) co_await segmented(*socket, how.sink);
    else if (how.batched) co_await batched(*socket, how.sink);
    else co_await plain(*socket, how.sink);
}

}  // namespace

int main(int count, char** words) {
    weld::net net{weld::host::inet{}};
    net.spawn(serve(net, datagram_task{count, words}));
    net.run();
}
