// SPDX-License-Identifier: BSL-1.0
#include <weld/device/packet_ring.hpp>

#include "support/catch.hpp"
#include "support/private_network.hpp"
#include "unit/device/frames.hpp"
#include "unit/device/host_udp.hpp"

#include <weld/core/checksum.hpp>
#include <weld/socket/net.hpp>
#include <weld/socket/socket.hpp>
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/udp/udp.hpp>
#include <weld/stack/wire/ethernet.hpp>

#include <unistd.h>

#include <type_traits>
#include <vector>

using namespace weld;
using namespace weld::literals;
using support::private_network;

namespace {

/// Steps the loop until `done`, or for three seconds.
template <class Condition>
bool eventually(io::epoll& loop, Condition done) {
    for (const time_point until = loop.clock() + 3_s; !done();) {
        if (loop.clock() > until) return false;
        loop.wait(loop.clock() + 10_ms);
        loop.timers().expire(loop.now(), loop.runnable());
        loop.runnable().run(100);
    }
    return true;
}

/// near0 is the host's and has an address, far0 is ours and has none; both are veth, in a namespace of their own.
struct veth_pair {
    private_network apart;
    bool made = apart && private_network::run(
        "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 && "
        "ip link add near0 type veth peer name far0 && ip link set near0 up && ip link set far0 up && "
        "ip address add 10.9.0.1/24 dev near0 && ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:09 dev near0");
};
#define NEEDS_VETH(network) \
    if (!network.made) SKIP("needs the rights to make a network namespace and a veth pair (CAP_SYS_ADMIN)")

packet_buffer test_frame(packet_pool& pool, std::size_t size, std::uint16_t type = 0x88b5) {
    packet_buffer frame = packet_buffer::allocate(pool, 64 + size, 64);
    wire::ethernet_header{mac_address::broadcast(), mac_address{2, 0, 0, 0, 0, 9}, type}.encode(frame->put(14));
    fill(frame->put(size - 14), std::byte{'x'});
    return frame;
}

template <class Device>
packet_buffer next_frame(Device& device, io::epoll& loop, packet_pool& pool) {
    packet_buffer frame;
    eventually(loop, [&] { return device.receive(pool, {&frame, 1}) == 1; });
    return frame;
}

}  // namespace

TEMPLATE_TEST_CASE("frames cross a veth pair, small and large, in order", "[device][packet_ring]", device::packet_ring, device::packet_block_ring, device::packet_batch_ring) {
    veth_pair network;
    NEEDS_VETH(network);
    io::epoll loop;
    packet_pool pool;
    auto near = TestType::open("near0");
    auto far = TestType::open("far0");
    REQUIRE(near);
    REQUIRE(far);
    CHECK(far->mtu() == 1500);
    CHECK(far->hardware_address() == *far->host().station());
    CHECK(TestType::open("no_such_one").error() == errc::no_such_device);
    REQUIRE(near->attach(loop));
    REQUIRE(far->attach(loop));

    support::counted_wait reader{events::readable};
    REQUIRE(far->wait(reader));
    packet_buffer frames[100];
    for (std::size_t i = 0; i < 100; ++i) frames[i] = test_frame(pool, 60 + i * 14);
    CHECK(near->transmit(frames) == 100);
    REQUIRE(eventually(loop, [&] { return reader.woken == 1; }));
    std::size_t count = 0;
    while (count < 100) {
        packet_buffer got = next_frame(*far, loop, pool);
        REQUIRE(got);
        CHECK(got->size() == 60 + count * 14);
        CHECK(got->headroom() >= 64);
        ++count;
    }
    CHECK(far->receive(pool, {frames, 1}) == 0);
    CHECK(near->receive(pool, {frames, 1}) == 0);  // what it sends itself it does not hear
    CHECK(far->stats().dropped == 0);
    CHECK(near->stats().refused == 0);

    SECTION("a frame over the mtu is refused, those behind it go") {
        packet_buffer two[] = {test_frame(pool, 2000), test_frame(pool, 100)};
        CHECK(near->transmit(two) == 2);
        CHECK(near->stats().refused == 1);
        CHECK(next_frame(*far, loop, pool)->size() == 100);
    }
}

