// SPDX-License-Identifier: BSL-1.0
#include <weld/task/block_on.hpp>

#include <weld/host/inet.hpp>
#include <weld/task/sleep.hpp>

#include "support/catch.hpp"
#include "support/host_net.hpp"
#include "support/net_of_time.hpp"

using namespace weld::literals;
using support::net_of_time;

TEST_CASE("block_on takes an operation, a task, a reference of neither", "[block_on]") {
    support::host_net net{weld::host::inet{}};
    auto listener = support::listener(net);
    auto client = net.socket(weld::tcp);
    CHECK(weld::block_on(net, client->connect(*listener.local_address())));
    CHECK(weld::block_on(net, listener.accept(1_s)));
}

TEST_CASE("block_on returns in the round in which its work ends, and does not sleep on it", "[block_on]") {
    net_of_time net{support::jumping_clock{}};  // would abort if it slept for ever
    weld::block_on(net, weld::sleep(net, 1_s));
    weld::block_on(net, []() -> weld::task<> { co_return; }());
}

TEST_CASE("the rest of the net goes on while block_on waits", "[block_on]") {
    net_of_time net{support::jumping_clock{}};
    std::vector<int> ended;
    net.spawn([](net_of_time& of, std::vector<int>& marks) -> weld::task<> {
        const support::mark end{marks, 1};
        co_await weld::sleep(of, 1_ms);
    }(net, ended));
    weld::block_on(net, weld::sleep(net, 5_ms));
    CHECK(ended == std::vector{1});
}

TEST_CASE("run returns when the last task has ended, and when it was stopped before", "[net]") {
    net_of_time net{support::jumping_clock{}};
    net.run();  // there is none
    net.spawn([](net_of_time& of) -> weld::task<> {
        of.stop();
        co_await weld::sleep(of, 1_s);
    }(net));
    const auto before = net.now();
    net.run();  // stopped already
    CHECK(net.now() == before);
    net.run();
    CHECK(net.now() - before >= 1_s);
}

TEST_CASE("block_on in a task of the same net runs the others on top of it", "[block_on]") {
    support::host_net net{weld::host::inet{}};
    std::vector<int> ended;
    net.spawn([](auto& of, std::vector<int>& marks) -> weld::task<> {
        const support::mark end{marks, 2};
        weld::block_on(of, weld::sleep(of, 5_ms));
        co_return;
    }(net, ended));
    CHECK(ended == std::vector{2});
    net.spawn([](auto& of, std::vector<int>& marks) -> weld::task<> {
        const support::mark end{marks, 4};
        co_await weld::sleep(of, 1_ms);
        weld::block_on(of, weld::sleep(of, 20_ms));
    }(net, ended));
    net.spawn([](auto& of, std::vector<int>& marks) -> weld::task<> {
        const support::mark end{marks, 3};
        co_await weld::sleep(of, 10_ms);
    }(net, ended));
    net.run();
    CHECK(ended == std::vector{2, 3, 4});
}

#if defined(__cpp_exceptions)
TEST_CASE("block_on throws what its work threw", "[block_on]") {
    net_of_time net{support::jumping_clock{}};
    CHECK_THROWS_AS(weld::block_on(net, []() -> weld::task<int> { throw 1; co_return 0; }()), int);
}
#endif
