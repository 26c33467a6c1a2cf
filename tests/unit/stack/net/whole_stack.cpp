// SPDX-License-Identifier: BSL-1.0
#include <weld/stack.hpp>

#include "support/catch.hpp"

#include <weld/device.hpp>
#include <weld/io.hpp>
#include <weld/socket.hpp>
#include <weld/task.hpp>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace {
using namespace weld::literals;
namespace own = weld::stack;

constexpr weld::duration patience = 20_s;

/// Two machines of one process over a wire in memory, on one epoll: 10.0.0.1 and 10.0.0.2.
struct two_nets {
    using net_t = weld::net<own::interface<own::ethernet<weld::device::memory<>>>, own::ipv4, own::icmp, own::tcp, own::udp, weld::shared<weld::io::epoll>>;

    explicit two_nets(weld::device::memory_options options = {})
        : wire{options},
          a{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}, weld::shared{loop}},
          b{own::interface{"eth0", own::ethernet{wire.right()}, "10.0.0.2/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}, weld::shared{loop}} {}

    weld::io::epoll loop;
    weld::device::memory_link<> wire;
    net_t a, b;
};
const weld::endpoint4 server_at{weld::address4{{10, 0, 0, 2}}, 7777};

constexpr weld::device::memory_options plain{};
constexpr weld::device::memory_options whole{.features = {.checksum = true, .gso_size_max = 65536}};

std::vector<std::byte> random_bytes(std::size_t size, std::uint64_t seed) {
    std::vector<std::byte> bytes(size);
    for (std::byte& b : bytes) b = static_cast<std::byte>((seed = seed * 6364136223846793005 + 1442695040888963407) >> 56);
    return bytes;
}

/// The same source for every net: it names what it needs, not what lies underneath.
template <weld::provides<weld::tcp> Net>
weld::task<> echo_once(Net& net, weld::endpoint4 at) {
    auto listener = weld::listen(net, weld::tcp, at, weld::no_delay{});
    REQUIRE(listener);
    auto socket = co_await listener->accept(patience);
    REQUIRE(socket);
    std::vector<std::byte> buffer(64 * 1024);
    for (;;) {
        const auto got = co_await socket->recv(buffer, patience);
        REQUIRE(got);
        if (*got == 0) break;
        const auto sent = co_await socket->send_all(weld::const_bytes{buffer}.first(*got), patience);
        REQUIRE(sent);
    }
    CHECK(socket->shutdown(weld::shutdown_type::write));
}

template <weld::provides<weld::tcp> Net>
weld::task<> talk(Net& net, weld::endpoint4 at, std::size_t size, bool& done) {
    auto socket = co_await weld::connect(net, weld::tcp, at, patience, weld::no_delay{});
    REQUIRE(socket);
    CHECK(socket->peer_address() == at);
    CHECK(socket->local_address()->address() == weld::address4{{10, 0, 0, 1}});
    CHECK(socket->template get<weld::no_delay>() == true);
    const auto message = random_bytes(size, size);
    std::vector<std::byte> back(size);
    auto [reader, writer] = std::move(*socket).split();
    const auto [sent, got] = co_await weld::when_all(writer.send_all(message, patience), reader.read_exactly(back, patience));
    CHECK(sent == size);
    CHECK(got == size);
    CHECK(message == back);
    CHECK(writer.shutdown());
    const auto end = co_await reader.recv(back, patience);
    CHECK(end == 0u);
    done = true;
}
}  // namespace

TEST_CASE("an echo over TCP between two nets of one process, coroutines on both sides", "[stack][net]") {
    for (const auto& options : {plain, whole}) {
        for (const std::size_t size : {std::size_t{1}, std::size_t{1460}, std::size_t{3'000'000}}) {
            two_nets world{options};
            CHECK(world.a.status());
            bool done = false;
            world.b.spawn(echo_once(world.b, server_at));
            world.a.spawn(talk(world.a, server_at, size, done));
            world.a.run();
            world.b.run();
            CHECK(done);
        }
    }
}

