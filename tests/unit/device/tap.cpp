// SPDX-License-Identifier: BSL-1.0
#include <weld/device/tap.hpp>

#include "support/catch.hpp"
#include "support/private_network.hpp"
#include "unit/device/frames.hpp"
#include "unit/device/host_udp.hpp"

#include <weld/stack/wire/arp.hpp>
#include <weld/stack/wire/ethernet.hpp>
#include <weld/stack/wire/udp.hpp>

using namespace weld;
using namespace weld::literals;
using support::private_network;

#define NEEDS_TAP(result)                                                                                        \
    if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");                             \
    if (result.error() == errc::no_such_file_or_directory) SKIP("needs /dev/net/tun")

namespace {

constexpr device::tap_options up_with_address{.up = true, .host_address = {address4{10, 9, 0, 1}, 24}};
const mac_address our_station{0x02, 0, 0, 0, 0, 9};

/// Steps the loop until `done`, or for a second.
template <class Condition>
bool eventually(io::epoll& loop, Condition done) {
    for (const time_point until = loop.clock() + 1_s; !done();) {
        if (loop.clock() > until) return false;
        loop.wait(loop.clock() + 10_ms);
        loop.timers().expire(loop.now(), loop.runnable());
        loop.runnable().run(100);
    }
    return true;
}

/// The next frame with this EtherType that the device has.
template <class Device>
packet_buffer next_frame(Device& tap, io::epoll& loop, packet_pool& pool, std::uint16_t type) {
    packet_buffer found;
    eventually(loop, [&] {
        packet_buffer frame;
        while (!found && tap.receive(pool, {&frame, 1}) == 1)
            if (wire::ethernet_view::parse(frame->bytes())->type() == type) found = std::move(frame);
        return static_cast<bool>(found);
    });
    return found;
}

}  // namespace

TEST_CASE("a tap has a name, an mtu and a station on the host's side", "[device][tap]") {
    private_network apart;
    auto tap = device::tap::open("weld%d", {.mtu = 9000, .host_station = {{2, 1, 2, 3, 4, 5}}});
    NEEDS_TAP(tap);
    REQUIRE(tap);
    CHECK(tap->name() == "weld0");
    CHECK(tap->mtu() == 9000);
    CHECK(*tap->host().station() == mac_address{2, 1, 2, 3, 4, 5});
    CHECK(tap->set_mtu(1400));
    CHECK(tap->mtu() == 1400);
    CHECK(private_network::run("ip link show weld0 | grep -q 'mtu 1400'"));
    CHECK(tap->features().gso_size_max == 65536);
    CHECK(device::tap::open("weld0").error() == errc::device_or_resource_busy);
    CHECK(device::tap::open("a_name_that_is_too_long").error() == errc::invalid_argument);

    device::tap moved = std::move(*tap);
    CHECK(moved.name() == "weld0");
    CHECK(moved.up());
    CHECK(private_network::run("ip link show weld0 | grep -q ',UP'"));
}

TEST_CASE("the host asks for us, gets an answer and its datagram arrives", "[device][tap]") {
    private_network apart;
    io::epoll loop;
    const bool offloads = GENERATE(true, false);
    device::tap_options options = up_with_address;
    options.offloads = offloads;
    auto tap = device::tap::open("tap0", options);
    NEEDS_TAP(tap);
    REQUIRE(tap);
    packet_pool pool;
    REQUIRE(tap->attach(loop));
    support::counted_wait reader{events::readable};
    REQUIRE(tap->wait(reader));
    support::host_udp host;
    REQUIRE(host.send_to({address4{10, 9, 0, 2}, 7777}, "hello"));
    REQUIRE(eventually(loop, [&] { return reader.woken == 1; }));

    const packet_buffer question = next_frame(*tap, loop, pool, wire::ether_type::arp);
    REQUIRE(question);
    const auto asked = wire::arp_view::parse(question->bytes().subspan(wire::ethernet_header::size));
    REQUIRE(asked);
    CHECK(asked->target_protocol() == address4{10, 9, 0, 2});
    CHECK(asked->sender_hardware() == *tap->host().station());

    packet_buffer answer = packet_buffer::allocate(pool, 64);
    wire::ethernet_header{asked->sender_hardware(), our_station, wire::ether_type::arp}.encode(answer->put(wire::ethernet_header::size));
    wire::arp_header{wire::arp_header::reply, our_station, asked->target_protocol(), asked->sender_hardware(), asked->sender_protocol()}
        .encode(answer->put(wire::arp_header::size));
    CHECK(tap->transmit({&answer, 1}) == 1);
    CHECK_FALSE(answer);

    const packet_buffer datagram = next_frame(*tap, loop, pool, wire::ether_type::ipv4);
    REQUIRE(datagram);
    CHECK(wire::ethernet_view::parse(datagram->bytes())->destination() == our_station);
    CHECK(as_text(datagram->bytes().subspan(14 + 20 + 8)) == text{"hello"});
    CHECK(datagram->checksum == (offloads ? checksum_state::partial : checksum_state::none));
    if (offloads) CHECK(datagram->checksum_start() == 14 + 20);
    CHECK(tap->stats().malformed == 0);
}

