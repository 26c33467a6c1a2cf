// SPDX-License-Identifier: BSL-1.0
#include <weld/sys/faulty.hpp>

#include <weld/host/inet.hpp>
#include <weld/sys/libc.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/serve.hpp>
#include <weld/task/sleep.hpp>
#include <weld/task/when_all.hpp>

#include "support/catch.hpp"
#include "support/host_net.hpp"

#include <chrono>
#include <vector>

using namespace weld::literals;
namespace sys = weld::sys;

namespace {
std::byte pattern(std::uint64_t seed, std::size_t at) { return static_cast<std::byte>((seed * 131 + at * 7 + (at >> 8)) & 0xff); }

template <class Socket>
weld::task<> echo(Socket socket) {
    std::array<std::byte, 16384> buffer;
    for (;;) {
        const auto got = co_await socket.recv(buffer);
        if (!got || *got == 0 || !co_await socket.send_all({buffer.data(), *got})) co_return;
    }
}
template <class Net, class Listener>
weld::task<> serve_echo(Net& net, Listener& listener) {
    static_cast<void>(co_await weld::serve(net, listener, [](auto socket) { return echo(std::move(socket)); }, {.pause = 1_ms}));
}
template <class Socket>
weld::task<> send_pattern(Socket& socket, std::uint64_t seed, std::size_t size, bool& sent) {
    std::vector<std::byte> data(size);
    for (std::size_t i = 0; i < size; ++i) data[i] = pattern(seed, i);
    sent = co_await socket.send_all(data) == size && socket.shutdown(weld::shutdown_type::write);
}
template <class Socket>
weld::task<> check_pattern(Socket& socket, std::uint64_t seed, std::size_t size, bool& intact) {
    std::array<std::byte, 16384> buffer;
    std::size_t at = 0;
    for (;;) {
        const auto got = co_await socket.recv(buffer);
        if (!got) co_return;
        if (*got == 0) break;
        for (std::size_t i = 0; i < *got; ++i)
            if (buffer[i] != pattern(seed, at + i)) co_return;
        at += *got;
    }
    intact = at == size;
}
/// Whether all went well, with what was injected.
template <class Faults>
bool echo_once(std::uint64_t seed, std::size_t size, Faults faults) {
    weld::net net{weld::host::inet{}, faults};
    const auto open = [&] {
        for (;;)
            if (auto made = net.socket(weld::tcp)) return std::move(*made);
    };
    auto listener = open();
    if (!listener.bind(weld::endpoint4{weld::address4::loopback(), 0}) || !listener.listen()) return false;
    net.spawn(serve_echo(net, listener));
    auto client = open();
    if (!weld::block_on(net, client.connect(*listener.local_address(), 5_s))) return false;
    bool sent = false, intact = false;
    weld::block_on(net, weld::when_all(send_pattern(client, seed, size, sent), check_pattern(client, seed, size, intact)));
    return sent && intact;
}
}  // namespace

TEST_CASE("an echo survives every fault, for a thousand seeds", "[faulty]") {
    const int before = support::open_descriptors();
    const auto began = std::chrono::steady_clock::now();
    sys::injected_faults all;
    constexpr std::size_t size = 200 * 1024;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        const sys::faulty<> faults{seed};
        const bool well = echo_once(seed, size, faults);
        if (!well) FAIL("seed " << seed);
        const auto& one = faults.injected();
        all.interrupted += one.interrupted;
        all.try_again += one.try_again;
        all.partial += one.partial;
        all.too_many_files_open += one.too_many_files_open;
        all.not_enough_memory += one.not_enough_memory;
    }
    CHECK(all.interrupted > 1000);
    CHECK(all.try_again > 1000);
    CHECK(all.partial > 1000);
    CHECK(all.too_many_files_open > 10);
    CHECK(all.not_enough_memory > 10);
    CHECK(support::open_descriptors() == before);
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds{60});
}

TEST_CASE("faults lie over any way into the kernel", "[faulty]") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) CHECK(echo_once(seed, 50'000, sys::faulty<sys::default_faults, sys::libc>{seed}));
    CHECK(echo_once(0, 50'000, sys::libc{}));
}

TEST_CASE("the same calls and the same seed give the same faults", "[faulty]") {
    const auto run = [](std::uint64_t seed) {
        std::vector<long> answers;
        sys::faulty<> kernel{seed};
        int pair[2];
        REQUIRE(sys::socketpair(kernel, AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
        const char data[100] = {};
        char buffer[100];
        for (int i = 0; i < 300; ++i) {
            answers.push_back(kernel.call<sys::number::sendto>(pair[0], data, sizeof data, 0, nullptr, 0));
            answers.push_back(kernel.call<sys::number::recvfrom>(pair[1], buffer, sizeof buffer, 0, nullptr, nullptr));
        }
        CHECK(sys::close(kernel, pair[0]));
        CHECK(sys::close(kernel, pair[1]));
        return answers;
    };
    CHECK(run(1) == run(1));
    CHECK(run(1) != run(2));
}

TEST_CASE("no datagram is cut, and no counter", "[faulty]") {
    struct always_partial {
        static constexpr sys::fault_odds of(sys::number) noexcept { return {.partial = 1000}; }
    };
    sys::faulty<always_partial> kernel{1};
    int pair[2];
    REQUIRE(sys::socketpair(kernel, AF_UNIX, SOCK_DGRAM, 0, pair));
    char data[100] = {};
    for (int i = 0; i < 20; ++i) {
        CHECK(kernel.call<sys::number::sendto>(pair[0], data, sizeof data, 0, nullptr, 0) == 100);
        CHECK(kernel.call<sys::number::recvfrom>(pair[1], data, sizeof data, 0, nullptr, nullptr) == 100);
    }
    CHECK(kernel.injected().total() == 0);
    CHECK(sys::close(kernel, pair[0]));
    CHECK(sys::close(kernel, pair[1]));
}

TEST_CASE("copies refer to one state", "[faulty]") {
    struct always {
        static constexpr sys::fault_odds of(sys::number) noexcept { return {.interrupted = 1000}; }
    };
    sys::faulty<always> one{1};
    auto other = one;
    CHECK(other.call<sys::number::getpid>() == -EINTR);
    CHECK(one.injected().interrupted == 1);
    sys::faulty<always> third{2};
    third = one;
    CHECK(third.injected().interrupted == 1);
}
