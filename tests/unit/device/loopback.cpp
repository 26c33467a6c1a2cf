// SPDX-License-Identifier: BSL-1.0
#include <weld/device/loopback.hpp>

#include "support/archetypes.hpp"
#include "support/catch.hpp"
#include "unit/device/frames.hpp"

using namespace weld;
using support::frame_of;

TEST_CASE("what goes out by the loopback comes in", "[device][loopback]") {
    support::jumping_clock clock;
    packet_pool pool;
    device::loopback lo{{.queue_limit = 4}};
    REQUIRE(lo.attach(clock));
    CHECK(lo.mtu() == 65535);
    CHECK(lo.features().checksum);

    support::counted_wait reader{events::readable};
    REQUIRE(lo.wait(reader));
    packet_buffer frames[6];
    for (packet_buffer& frame : frames) frame = frame_of(pool, "ping");
    frames[0]->set_partial_checksum(0, 2);
    CHECK(lo.transmit(frames) == 4);
    clock.runnable().run(10);
    CHECK(reader.woken == 1);

    support::counted_wait writer{events::writable};
    REQUIRE(lo.wait(writer));
    packet_buffer got[3];
    CHECK(lo.receive(pool, got) == 3);
    CHECK(as_text(got[0]->bytes()) == text{"ping"});
    CHECK(got[0]->checksum == checksum_state::partial);
    clock.runnable().run(10);
    CHECK(writer.woken == 1);
    CHECK(lo.receive(pool, got) == 1);
    CHECK(lo.receive(pool, got) == 0);
    CHECK(lo.error() == errc{});
}

TEST_CASE("a loopback moves into its net with what it holds", "[device][loopback]") {
    packet_pool pool;
    device::loopback first;
    packet_buffer frame = frame_of(pool, "a");
    CHECK(first.transmit({&frame, 1}) == 1);
    device::loopback second = std::move(first);
    CHECK(second.receive(pool, {&frame, 1}) == 1);
}
