// SPDX-License-Identifier: BSL-1.0
// Whatever the wire does, what arrives is what was sent, in order, as far as it arrives; and nothing is left behind.
// WELD_SEEDS=20000 runs more seeds, WELD_SEED=77 a single one.
#include <weld/stack/tcp/tcp.hpp>

#include <weld/stack/tcp/acknowledgement/every_segment.hpp>
#include <weld/stack/tcp/congestion/none.hpp>
#include <weld/stack/tcp/congestion/reno.hpp>
#include <weld/stack/tcp/recovery/rack.hpp>

#include "support/catch.hpp"
#include "support/tcp_pair.hpp"

#include <cstdlib>

using namespace tcp_test;

namespace {

std::pair<std::uint64_t, std::uint64_t> seeds(std::uint64_t usual) {
    if (const char* one = std::getenv("WELD_SEED")) return {std::strtoull(one, nullptr, 0), std::strtoull(one, nullptr, 0)};
    if (const char* many = std::getenv("WELD_SEEDS")) return {1, std::strtoull(many, nullptr, 0)};
    return {1, usual};
}

wire_options random_wire(random_generator& chance, double worst) {
    wire_options wire;
    constexpr std::size_t mtus[] = {1500, 1500, 1500, 576, 296, 9000, 128};
    wire.mtu = mtus[chance.below(std::size(mtus))];
    wire.delay = duration::microseconds(static_cast<std::int64_t>(chance.between(50, 50'000)));
    if (chance.chance(1, 2)) wire.jitter = duration::microseconds(static_cast<std::int64_t>(chance.between(1, 20'000)));
    if (chance.chance(2, 3)) wire.loss = static_cast<double>(chance.below(1000)) / 1000 * worst;
    if (chance.chance(1, 3)) wire.duplicate = static_cast<double>(chance.below(1000)) / 10'000;
    if (chance.chance(1, 3)) wire.corrupt = static_cast<double>(chance.below(500)) / 1000 * worst;
    if (chance.chance(1, 3)) wire.reorder = static_cast<double>(chance.below(2000)) / 10'000;
    if (chance.chance(1, 2)) wire.features = {.checksum = false, .gso_size_max = 65536};
    wire.takes_fragments = wire.features.gso_size_max != 0 && chance.chance(2, 3);
    return wire;
}

/// One end: sends its stream, reads the other's, pauses, and ends when and how chance has it.
template <class Socket>
struct end {
    Socket socket;
    std::uint64_t salt_out, salt_in, total;
    std::uint64_t sent = 0, received = 0;
    bool shut = false, at_end = false, failed = false, wrong = false, closed = false;
    errc error{};

    void write(random_generator& chance) {
        std::byte data[20'000];
        while (!failed && !shut && sent < total) {
            const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(chance.between(1, chance.chance(1, 2) ? 100 : sizeof data), total - sent));
            for (std::size_t i = 0; i < n; ++i) data[i] = pattern(sent + i, salt_out);
            const auto took = socket.try_send({data, n}, chance.chance(1, 8) ? message_flags::more : message_flags::none);
            if (!took) return fail(took.error());
            sent += *took;
            if (*took < n || chance.chance(1, 10)) return;
        }
        if (!failed && !shut && sent == total) {
            shut = true;
            if (const auto done = socket.shutdown(shutdown_type::write); !done) fail(done.error());
        }
    }
    void read(random_generator& chance) {
        std::byte data[20'000];
        while (!at_end && !failed && !chance.chance(1, 3)) {
            const std::size_t n = chance.between(1, chance.chance(1, 2) ? 100 : sizeof data);
            const bool look = chance.chance(1, 20);
            const auto got = socket.try_recv({data, n}, look ? message_flags::peek : message_flags::none);
            if (!got) return fail(got.error());
            for (std::size_t i = 0; i < *got; ++i) wrong |= data[i] != pattern(received + i, salt_in);
            if (*got == 0) at_end = true;
            if (!look) received += *got;
        }
    }
    void fail(errc why) {
        if (why == errc::resource_unavailable_try_again) return;
        failed = true;
        error = why;
    }
};

template <class Tcp>
void check_seed(std::uint64_t number, double worst_loss = 0.1) {
    INFO("seed " << number << ": WELD_SEED=" << number);
    random_generator chance{number};
    pair<Tcp> world{number, random_wire(chance, worst_loss)};
    world.link.print = std::getenv("WELD_PRINT") != nullptr;
    auto passive = world.listener(1);
    auto active = world.make(0);
    const std::uint16_t port = static_cast<std::uint16_t>(chance.between(1024, 60000));
    REQUIRE(active.bind(typename Tcp::endpoint{{}, port}));
    if (chance.chance(1, 2)) {  // so that sequence numbers pass 2^32 while data flows
        const int side = static_cast<int>(chance.below(2));
        stack::four_tuple<typename Tcp::ip> tuple{world.at(side).address(), world.at(1 - side).address(), port, 80};
        if (side == 1) std::swap(tuple.local_port, tuple.remote_port);
        const std::uint32_t now = world.tcp(side).initial_sequence_number(tuple, world.clock.now()).value();
        world.run_for(duration::microseconds(4) * static_cast<std::int64_t>(0u - now - static_cast<std::uint32_t>(chance.below(40'000))));
    }
    static_cast<void>(active.try_connect(world.at(1)));
    std::optional<typename pair<Tcp>::socket> accepted;
    if (!world.run_until([&] {
            if (auto got = passive.try_accept()) accepted.emplace(std::move(*got));
            return accepted.has_value() || active.native().state == stack::tcp_state::closed;
        }, 300_s)) FAIL("no connection");
    if (!accepted) return;  // five SYN-ACKs or six SYNs in a row were lost
    using end_type = end<typename pair<Tcp>::socket>;
    const std::uint64_t most = chance.chance(1, 4) ? 400'000 : 40'000;
    end_type ends[2] = {{std::move(active), 1, 2, chance.below(most)}, {std::move(*accepted), 2, 1, chance.below(most)}};
    for (end_type& e : ends) {
        if (chance.chance(1, 4)) e.socket.native().options.receive_buffer = static_cast<std::uint32_t>(chance.between(3000, 20'000)), e.socket.native().fixed_receive_buffer = true;
        if (chance.chance(1, 4)) e.socket.native().settings.no_delay = true;
    }
    const bool rude = chance.chance(1, 4);
    const std::uint64_t rude_moment = chance.below(400);
    int turns = 0, idle = 0;
    std::uint64_t before = 0;
    while (turns < 200'000) {
        ++turns;
        for (end_type& e : ends) {
            if (e.closed) continue;
            if (!chance.chance(1, 3)) e.write(chance);
            e.read(chance);
        }
        if (ends[0].wrong || ends[1].wrong) break;
        if (rude && static_cast<std::uint64_t>(turns) == rude_moment) {
            end_type& e = ends[chance.below(2)];
            if (chance.chance(1, 3)) e.socket.native().options.linger = 0;
            e.socket.close();
            e.closed = true;
        }
        const auto over = [](const end_type& e) { return e.closed || e.failed || (e.at_end && e.shut); };
        if (over(ends[0]) && over(ends[1])) break;
        const std::uint64_t progress = ends[0].received + ends[1].received;
        idle = progress == before ? idle + 1 : 0;
        before = progress;
        if (idle > 200) world.run_for(10_s);  // a timer is backed off
        world.run_for(duration::microseconds(static_cast<std::int64_t>(chance.between(1, chance.chance(1, 10) ? 500'000 : 20'000))));
    }
    REQUIRE_FALSE(ends[0].wrong);
    REQUIRE_FALSE(ends[1].wrong);
    for (int i = 0; i < 2; ++i) {
        const end_type &e = ends[i], &other = ends[1 - i];
        INFO("end " << i << ": sent " << e.sent << " of " << e.total << ", received " << e.received << ", error " << message(e.error) << ", turns " << turns);
        REQUIRE(e.received <= other.sent);
        if (!rude) {
            REQUIRE_FALSE(e.failed);
            REQUIRE(e.received == other.total);
            REQUIRE(e.at_end);
        }
    }
    for (end_type& e : ends)
        if (!e.closed) e.socket.close();
    passive.close();
    world.link.options.loss = world.link.options.corrupt = 0;
    world.run_for(600_s);
    for (int side : {0, 1}) {
        INFO("side " << side);
        REQUIRE(world.tcp(side).connections.size() == 0);
        REQUIRE(world.tcp(side).memory == 0);
        REQUIRE(world.tcp(side).orphans == 0);
    }
    REQUIRE(world.link.packets.in_use() == packet_pool::usage{});
}

using stack::basic_tcp;
using stack::delayed_ack;
using stack::sack_recovery;
using usual = stack::tcp;
using old_fashioned = basic_tcp<ip4, stack::reno, stack::newreno_recovery, delayed_ack, stack::tcp_options{false, false, false}>;
using by_time = basic_tcp<ip4, stack::cubic, stack::rack_recovery>;
using over_6 = stack::tcp6;
using unlimited = basic_tcp<ip4, stack::no_congestion_control, sack_recovery, stack::acknowledge_every_segment>;

}  // namespace

TEST_CASE("streams arrive whole and in order, whatever the wire does", "[stack][tcp][random]") {
    const auto [first, last] = seeds(150);
    for (std::uint64_t seed = first; seed <= last; ++seed) check_seed<usual>(seed);
}

// Less is lost here: without timestamps a segment that was sent twice tells no round trip, so RFC 6298 keeps the timer
// backed off, and a connection that always loses something takes hours.
TEST_CASE("without any option of RFC 7323 and RFC 2018, too", "[stack][tcp][random]") {
    const auto [first, last] = seeds(75);
    for (std::uint64_t seed = first; seed <= last; ++seed) check_seed<old_fashioned>(seed, 0.02);
}

TEST_CASE("without congestion control, too", "[stack][tcp][random]") {
    const auto [first, last] = seeds(75);
    for (std::uint64_t seed = first; seed <= last; ++seed) check_seed<unlimited>(seed);
}

TEST_CASE("over IPv6, too", "[stack][tcp][random][ip6]") {
    const auto [first, last] = seeds(150);
    for (std::uint64_t seed = first; seed <= last; ++seed) check_seed<over_6>(seed);
}

TEST_CASE("with losses found by time (RFC 8985), too", "[stack][tcp][random]") {
    const auto [first, last] = seeds(75);
    for (std::uint64_t seed = first; seed <= last; ++seed) check_seed<by_time>(seed);
}
