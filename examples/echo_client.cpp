// SPDX-License-Identifier: BSL-1.0
// Keeps an echo server busy over many connections, compares every byte that comes back with what was sent, and tells
// the rate and how long the round trips took. A difference, an error or a server that does not answer is its failure.
//
//     echo_client 127.0.0.1 7777 --connections 64 --size 512 --seconds 5
#include "support/arguments.hpp"
#include "support/choose_net.hpp"
#include "support/endpoint.hpp"
#include "support/histogram.hpp"

#include <weld/core/random.hpp>
#include <weld/io/signals.hpp>
#include <weld/socket/connect.hpp>
#include <weld/socket/options/tcp.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/race.hpp>
#include <weld/task/scope.hpp>
#include <weld/task/sleep.hpp>
#include <weld/task/when_all.hpp>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <signal.h>
#include <unistd.h>

namespace {
using namespace weld::literals;

struct plan {
    std::size_t connections, size;
    std::uint64_t messages;  // of all connections together
    weld::duration length, patience;
};

struct progress {
    std::uint64_t begun = 0, bytes = 0;
    weld::time_point end = weld::time_point::never();
    examples::histogram round_trips{};
    std::string failure{};  // the first
    bool over(const plan& p, weld::time_point now) const { return begun == p.messages || now >= end || !failure.empty(); }
};

/// One message to the server and back; both directions at once, since an echo server that cannot send on does not read
/// on either. Answers what went wrong.
template <class Socket>
weld::task<weld::errc> round_trip(Socket& socket, weld::const_bytes message, weld::mutable_bytes back, weld::duration patience) {
    const auto [sent, got] = co_await weld::when_all(socket.send_all(message, patience), socket.read_exactly(back, patience));
    if (!sent || !got) co_return sent ? got.error() : sent.error();
    if (*got < back.size()) co_return weld::errc::connection_reset;  // the end came too early
    co_return std::memcmp(message.data(), back.data(), back.size()) == 0 ? weld::errc{} : weld::errc::bad_message;
}

template <class Protocol, weld::provides<Protocol{}> Net>
weld::task<> converse(Net& net, Protocol tcp, typename Protocol::address server, const plan& p, progress& all) {
    const auto failed = [&all](const char* doing, weld::errc why) {
        const bool differs = why == weld::errc::bad_message;
        if (!all.failure.empty()) return;
        all.failure = std::string{doing} + ": " + (differs ? "something else came back than was sent" : message(why));
    };
    auto socket = co_await weld::connect(net, tcp, server, p.patience, weld::no_delay{});
    if (!socket) co_return failed("connect", socket.error());

    std::vector<std::byte> message(p.size), back(p.size);
    weld::random_generator random{all.begun};
    for (std::byte& byte : message) byte = static_cast<std::byte>(random.below(256));
    while (!all.over(p, net.now())) {
        const std::uint64_t number = ++all.begun;
        std::memcpy(message.data(), &number, std::min(sizeof number, p.size));  // no two messages are the same
        const weld::time_point begin = net.clock();
        const weld::errc why = co_await round_trip(*socket, message, back, p.patience);
        if (why != weld::errc{}) co_return failed("echo", why);
        all.round_trips.add(net.clock() - begin);
        all.bytes += p.size;
    }
}

/// For those who watch: a line a second that writes over itself, from the third second on.
template <class Net>
weld::task<> show_progress(Net& net, const progress& all) {
    const weld::time_point begin = net.now();
    for (std::uint64_t before = 0;;) {
        co_await weld::sleep(net, 1_s);
        const std::uint64_t done = all.round_trips.count();
        const double seconds = (net.now() - begin).seconds();
        if (seconds > 2) std::printf("\r%5.0f s  %" PRIu64 " messages, %" PRIu64 " in the last second ", seconds, done, done - before);
        std::fflush(stdout);
        before = done;
    }
}

template <class Protocol, weld::provides<Protocol{}> Net>
weld::task<int> echo_client(Net& net, Protocol tcp, typename Protocol::address server, const plan& p) {
    auto signals = weld::open_signals(net, {SIGINT, SIGTERM});
    if (!signals) co_return 1;
    progress all;
    const weld::time_point begin = net.now();
    all.end = begin + p.length;
    weld::scope watching{net}, connections{net};
    const bool watched = ::isatty(STDOUT_FILENO) == 1;
    if (watched) watching.spawn(show_progress(net, all));
    for (std::size_t i = 0; i < p.connections; ++i) connections.spawn(converse(net, tcp, server, p, all));
    co_await weld::race(connections.join(), signals->next());  // an interrupted run tells what it has seen as well
    if (watched) std::printf("\r%60s\r", "");

    const double seconds = (net.now() - begin).seconds();
    const auto& t = all.round_trips;
    if (t.count() > 0) {
        const double rate = static_cast<double>(t.count()) / seconds, megabytes = static_cast<double>(all.bytes) / seconds / 1e6;
        std::printf("%" PRIu64 " messages of %zu bytes over %zu connections in %.3f s: %.0f messages/s, %.1f MB/s each way\n",
                    t.count(), p.size, p.connections, seconds, rate, megabytes);
        const auto at = [&t](double share) { return examples::readable{t.percentile(share)}; };
        std::printf("round trip: p50 %s, p90 %s, p99 %s, p99.9 %s, max %s\n",
                    at(0.5).text, at(0.9).text, at(0.99).text, at(0.999).text, at(1).text);
    }
    if (all.failure.empty()) co_return 0;
    std::fprintf(stderr, "echo_client: %s: %s\n", server.to_text().c_str(), all.failure.c_str());
    co_return 1;
}
}  // namespace

int main(int count, char** words) {
    examples::arguments given{count, words,
                              "echo_client HOST PORT [--connections C] [--size BYTES] [--messages M | --seconds S] [--patience S]",
                              "Sends messages of random bytes (64) over C connections (1) and checks the echo, M times in all\n"
                              "(10000) or for S seconds. --patience is how long one message may take (10 seconds)."};
    plan p{};
    p.connections = static_cast<std::size_t>(given.number("--connections", 1, 100'000, "1"));
    p.size = static_cast<std::size_t>(given.number("--size", 1, 1 << 30, "64"));
    p.length = given.seconds("--seconds", "0");
    p.messages = static_cast<std::uint64_t>(given.number("--messages", 0, INT64_MAX, "0"));
    p.patience = given.seconds("--patience", "10");
    if (p.length == 0_s) p.length = weld::duration::infinite(), p.messages = p.messages == 0 ? 10'000 : p.messages;
    else if (p.messages == 0) p.messages = UINT64_MAX;
    const examples::endpoint server = examples::peer_endpoint(given);
    return examples::choose_net(given, [&](auto& net) {
        return server.with_tcp(net, [&](auto tcp, auto address) { return weld::block_on(net, echo_client(net, tcp, address, p)); });
    });
}
