// SPDX-License-Identifier: BSL-1.0
#include <weld/device/memory.hpp>

#include "support/archetypes.hpp"
#include "support/catch.hpp"
#include "unit/device/frames.hpp"

using namespace weld;
using support::frame_of;

TEST_CASE("a frame crosses the wire as it is, in order, without being copied", "[device][memory]") {
    device::memory_link wire;
    support::jumping_clock clock;
    auto left = wire.left();
    auto right = wire.right();
    REQUIRE(left.attach(clock));
    REQUIRE(right.attach(clock));
    CHECK(left.mtu() == 1500);
    CHECK(&left.lent_pool() == &right.lent_pool());

    packet_buffer frames[3] = {frame_of(wire.packets(), "one"), frame_of(wire.packets(), "two"), {}};
    frames[0]->control<int>() = 7;
    frames[0]->checksum = checksum_state::unnecessary;
    const std::byte* const bytes = frames[0]->data();
    CHECK(left.transmit(span{frames}.first(2)) == 2);
    CHECK_FALSE(frames[0]);

    packet_buffer got[3];
    CHECK(left.receive(wire.packets(), got) == 0);
    CHECK(right.receive(wire.packets(), got) == 2);
    CHECK(as_text(got[0]->bytes()) == text{"one"});
    CHECK(as_text(got[1]->bytes()) == text{"two"});
    CHECK(got[0]->data() == bytes);
    CHECK(got[0]->control<int>() == 0);
    CHECK(got[0]->checksum == checksum_state::none);  // a plain wire vouches for nothing
}

TEST_CASE("a wire with features carries super-segments and what is not summed yet", "[device][memory]") {
    device::memory_link<link_type::bare_ip> wire{{.features = {.checksum = true, .gso_size_max = 65536}}};
    auto left = wire.left();
    auto right = wire.right();
    packet_buffer frame = packet_buffer::allocate(wire.packets(), 60000);
    static_cast<void>(frame->put(60000));
    frame->gso_size = 1460;
    frame->gso_type = gso_type::tcp4;
    frame->set_partial_checksum(20, 16);
    CHECK(left.transmit({&frame, 1}) == 1);
    packet_buffer got;
    REQUIRE(right.receive(wire.packets(), {&got, 1}) == 1);
    CHECK(got->size() == 60000);
    CHECK(got->gso_size == 1460);
    CHECK(got->checksum == checksum_state::partial);
    CHECK(got->checksum_offset() == 16);
}

TEST_CASE("a queue of frames crosses at once, as far as there is room", "[device][memory]") {
    device::memory_link wire{{.queue_limit = 4}};
    auto left = wire.left();
    auto right = wire.right();
    packet_queue frames;
    for (const char* text : {"a", "b", "c"}) frames.push_back(frame_of(wire.packets(), text));
    frames.front()->checksum = checksum_state::unnecessary;
    CHECK(left.transmit(frames) == 3);
    CHECK(frames.empty());
    for (const char* text : {"d", "e", "f"}) frames.push_back(frame_of(wire.packets(), text));
    CHECK(left.transmit(frames) == 1);
    CHECK(frames.size() == 2);
    CHECK(as_text(frames.front()->bytes()) == text{"e"});
    packet_buffer got[8];
    REQUIRE(right.receive(wire.packets(), got) == 4);
    CHECK(got[0]->checksum == checksum_state::none);
    for (int i = 0; i < 4; ++i) CHECK(as_text(got[i]->bytes()) == text{"abcd"}.substr(static_cast<std::size_t>(i), 1));
    CHECK(left.transmit(frames) == 2);
    {
        [[maybe_unused]] const auto gone = std::move(right);
    }
    frames.push_back(frame_of(wire.packets(), "x"));
    CHECK(left.transmit(frames) == 0);
    CHECK(frames.size() == 1);
}

TEST_CASE("a full wire takes a prefix, and wakes the sender when half of it has gone", "[device][memory]") {
    device::memory_link wire{{.queue_limit = 4}};
    support::jumping_clock clock;
    auto left = wire.left();
    auto right = wire.right();
    REQUIRE(left.attach(clock));
    REQUIRE(right.attach(clock));
    packet_buffer frames[6];
    for (packet_buffer& frame : frames) frame = frame_of(wire.packets(), "x");
    CHECK(left.transmit(frames) == 4);
    CHECK(frames[4]);

    support::counted_wait sender{events::writable};
    REQUIRE(left.wait(sender));
    clock.runnable().run(10);
    CHECK(sender.woken == 0);
    packet_buffer got;
    CHECK(right.receive(wire.packets(), {&got, 1}) == 1);
    clock.runnable().run(10);
    CHECK(sender.woken == 0);
    CHECK(right.receive(wire.packets(), {&got, 1}) == 1);
    clock.runnable().run(10);
    CHECK(sender.woken == 1);
    CHECK(left.transmit(span{frames}.subspan(4)) == 2);
}

