// SPDX-License-Identifier: BSL-1.0
// Proportional rate reduction: RFC 6937 section 3, and what it is for: section 1.
#include <weld/stack/tcp/congestion/prr.hpp>

#include "support/catch.hpp"
#include "support/tcp_peer.hpp"

#include <weld/stack/tcp/congestion/reno.hpp>
#include <weld/stack/tcp/recovery/newreno.hpp>
#include <weld/stack/tcp/recovery/rack.hpp>

#include <map>
#include <vector>

using namespace tcp_test;

namespace {
static_assert(stack::congestion_control<stack::prr<stack::reno>>);

/// Twenty segments of 1000 are in flight, the first is lost, three are selected: 3000 * 10000 / 20000, less what went again.
static_assert([] {
    stack::prr<stack::reno> control{1000, 10};
    control.on_loss(20'000);
    control.begin_recovery(20'000);
    control.on_recovery({3000, 17'000, 21'000});
    return control.window();
}() == 17'500);
}  // namespace

TEST_CASE("a segment leaves for every two that arrive, until the flight is ssthresh", "[stack][tcp][prr]") {
    stack::prr<stack::reno> control{1000, 10};
    control.on_loss(20'000);
    std::uint64_t sent = 20'000;
    control.begin_recovery(sent);
    sent += 1000;
    std::uint32_t pipe = 17'000, left = 0;
    control.on_recovery({3000, pipe, sent});
    std::vector<int> departures;
    for (int i = 0; i < 16; ++i) {
        int now = 0;
        while (pipe + 1000 <= control.window()) pipe += 1000, sent += 1000, ++now, ++left;
        departures.push_back(now);
        CHECK(now <= 1);
        pipe -= 1000;
        control.on_recovery({1000, pipe, sent});
    }
    CHECK(pipe <= 10'000);
    CHECK(pipe >= 8'000);
    CHECK(left >= 7);
    CHECK(left <= 9);
    control.end_recovery();
    CHECK(control.window() == 10'000);
    CHECK(control.ssthresh() == 10'000);
}

TEST_CASE("when more is lost than the reduction asks for, the flight grows back by no more than slow start", "[stack][tcp][prr]") {
    stack::prr<stack::reno> control{1000, 10};
    control.on_loss(20'000);
    std::uint64_t sent = 20'000;
    control.begin_recovery(sent);
    sent += 1000;
    control.on_recovery({3000, 4'000, sent});  // 13 of 20 are lost
    CHECK(control.window() == 4'000 + 4'000);  // limit: max(3000 - 1000, 3000) + one
    sent += 4'000;
    control.on_recovery({1000, 7'000, sent});
    CHECK(control.window() == 9'000);          // max(4000 - 5000, 1000) + one
    sent += 2'000;
    control.on_recovery({1000, 8'000, sent});
    CHECK(control.window() == 10'000);         // and not beyond ssthresh
}

TEST_CASE("a timeout ends it", "[stack][tcp][prr]") {
    stack::prr<stack::reno> control{1000, 10};
    control.on_loss(20'000);
    control.begin_recovery(20'000);
    control.on_recovery({1000, 18'000, 21'000});
    control.on_rto(18'000);
    CHECK(control.window() == 1000);
}

namespace {
/// How long the sender is silent at most while it recovers from one loss, and its largest burst. The queue of the link is
/// never empty, so each ACK lets a segment leave.
template <class Tcp>
std::pair<duration, int> silence() {
    pair<Tcp> nets{1, {.delay = 50_ms, .bandwidth = 600'000, .queue = 60'000}};
    auto [near, far] = nets.connected();
    stream<typename pair<Tcp>::socket> flow{&near, &far, 5'000'000};
    bool dropped = false;
    time_point lost_at{}, last{};
    duration longest{};
    std::map<std::int64_t, int> bursts;
    nets.link.rule = [&](const on_wire& s) {
        if (s.from != 0 || s.payload == 0) return true;
        if (!dropped && flow.received > 3'000'000) {
            dropped = true;
            lost_at = last = s.at;
            return false;
        }
        if (dropped && s.at - lost_at < 400_ms) {
            longest = std::max(longest, s.at - last);
            ++bursts[s.at.since_start().milliseconds()];
        }
        last = s.at;
        return true;
    };
    REQUIRE(nets.run_until([&] { return flow.done(); }, 600_s));
    CHECK_FALSE(flow.wrong);
    CHECK(dropped);
    nets.link.rule = nullptr;
    int most = 0;
    for (const auto& [when, count] : bursts) most = std::max(most, count);
    return {longest, most};
}
}  // namespace

TEST_CASE("a single loss makes no pause of half a round trip", "[stack][tcp][prr]") {
    const auto plain = silence<stack::basic_tcp<ip4, stack::reno>>(), paced = silence<stack::basic_tcp<ip4, stack::prr<stack::reno>>>();
    INFO(plain.first.milliseconds() << " ms, at most " << plain.second << "; " << paced.first.milliseconds() << " ms, at most " << paced.second);
    CHECK(paced.first < plain.first / 3);
    CHECK(paced.second <= plain.second);
}

TEST_CASE("streams arrive with PRR around each control, and each recovery", "[stack][tcp][prr]") {
    const auto run = []<class Tcp>(std::type_identity<Tcp>) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            pair<Tcp> nets{seed, {.loss = 0.03, .reorder = 0.02}};
            auto [near, far] = nets.connected();
            stream<typename pair<Tcp>::socket> flow{&near, &far, 300'000};
            REQUIRE(nets.run_until([&] { return flow.done(); }, 3600_s));
            CHECK_FALSE(flow.wrong);
        }
    };
    run(std::type_identity<stack::basic_tcp<ip4, stack::prr<stack::cubic>>>{});
    run(std::type_identity<stack::basic_tcp<ip4, stack::prr<stack::reno>, stack::newreno_recovery>>{});
    run(std::type_identity<stack::basic_tcp<ip4, stack::prr<stack::cubic>, stack::rack_recovery>>{});
}