TEMPLATE_TEST_CASE("the host's checksums may be left to us, and its super-segments come whole", "[device][packet_ring]", device::packet_ring, device::packet_block_ring, device::packet_batch_ring) {
    veth_pair network;
    NEEDS_VETH(network);
    const bool driver_splits = GENERATE(true, false);
    if (!driver_splits && !private_network::run("ethtool -K far0 tx off sg off tso off gso off tx-udp-segmentation off > /dev/null 2>&1")) SKIP("needs ethtool");
    io::epoll loop;
    packet_pool pool;
    auto far = TestType::open("far0");
    REQUIRE(far);
    REQUIRE(far->attach(loop));
    support::counted_wait reader{events::readable};
    REQUIRE(far->wait(reader));
    support::host_udp host;
    REQUIRE(host.send_to({address4{10, 9, 0, 2}, 7777}, "hello"));
    packet_buffer datagram = next_frame(*far, loop, pool);
    REQUIRE(datagram);
    CHECK(as_text(datagram->bytes().subspan(42)) == text{"hello"});
    CHECK(datagram->checksum == checksum_state::partial);
    CHECK(datagram->checksum_start() == 34);

    if (!host.send_segments_to({address4{10, 9, 0, 2}, 7777}, 40'000, 1400)) SKIP("needs UDP_SEGMENT");
    REQUIRE(host.send_to({address4{10, 9, 0, 2}, 7777}, "behind it"));
    packet_buffer super = next_frame(*far, loop, pool);
    REQUIRE(super);
    CHECK(super->size() == 42 + 40'000);
    CHECK(super->gso_size == 1400);
    CHECK(super->gso_segments == 29);
    packet_buffer behind = next_frame(*far, loop, pool);
    REQUIRE(behind);
    CHECK(as_text(behind->bytes().subspan(42)) == text{"behind it"});

    // And back with the addresses exchanged: the host gets 29 datagrams.
    support::host_udp sink;
    REQUIRE(sink.bind({address4{10, 9, 0, 1}, 7777}));
    const mutable_bytes bytes = super->bytes();
    auto near_station = far->host().named("near0")->station();
    wire::ethernet_header{*near_station, mac_address{2, 0, 0, 0, 0, 9}, 0x0800}.encode(bytes);
    for (std::size_t i = 0; i < 4; ++i) std::swap(bytes[14 + 12 + i], bytes[14 + 16 + i]);
    CHECK(far->transmit({&super, 1}) == 1);
    int datagrams = 0;
    for (std::size_t received = 0; received < 40'000; ++datagrams) {
        const std::size_t size = sink.receive();
        REQUIRE(size != 0);
        received += size;
    }
    CHECK(datagrams == 29);
    CHECK(far->stats().malformed == 0);
}

TEST_CASE("a VLAN's tag is where it was on the wire", "[device][packet_ring]") {
    veth_pair network;
    NEEDS_VETH(network);
    io::epoll loop;
    packet_pool pool;
    auto near = device::packet_ring::open("near0");
    auto far = device::packet_ring::open("far0");
    REQUIRE(near);
    REQUIRE(far);
    REQUIRE(far->attach(loop));
    packet_buffer frame = test_frame(pool, 100, 0x8100);
    store_be<std::uint16_t>(frame->bytes(), 14, 42);
    store_be<std::uint16_t>(frame->bytes(), 16, 0x88b5);
    const packet_buffer sent = frame->copy();
    CHECK(near->transmit({&frame, 1}) == 1);
    const packet_buffer got = next_frame(*far, loop, pool);
    REQUIRE(got);
    CHECK(equal(got->bytes(), sent->bytes()));
}

TEST_CASE("a full ring drops and counts, and without memory frames are dropped and counted too", "[device][packet_ring]") {
    veth_pair network;
    NEEDS_VETH(network);
    packet_pool pool;
    auto near = device::packet_ring::open("near0");
    auto far = device::packet_ring::open("far0", {.ring = 65536});
    REQUIRE(near);
    REQUIRE(far);
    packet_buffer frames[64];
    for (packet_buffer& frame : frames) frame = test_frame(pool, 100);
    CHECK(near->transmit(frames) == 64);
    CHECK(far->stats().dropped == 32);
    packet_pool poor{{.limit = 1000}};
    CHECK(far->receive(poor, frames) == 0);
    CHECK(far->stats().dropped == 64);
}

TEMPLATE_TEST_CASE("an interface loses its carrier, has it back, and may go for good", "[device][packet_ring][carrier]", device::packet_ring, device::packet_batch_ring) {
    veth_pair network;
    NEEDS_VETH(network);
    io::epoll loop;
    packet_pool pool;
    auto far = TestType::open("far0");
    REQUIRE(far);
    REQUIRE(far->attach(loop));
    support::counted_wait reader{events::readable};
    REQUIRE(far->wait(reader));
    packet_buffer frame = test_frame(pool, 100), got;
    const auto quiet = [&] {  // it is not told of for ever
        const time_point before = loop.clock();
        loop.wait(before + 20_ms);
        return loop.clock() - before >= 20_ms;
    };

    SECTION("down, and up again: who waits is told of both") {
        REQUIRE(private_network::run("ip link set far0 down"));
        REQUIRE(eventually(loop, [&] { return reader.woken == 1; }));
        CHECK(far->receive(pool, {&got, 1}) == 0);
        CHECK(far->error() == carrier_lost);
        CHECK(far->transmit({&frame, 1}) == 0);
        CHECK(frame);
        REQUIRE(far->wait(reader));
        support::counted_wait writer{events::writable};
        REQUIRE(far->wait(writer));
        CHECK(quiet());
        CHECK(reader.woken == 1);
        CHECK(writer.woken == 0);
        REQUIRE(private_network::run("ip link set far0 up"));
        REQUIRE(eventually(loop, [&] { return reader.woken == 2; }));
        CHECK(writer.woken == 1);
        CHECK(far->error() == errc{});
        CHECK(far->transmit({&frame, 1}) == 1);
        REQUIRE(far->wait(reader));
        support::host_udp host;
        REQUIRE(eventually(loop, [&] {  // near0 hears of its carrier a little later
            return reader.woken == 3 || (host.send_to({address4{10, 9, 0, 2}, 7777}, "hello"), false);
        }));
        CHECK(far->receive(pool, {&got, 1}) == 1);
    }
    SECTION("the other end is down, and up again: noticed by sending, and by itself") {
        REQUIRE(private_network::run("ip link set near0 down"));
        REQUIRE(eventually(loop, [&] {  // the host's flags tell of the carrier a little later
            if (!frame) frame = test_frame(pool, 100);
            return far->transmit({&frame, 1}) == 0;
        }));
        CHECK(far->error() == carrier_lost);
        REQUIRE(eventually(loop, [&] { return reader.woken == 1; }));
        REQUIRE(far->wait(reader));
        REQUIRE(private_network::run("ip link set near0 up"));
        REQUIRE(eventually(loop, [&] { return reader.woken == 2; }));
        CHECK(far->error() == errc{});
        CHECK(far->transmit({&frame, 1}) == 1);
    }
    SECTION("it has another name meanwhile") {
        REQUIRE(private_network::run("ip link set far0 down && ip link set far0 name away0"));
        REQUIRE(eventually(loop, [&] { return reader.woken == 1; }));
        CHECK(far->receive(pool, {&got, 1}) == 0);
        CHECK(far->error() == carrier_lost);
        REQUIRE(far->wait(reader));
        REQUIRE(private_network::run("ip link set away0 up"));
        REQUIRE(eventually(loop, [&] { return reader.woken == 2; }));
        CHECK(far->name() == "away0");
        CHECK(far->transmit({&frame, 1}) == 1);
    }
    SECTION("deleted") {
        REQUIRE(private_network::run("ip link del far0"));
        REQUIRE(eventually(loop, [&] { return reader.woken == 1; }));
        CHECK(far->receive(pool, {&got, 1}) == 0);
        REQUIRE(eventually(loop, [&] { return far->error() == device_gone; }));
        CHECK(far->wait(reader).error() == device_gone);
        CHECK(far->transmit({&frame, 1}) == 0);
        CHECK(quiet());
    }
}

TEST_CASE("a ring's slots are free again before the receiver has looked, and what it finds is still what was sent", "[device][packet_ring]") {
    veth_pair network;
    NEEDS_VETH(network);
    io::epoll loop;
    packet_pool pool;
    const bool from_ring = GENERATE(false, true);
    auto far = device::packet_ring::open("far0", {.send_from_ring = from_ring});
    REQUIRE(far);
    REQUIRE(far->attach(loop));
    support::host_udp sink;
    REQUIRE(sink.bind({address4{10, 9, 0, 1}, 7777}));
    const auto near_station = far->host().named("near0")->station();
    const auto datagram = [&](std::size_t number) {  // of 400 bytes, all of which tell its number
        packet_buffer frame = packet_buffer::allocate(pool, 64 + 442, 64);
        wire::ethernet_header{*near_station, mac_address{2, 0, 0, 0, 0, 9}, 0x0800}.encode(frame->put(14));
        fill(frame->put(428), std::byte{static_cast<unsigned char>(number)});
        const mutable_bytes ip = frame->bytes().subspan(14);
        fill(ip.first(28), std::byte{0});
        ip[0] = std::byte{0x45};
        store_be<std::uint16_t>(ip, 2, 428);
        ip[8] = std::byte{64};
        ip[9] = std::byte{17};
        const unsigned char addresses[] = {10, 9, 0, 2, 10, 9, 0, 1};
        __builtin_memcpy(ip.data() + 12, addresses, 8);
        store_be(ip, 10, checksum::finish(checksum::sum(ip.first(20))));
        store_be<std::uint16_t>(ip, 20, 7777);
        store_be<std::uint16_t>(ip, 22, 7777);
        store_be<std::uint16_t>(ip, 24, 408);
        return frame;
    };
    for (std::size_t number = 0; number < 96; ++number) {  // a ring and a half
        packet_buffer frame = datagram(number);
        REQUIRE(far->transmit({&frame, 1}) == 1);
    }
    for (std::size_t number = 0; number < 96; ++number) {
        std::byte got[2000];
        REQUIRE(sink.receive(got) == 400);
        CHECK(got[0] == static_cast<std::byte>(number));
        CHECK(got[399] == static_cast<std::byte>(number));
    }
}

TEST_CASE("the queueing discipline is passed by, or not", "[device][packet_ring]") {
    veth_pair network;
    NEEDS_VETH(network);
    packet_pool pool;
    const bool bypass = GENERATE(true, false);
    if (!private_network::run("tc qdisc add dev far0 root pfifo limit 100 2>/dev/null")) SKIP("needs tc and sch_fifo");
    auto far = device::packet_ring::open("far0", {.qdisc_bypass = bypass});
    REQUIRE(far);
    packet_buffer frames[10];
    for (packet_buffer& frame : frames) frame = test_frame(pool, 100);
    CHECK(far->transmit(frames) == 10);
    CHECK(private_network::run(bypass ? "tc -s qdisc show dev far0 | grep -q ' 0 pkt'" : "tc -s qdisc show dev far0 | grep -q ' 10 pkt'"));
}

TEST_CASE("a fanout group shares the frames of an interface", "[device][packet_ring]") {
    veth_pair network;
    NEEDS_VETH(network);
    packet_pool pool;
    auto near = device::packet_ring::open("near0");
    auto one = device::packet_ring::open("far0", {.fanout = {.group = 7, .mode = PACKET_FANOUT_LB}});
    auto two = device::packet_ring::open("far0", {.fanout = {.group = 7, .mode = PACKET_FANOUT_LB}});
    REQUIRE(near);
    REQUIRE(one);
    REQUIRE(two);
    packet_buffer frames[32];
    for (packet_buffer& frame : frames) frame = test_frame(pool, 100);
    CHECK(near->transmit(frames) == 32);
    const std::size_t first = one->receive(pool, frames), second = two->receive(pool, frames);
    CHECK(first == 16);
    CHECK(second == 16);
}

namespace {

/// What of the ring's bytes is whose: each frame tells its number.
packet_buffer numbered_frame(packet_pool& pool, std::size_t size, std::size_t number) {
    packet_buffer frame = test_frame(pool, size);
    store_be(frame->bytes(), 14, static_cast<std::uint32_t>(number));
    frame->bytes()[size - 1] = static_cast<std::byte>(number);
    return frame;
}
bool has_number(const packet& frame, std::size_t number) {
    return load_be<std::uint32_t>(frame.bytes(), 14) == number && frame.bytes()[frame.size() - 1] == static_cast<std::byte>(number) &&
           frame.bytes()[frame.size() - 2] == std::byte{'x'};
}

/// Sends frames with numbers and receives them, a few at a time, so that none is dropped; visitor(packet_buffer, number).
template <class Device, class Visitor>
bool pass_frames(Device& near, Device& far, io::epoll& loop, packet_pool& pool, std::size_t first, std::size_t count, Visitor visitor) {
    for (std::size_t sent = first, got = first; got < first + count;) {
        packet_buffer frames[8];
        std::size_t batch = 0;
        for (; batch < 8 && sent + batch < first + count; ++batch) frames[batch] = numbered_frame(pool, 100 + (sent + batch) % 7 * 200, sent + batch);
        if (near.transmit({frames, batch}) != batch) return false;
        sent += batch;
        while (got < sent) {
            packet_buffer frame = next_frame(far, loop, pool);
            if (!frame || !has_number(*frame, got)) return false;
            visitor(std::move(frame), got++);
        }
    }
    return true;
}

}  // namespace

TEMPLATE_TEST_CASE("who keeps frames keeps no ring: it goes on, and what was kept stays as it was", "[device][packet_ring][lent]", device::packet_ring, device::packet_block_ring) {
    veth_pair network;
    NEEDS_VETH(network);
    io::epoll loop;
    packet_pool pool;
    auto near = TestType::open("near0");
    auto far = TestType::open("far0", {.ring = 1U << 17});  // 64 slots, or eight blocks
    REQUIRE(near);
    REQUIRE(far);
    REQUIRE(near->attach(loop));
    REQUIRE(far->attach(loop));
    const std::size_t many = 500;  // more than the ring has slots, or blocks
    std::vector<packet_buffer> kept;
    std::vector<std::size_t> numbers, counted;
    std::size_t lent = 0;

    const std::size_t each = GENERATE(1u, 3u, 50u);  // every one is kept, or some
    REQUIRE(pass_frames(*near, *far, loop, pool, 0, many, [&](packet_buffer frame, std::size_t number) {
        lent += frame->is_lent();
        if (number % each != 0) return;
        counted.push_back(frame->truesize());
        kept.push_back(std::move(frame));
        numbers.push_back(number);
    }));
    CHECK(far->stats().dropped == 0);
    CHECK(lent == many);
    CHECK_FALSE(kept.front()->is_lent());  // it was in the way
    CHECK((each != 1 || kept.back()->is_lent()));
    for (std::size_t i = 0; i < kept.size(); ++i) {
        REQUIRE(has_number(*kept[i], numbers[i]));
        REQUIRE(kept[i]->truesize() == counted[i]);  // or a sock's limits would drift
    }

    SECTION("given back in another order, the ring has all of its memory again") {
        for (std::size_t i = 0; i < kept.size(); i += 2) kept[i].reset();
        for (std::size_t i = 1; i < kept.size(); i += 2) kept[i].reset();
        REQUIRE(pass_frames(*near, *far, loop, pool, 0, many, [](packet_buffer, std::size_t) {}));
        CHECK(far->stats().dropped == 0);
    }
    SECTION("they outlive their device") {
        far->detach();
        far = errc::not_connected;
        for (std::size_t i = 0; i < kept.size(); ++i) {
            CHECK_FALSE(kept[i]->is_lent());
            REQUIRE(has_number(*kept[i], numbers[i]));
        }
    }
    SECTION("it is moved while frames are out") {
        far->detach();
        TestType moved{std::move(*far)};
        REQUIRE(moved.attach(loop));
        REQUIRE(pass_frames(*near, moved, loop, pool, 0, many, [](packet_buffer, std::size_t) {}));
        for (std::size_t i = 0; i < kept.size(); ++i) REQUIRE(has_number(*kept[i], numbers[i]));
    }
    near->detach();
}

TEMPLATE_TEST_CASE("without memory to move them to, frames that are kept hold the ring up, and outlive it where they are", "[device][packet_ring][lent]", device::packet_ring, device::packet_block_ring) {
    veth_pair network;
    NEEDS_VETH(network);
    io::epoll loop;
    packet_pool rich, poor{{.limit = 20'000, .slab = 10'000}};  // packets, and no room for blocks
    auto near = TestType::open("near0");
    auto far = TestType::open("far0", {.ring = 1U << 16});
    REQUIRE(near);
    REQUIRE(far);
    std::vector<packet_buffer> kept, rest;
    while (packet_buffer block = packet_buffer::allocate(poor, 1000)) rest.push_back(std::move(block));
    const auto receive_all = [&](std::size_t count) {
        for (int tries = 0; tries < 100 && kept.size() < count; ++tries) {  // a block comes a millisecond later
            packet_buffer frames[8];
            const std::size_t got = far->receive(poor, frames);
            for (std::size_t i = 0; i < got; ++i) kept.push_back(std::move(frames[i]));
            if (got == 0) ::usleep(1000);
        }
        return kept.size();
    };
    const auto send = [&](std::size_t first, std::size_t end) {
        for (std::size_t number = first; number < end; ++number) {
            packet_buffer frame = numbered_frame(rich, 1000, number);
            REQUIRE(near->transmit({&frame, 1}) == 1);
        }
    };
    send(0, 20);
    REQUIRE(receive_all(20) == 20);
    if (std::is_same_v<TestType, device::packet_ring>) {
        send(20, 40);
        CHECK(receive_all(40) == 32);  // all its slots
        CHECK(far->stats().dropped == 8);
    }
    SECTION("once they go, it goes on") {
        const std::size_t before = kept.size();
        for (std::size_t i = 0; i < before; ++i) kept[i] = numbered_frame(rich, 100, i);
        send(before, before + 8);
        CHECK(receive_all(before + 8) == before + 8);
    }
    SECTION("the device ends before they do") { far = errc::not_connected; }
    for (std::size_t number = 0; number < kept.size(); ++number) CHECK(has_number(*kept[number], number));
    CHECK(kept.back()->is_lent());
    rest.clear();
    while (!kept.empty()) kept.pop_back();
}

TEMPLATE_TEST_CASE("where packets lie the kernel writes nothing, however much comes before anybody receives", "[device][packet_ring][lent]", device::packet_ring, device::packet_block_ring) {
    veth_pair network;
    NEEDS_VETH(network);
    io::epoll loop;
    packet_pool pool;
    auto near = TestType::open("near0");
    auto far = TestType::open("far0", {.ring = 1U << 16});  // 32 slots, or eight blocks
    REQUIRE(near);
    REQUIRE(far);
    REQUIRE(near->attach(loop));
    REQUIRE(far->attach(loop));
    packet_buffer kept;
    REQUIRE(pass_frames(*near, *far, loop, pool, 0, 1, [&](packet_buffer frame, std::size_t) { kept = std::move(frame); }));
    REQUIRE(kept->is_lent());
    for (std::size_t number = 1; number < 100; ++number) {  // more than the ring has, a block for each
        packet_buffer frame = numbered_frame(pool, 100, number);
        REQUIRE(near->transmit({&frame, 1}) == 1);
        ::usleep(2000);
    }
    CHECK(has_number(*kept, 0));
    std::size_t received = 0;
    for (packet_buffer frame = next_frame(*far, loop, pool); frame; frame = next_frame(*far, loop, pool)) {
        CHECK(has_number(*frame, ++received));
        if (received == 7) break;
    }
    CHECK(received == 7);  // and the others were dropped
    far->detach();
    near->detach();
}

TEST_CASE("a lent frame is a packet as any: headers are pushed, it is copied, cloned and made one's own", "[device][packet_ring][lent]") {
    veth_pair network;
    NEEDS_VETH(network);
    io::epoll loop;
    packet_pool pool;
    auto near = device::packet_ring::open("near0");
    auto far = device::packet_ring::open("far0");
    REQUIRE(near);
    REQUIRE(far);
    REQUIRE(near->attach(loop));
    REQUIRE(far->attach(loop));
    packet_buffer sent = numbered_frame(pool, 300, 7);
    const packet_buffer original = sent->copy();
    REQUIRE(near->transmit({&sent, 1}) == 1);
    packet_buffer frame = next_frame(*far, loop, pool);
    REQUIRE(frame);
    REQUIRE(frame->is_lent());
    CHECK(frame->tailroom() == 0);
    CHECK(frame->truesize() < 1000);  // what is not of the frame is the ring's
    packet_buffer clone = frame->clone();
    CHECK_FALSE(clone->is_lent());
    CHECK_FALSE(clone->shared());
    CHECK_FALSE(frame->shared());
    CHECK_FALSE(frame->header_shared());
    fill(frame->push(frame->headroom()), std::byte{'h'});
    frame->pull(frame->size() - 300);
    CHECK(equal(frame->bytes(), original->bytes()));
    CHECK(equal(clone->bytes(), original->bytes()));
    REQUIRE(frame->cow_head(200));
    CHECK_FALSE(frame->is_lent());
    CHECK(frame->headroom() >= 200);
    CHECK(equal(frame->bytes(), original->bytes()));
}

TEST_CASE("a socket that nobody reads does not stop the ring: others go on", "[device][packet_ring][lent]") {
    namespace own = weld::stack;
    veth_pair network;
    NEEDS_VETH(network);
    REQUIRE(private_network::run("ip link set far0 address 02:00:00:00:00:09"));
    auto far = device::packet_ring::open("far0", {.ring = 1U << 17});  // 64 slots
    REQUIRE(far);
    weld::net net{own::interface{"far0", own::ethernet{std::move(*far)}, "10.9.0.2/24"}, own::ipv4{}, own::icmp{}, own::udp{}};
    REQUIRE(net.status());
    auto unread = *net.socket(udp), read = *net.socket(udp);
    REQUIRE(unread.bind(endpoint4{address4::any(), 7}));
    REQUIRE(read.bind(endpoint4{address4::any(), 8}));
    support::host_udp host;
    const auto step_until = [&](auto done) {
        for (const time_point until = net.now() + 3_s; !done() && net.now() < until;) {
            net.source().wait(net.source().clock() + 10_ms);
            net.source().timers().expire(net.now(), net.runnable());
            net.runnable().run(100);
        }
    };
    for (int round = 0; round < 500; ++round) {
        REQUIRE(host.send_to({address4{10, 9, 0, 2}, 7}, "nobody reads this"));
        REQUIRE(host.send_to({address4{10, 9, 0, 2}, 8}, "hello"));
        std::byte buffer[100];
        std::size_t got = 0;
        step_until([&] {
            const auto some = read.try_recv(buffer);
            return some && (got = *some) != 0;
        });
        REQUIRE(as_text(const_bytes{buffer}.first(got)) == text{"hello"});
    }
    std::byte buffer[100];
    int kept = 0;
    while (const auto some = unread.try_recv(buffer)) {
        CHECK(as_text(const_bytes{buffer}.first(*some)) == text{"nobody reads this"});
        ++kept;
    }
    CHECK(kept > 64);  // more than the ring has
}
