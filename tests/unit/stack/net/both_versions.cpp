// SPDX-License-Identifier: BSL-1.0
// One net of IPv4 and IPv6: streams of both side by side over one wire, merged each among themselves, and seen whole by raw and
// packet sockets.
#include <weld/stack.hpp>

#include "support/catch.hpp"

#include <weld/device.hpp>
#include <weld/io.hpp>
#include <weld/socket.hpp>

#include <algorithm>
#include <vector>

namespace {
using namespace weld::literals;
namespace own = weld::stack;

const weld::endpoint4 server4{weld::address4{{10, 0, 2, 2}}, 7};
const weld::endpoint6 server6{*weld::address6::parse("fd00::2"), 7};

auto net_at(weld::device::memory<> end, const char* addresses, weld::io::epoll& loop) {
    return weld::net{own::interface{"eth0", own::ethernet{std::move(end)}, addresses}, own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{},
                     own::ipv6{{.dad_transmits = 0}}, own::icmp6{}, own::tcp6{}, own::udp6{}, own::raw6{}, own::packet_family{}, weld::shared{loop}};
}
struct two_nets {
    using net_type = decltype(net_at(std::declval<weld::device::memory<>>(), "", std::declval<weld::io::epoll&>()));
    weld::io::epoll loop;
    weld::device::memory_link<> wire{{}};
    net_type near{net_at(wire.left(), "10.0.2.1/24,fd00::1/64", loop)}, far{net_at(wire.right(), "10.0.2.2/24,fd00::2/64", loop)};
    auto& io() { return far.part<own::interface<own::ethernet<weld::device::memory<>>>>(); }
};
std::byte octet(std::size_t at, std::size_t salt) { return static_cast<std::byte>(at * 7 + at / 251 + salt); }

/// A stream on its way, as fast as it goes.
template <class Socket>
struct stream {
    Socket from, to;
    std::size_t total, salt;
    std::size_t sent = 0, received = 0;
    bool wrong = false;
    std::vector<std::byte> data = std::vector<std::byte>(65536), room = std::vector<std::byte>(65536);

    bool done() {
        const std::size_t size = std::min(data.size(), total - sent);
        for (std::size_t i = 0; i < size; ++i) data[i] = octet(sent + i, salt);
        sent += from.try_send(weld::const_bytes{data}.first(size)).value_or(0);
        const std::size_t got = to.try_recv(room).value_or(0);
        for (std::size_t i = 0; i < got; ++i) wrong |= room[i] != octet(received + i, salt);
        received += got;
        return received == total;
    }
};
template <auto Protocol, class Address>
auto connected(two_nets& world, const Address& server, std::size_t total, std::size_t salt) {
    auto listener = weld::listen(world.far, Protocol, server);
    auto near = world.near.socket(Protocol);
    REQUIRE(listener);
    REQUIRE(near->connect(server, 5_s).blocking());
    auto to = listener->accept(5_s).blocking();
    REQUIRE(to);
    using socket = std::remove_reference_t<decltype(*near)>;
    return stream<socket>{std::move(*near), std::move(*to), total, salt};
}
/// What raw sockets and sniffers saw of one stream of IPv6.
struct seen_stream {
    std::size_t merged = 0, octets = 0;
    bool right = true;
    void look(weld::const_bytes segment) {
        const auto tcp = weld::wire::tcp_view::parse(segment);
        right = right && static_cast<bool>(tcp);
        if (!right || tcp->payload().empty()) return;
        merged += tcp->payload().size() > 1428;
        octets += tcp->payload().size();
    }
};
}  // namespace

TEST_CASE("streams of both versions go side by side, and each version's segments are merged", "[stack][net][ip6]") {
    two_nets world;
    constexpr std::size_t total = 2 << 20;
    auto four = connected<weld::tcp>(world, server4, total, 1);
    auto six = connected<weld::tcp6>(world, server6, total, 2);
    auto raw = world.far.socket(weld::raw6, 6);
    auto cooked = world.far.socket(weld::packet_cooked, 0x86dd);
    REQUIRE(raw);
    REQUIRE(cooked);
    for (weld::result<> set : {raw->set(weld::receive_buffer{1 << 22}), cooked->set(weld::receive_buffer{1 << 22})}) CHECK(set);
    std::vector<std::byte> frame(70'000);
    seen_stream by_raw, by_packet;
    for (int rounds = 0; rounds < 100'000; ++rounds) {
        const bool first = four.done(), second = six.done();
        if (first && second) break;
        if (world.near.runnable().empty()) world.near.step();
        world.near.runnable().run(256);
        while (const auto got = raw->try_recv_from(weld::mutable_bytes{frame}))
            if (got->from.address() != server6.address()) by_raw.look(weld::const_bytes{frame}.first(got->size));
        while (const auto size = cooked->try_recv(weld::mutable_bytes{frame})) {
            const auto ip = weld::wire::ipv6_view::parse(weld::const_bytes{frame}.first(*size));
            by_packet.right = by_packet.right && ip;
            if (ip && ip->destination() == server6.address() && ip->protocol() == 6) by_packet.look(ip->payload());
        }
    }
    CHECK(four.received == total);
    CHECK(six.received == total);
    CHECK_FALSE(four.wrong);
    CHECK_FALSE(six.wrong);
    for (const seen_stream& seen : {by_raw, by_packet}) {
        CHECK(seen.right);
        CHECK(seen.merged > 10);
        CHECK(seen.octets == total);
    }
    CHECK(world.io().stats().rx_merged > 1000);
}

TEST_CASE("each version has its ports for itself", "[stack][net][ip6]") {  // IPV6_V6ONLY
    two_nets world;
    auto four = world.far.socket(weld::udp), again = world.far.socket(weld::udp);
    auto six = world.far.socket(weld::udp6);
    REQUIRE(four->bind(weld::endpoint4{{}, 7}));
    REQUIRE(six->bind(weld::endpoint6{{}, 7}));
    CHECK(again->bind(weld::endpoint4{{}, 7}).error() == weld::errc::address_in_use);
    auto near4 = world.near.socket(weld::udp);
    auto near6 = world.near.socket(weld::udp6);
    REQUIRE(near4->send_to(weld::as_bytes("four"), server4).blocking());
    REQUIRE(near6->send_to(weld::as_bytes("six"), server6).blocking());
    std::byte buffer[8];
    CHECK(four->recv(weld::mutable_bytes{buffer}, 5_s).blocking() == 4u);
    CHECK(six->recv(weld::mutable_bytes{buffer}, 5_s).blocking() == 3u);
}
