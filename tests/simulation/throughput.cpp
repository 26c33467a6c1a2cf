// SPDX-License-Identifier: BSL-1.0
// The grid of losses and throughputs, on the virtual clock: 10 MiB through windows of 32 KiB over 100 ms, in bytes a
// second, the mean of fixed seeds. A checked-in table; a cell that moved by more than a tenth is a change of behaviour
// that somebody has to look at, and to write down here.
#include "throughput.hpp"

#include <weld/stack/tcp/recovery/rack.hpp>

#include "support/catch.hpp"

namespace stack = weld::stack;
using namespace weld::literals;
using throughput::bulk;

namespace {
using none = stack::basic_tcp<stack::ip4, stack::no_congestion_control, stack::rack_recovery>;
using cubic = stack::basic_tcp<stack::ip4, stack::cubic, stack::rack_recovery>;

template <class Tcp>
double mean(const bulk& what) {
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) sum += throughput::measured<Tcp>(what, seed);
    return sum / 4;
}
struct row {
    const char* what;
    bulk conditions;
    double none, cubic;  // the table
    double least;        // what none must reach
};
bulk lossy(double share) { return {.link = {.delay = 50_ms, .loss = share}}; }
}  // namespace

TEST_CASE("throughput by loss, without congestion control and with cubic", "[throughput]") {
    // smoltcp's published grid, without congestion control: 322 945, 219 671, 76 626, 37 775, 6 079. At no loss the sender
    // keeps back the 912 octets that are no whole segment (RFC 9293 section 3.8.6.2.1): 22 segments a round trip are
    // 318 560 at the most.
    const row table[] = {
        {"no loss", lossy(0), 318'232, 318'232, 318'000},
        {"1 % lost", lossy(0.01), 276'655, 172'871, 240'000},
        {"5 % lost", lossy(0.05), 190'063, 62'107, 120'000},
        {"10 % lost", lossy(0.1), 142'329, 34'017, 60'000},
        {"20 % lost", lossy(0.2), 85'340, 9'758, 12'000},
        {"2 % reordered by 5 ms", {.link = {.delay = 50_ms, .reorder = 0.02}}, 316'015, 305'202, 0},
        {"jitter of 20 ms, in order", {.link = {.delay = 50_ms, .jitter = 20_ms}}, 244'854, 244'047, 0},
    };
    for (const row& each : table) {
        const double without = mean<none>(each.conditions), with = mean<cubic>(each.conditions);
        INFO(each.what << ": none " << without << ", cubic " << with);
        CHECK(without >= each.least);
        CHECK(without == Approx(each.none).epsilon(0.1));
        CHECK(with == Approx(each.cubic).epsilon(0.1));
    }
}

TEST_CASE("cubic flows share a link of 200 Mbit/s", "[throughput][fairness]") {
    // One flow alone is reported only: without pacing its slow start overruns so short a queue early, and what follows is
    // the long way up of cubic's curve.
    for (const unsigned flows : {1u, 64u}) {
        const auto found = throughput::shared_link<cubic>(flows, 10_s, 20_s);
        WARN(flows << " flows: utilisation " << found.utilisation << ", Jain's fairness " << found.fairness);
        if (flows == 1) continue;
        CHECK(found.utilisation > 0.8);
        CHECK(found.fairness >= 0.9);
    }
}
