// SPDX-License-Identifier: BSL-1.0
// A coroutine that waits until there are datagrams, and then serves them by the calls themselves until there are none.
// Usage: support/datagrams.hpp
#include "support/datagrams.hpp"

#include <weld/host/inet.hpp>
#include <weld/socket/control/udp.hpp>
#include <weld/socket/datagram_batch.hpp>
#include <weld/socket/options/udp.hpp>

namespace {

using namespace benchmark;

bool answers(const std::byte* data, bool sink) {
    if (*data == std::byte{'Q'}) std::exit(0);
    return !sink || *data == std::byte{'A'};
}

/// A function of its own: what a coroutine's loop counts with lies in its frame.
template <class Messages>
bool last_answers(Messages messages, bool sink) {
    bool back = false;
    for (const auto& message : messages) back = answers(message.data().data(), sink);
    return back;
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
    static weld::datagram_batch<weld::endpoint4, batch, 2048> messages;
    for (;;) {
        static_cast<void>(co_await socket.wait_readable());
        const auto got = socket.try_recv_many(messages);
        if (!got) continue;
        auto rest = *got;
        if (!last_answers(rest, sink)) continue;
        if (sink) rest = rest.last(1);
        while (!rest.empty()) {
            const auto sent = socket.try_send_many(rest);
            rest = rest.subspan(sent.value_or(1));
        }
    }
}

/// The size of a super-datagram's datagrams, of which the last may be shorter.
template <class Message>
std::size_t segment_of(const Message& message) {
    return static_cast<std::size_t>(message.template get<weld::merged_size>().value_or(static_cast<int>(message.size())));
}
weld::const_bytes last_of(weld::const_bytes super, std::size_t segment) { return super.subspan((super.size() - 1) / segment * segment); }

template <class Socket, class Messages>
void answer_super(Socket& socket, Messages messages, bool sink) {
    auto& message = messages.front();
    const std::size_t segment = segment_of(message);
    const weld::const_bytes answer = sink ? last_of(message.data(), segment) : message.data();
    if (!answers(answer.data(), sink)) return;
    if (sink) {
        static_cast<void>(socket.try_send_to(answer, message.address()));
    } else {
        message.attach(weld::segment_size{static_cast<std::uint16_t>(segment)});
        static_cast<void>(socket.try_send_many(messages));
    }
}
template <class Socket>
weld::task<> segmented(Socket& socket, bool sink) {
    static weld::datagram_batch<weld::endpoint4, 1, room, weld::merged_size, weld::segment_size> messages;
    for (;;) {
        static_cast<void>(co_await socket.wait_readable());
        while (const auto got = socket.try_recv_many(messages)) answer_super(socket, *got, sink);
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
