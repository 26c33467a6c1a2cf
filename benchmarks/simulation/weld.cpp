// SPDX-License-Identifier: BSL-1.0
// How fast a simulation is: packets a second of wall time, and seconds of virtual time in one of ours, for worlds of
// 2, 100 and 1000 hosts. Every host talks to the next one in bursts of datagrams or over a TCP connection, so that the
// number of packets grows with the hosts and the cost of one must not.
//
//     benchmarks/simulation/weld [HOSTS...]
#include <weld/sim.hpp>
#include <weld/socket/connect.hpp>
#include <weld/socket/listen.hpp>
#include <weld/task/sleep.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

namespace ring {
using namespace weld::literals;
using weld::task;
namespace sim = weld::sim;

double seconds() {
    std::timespec t{};
    std::timespec_get(&t, TIME_UTC);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

/// Asks the next host, waits for its answer, rests for a millisecond.
template <class Net>
task<> ask(Net& net, weld::endpoint4 next) {
    auto socket = net.socket(weld::udp);
    static_cast<void>(co_await socket->connect(next));
    std::byte buffer[512]{};
    for (;;) {
        static_cast<void>(co_await socket->send(buffer));
        static_cast<void>(co_await socket->recv(buffer, 1_s));
        co_await weld::sleep(net, 1_ms);
    }
}
template <class Net>
task<> echo(Net& net) {
    auto socket = weld::bind(net, weld::udp, weld::endpoint4{{}, 7});
    std::byte buffer[512];
    for (;;) {
        const auto got = co_await socket->recv_from(buffer);
        if (got) static_cast<void>(co_await socket->send_to(weld::mutable_bytes{buffer}.first(got->size), got->from));
    }
}

/// Writes to the next host as fast as it reads.
template <class Net>
task<> source(Net& net, weld::endpoint4 next) {
    auto socket = co_await weld::connect(net, weld::tcp, next);
    const std::vector<std::byte> data(64 * 1024);
    while (socket && co_await socket->send_all(data)) {}
}
template <class Net>
task<> sink(Net& net) {
    auto listener = weld::listen(net, weld::tcp, weld::endpoint4{{}, 80});
    auto socket = co_await listener->accept();
    std::vector<std::byte> buffer(64 * 1024);
    while (socket) {
        const auto got = co_await socket->recv(buffer);
        if (!got || *got == 0) co_return;
    }
}

void measure(unsigned hosts, bool streams) {
    sim::world world{1, {.network = {.link = {.delay = 1_ms, .bandwidth = 10'000'000, .queue_limit = 16 * 1024}}}};
    for (unsigned i = 0; i < hosts; ++i) {
        auto& host = world.host("host" + std::to_string(i));
        if (streams) host.serve("sink", [](auto& net) { return sink(net); });
        else host.serve("echo", [](auto& net) { return echo(net); });
    }
    for (unsigned i = 0; i < hosts; ++i) {
        const weld::address4 next = world.machine("host" + std::to_string((i + 1) % hosts)).address();
        auto& host = world.host("host" + std::to_string(i));
        if (streams) host.serve("source", [next](auto& net) { return source(net, {next, 80}); });
        else host.serve("ask", [next](auto& net) { return ask(net, {next, 7}); });
    }
    static_cast<void>(world.run_for(1_s));  // memory is taken, connections are open
    const std::uint64_t before = world.packets_sent();
    const double start = seconds(), budget = 1.0;
    double simulated = 0, spent = 0;
    for (const weld::duration piece = weld::duration::milliseconds(hosts > 100 ? 50 : 500); spent < budget; spent = seconds() - start) {
        static_cast<void>(world.run_for(piece));
        simulated += piece.seconds();
    }
    const auto packets = static_cast<double>(world.packets_sent() - before);
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    std::printf("%6u hosts, %-9s  %9.0f packets/s  %7.0f ns a packet  %10.2f virtual seconds a second  %zu paths\n", hosts,
                streams ? "streams" : "datagrams", packets / spent, spent / packets * 1e9, simulated / spent, world.network().paths());
}

}  // namespace ring

int main(int count, char** words) {
    std::vector<unsigned> sizes;
    for (int i = 1; i < count; ++i) sizes.push_back(static_cast<unsigned>(std::strtoul(words[i], nullptr, 10)));
    if (sizes.empty()) sizes = {2, 100, 1000};
    for (const bool streams : {false, true})
        for (const unsigned hosts : sizes) ring::measure(hosts, streams);
}
