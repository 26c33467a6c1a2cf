// SPDX-License-Identifier: BSL-1.0
#include <weld/sim/device.hpp>

#include "support/catch.hpp"
#include "unit/device/frames.hpp"

using namespace weld;

TEST_CASE("a simulated device loses its carrier and has it back: what is sent meanwhile waits, what arrives is lost", "[sim][device][carrier]") {
    sim::fabric fabric{1};
    sim::network lan{fabric, "lan", {}};
    sim::virtual_clock near_clock{fabric.time}, far_clock{fabric.time};
    sim::port& near_port = lan.plug(0, "near", near_clock, link_type::ethernet);
    sim::port& far_port = lan.plug(1, "far", far_clock, link_type::ethernet);
    near_port.host_is_up = far_port.host_is_up = true;
    sim::device<link_type::ethernet> near{near_port}, far{far_port};
    REQUIRE(near.attach(near_clock));
    REQUIRE(far.attach(far_clock));
    const auto frame = [&] { return support::frame_of(fabric.packets, "\x02\0\0\0\0\2\x02\0\0\0\0\1\x88\xb5 a frame"); };
    const auto pass_time = [&] {
        near_clock.settle();
        far_clock.settle();
        while (fabric.time.step(fabric.time.now() + duration::seconds(1))) {}
    };
    support::counted_wait reader{events::readable}, writer{events::writable};
    REQUIRE(near.wait(reader));

    near_port.set_carrier(false);
    pass_time();
    CHECK(reader.woken == 1);
    CHECK(near.error() == carrier_lost);
    CHECK(far.error() == errc{});
    packet_buffer kept = frame(), lost = frame(), got;
    CHECK(near.transmit({&kept, 1}) == 0);
    CHECK(kept);
    REQUIRE(near.wait(writer));
    REQUIRE(near.wait(reader));
    CHECK(far.transmit({&lost, 1}) == 1);
    pass_time();
    CHECK(writer.woken == 0);
    CHECK(reader.woken == 1);
    CHECK(near.receive(fabric.packets, {&got, 1}) == 0);

    near_port.set_carrier(true);
    pass_time();
    CHECK(writer.woken == 1);
    CHECK(reader.woken == 2);
    CHECK(near.error() == errc{});
    CHECK(near.transmit({&kept, 1}) == 1);
    pass_time();
    CHECK(far.receive(fabric.packets, {&got, 1}) == 1);
}
