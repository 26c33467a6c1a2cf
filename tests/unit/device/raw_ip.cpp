// SPDX-License-Identifier: BSL-1.0
#include <weld/device/raw_ip.hpp>

#include "support/catch.hpp"
#include "support/private_network.hpp"
#include "unit/device/frames.hpp"
#include "unit/device/host_udp.hpp"

#include <weld/core/checksum.hpp>

using namespace weld;
using namespace weld::literals;
using support::private_network;

namespace {

packet_buffer ip_packet(packet_pool& pool, std::uint8_t protocol, address4 to, const_bytes payload) {
    packet_buffer skb = packet_buffer::allocate(pool, 64 + 20 + payload.size(), 64);
    const mutable_bytes ip = skb->put(20);
    fill(ip);
    ip[0] = std::byte{0x45};
    store_be(ip, 2, static_cast<std::uint16_t>(20 + payload.size()));
    ip[8] = std::byte{64};
    ip[9] = std::byte{protocol};
    copy(ip.subspan(12), object_bytes(address4::loopback()));
    copy(ip.subspan(16), object_bytes(to));
    copy(skb->put(payload.size()), payload);
    return skb;
}

template <class Device, class Wanted>
packet_buffer next_packet(Device& device, io::epoll& loop, packet_pool& pool, Wanted wanted) {
    packet_buffer skb;
    for (const time_point until = loop.clock() + 1_s; loop.clock() < until;) {
        while (device.receive(pool, {&skb, 1}) == 1)
            if (wanted(*skb)) return skb;
        loop.wait(loop.clock() + 10_ms);
    }
    return {};
}

}  // namespace

TEST_CASE("bare IP goes through the host's routing, both ways", "[device][raw_ip]") {
    private_network apart;
    if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
    io::epoll loop;
    packet_pool pool;
    auto device = device::raw_ip::open({.interface_name = "lo", .protocol = 253});
    REQUIRE(device);
    CHECK(device->mtu() == 65535);
    REQUIRE(device->attach(loop));
    support::counted_wait reader{events::readable};
    REQUIRE(device->wait(reader));

    SECTION("the host's datagram arrives here") {
        support::host_udp host;
        REQUIRE(host.send_to({address4::loopback(), 7777}, "hello"));
        loop.wait(loop.clock() + 1_s);
        loop.runnable().run(10);
        CHECK(reader.woken == 1);
        const auto skb = next_packet(*device, loop, pool, [](const packet& p) { return p.data()[9] == std::byte{17}; });
        REQUIRE(skb);
        CHECK(as_text(skb->bytes().subspan(28)) == text{"hello"});
        CHECK(skb->checksum == checksum_state::partial);
        CHECK(skb->checksum_start() == 20);
    }
    SECTION("our datagram arrives at the host, and what the host cannot send is refused") {
        support::host_udp host;
        REQUIRE(host.bind({address4::loopback(), 7777}));
        auto datagram = byte_array(0x10, 0, 0x1e, 0x61, 0, 10, 0, 0, 'h', 'i');  // no checksum
        packet_buffer packets[] = {ip_packet(pool, 17, address4{192, 0, 2, 1}, datagram), ip_packet(pool, 17, address4::loopback(), datagram)};
        CHECK(device->transmit(packets) == 2);
        CHECK(device->stats().refused == 1);  // no route
        CHECK(host.receive() == 2);
    }
    SECTION("a protocol of our own is heard, and the host does not say that it is unknown") {
        packet_buffer skb = ip_packet(pool, 253, address4::loopback(), as_bytes("own"));
        CHECK(device->transmit({&skb, 1}) == 1);
        const auto got = next_packet(*device, loop, pool, [](const packet& p) { return p.data()[9] == std::byte{253}; });
        REQUIRE(got);
        CHECK(as_text(got->bytes().subspan(20)) == text{"own"});
        CHECK_FALSE(next_packet(*device, loop, pool, [](const packet& p) { return p.data()[9] == std::byte{1}; }));
    }
}
