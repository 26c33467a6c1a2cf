// SPDX-License-Identifier: BSL-1.0
// What goes up in fragments, for those who look at bytes.
#include <weld/stack.hpp>

#include "support/catch.hpp"

#include <weld/device.hpp>
#include <weld/io.hpp>
#include <weld/socket.hpp>
#include <weld/stack/link/gso.hpp>

#include <algorithm>
#include <vector>

namespace {
using namespace weld::literals;
namespace own = weld::stack;

const weld::endpoint4 server{weld::address4{{10, 0, 2, 2}}, 7};

/// Two machines on a wire in memory; one has parts that look at what comes.
struct two_nets {
    weld::io::epoll loop;
    weld::device::memory_link<> wire{{}};
    weld::net<own::interface<own::ethernet<weld::device::memory<>>>, own::ipv4, own::icmp, own::tcp, weld::shared<weld::io::epoll>> near{
        own::interface{"eth0", own::ethernet{wire.left()}, "10.0.2.1/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, weld::shared{loop}};
    weld::net<own::interface<own::ethernet<weld::device::memory<>>>, own::ipv4, own::icmp, own::tcp, own::packet_family, own::raw, weld::shared<weld::io::epoll>> far{
        own::interface{"eth0", own::ethernet{wire.right()}, "10.0.2.2/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, own::packet_family{}, own::raw{}, weld::shared{loop}};
};

/// What a sniffer saw of a stream: octets by sequence number, and whether each packet was right in itself.
struct seen_stream {
    std::size_t packets = 0, merged = 0, octets = 0;
    bool right = true;

    void look(weld::const_bytes ip_packet) {
        const auto ip = weld::wire::ipv4_view::parse(ip_packet);
        right = right && ip && ip->checksum_valid() && ip->total_length() == ip_packet.size();
        if (!right) return;
        const auto tcp = weld::wire::tcp_view::parse(ip->payload());
        right = right && tcp.error() == weld::errc{};
        if (!right || tcp->payload().empty() || ip->destination() != server.address()) return;
        ++packets;
        merged += tcp->payload().size() > 1448;
        octets += tcp->payload().size();
    }
};
}  // namespace

TEST_CASE("packet and raw sockets see whole packets while a stream goes by in fragments", "[stack][net]") {
    two_nets world;
    auto listener = weld::listen(world.far, weld::tcp, server);
    auto near = world.near.socket(weld::tcp);
    REQUIRE(listener);
    REQUIRE(near->connect(server, 5_s).blocking());
    auto to = listener->accept(5_s).blocking();
    REQUIRE(to);
    auto cooked = world.far.socket(weld::packet_cooked, 0x800);
    auto raw = world.far.socket(weld::raw, 6);
    REQUIRE(cooked);
    REQUIRE(raw);
    for (weld::result<> set : {cooked->set(weld::receive_buffer{1 << 22}), raw->set(weld::receive_buffer{1 << 22})}) CHECK(set);
    constexpr std::size_t total = 4 << 20;
    std::vector<std::byte> data(65536), room(65536), frame(70'000);
    std::size_t sent = 0, received = 0;
    bool wrong = false;
    seen_stream by_packet, by_raw;
    const auto octet = [](std::size_t at) { return static_cast<std::byte>(at * 7 + at / 251); };
    for (int rounds = 0; received < total && rounds < 100'000; ++rounds) {
        const std::size_t size = std::min(data.size(), total - sent);
        for (std::size_t i = 0; i < size; ++i) data[i] = octet(sent + i);
        sent += near->try_send(weld::const_bytes{data}.first(size)).value_or(0);
        if (world.near.runnable().empty() && sent == total) world.near.step();
        world.near.runnable().run(256);
        const std::size_t got = to->try_recv(room).value_or(0);
        for (std::size_t i = 0; i < got; ++i) wrong |= room[i] != octet(received + i);
        received += got;
        while (const auto size_seen = cooked->try_recv(weld::mutable_bytes{frame})) by_packet.look(weld::const_bytes{frame}.first(*size_seen));
        while (const auto size_seen = raw->try_recv(weld::mutable_bytes{frame})) by_raw.look(weld::const_bytes{frame}.first(*size_seen));
    }
    CHECK(received == total);
    CHECK_FALSE(wrong);
    for (const seen_stream& seen : {by_packet, by_raw}) {
        CHECK(seen.right);
        CHECK(seen.merged > 10);
        CHECK(seen.octets == total);
    }
    CHECK(world.far.part<own::interface<own::ethernet<weld::device::memory<>>>>().stats().rx_merged > 1000);
}