TEST_CASE("whoever waits for frames is woken once, on the run queue of their own net", "[device][memory]") {
    device::memory_link wire;
    support::jumping_clock near, far;
    auto left = wire.left();
    auto right = wire.right();
    REQUIRE(left.attach(near));
    REQUIRE(right.attach(far));
    support::counted_wait reader{events::readable};
    REQUIRE(right.wait(reader));
    packet_buffer frame = frame_of(wire.packets(), "a");
    CHECK(left.transmit({&frame, 1}) == 1);
    CHECK(near.runnable().empty());
    far.runnable().run(10);
    CHECK(reader.woken == 1);

    SECTION("at once where there are frames already") {
        REQUIRE(right.wait(reader));
        far.runnable().run(10);
        CHECK(reader.woken == 2);
    }
    SECTION("and not at all after leaving") {
        packet_buffer got;
        CHECK(right.receive(wire.packets(), {&got, 1}) == 1);
        REQUIRE(right.wait(reader));
        reader.unlink();
        frame = frame_of(wire.packets(), "b");
        CHECK(left.transmit({&frame, 1}) == 1);
        far.runnable().run(10);
        CHECK(reader.woken == 1);
    }
}

TEST_CASE("a peer that goes is a carrier that is lost, until somebody takes its end again", "[device][memory][carrier]") {
    device::memory_link wire;
    support::jumping_clock clock;
    auto left = wire.left();
    REQUIRE(left.attach(clock));
    CHECK(left.error() == errc{});
    support::counted_wait reader{events::readable};
    {
        auto right = wire.right();
        packet_buffer frame = frame_of(wire.packets(), "lost");
        CHECK(left.transmit({&frame, 1}) == 1);
        REQUIRE(left.wait(reader));
    }
    clock.runnable().run(10);
    CHECK(reader.woken == 1);
    CHECK(left.error() == carrier_lost);
    REQUIRE(left.wait(reader));
    packet_buffer frame = frame_of(wire.packets(), "kept");
    CHECK(left.transmit({&frame, 1}) == 0);
    CHECK(frame);
    clock.runnable().run(10);
    CHECK(reader.woken == 1);

    auto right = wire.right();
    clock.runnable().run(10);
    CHECK(reader.woken == 2);
    CHECK(left.error() == errc{});
    CHECK(left.transmit({&frame, 1}) == 1);
    CHECK(wire.packets().in_use().packets == 1);
}

TEST_CASE("an unplugged wire takes nothing, gives what had arrived, and wakes both ends when it is plugged in", "[device][memory][carrier]") {
    device::memory_link wire;
    support::jumping_clock clock;
    auto left = wire.left();
    auto right = wire.right();
    REQUIRE(left.attach(clock));
    REQUIRE(right.attach(clock));
    packet_buffer frame = frame_of(wire.packets(), "arrived"), got;
    CHECK(left.transmit({&frame, 1}) == 1);
    support::counted_wait reader{events::readable}, writer{events::writable};
    REQUIRE(left.wait(reader));
    wire.set_carrier(false);
    clock.runnable().run(10);
    CHECK(reader.woken == 1);
    CHECK(left.error() == carrier_lost);
    CHECK(right.error() == carrier_lost);
    frame = frame_of(wire.packets(), "kept");
    CHECK(left.transmit({&frame, 1}) == 0);
    CHECK(right.receive(wire.packets(), {&got, 1}) == 1);
    REQUIRE(left.wait(writer));
    REQUIRE(right.wait(reader));
    clock.runnable().run(10);
    CHECK(writer.woken == 0);
    CHECK(reader.woken == 1);
    wire.set_carrier(true);
    clock.runnable().run(10);
    CHECK(writer.woken == 1);
    CHECK(reader.woken == 2);
    CHECK(left.error() == errc{});
    CHECK(left.transmit({&frame, 1}) == 1);
}
