// SPDX-License-Identifier: BSL-1.0
// Prints all that happens in some worlds, every packet of it: TCP and UDP over bad networks, crashes, partitions, pauses and
// clocks that drift. `check` holds the output of several builds against each other, byte for byte.
#include "simulation/streams.hpp"

#include <weld/socket/listen.hpp>

#include <cstdio>

namespace determinism {
namespace sim = weld::sim;
using namespace weld::literals;

/// Asks every other host in turn, again and again, and says in the log what came back.
template <class Net>
weld::task<> gossip(sim::world& world, Net& net, std::string me, std::vector<std::string> others) {
    auto socket = weld::bind(net, weld::udp, weld::endpoint4{{}, 4000});
    std::byte buffer[600]{};
    for (std::uint64_t round = 0; socket && round < 40; ++round) {
        const auto& whom = others[net.random().below(others.size())];
        const std::size_t size = 20 + net.random().below(500);
        static_cast<void>(co_await socket->send_to(weld::mutable_bytes{buffer}.first(size), {*sim::resolve(net, whom), 4000}));
        const auto got = co_await socket->recv_from(buffer, weld::duration::microseconds(static_cast<std::int64_t>(net.random().below(50'000))));
        if (got) world.note(me + " got " + std::to_string(got->size));
    }
}

template <class Scenario>
void print(std::uint64_t seed, Scenario scenario) {
    sim::world world{seed};
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    world.log().write_to(stdout);
    scenario(world);
    world.shut_down();
    world.log().write_to(nullptr);
    std::printf("%s%016llx after %llu things and %lld ns\n", world.failed() ? world.failure().c_str() : "", static_cast<unsigned long long>(world.log().fingerprint()),
                static_cast<unsigned long long>(world.log().size()), static_cast<long long>(world.now().since_start().nanoseconds()));
}

void gossiping(sim::world& world) {
    const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f"};
    world.network().set_link(streams::some_link(world.random()));
    for (const std::string& each : names)
        world.host(each).run("gossip", [&world, each, names](auto& net) { return gossip(world, net, each, names); });
    sim::inject(world, {.crashes = 2, .partitions = 2, .pauses = 2, .bursts = 2, .drifts = 3, .last = 2_s, .hosts = {"a", "b", "c"}});
    static_cast<void>(world.run());
}

}  // namespace determinism

int main() {
    for (const std::uint64_t seed : {1u, 2u, 3u, 4u})
        determinism::print(seed, [](weld::sim::world& world) { streams::scenario<weld::sim::usual_composition>(world, 4, 60'000, true); });
    for (const std::uint64_t seed : {5u, 6u, 7u, 8u}) determinism::print(seed, determinism::gossiping);
}
