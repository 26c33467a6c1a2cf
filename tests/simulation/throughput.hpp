// SPDX-License-Identifier: BSL-1.0
// How fast one stream is on a network: bytes of the application's in a second of the virtual clock.
#pragma once

#include "streams.hpp"

#include <weld/socket/options/socket_level.hpp>
#include <weld/socket/options/tcp.hpp>

#include <vector>

namespace throughput {
using namespace weld::literals;
namespace sim = weld::sim;

/// 10 MiB through buffers of 32 KiB, over a round trip of 100 ms: the conditions of smoltcp's published grid.
struct bulk {
    std::size_t size = 10 << 20;
    std::uint32_t buffer = 32 * 1024;
    sim::link_options link{.delay = 50_ms};
};

/// SO_RCVBUF counts the packets' overhead too, so the window is limited to the payload that is meant.
template <class Socket>
void limit_buffers(Socket& socket, std::uint32_t payload) {
    const bool set = socket.set(weld::receive_buffer{static_cast<int>(4 * payload)}) && socket.set(weld::window_clamp{static_cast<int>(payload)}) &&
                     socket.set(weld::send_buffer{static_cast<int>(2 * payload)}) && socket.set(weld::no_delay{});
    static_cast<void>(set);
}

inline std::FILE* log_to = nullptr;

template <class Tcp>
double measured(const bulk& what, std::uint64_t seed) {
    sim::world world{seed, {.network = {.link = what.link}}};
    world.log().write_to(log_to);
    weld::time_point first{}, last{};
    streams::composition_with<Tcp> compose;
    auto& server = world.host("server", compose);
    server.run("sink", [&](auto& net) -> weld::task<> {
        auto listener = net.socket(weld::tcp);
        limit_buffers(*listener, what.buffer);
        static_cast<void>(listener->bind({{}, 80}));
        static_cast<void>(listener->listen());
        auto socket = co_await listener->accept();
        std::vector<std::byte> buffer(what.buffer);
        for (;;) {
            const auto got = co_await socket->recv(buffer);
            if (!got || *got == 0) break;
            last = net.now();
        }
    });
    world.host("client", compose).run("source", [&](auto& net) -> weld::task<> {
        auto socket = net.socket(weld::tcp);
        limit_buffers(*socket, what.buffer);
        static_cast<void>(co_await socket->connect({*sim::resolve(net, "server"), 80}));
        first = net.now();
        const std::vector<std::byte> data(what.size);
        static_cast<void>(co_await socket->send_all(data));
    });
    if (world.run() != sim::ending::finished) return 0;
    return static_cast<double>(what.size) / (last - first).seconds();
}

struct sharing {
    double utilisation, fairness;
};
/// So many flows through one link of 200 Mbit/s with a queue of 64 KiB and 100 ms: how much of it they use, and Jain's
/// index of how even their shares are, 1 for equal ones, measured for `length` after `warm_up`.
template <class Tcp>
sharing shared_link(unsigned flows, weld::duration warm_up, weld::duration length, std::uint64_t seed) {
    constexpr double bits_a_second = 200e6;
    sim::world world{seed, {.network = {.link = {.delay = 50_ms, .jitter = 100_us}}}};
    const streams::composition_with<Tcp> compose;
    std::vector<double> received(flows);
    const auto sink = [&](auto socket, double& count) -> weld::task<> {
        std::vector<std::byte> buffer(1 << 16);
        for (;;) {
            const auto got = co_await socket.recv(buffer);
            if (!got || *got == 0) co_return;
            if (world.now().since_start() > warm_up) count += static_cast<double>(*got);
        }
    };
    auto& server = world.host("server", compose);
    server.set_port({.bandwidth = static_cast<std::uint64_t>(bits_a_second), .queue_limit = 64 * 1024});
    server.serve("sinks", [&](auto& net) -> weld::task<> {
        auto listener = weld::listen(net, weld::tcp, weld::endpoint4{{}, 80});
        for (double& each : received) {
            auto socket = co_await listener->accept();
            if (socket) net.spawn(sink(std::move(*socket), each));
        }
        co_await weld::sleep(net, weld::duration::infinite());
    });
    for (unsigned i = 0; i < flows; ++i)
        world.host("client" + std::to_string(i), compose).serve("source", [i](auto& net) -> weld::task<> {
            co_await weld::sleep(net, weld::duration::milliseconds(static_cast<std::int64_t>(i) * 20));
            auto socket = co_await weld::connect(net, weld::tcp, {*sim::resolve(net, "server"), 80});
            const std::vector<std::byte> data(1 << 20);
            while (socket && co_await socket->send_all(data)) {}
        });
    static_cast<void>(world.run_for(warm_up + length));
    double sum = 0, squares = 0;
    for (const double each : received) sum += each, squares += each * each;
    return {sum * 8 / bits_a_second / length.seconds(), sum * sum / (flows * squares)};
}

}  // namespace throughput
