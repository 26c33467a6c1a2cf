// SPDX-License-Identifier: BSL-1.0
// A ledger with a backup, a bug in it, and a simulation that finds the bug, shrinks what it takes, and tells its story.
//
// A client hands entries to a primary, which keeps them, passes them on to a backup and says "yes". When the primary
// dies the client goes on with the backup. The promise: what was answered "yes" is never lost. One line breaks it.
//
//     simulate --explore 10000             looks for a seed that breaks the promise; fails and names it
//     simulate --seed 17                   that run alone, with its story
//     simulate --explore 10000 --fixed     the same without the bug: every seed holds
//     simulate --kernel                    the same three programs on sockets of this machine, in real time
//
// The programs are coroutines over any net; they do not know which world they are in. Their time, their timeouts and
// their packets are the world's: in simulation an hour takes a moment, and a run follows from its seed.
#include "support/arguments.hpp"

#include <weld/host/inet.hpp>
#include <weld/sim.hpp>
#include <weld/socket/connect.hpp>
#include <weld/socket/listen.hpp>
#include <weld/socket/options/tcp.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/serve.hpp>
#include <weld/task/sleep.hpp>

#include <cinttypes>
#include <cstdio>
#include <functional>
#include <set>
#include <vector>

namespace ledgers {  // named, since g++ 12 warns of coroutines over types without a name for others
using namespace weld::literals;
using weld::endpoint4, weld::task;
namespace sim = weld::sim;

// --- the programs: what would run in production ---------------------------------------------------------------------

constexpr int entries = 60;
struct entry {
    std::int32_t number = 0;
    std::int32_t answer = true;  // whether the sender waits for one
};
/// What the outside knows of a run: which entries the client was told "yes" about, and which the backup has.
struct ledger {
    std::vector<std::int32_t> acknowledged;
    std::set<std::int32_t> kept;
    std::function<void(int, const char*)> tell = [](int, const char*) {};  // a log
};

weld::mutable_bytes bytes_of(entry& e) { return {reinterpret_cast<std::byte*>(&e), sizeof e}; }

/// Keeps what comes and says so.
template <class Socket>
task<> keep(Socket socket, ledger& book) {
    for (entry e; co_await socket.read_exactly(bytes_of(e)) == sizeof e;) {
        book.kept.insert(e.number);
        book.tell(e.number, "is kept by the backup");
        if (!e.answer) continue;
        if (!co_await socket.send_all(bytes_of(e))) co_return;
    }
}
template <class Net>
task<> backup(Net& net, endpoint4 here, ledger& book) {
    auto listener = weld::listen(net, weld::tcp, here);
    if (listener) co_await weld::serve(net, *listener, [&book](auto socket) { return keep(std::move(socket), book); });
}

/// Passes on what comes, then says "yes" to the client.
template <class Socket>
task<> pass_on(Socket socket, endpoint4 to_backup, bool fixed) {
    auto replica = co_await weld::connect(socket.net(), weld::tcp, to_backup, 3_s, weld::no_delay{true});
    if (!replica) co_return;
    for (entry e; co_await socket.read_exactly(bytes_of(e)) == sizeof e;) {
        // TCP is reliable: what it has taken arrives. No need to keep the client waiting until the backup has answered.
        e.answer = fixed;
        if (!co_await replica->send_all(bytes_of(e))) co_return;
        if (fixed)
            if (co_await replica->read_exactly(bytes_of(e), 3_s) != sizeof e) co_return;
        if (!co_await socket.send_all(bytes_of(e))) co_return;
    }
}
template <class Net>
task<> primary(Net& net, endpoint4 here, endpoint4 to_backup, bool fixed) {
    auto listener = weld::listen(net, weld::tcp, here);
    if (listener) co_await weld::serve(net, *listener, [=](auto socket) { return pass_on(std::move(socket), to_backup, fixed); });
}

/// Hands in one entry after the other, to the primary while it answers, and to the backup from then on.
template <class Net>
task<> client(Net& net, endpoint4 first, endpoint4 second, ledger& book) {
    entry next{.number = 1}, answered;
    for (const endpoint4 server : {first, second}) {
        if (next.number > entries) co_return;
        auto socket = co_await weld::connect(net, weld::tcp, server, 2_s);
        while (socket && next.number <= entries) {
            if (!co_await socket->send_all(bytes_of(next), 2_s)) break;
            if (co_await socket->read_exactly(bytes_of(answered), 2_s) != sizeof answered) break;
            book.acknowledged.push_back(answered.number);
            book.tell(answered.number, "is acknowledged to the client");
            ++next.number;
            co_await weld::sleep(net, 20_ms);
        }
    }
}

/// The first entry that was promised and is not there; 0: the promise is kept.
std::int32_t first_lost(const ledger& book) {
    for (const std::int32_t each : book.acknowledged)
        if (!book.kept.contains(each)) return each;
    return 0;
}

// --- the simulation: three machines, a network that loses packets, and a power cut -----------------------------------

constexpr sim::world_options conditions{.network = {.link = {.delay = 2_ms, .jitter = 1_ms, .loss = 0.01}}};

/// Looks, whenever the primary is dead, whether what it has acknowledged lives on.
task<> audit(sim::world& world, const sim::machine& primary, const ledger& book) {
    for (;;) {
        co_await weld::sleep(world, 50_ms);
        if (primary.is_up()) continue;
        co_await weld::sleep(world, 50_ms);  // what it has sent may still be under way
        if (const std::int32_t lost = first_lost(book); lost != 0)
            world.fail("entry " + std::to_string(lost) + " was acknowledged, the primary is dead, and the backup never heard of it");
    }
}

void scenario(sim::world& world, bool fixed) {
    ledger book;
    book.tell = [&world](int number, const char* what) { world.note("entry " + std::to_string(number) + ' ' + what); };
    auto& second = world.host("backup");
    auto& first = world.host("primary");
    const endpoint4 to_first{first.address(), 7001}, to_second{second.address(), 7002};
    second.serve("backup", [&](auto& net) { return backup(net, to_second, book); });
    first.serve("primary", [&](auto& net) { return primary(net, to_first, to_second, fixed); });
    world.host("client").serve("client", [&](auto& net) { return client(net, to_first, to_second, book); });
    sim::inject(world, {.crashes = 1, .partitions = 0, .pauses = 1, .bursts = 0, .last = 2_s, .shortest = 1_s, .longest = 5_s, .hosts = {"primary"}});

    world.spawn(audit(world, first, book));
    world.run_for(30_s);
}

int explore(std::uint64_t first, std::uint64_t seeds, bool fixed) {
    const sim::exploration found = sim::explore({.first_seed = first, .seeds = seeds, .name = "simulate", .replay = "simulate --seed %s", .lines = 16, .world = conditions},
                                                [fixed](sim::world& world) { scenario(world, fixed); });
    if (!found) return 1;
    std::printf("%" PRIu64 " seeds hold: %.1f hours of simulated time, %" PRIu64 " packets, no acknowledged entry lost\n", found.seeds,
                found.simulated.seconds() / 3600, found.packets);
    return 0;
}

// --- and the same programs without any simulation ---------------------------------------------------------------------

int on_this_machine(bool fixed) {
    weld::net net{weld::host::inet{}};
    ledger book;
    const endpoint4 to_first{weld::address4::loopback(), 7001}, to_second{weld::address4::loopback(), 7002};
    net.spawn(backup(net, to_second, book));
    net.spawn(primary(net, to_first, to_second, fixed));
    weld::block_on(net, client(net, to_first, to_second, book));
    std::printf("on the kernel's sockets: %zu entries acknowledged, %zu kept\n", book.acknowledged.size(), book.kept.size());
    return first_lost(book) == 0 && book.acknowledged.size() == entries ? 0 : 1;
}

}  // namespace ledgers

int main(int count, char** words) {
    examples::arguments arguments{count, words, "simulate [--explore COUNT | --seed N | --kernel] [--fixed]",
                                  "A ledger with a backup loses entries that it has acknowledged, on some seeds. The simulation\n"
                                  "looks for such a seed, says which faults it takes and how it came to pass; the log and a\n"
                                  "capture for Wireshark are left in this folder. --fixed is the ledger without the bug,\n"
                                  "--kernel the same programs on real sockets."};
    const bool fixed = arguments.flag("--fixed"), kernel = arguments.flag("--kernel");
    const auto one = static_cast<std::uint64_t>(arguments.number("--seed", 0, INT64_MAX, "0"));
    const auto seeds = static_cast<std::uint64_t>(arguments.number("--explore", 1, INT64_MAX, "2000"));
    arguments.end();
    if (kernel) return ledgers::on_this_machine(fixed);
    return one != 0 ? ledgers::explore(one, 1, fixed) : ledgers::explore(1, seeds, fixed);
}
