// SPDX-License-Identifier: BSL-1.0
// What the own stack takes from the heap: nothing per segment once it has come to its pace, and so much per connection.
#include <weld/stack.hpp>

#include "support/catch.hpp"

#include <weld/device.hpp>
#include <weld/io.hpp>
#include <weld/socket.hpp>

#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <new>
#include <optional>
#include <vector>

namespace {
std::size_t allocations = 0, bytes_held = 0;

void* take(std::size_t size, std::size_t alignment = 16) noexcept {
    void* const memory = alignment <= 16 ? std::malloc(size) : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (memory == nullptr) return nullptr;
    ++allocations;
    bytes_held += ::malloc_usable_size(memory);
    return memory;
}
void give(void* memory) noexcept {
    if (memory != nullptr) bytes_held -= ::malloc_usable_size(memory);
    std::free(memory);
}
}  // namespace

#if defined(__GNUC__) && !defined(__clang__)
#    pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // it sees one of a pair inlined and not the other
#endif

// Every way to the heap that C++ has goes through these in this program.
void* operator new(std::size_t size) {
    if (void* const memory = take(size)) return memory;
    std::abort();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return take(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
    if (void* const memory = take(size, static_cast<std::size_t>(alignment))) return memory;
    std::abort();
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept { return take(size, static_cast<std::size_t>(alignment)); }
void operator delete(void* memory) noexcept { give(memory); }
void operator delete(void* memory, std::size_t) noexcept { give(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give(memory); }

namespace {
using namespace weld::literals;
namespace own = weld::stack;

using net_type = weld::net<own::interface<own::ethernet<weld::device::memory<>>>, own::ipv4, own::icmp, own::tcp, own::udp, weld::shared<weld::io::epoll>>;
using socket_type = weld::socket<net_type, weld::tcp>;
const weld::endpoint4 server{weld::address4{{10, 0, 0, 2}}, 7};

struct two_nets {
    explicit two_nets(weld::device::memory_options options = {})
        : wire{options},
          a{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/8"}, own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}, weld::shared{loop}},
          b{own::interface{"eth0", own::ethernet{wire.right()}, "10.0.0.2/8"}, own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}, weld::shared{loop}} {}
    weld::io::epoll loop;
    weld::device::memory_link<> wire;
    net_type a, b;
};

/// So many octets from one to the other, in pieces of 64 KiB; false where it takes too long.
bool push(two_nets& world, socket_type& from, socket_type& to, std::size_t size, std::vector<std::byte>& buffer) {
    for (std::size_t sent = 0, received = 0, rounds = 0; received < size; ++rounds) {
        if (rounds > 10'000'000) return false;
        if (sent < size) sent += from.try_send(weld::const_bytes{buffer}.first(std::min(buffer.size(), size - sent))).value_or(0);
        world.a.step();
        received += to.try_recv(buffer).value_or(0);
    }
    return true;
}
}  // namespace

TEST_CASE("segments take nothing from the heap in steady state", "[stack][net]") {
    for (const weld::device_features features : {weld::device_features{}, weld::device_features{.checksum = true, .gso_size_max = 65536}}) {
        two_nets world{{.features = features}};
        auto listener = weld::listen(world.b, weld::tcp, server);
        auto near = world.a.socket(weld::tcp);
        REQUIRE(near->connect(server, 5_s).blocking());
        auto far = listener->accept(5_s).blocking();
        REQUIRE(far);
        std::vector<std::byte> buffer(65536);
        REQUIRE(push(world, *near, *far, 16 << 20, buffer));  // windows and pools have grown to what they need
        const std::size_t before = allocations;
        REQUIRE(push(world, *near, *far, 8 << 20, buffer));
        CHECK(allocations - before == 0);
    }
}

TEST_CASE("ten thousand connections at once, and what an idle one takes", "[stack][net]") {
    constexpr std::size_t count = 10'000;
    two_nets world;
    auto listener = weld::listen(world.b, weld::tcp, server);
    std::vector<socket_type> near, far;
    near.reserve(count);
    far.reserve(count);
    const auto open_one = [&] {
        auto one = world.a.socket(weld::tcp);
        REQUIRE(one);
        REQUIRE(one->connect(server, 5_s).blocking());
        auto other = listener->accept(5_s).blocking();
        REQUIRE(other);
        near.push_back(std::move(*one));
        far.push_back(std::move(*other));
    };
    open_one();  // what comes once
    const std::size_t before = bytes_held;
    while (near.size() < count) open_one();
    const std::size_t each = (bytes_held - before) / (2 * (count - 1));
    std::printf("%zu connections at once: %zu bytes for each end of one that is idle\n", count, each);
    CHECK(world.a.part<own::tcp>().connections.size() == count);
    CHECK(world.b.part<own::tcp>().connections.size() == count);
    CHECK(each <= 1280);
    std::byte message[64]{}, back[64];
    for (std::size_t i = 0; i < count; i += 97) {  // and they are alive
        message[0] = static_cast<std::byte>(i);
        REQUIRE(near[i].send(message, 5_s).blocking() == sizeof message);
        REQUIRE(far[i].recv(back, 5_s).blocking() == sizeof back);
        REQUIRE(back[0] == message[0]);
    }
}
