// SPDX-License-Identifier: BSL-1.0
// Every seed is another network, other streams, other faults; the invariant is always the same. As many seeds as one
// likes: WELD_SEEDS=100000 weld.test.simulation '[streams]'. A failing one is replayed by WELD_SEED=its-number.
#include "streams.hpp"

#include "support/catch.hpp"

using streams::composition_with;
namespace sim = weld::sim;
namespace stack = weld::stack;

namespace {
template <class Tcp>
sim::exploration explored(const char* name, std::uint64_t share, bool with_faults, std::uint64_t size_max = 100'000) {
    return sim::explore({.seeds = streams::seeds(share), .name = name, .folder = "/tmp"},
                        [&](sim::world& world) { streams::scenario<composition_with<Tcp>>(world, 4, size_max, with_faults); });
}
}  // namespace

TEST_CASE("streams arrive whole on any network", "[streams]") { CHECK(explored<stack::tcp>("streams", 60, false)); }
TEST_CASE("streams arrive whole or end with an error, whatever fails", "[streams]") { CHECK(explored<stack::tcp>("streams-faults", 60, true)); }
TEST_CASE("streams over IPv6 arrive whole on any network", "[streams][ip6]") { CHECK(explored<stack::tcp6>("streams6", 60, false)); }
TEST_CASE("streams over IPv6 arrive whole or end with an error, whatever fails", "[streams][ip6]") { CHECK(explored<stack::tcp6>("streams6-faults", 60, true)); }
TEST_CASE("streams of newreno without SACK", "[streams]") {
    using tcp = stack::basic_tcp<stack::ip4, stack::reno, stack::newreno_recovery, stack::delayed_ack, stack::tcp_options{.timestamps = false, .sack = false}>;
    CHECK(explored<tcp>("streams-newreno", 40, true));
}
TEST_CASE("streams of a tcp without congestion control", "[streams]") {
    using tcp = stack::basic_tcp<stack::ip4, stack::no_congestion_control, stack::sack_recovery, stack::delayed_ack>;
    CHECK(explored<tcp>("streams-none", 40, true));
}