TEST_CASE("what goes over the wire between two nets is held in the pool only while it is under way", "[stack][net]") {
    two_nets world{plain};
    bool done = false;
    world.b.spawn(echo_once(world.b, server_at));
    world.a.spawn(talk(world.a, server_at, 1'000'000, done));
    world.a.run();
    world.b.run();
    for (int i = 0; i < 100 && world.wire.packets().in_use() != weld::packet_pool::usage{}; ++i) world.a.step();
    CHECK(world.wire.packets().in_use() == weld::packet_pool::usage{});
    CHECK(world.a.part<own::tcp>().connections.size() == 1);  // TIME_WAIT: it closed first
    CHECK(world.b.part<own::tcp>().connections.size() == 0);
}

TEST_CASE("blocking calls run the net, and with it the other one on the same epoll", "[stack][net]") {
    two_nets world{whole};
    auto listener = weld::listen(world.b, weld::tcp, server_at);
    REQUIRE(listener);
    auto near = world.a.socket(weld::tcp);
    REQUIRE(near);
    REQUIRE(near->connect(server_at, patience).blocking());
    auto far = listener->accept(patience).blocking();
    REQUIRE(far);
    char buffer[64];
    const weld::mutable_bytes room = weld::as_writable_bytes(buffer);
    CHECK(far->send_all(weld::as_bytes(weld::text{"hello"})).blocking() == 5u);
    CHECK(near->recv(room, patience).blocking() == 5u);
    CHECK(std::memcmp(buffer, "hello", 5) == 0);
    CHECK(near->recv(room, 20_ms).blocking().error() == weld::errc::timed_out);
    CHECK(near->try_recv(room).error() == weld::errc::resource_unavailable_try_again);
    far->close();
    CHECK(near->recv(room, patience).blocking() == 0u);
}

TEST_CASE("a port where nobody listens refuses; a host that does not exist is unreachable", "[stack][net]") {
    two_nets world;
    auto refused = world.a.socket(weld::tcp), nobody = world.a.socket(weld::tcp), nowhere = world.a.socket(weld::tcp);
    CHECK(refused->connect(server_at, patience).blocking().error() == weld::errc::connection_refused);
    CHECK(nobody->connect({weld::address4{{10, 0, 0, 99}}, 1}, patience).blocking().error() == weld::errc::host_unreachable);
    CHECK(nowhere->connect({weld::address4{{192, 0, 2, 1}}, 1}, patience).blocking().error() == weld::errc::network_unreachable);
}

TEST_CASE("datagrams beside streams, in the same nets", "[stack][net]") {
    two_nets world;
    auto far = weld::bind(world.b, weld::udp, server_at);
    REQUIRE(far);
    auto near = world.a.socket(weld::udp);
    REQUIRE(near);
    CHECK(near->connect(server_at).blocking());
    CHECK(near->send(weld::as_bytes(weld::text{"one"}), patience).blocking() == 3u);
    char buffer[64];
    const auto got = far->recv_from(weld::as_writable_bytes(buffer), patience).blocking();
    REQUIRE(got);
    CHECK(got->size == 3u);
    CHECK(got->from == near->local_address());
    far->close();
    CHECK(near->send(weld::as_bytes(weld::text{"two"}), patience).blocking() == 3u);
    CHECK(near->recv(weld::as_writable_bytes(buffer), patience).blocking().error() == weld::errc::connection_refused);
}

TEST_CASE("a deadline ends a call that waits, and the socket goes on", "[stack][net]") {
    two_nets world;
    auto listener = weld::listen(world.b, weld::tcp, server_at);
    REQUIRE(listener);
    CHECK(listener->accept(10_ms).blocking().error() == weld::errc::timed_out);
    auto near = world.a.socket(weld::tcp);
    REQUIRE(near->connect(server_at, patience).blocking());
    auto far = listener->accept(patience).blocking();
    REQUIRE(far);
    std::vector<std::byte> much(50'000'000);
    std::size_t sent = 0;
    CHECK(near->send_all(much, sent, 50_ms).blocking().error() == weld::errc::timed_out);
    CHECK(sent > 0);
    const auto got = far->read_exactly(weld::mutable_bytes{much}.first(sent), patience).blocking();
    CHECK(got == sent);
}
