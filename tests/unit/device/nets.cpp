// SPDX-License-Identifier: BSL-1.0
// Two nets over a wire in memory, and who steps them.
#include <weld/device/memory.hpp>

#include "support/catch.hpp"

#include <weld/io/epoll.hpp>
#include <weld/socket/net.hpp>
#include <weld/socket/socket.hpp>
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/udp/udp.hpp>

using namespace weld;
namespace own = weld::stack;

namespace {

template <class End, class Source>
auto net_over(End end, const char* address, Source source) {
    return weld::net{own::interface{"eth0", own::ethernet{std::move(end)}, address}, own::ipv4{}, own::icmp{}, own::udp{}, std::move(source)};
}

template <class Net>
task<> echo(Net& net) {
    auto socket = *net.socket(udp);
    CHECK(socket.bind(endpoint4{address4::any(), 7}));
    for (;;) {
        std::byte buffer[100];
        const auto got = co_await socket.recv_from(mutable_bytes{buffer});
        if (!got) co_return;
        CHECK(co_await socket.send_to(const_bytes{buffer}.first(got->size), got->from));
    }
}

template <class Net>
task<> ask(Net& net, int times, int& answers) {
    auto socket = *net.socket(udp);
    for (int i = 0; i < times; ++i) {
        CHECK(co_await socket.send_to(as_bytes(text{"hello"}), endpoint4{address4{10, 0, 0, 2}, 7}));
        std::byte buffer[100];
        const auto got = co_await socket.recv_from(mutable_bytes{buffer});
        answers += got && got->size == 5;
    }
}

}  // namespace

TEST_CASE("two nets share an event source, and running one runs both", "[device][memory]") {
    device::memory_link wire;
    io::epoll loop;
    {
        auto a = net_over(wire.left(), "10.0.0.1/24", weld::shared{loop});
        auto b = net_over(wire.right(), "10.0.0.2/24", weld::shared{loop});
        REQUIRE(a.status());
        REQUIRE(b.status());
        int answers = 0;
        b.spawn(echo(b));
        a.spawn(ask(a, 100, answers));
        a.run();
        CHECK(answers == 100);
    }
    CHECK(wire.packets().in_use() == packet_pool::usage{});
}

TEST_CASE("two nets with an event source each are stepped in turn", "[device][memory]") {
    device::memory_link wire;
    {
        auto a = net_over(wire.left(), "10.0.0.1/24", io::epoll{});
        auto b = net_over(wire.right(), "10.0.0.2/24", io::epoll{});
        int answers = 0;
        b.spawn(echo(b));
        a.spawn(ask(a, 100, answers));
        for (int steps = 0; answers < 100 && steps < 10'000; ++steps) {
            if (!a.runnable().empty()) a.step();
            if (!b.runnable().empty()) b.step();
        }
        CHECK(answers == 100);
    }
    CHECK(wire.packets().in_use() == packet_pool::usage{});
}

TEST_CASE("a net whose peer ends is told", "[device][memory]") {
    device::memory_link wire;
    io::epoll loop;
    auto a = net_over(wire.left(), "10.0.0.1/24", weld::shared{loop});
    { auto b = net_over(wire.right(), "10.0.0.2/24", weld::shared{loop}); }
    weld::step(loop);
    using part = std::remove_reference_t<decltype(own::interface{"", own::ethernet{std::declval<device::memory<>>()}, ""})>;
    CHECK(a.template part<part>().error() == errc::network_down);
}
