// SPDX-License-Identifier: BSL-1.0
// weld's own stack, 10.0.0.2, beside the kernel, 10.0.0.1, in a network of the test's own: datagrams of every size both
// ways, and what either says where nobody listens.
#include <weld/stack.hpp>

#include "support/catch.hpp"
#include "support/private_network.hpp"

#include <weld/device.hpp>
#include <weld/weld.hpp>

#include <cstring>
#include <vector>

namespace {
using namespace weld::literals;
namespace own = weld::stack;
using support::private_network;

constexpr weld::duration patience = 10_s;
const weld::address4 kernel_address{{10, 0, 0, 1}}, own_address{{10, 0, 0, 2}};

using host_net = weld::net<weld::host::inet, weld::shared<weld::io::epoll>>;
template <class Device>
using own_net = weld::net<own::interface<own::ethernet<Device>>, own::ipv4, own::icmp, own::tcp, own::udp, weld::shared<weld::io::epoll>>;

std::vector<std::byte> pattern(std::size_t size) {
    std::vector<std::byte> bytes(size);
    std::uint64_t x = size;
    for (std::byte& b : bytes) b = static_cast<std::byte>((x = x * 6364136223846793005 + 1442695040888963407) >> 56);
    return bytes;
}

/// One side sends datagrams of many sizes, the other sends each back.
template <class Near, class Far>
void datagrams_return(Near& near, Far& far, weld::address4 far_address, std::size_t largest) {
    auto there = weld::bind(far, weld::udp, weld::endpoint4{weld::address4{}, 4000});
    auto here = near.socket(weld::udp);
    REQUIRE(there);
    REQUIRE(here);
    REQUIRE(here->connect({far_address, 4000}).blocking());
    std::vector<std::byte> buffer(65536);
    for (const std::size_t size : {0u, 1u, 17u, 1472u, 1473u, 4000u, 9001u, 60000u, 65507u}) {
        if (size > largest) break;
        INFO("size " << size);
        const auto message = pattern(size);
        REQUIRE(here->send(message, patience).blocking() == size);
        // Whoever waits must not keep the own stack from its work: it takes its turn first.
        const auto forth = weld::block_on(far, [](auto& socket, auto& room) -> weld::task<weld::result<weld::datagram<weld::endpoint4>>> {
            co_return co_await socket.recv_from(room, patience);
        }(*there, buffer));
        REQUIRE(forth);
        REQUIRE(forth->size == size);
        CHECK((size == 0 || std::memcmp(buffer.data(), message.data(), size) == 0));
        REQUIRE(there->send_to(weld::const_bytes{buffer}.first(size), forth->from, patience).blocking() == size);
        const auto back = weld::block_on(near, [](auto& socket, auto& room) -> weld::task<weld::result<std::size_t>> {
            co_return co_await socket.recv(room, patience);
        }(*here, buffer));
        REQUIRE(back == size);
        CHECK((size == 0 || std::memcmp(buffer.data(), message.data(), size) == 0));
    }
}

template <class Near>
weld::task<> nobody_there(Near& near, weld::address4 far_address) {
    auto stream = near.socket(weld::tcp);
    const auto connected = co_await stream->connect({far_address, 4001}, patience);
    CHECK(connected.error() == weld::errc::connection_refused);
    auto datagrams = near.socket(weld::udp);
    CHECK(datagrams->connect({far_address, 4001}).blocking());
    const auto sent = co_await datagrams->send(weld::as_bytes(weld::text{"is anybody there"}), patience);
    CHECK(sent);
    char room[16];
    const auto answer = co_await datagrams->recv(weld::as_writable_bytes(room), patience);
    CHECK(answer.error() == weld::errc::connection_refused);
    auto nowhere = near.socket(weld::tcp);
    const auto unreachable = co_await nowhere->connect({weld::address4{{10, 0, 0, 77}}, 1}, patience);
    CHECK(unreachable.error() == weld::errc::host_unreachable);
}

template <class Device>
void meet(Device device, std::size_t largest = 65507) {
    weld::io::epoll loop;
    host_net host{weld::host::inet{}, weld::shared{loop}};
    own_net<Device> mine{own::interface{"eth0", own::ethernet{std::move(device)}, "10.0.0.2/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}, weld::shared{loop}};
    REQUIRE(mine.status());
    datagrams_return(mine, host, kernel_address, largest);
    datagrams_return(host, mine, own_address, largest);
    weld::block_on(mine, nobody_there(mine, kernel_address));
    weld::block_on(host, nobody_there(host, own_address));
}
}  // namespace

TEST_CASE("datagrams return, and nobody is told of, over tap", "[interop][stack]") {
    private_network apart;
    if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
    for (const bool offloads : {true, false}) {
        auto tap = weld::device::tap::open("weld0", {.offloads = offloads, .up = true, .host_address = {kernel_address, 24}});
        if (!tap) SKIP("no tap interface: " << weld::message(tap.error()));
        meet(std::move(*tap));
    }
}

TEST_CASE("datagrams return, and nobody is told of, over a veth pair and packet_ring", "[interop][stack]") {
    private_network apart;
    if (!apart) SKIP("needs the right to make a network namespace (CAP_SYS_ADMIN)");
    if (!private_network::run("ip link add kernel0 type veth peer name weld0 && ip addr add 10.0.0.1/24 dev kernel0 && "
                              "ip link set kernel0 up && ip link set weld0 up")) SKIP("no veth interface");
    for (const bool offloads : {true, false}) {
        auto ring = weld::device::packet_ring::open("weld0", {.offloads = offloads});
        REQUIRE(ring);
        meet(std::move(*ring));
    }
}
