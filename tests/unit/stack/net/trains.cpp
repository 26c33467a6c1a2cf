// SPDX-License-Identifier: BSL-1.0
// Segments that leave in trains, over a device that is better given each train at once.
#include <weld/stack/interface.hpp>

#include "support/catch.hpp"

#include <weld/device/memory.hpp>
#include <weld/io.hpp>
#include <weld/socket.hpp>
#include <weld/stack.hpp>

#include <algorithm>
#include <optional>
#include <vector>

namespace {
using namespace weld::literals;
namespace own = weld::stack;

const weld::endpoint4 server{weld::address4{{10, 0, 2, 2}}, 7};

/// A wire's end that says of itself what a tap does, and notes how many frames it took in each call.
struct one_by_one : weld::device::memory<> {
    static constexpr bool transmits_one_by_one = true;
    struct call {
        std::size_t taken, of;
    };
    one_by_one(weld::device::memory<> of, std::vector<call>& calls) noexcept : memory{std::move(of)}, calls_{&calls} {}
    std::size_t transmit(weld::span<weld::packet_buffer> frames) noexcept { return note(memory::transmit(frames), frames.size()); }
    std::size_t transmit(weld::packet_queue& frames) noexcept {
        const std::size_t all = frames.size();
        return note(memory::transmit(frames), all);
    }

private:
    std::size_t note(std::size_t count, std::size_t of) noexcept {
        calls_->push_back({count, of});
        return count;
    }
    std::vector<call>* calls_;
};

template <class Near>
struct two_nets {
    explicit two_nets(std::size_t queue_limit) : wire{{.queue_limit = queue_limit}} {
        REQUIRE(from.set(weld::send_buffer{4 << 20}));
        REQUIRE(listener.set(weld::receive_buffer{4 << 20}));
        REQUIRE(listener.bind(server));
        REQUIRE(listener.listen(1));
        REQUIRE(from.connect(server, 5_s).blocking());
        REQUIRE(transfer(16 << 20, 1 << 20));  // windows are wide from here on
        while (!near.runnable().empty()) near.runnable().run(64);
        calls.clear();
    }
    auto made() {
        if constexpr (std::is_same_v<Near, one_by_one>) return one_by_one{wire.left(), calls};
        else return wire.left();
    }
    std::vector<one_by_one::call> calls;
    weld::io::epoll loop;
    weld::device::memory_link<> wire;
    weld::net<own::interface<own::ethernet<Near>>, own::ipv4, own::icmp, own::tcp, weld::shared<weld::io::epoll>> near{
        own::interface{"eth0", own::ethernet{made()}, "10.0.2.1/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, weld::shared{loop}};
    weld::net<own::interface<own::ethernet<weld::device::memory<>>>, own::ipv4, own::icmp, own::tcp, weld::shared<weld::io::epoll>> far{
        own::interface{"eth0", own::ethernet{wire.right()}, "10.0.2.2/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, weld::shared{loop}};
    weld::socket<decltype(near), weld::tcp> from = *near.socket(weld::tcp);
    weld::socket<decltype(far), weld::tcp> listener = *far.socket(weld::tcp);
    std::optional<weld::socket<decltype(far), weld::tcp>> to;

    std::byte octet(std::size_t at) const { return static_cast<std::byte>(at * 7 + at / 251); }
    /// Sends `total` octets in calls of `size`; true where all of them arrive in their order.
    bool transfer(std::size_t total, std::size_t size) {
        std::vector<std::byte> data(size), room(65536);
        if (!to) to.emplace(*listener.accept(5_s).blocking());
        std::size_t sent = 0, received = 0;
        for (int rounds = 0; received < total && rounds < 100'000; ++rounds) {
            for (std::size_t i = 0; i < size; ++i) data[i] = octet(sent + i);
            sent += from.try_send(weld::const_bytes{data}.first(std::min(size, total - sent))).value_or(0);
            if (near.runnable().empty()) near.step();  // a timer is due
            near.runnable().run(256);
            while (const std::size_t got = to->try_recv(room).value_or(0)) {
                for (std::size_t i = 0; i < got; ++i)
                    if (room[i] != octet(received + i)) return false;
                received += got;
            }
        }
        return received == total;
    }
};
}  // namespace

TEST_CASE("a train goes to a device that sends one by one before send returns", "[stack][net][trains]") {
    two_nets<one_by_one> world{1024};
    const std::vector<std::byte> data(300'000);
    const auto sent = world.from.try_send(data);
    REQUIRE(sent);
    REQUIRE(*sent == data.size());
    CHECK(world.calls.size() >= 4);  // 64 segments each
    std::size_t frames = 0;
    for (const auto& call : world.calls) {
        CHECK(call.taken <= 64);
        frames += call.taken;
    }
    CHECK(frames == (data.size() + 1447) / 1448);  // whole segments, but for the last
}

TEST_CASE("one that does not gets the trains of a turn together, once send has returned", "[stack][net][trains]") {
    two_nets<weld::device::memory<>> world{1024};
    auto& io = world.near.template part<own::interface<own::ethernet<weld::device::memory<>>>>();
    const std::uint64_t before = io.stats().tx_packets;
    const std::vector<std::byte> data(300'000);
    REQUIRE(world.from.try_send(data) == data.size());
    CHECK(io.stats().tx_packets == before);
}

TEST_CASE("what a full device leaves of a train follows in its order", "[stack][net][trains]") {
    two_nets<one_by_one> world{24};
    CHECK(world.transfer(2 << 20, 300'001));
    CHECK(std::any_of(world.calls.begin(), world.calls.end(), [](const auto& call) { return call.taken < call.of; }));
}
