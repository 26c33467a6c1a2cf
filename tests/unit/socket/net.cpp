// SPDX-License-Identifier: BSL-1.0
#include <weld/socket/net.hpp>
#include <weld/socket/protocol/unix.hpp>

#include <weld/host/inet.hpp>
#include <weld/io/epoll.hpp>
#include <weld/sys/faulty.hpp>
#include <weld/sys/libc.hpp>
#include <weld/task/sleep.hpp>

#include "support/archetypes.hpp"
#include "support/catch.hpp"
#include "support/counting.hpp"

#include <vector>

using namespace weld::literals;

namespace {
struct first_part {
    using role = weld::role::trace_policy;
    int number = 1;
};
struct second_part {
    using role = weld::role::security_policy;
    int number = 2;
};
/// Counts what happens to it.
struct witness {
    using role = weld::role::interface;
    template <class Net>
    weld::result<> start(Net&) {
        to->push_back(1);
        return answer;
    }
    template <class Net>
    void stop(Net&) {
        to->push_back(2);
    }
    std::vector<int>* to;
    weld::errc answer{};
};
struct at_end {
    ~at_end() { to.push_back(3); }
    std::vector<int>& to;
};
}  // namespace

using host = weld::net<weld::host::inet>;
static_assert(weld::provides<host, weld::tcp> && weld::provides<host, weld::udp6> && !weld::provides<host, weld::unix_stream>);
static_assert(!weld::provides<weld::net<support::jumping_clock>, weld::tcp>);
static_assert(std::is_same_v<host::system_calls_type, weld::sys::direct>);
static_assert(std::is_same_v<weld::net<weld::sys::libc, weld::host::inet>::system_calls_type, weld::sys::libc>);
static_assert(!std::is_copy_constructible_v<host> && !std::is_move_constructible_v<host>);

TEST_CASE("the order of a net's parts does not matter", "[net]") {
    weld::net one{weld::host::inet{}, weld::sys::libc{}, weld::io::basic_epoll<weld::sys::libc>{}};
    weld::net other{weld::io::basic_epoll<weld::sys::libc>{}, weld::sys::libc{}, weld::host::inet{}};
    CHECK(one.socket(weld::tcp));
    CHECK(other.socket(weld::tcp));
}

TEST_CASE("parts are found by type, and visited in their order", "[net]") {
    weld::net net{first_part{}, support::jumping_clock{}, second_part{}};
    CHECK(net.part<second_part>().number == 2);
    net.part<first_part>().number = 5;
    std::vector<int> seen;
    net.for_each_part([&](auto& part) {
        if constexpr (requires { part.number; }) seen.push_back(part.number);
    });
    CHECK(seen == std::vector{5, 2});
}

TEST_CASE("parts start with the net and stop after its tasks", "[net]") {
    std::vector<int> happened;
    {
        weld::net net{support::jumping_clock{}, witness{&happened}};
        CHECK(net.status());
        net.spawn([](auto& of, std::vector<int>& to) -> weld::task<> {
            const at_end mark{to};
            co_await weld::sleep(of, 1_h);
        }(net, happened));
    }
    CHECK(happened == std::vector{1, 3, 2});
}

TEST_CASE("a part that cannot start is told by the net's status", "[net]") {
    std::vector<int> happened;
    weld::net net{support::jumping_clock{}, witness{&happened, weld::errc::no_such_device}};
    CHECK(net.status() == weld::errc::no_such_device);
}

TEST_CASE("a net's sockets and its event source enter the kernel by one policy", "[net]") {
    support::calls_made calls;
    {
        weld::net net{support::counting{calls}, weld::host::inet{}};
        auto socket = net.socket(weld::udp);
        net.spawn([](auto& of, auto& at) -> weld::task<> {
            std::array<std::byte, 8> buffer;
            static_cast<void>(co_await at.recv(buffer, 1_ms));
            co_await weld::sleep(of, 1_ms);
        }(net, *socket));
        net.run();
    }
    using weld::sys::number;
    CHECK(calls.of(number::socket) == 1);
    CHECK(calls.of(number::epoll_create1) == 1);
    CHECK(calls.of(number::epoll_ctl) == 1);
    CHECK(calls.of(number::close) == 2);
}
