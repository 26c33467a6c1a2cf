// SPDX-License-Identifier: BSL-1.0
#include <weld/task/serve_until.hpp>

#include <weld/host/inet.hpp>
#include <weld/task/block_on.hpp>

#include "support/catch.hpp"
#include "support/gate.hpp"
#include "support/host_net.hpp"

using namespace weld::literals;

namespace {
/// Says that it is there, waits for ever, and writes down that it ended.
template <class Socket>
weld::task<> stay(Socket socket, std::vector<int>& ended) {
    const support::mark end{ended, 1};
    std::byte hello{}, buffer[8];
    static_cast<void>(co_await socket.send_all({&hello, 1}));
    static_cast<void>(co_await socket.recv(buffer));
}
}  // namespace

TEST_CASE("serve_until ends every connection when it is told to stop", "[serve]") {
    support::host_net net{weld::host::inet{}};
    auto listener = support::listener(net);
    support::gate stop{net.runnable()};
    std::vector<int> ended;
    weld::errc why = weld::errc::interrupted;
    const auto serving = [](auto& over, auto& at, auto& until, auto& marks, weld::errc& answer) -> weld::task<> {
        answer = co_await weld::serve_until(until.pass(), over, at, [&marks](auto socket) { return stay(std::move(socket), marks); });
    };
    net.spawn(serving(net, listener, stop, ended, why));

    auto first = net.socket(weld::tcp), second = net.socket(weld::tcp);
    std::byte buffer[8];
    for (auto* const client : {&first, &second}) {
        REQUIRE(weld::block_on(net, (*client)->connect(*listener.local_address())));
        CHECK(weld::block_on(net, (*client)->recv(buffer)) == 1u);
    }
    CHECK(ended.empty());
    stop.open();
    net.run();
    CHECK(why == weld::errc{});
    CHECK(ended == std::vector{1, 1});
    const auto left = weld::block_on(net, first->recv(buffer, weld::duration::seconds(5)));
    CHECK(left == 0u);
    CHECK(listener.local_address());  // the listener is the caller's
}

TEST_CASE("serve_until ends with the listener's own error", "[serve]") {
    support::host_net net{weld::host::inet{}};
    auto deaf = net.socket(weld::tcp);  // nobody called listen
    support::gate never{net.runnable()};
    std::vector<int> ended;
    const weld::errc why = weld::block_on(net, weld::serve_until(never.pass(), net, *deaf, [&](auto socket) { return stay(std::move(socket), ended); }));
    CHECK(why == weld::errc::invalid_argument);
    CHECK(never.nobody_waits());
}