TEST_CASE("super-segments cross a tap both ways unsplit", "[device][tap]") {
    private_network apart;
    io::epoll loop;
    auto tap = device::tap::open("tap0", {.udp_segments = true, .up = true, .host_address = {address4{10, 9, 0, 1}, 24}});
    NEEDS_TAP(tap);
    REQUIRE(tap);
    REQUIRE(private_network::run("ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:09 dev tap0"));
    packet_pool pool;
    REQUIRE(tap->attach(loop));
    support::host_udp host;
    if (!host.send_segments_to({address4{10, 9, 0, 2}, 7777}, 40'000, 1400)) SKIP("needs UDP_SEGMENT");
    packet_buffer super = next_frame(*tap, loop, pool, wire::ether_type::ipv4);
    REQUIRE(super);
    if (super->gso_size == 0) SKIP("needs a tun driver with TUN_F_USO4 (Linux 6.2)");
    CHECK(super->size() == 14 + 20 + 8 + 40'000);
    CHECK(super->gso_size == 1400);
    CHECK(super->gso_segments == 29);
    CHECK(super->gso_type == gso_type::udp_l4);
    CHECK(super->checksum == checksum_state::partial);
    for (int i = 0; i < 3; ++i) REQUIRE(host.send_segments_to({address4{10, 9, 0, 2}, 7777}, 40'000, 1400));
    packet_buffer more[4];
    REQUIRE(eventually(loop, [&] { return tap->receive(pool, more) == 3; }));  // several in one batch
    for (const packet_buffer& one : span{more}.first(3)) CHECK(one->size() == 42 + 40'000);

    // Back with addresses exchanged: the host sums and splits.
    support::host_udp sink;
    REQUIRE(sink.bind({address4{10, 9, 0, 1}, 7777}));
    const mutable_bytes bytes = super->bytes();
    wire::ethernet_header{*tap->host().station(), our_station, wire::ether_type::ipv4}.encode(bytes);
    for (std::size_t i = 0; i < 4; ++i) std::swap(bytes[14 + 12 + i], bytes[14 + 16 + i]);
    CHECK(tap->transmit({&super, 1}) == 1);
    std::size_t received = 0;
    int datagrams = 0;
    while (received < 40'000) {
        const std::size_t size = sink.receive();
        if (size == 0) break;
        CHECK(size <= 1400);
        received += size;
        ++datagrams;
    }
    CHECK(received == 40'000);
    CHECK(datagrams == 29);
}

TEST_CASE("a tap gives many frames at once, and no more than asked for", "[device][tap]") {
    private_network apart;
    io::epoll loop;
    auto tap = device::tap::open("tap0", up_with_address);
    NEEDS_TAP(tap);
    REQUIRE(tap);
    REQUIRE(private_network::run("ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:09 dev tap0; sysctl -qw net.ipv6.conf.tap0.disable_ipv6=1"));
    REQUIRE(tap->attach(loop));
    support::host_udp host;
    for (int i = 0; i < 40; ++i) REQUIRE(host.send_to({address4{10, 9, 0, 2}, 7777}, "x"));
    {
        packet_pool pool;
        packet_buffer frames[32];
        std::size_t first = tap->receive(pool, frames);
        CHECK(first == 32);
        support::counted_wait reader{events::readable};
        REQUIRE(tap->wait(reader));  // there is more: it is not forgotten
        REQUIRE(eventually(loop, [&] { return reader.woken == 1; }));
        CHECK(tap->receive(pool, span{frames}) >= 8);
    }
    SECTION("frames for which there is no memory are dropped, and counted") {
        packet_pool poor{{.limit = 1000}};
        for (int i = 0; i < 3; ++i) REQUIRE(host.send_to({address4{10, 9, 0, 2}, 7777}, "x"));
        packet_buffer frames[8];
        CHECK(tap->receive(poor, frames) == 0);
        CHECK(tap->stats().dropped >= 3);
    }
}

TEST_CASE("a tap loses its carrier with the host's side, has it back, and may go for good", "[device][tap][carrier]") {
    private_network apart;
    io::epoll loop;
    auto tap = device::tap::open("tap0", up_with_address);
    NEEDS_TAP(tap);
    REQUIRE(tap);
    packet_pool pool;
    REQUIRE(tap->attach(loop));
    support::counted_wait reader{events::readable};
    packet_buffer frame = packet_buffer::allocate(pool, 64);
    wire::ethernet_header{mac_address::broadcast(), our_station, 0x88b5}.encode(frame->put(60));

    SECTION("down: it says so when something is sent, and goes on when it is up again") {
        CHECK(tap->down());
        CHECK(tap->transmit({&frame, 1}) == 0);
        CHECK(frame);
        CHECK(tap->error() == carrier_lost);
        support::counted_wait writer{events::writable};
        REQUIRE(tap->wait(writer));
        CHECK(tap->up());
        REQUIRE(eventually(loop, [&] { return writer.woken == 1; }));
        CHECK(tap->transmit({&frame, 1}) == 1);
        CHECK(tap->error() == errc{});
    }
    SECTION("who only listens is told of both") {
        packet_buffer some;
        while (tap->receive(pool, {&some, 1}) == 1) some.reset();
        REQUIRE(tap->wait(reader));
        CHECK(tap->down());
        CHECK(tap->transmit({&frame, 1}) == 0);
        REQUIRE(eventually(loop, [&] { return reader.woken == 1; }));
        CHECK(tap->error() == carrier_lost);
        REQUIRE(tap->wait(reader));
        CHECK(tap->up());
        REQUIRE(eventually(loop, [&] { return reader.woken == 2; }));
        while (tap->error() != errc{}) {  // it may have been a frame that woke us
            while (tap->receive(pool, {&some, 1}) == 1) some.reset();
            REQUIRE(tap->wait(reader));
            const int before = reader.woken;
            REQUIRE(eventually(loop, [&] { return reader.woken > before; }));
        }
        CHECK(tap->transmit({&frame, 1}) == 1);
    }
    SECTION("deleted: whoever waits is told once") {
        packet_buffer some;
        while (tap->receive(pool, {&some, 1}) == 1) some.reset();
        REQUIRE(tap->wait(reader));
        REQUIRE(private_network::run("ip link del tap0"));
        REQUIRE(eventually(loop, [&] { return reader.woken == 1; }));
        CHECK(tap->receive(pool, {&some, 1}) == 0);
        CHECK(tap->error() == device_gone);
        CHECK(tap->wait(reader).error() == device_gone);
        CHECK(tap->transmit({&frame, 1}) == 0);
        const time_point before = loop.clock();
        loop.wait(before + 20_ms);  // epoll does not report it for ever
        CHECK(loop.clock() - before >= 20_ms);
    }
}

TEST_CASE("a tun carries bare IP", "[device][tun]") {
    private_network apart;
    io::epoll loop;
    auto tun = device::tun::open("tun0", up_with_address);
    NEEDS_TAP(tun);
    REQUIRE(tun);
    packet_pool pool;
    REQUIRE(tun->attach(loop));
    support::host_udp host;
    REQUIRE(host.send_to({address4{10, 9, 0, 2}, 7777}, "hello"));
    packet_buffer found;
    REQUIRE(eventually(loop, [&] {
        packet_buffer packet;
        while (!found && tun->receive(pool, {&packet, 1}) == 1)
            if (static_cast<unsigned>(*packet->data()) >> 4 == 4) found = std::move(packet);
        return static_cast<bool>(found);
    }));
    CHECK(as_text(found->bytes().subspan(20 + 8)) == text{"hello"});
}
