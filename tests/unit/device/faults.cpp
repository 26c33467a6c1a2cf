// SPDX-License-Identifier: BSL-1.0
#include <weld/device/faults.hpp>
#include <weld/device/memory.hpp>

#include "support/archetypes.hpp"
#include "support/catch.hpp"
#include "unit/device/frames.hpp"

#include <string>
#include <vector>

using namespace weld;
using namespace weld::literals;
using support::frame_of;

namespace {

using wire_type = device::memory_link<link_type::bare_ip>;

/// Two ends of a wire, the left one with faults, on a clock that jumps.
template <class Rule>
struct world {
    support::jumping_clock clock;
    wire_type wire{{.features = {.checksum = true}, .queue_limit = 64}};
    device::faults<device::memory<link_type::bare_ip>, Rule> left;
    device::memory<link_type::bare_ip> right = wire.right();

    explicit world(Rule rule) : left{wire.left(), std::move(rule)} {
        REQUIRE(left.attach(clock));
        REQUIRE(right.attach(clock));
    }
    void send(const std::string& data) {
        packet_buffer frame = frame_of(wire.packets(), data);
        REQUIRE(left.transmit({&frame, 1}) == 1);
    }
    std::string received() { return taken(right); }
    template <class Device>
    std::string taken(Device& from) {
        std::string all;
        packet_buffer frame;
        while (from.receive(wire.packets(), {&frame, 1}) == 1)
            all.append(reinterpret_cast<const char*>(frame->data()), frame->size()).append(" ");
        return all;
    }
    void pass(duration time) {
        for (const time_point until = clock.now() + time; clock.now() < until;) {
            const time_point next = clock.timers().next();
            clock.wait(next < until ? next : until);
            clock.timers().expire(clock.now(), clock.runnable());
            clock.runnable().run(100);
        }
    }
};

/// What befalls the nth frame.
auto to_the(int nth, device::fault what) {
    return [nth, what, count = 0](device::direction, const packet&) mutable { return ++count == nth ? what : device::fault{}; };
}

std::string run_with_seed(std::uint64_t seed, device::faults<device::memory<link_type::bare_ip>>::counters& counted) {
    const device::fault_rates rates{.lose = 0.1, .duplicate = 0.1, .corrupt = 0.1, .reorder = 0.2, .jitter = 1_ms};
    world<device::random_faults> w{device::random_faults{{.seed = seed, .transmitted = rates, .received = rates}}};
    std::string seen;
    for (int i = 0; i < 300; ++i) {
        w.send("frame " + std::to_string(i));
        packet_buffer back = frame_of(w.wire.packets(), "back " + std::to_string(i));
        REQUIRE(w.right.transmit({&back, 1}) == 1);
        w.pass(200_us);
        seen += w.received() + w.taken(w.left);
    }
    w.pass(10_ms);
    counted = w.left.stats();
    return seen + w.received() + w.taken(w.left);
}

}  // namespace

static_assert(net_device<device::faults<device::memory<>>>);

TEST_CASE("a rule decides about each frame", "[device][faults]") {
    SECTION("pass") {
        world w{to_the(9, {})};
        for (const char* data : {"a", "b", "c"}) w.send(data);
        CHECK(w.received() == "a b c ");
    }
    SECTION("lose") {
        world w{to_the(2, {.lose = true})};
        for (const char* data : {"a", "b", "c"}) w.send(data);
        CHECK(w.received() == "a c ");
        CHECK(w.left.stats().lost == 1);
        CHECK(w.wire.packets().in_use().packets == 0);
    }
    SECTION("duplicate") {
        world w{to_the(2, {.duplicate = true})};
        for (const char* data : {"a", "b", "c"}) w.send(data);
        CHECK(w.received() == "a b b c ");
    }
    SECTION("delay: others overtake, and the clock brings it") {
        world w{to_the(2, {.delay = 5_ms})};
        for (const char* data : {"a", "b", "c"}) w.send(data);
        CHECK(w.received() == "a c ");
        w.pass(4_ms);
        CHECK(w.received().empty());
        w.pass(2_ms);
        CHECK(w.received() == "b ");
    }
    SECTION("corrupt: one bit of a copy, and its checksum is no longer vouched for") {
        world w{to_the(1, {.corrupt = true})};
        packet_buffer frame = frame_of(w.wire.packets(), "0123456789");
        frame->set_partial_checksum(4, 2);
        const packet_buffer kept = frame->clone();
        REQUIRE(w.left.transmit({&frame, 1}) == 1);
        packet_buffer got;
        REQUIRE(w.right.receive(w.wire.packets(), {&got, 1}) == 1);
        CHECK(got->checksum == checksum_state::none);
        CHECK(as_text(kept->bytes()) == text{"0123456789"});
        int bits = 0;
        for (std::size_t i = 0; i < 10; ++i)
            if (i != 6 && i != 7) bits += __builtin_popcount(static_cast<unsigned>(got->data()[i] ^ kept->data()[i]));
        CHECK(bits <= 1);
    }
}

