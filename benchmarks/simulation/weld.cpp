// SPDX-License-Identifier: BSL-1.0
// How fast a simulation is: packets a second, and seconds of virtual time in one of ours. Every host talks to the next one,
// in datagrams that are answered or over a TCP connection, so that the number of packets grows with the hosts and the cost of
// one must not.
//
//     benchmarks/simulation/weld HOSTS datagrams|streams [MILLISECONDS]
//
// prints packets, seconds of processor time and virtual seconds, after memory is taken and connections are open: of half a
// second of processor time, or of so many virtual milliseconds. callgrind with --instr-atstart=no counts just these.
#include <weld/sim.hpp>
#include <weld/socket/connect.hpp>
#include <weld/socket/listen.hpp>
#include <weld/task/sleep.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#if __has_include(<valgrind/callgrind.h>)
#    pragma GCC diagnostic push
#    pragma GCC diagnostic ignored "-Wpedantic"
#    include <valgrind/callgrind.h>
#    pragma GCC diagnostic pop
#else
#    define CALLGRIND_START_INSTRUMENTATION static_cast<void>(0)
#    define CALLGRIND_STOP_INSTRUMENTATION static_cast<void>(0)
#endif

namespace ring {
using namespace weld::literals;
using weld::task;
namespace sim = weld::sim;

double processor_seconds() {
    std::timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

// All hosts share the programs' buffers: what grows with the hosts is the simulation's.
std::byte question[512]{}, answer[512];
const std::vector<std::byte> data(64 * 1024);
std::vector<std::byte> waste(64 * 1024);

/// Asks the next host, waits for its answer, rests for a millisecond.
template <class Net>
task<> ask(Net& net, weld::endpoint4 next) {
    auto socket = net.socket(weld::udp);
    static_cast<void>(co_await socket->connect(next));
    for (;;) {
        static_cast<void>(co_await socket->send(question));
        static_cast<void>(co_await socket->recv(answer, 1_s));
        co_await weld::sleep(net, 1_ms);
    }
}
template <class Net>
task<> echo(Net& net) {
    auto socket = weld::bind(net, weld::udp, weld::endpoint4{{}, 7});
    for (;;) {
        const auto got = co_await socket->recv_from(answer);
        if (got) static_cast<void>(co_await socket->send_to(weld::mutable_bytes{answer}.first(got->size), got->from));
    }
}

/// Writes to the next host as fast as it reads.
template <class Net>
task<> source(Net& net, weld::endpoint4 next) {
    auto socket = co_await weld::connect(net, weld::tcp, next);
    while (socket && co_await socket->send_all(data)) {}
}
template <class Net>
task<> sink(Net& net) {
    auto listener = weld::listen(net, weld::tcp, weld::endpoint4{{}, 80});
    auto socket = co_await listener->accept();
    while (socket) {
        const auto got = co_await socket->recv(waste);
        if (!got || *got == 0) co_return;
    }
}

void measure(unsigned hosts, bool streams, unsigned milliseconds) {
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
    static_cast<void>(world.run_for(1_s));
    const std::uint64_t before = world.packets_sent();
    const double start = processor_seconds();
    double simulated = 0;
    const weld::duration piece = weld::duration::milliseconds(milliseconds != 0 ? milliseconds : hosts > 100 ? 20 : 500);
    CALLGRIND_START_INSTRUMENTATION;
    do {
        static_cast<void>(world.run_for(piece));
        simulated += piece.seconds();
    } while (milliseconds == 0 && processor_seconds() - start < 0.5);
    CALLGRIND_STOP_INSTRUMENTATION;
    std::printf("%llu %.6f %.3f\n", static_cast<unsigned long long>(world.packets_sent() - before), processor_seconds() - start, simulated);
}

}  // namespace ring

int main(int count, char** words) {
    if (count < 3) {
        std::fprintf(stderr, "usage: weld HOSTS datagrams|streams [MILLISECONDS]\n");
        return 2;
    }
    const auto number = [](const char* word) { return static_cast<unsigned>(std::strtoul(word, nullptr, 10)); };
    ring::measure(number(words[1]), words[2][0] == 's', count > 3 ? number(words[3]) : 0);
}