TEST_CASE("frames that come late wake whoever waits for them", "[device][faults]") {
    world w{[](device::direction way, const packet&) {
        return device::fault{.delay = way == device::direction::received ? 3_ms : duration{}};
    }};
    support::counted_wait reader{events::readable};
    REQUIRE(w.left.wait(reader));
    packet_buffer frame = frame_of(w.wire.packets(), "late");
    REQUIRE(w.right.transmit({&frame, 1}) == 1);
    w.pass(1_ms);
    CHECK(reader.woken == 1);  // something arrived below
    CHECK(w.taken(w.left).empty());
    REQUIRE(w.left.wait(reader));
    w.pass(2_ms);
    CHECK(reader.woken == 1);
    w.pass(2_ms);
    CHECK(reader.woken == 2);
    CHECK(w.taken(w.left) == "late ");
}

TEST_CASE("a device that is full holds back what comes through the faults, and nothing is lost", "[device][faults]") {
    world w{to_the(999, {})};
    for (int i = 0; i < 64; ++i) w.send(std::to_string(i));
    packet_buffer frames[2] = {frame_of(w.wire.packets(), "64"), frame_of(w.wire.packets(), "65")};
    CHECK(w.left.transmit(frames) == 2);  // taken, and held
    packet_buffer frame = frame_of(w.wire.packets(), "66");
    CHECK(w.left.transmit({&frame, 1}) == 0);
    support::counted_wait writer{events::writable};
    REQUIRE(w.left.wait(writer));
    CHECK(w.received().size() > 64);
    w.clock.runnable().run(10);
    w.clock.runnable().run(10);
    CHECK(writer.woken == 1);
    CHECK(w.left.transmit({&frame, 1}) == 1);
    CHECK(w.received() == "64 65 66 ");
}

TEST_CASE("the same seed brings the same faults, another one others", "[device][faults]") {
    decltype(world<device::random_faults>::left)::counters first{}, again{}, other{};
    const std::string a = run_with_seed(42, first), b = run_with_seed(42, again), c = run_with_seed(43, other);
    CHECK(a == b);
    CHECK(first == again);
    CHECK(a != c);
    CHECK(first.lost > 20);
    CHECK(first.lost < 120);
    CHECK(first.duplicated > 20);
    CHECK(first.corrupted > 20);
    CHECK(first.passed == 600 - first.lost + first.duplicated);
}

TEST_CASE("a changed rate changes nothing else", "[device][faults]") {
    device::fault_options options{.seed = 5, .transmitted = {.lose = 0.2}};
    device::random_faults few{options};
    options.transmitted.duplicate = 0.5;
    options.received.lose = 0.5;
    device::random_faults more{options};
    packet_pool pool;
    const packet_buffer frame = frame_of(pool, "x");
    for (int i = 0; i < 100; ++i) {
        static_cast<void>(more(device::direction::received, *frame));
        CHECK(few(device::direction::transmitted, *frame).lose == more(device::direction::transmitted, *frame).lose);
    }
}

TEST_CASE("faults are made by naming the device and the options", "[device][faults]") {
    wire_type wire;
    const device::faults by_options{wire.left(), {.seed = 7, .transmitted = {.lose = 0.01}}};
    const device::faults by_rule{wire.right(), to_the(1, {})};
    CHECK(by_options.mtu() == 1500);
    CHECK(&by_rule.lent_pool() == &wire.packets());
}

TEST_CASE("faults tell of a carrier that goes and returns, and keep what they had taken", "[device][faults][carrier]") {
    world w{[](device::direction, const packet&) { return device::fault{.delay = 1_ms}; }};
    w.send("on its way");
    support::counted_wait reader{events::readable}, writer{events::writable};
    REQUIRE(w.left.wait(reader));
    w.wire.set_carrier(false);
    w.clock.runnable().run(10);
    CHECK(reader.woken == 1);
    CHECK(w.left.error() == carrier_lost);
    w.clock.wait(w.clock.now() + 2_ms);
    w.clock.timers().expire(w.clock.now(), w.clock.runnable());
    w.clock.runnable().run(10);
    packet_buffer frame = frame_of(w.wire.packets(), "refused");
    CHECK(w.left.transmit({&frame, 1}) == 0);
    REQUIRE(w.left.wait(writer));
    REQUIRE(w.left.wait(reader));
    w.clock.runnable().run(10);
    CHECK(writer.woken == 0);
    CHECK(reader.woken == 1);
    w.wire.set_carrier(true);
    w.clock.runnable().run(10);
    CHECK(writer.woken == 1);
    CHECK(reader.woken == 2);
    CHECK(w.received() == "on its way ");
}
