// SPDX-License-Identifier: BSL-1.0
#include <weld/task/serve.hpp>

#include <weld/host/inet.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/sleep.hpp>

#include "support/catch.hpp"
#include "support/host_net.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

using namespace weld::literals;

namespace {
template <class Socket>
weld::task<> echo(Socket socket) {
    std::array<std::byte, 64> buffer;
    for (;;) {
        const auto got = co_await socket.recv(buffer);
        if (!got || *got == 0 || !co_await socket.send_all({buffer.data(), *got})) co_return;
    }
}
template <class Owner, class Listener>
weld::task<> serve_echo(Owner& owner, Listener& listener, weld::errc& ended) {
    ended = co_await weld::serve(owner, listener, [](auto socket) { return echo(std::move(socket)); }, {.pause = 10_ms});
}
/// While it lives, this process can open `more` descriptors and no others.
struct descriptor_limit {
    explicit descriptor_limit(int more) {
        ::getrlimit(RLIMIT_NOFILE, &before);
        const ::rlimit now{100, before.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &now);
        for (int taken = ::dup(0); taken >= 0; taken = ::dup(0)) fillers.push_back(taken);
        for (; more > 0; --more, fillers.pop_back()) ::close(fillers.back());
    }
    ~descriptor_limit() {
        for (const int taken : fillers) ::close(taken);
        ::setrlimit(RLIMIT_NOFILE, &before);
    }
    ::rlimit before{};
    std::vector<int> fillers;
};
}  // namespace

TEST_CASE("serve spawns a task per connection", "[serve]") {
    support::host_net net{weld::host::inet{}};
    auto listener = support::listener(net);
    weld::scope connections{net};
    weld::errc ended{};
    net.spawn(serve_echo(connections, listener, ended));
    auto client = net.socket(weld::tcp);
    REQUIRE(weld::block_on(net, client->connect(*listener.local_address())));
    std::array<std::byte, 5> buffer{};
    CHECK(weld::block_on(net, client->send_all(support::bytes_of("hello"))) == 5u);
    CHECK(weld::block_on(net, client->read_exactly(buffer)) == 5u);
    CHECK(connections.size() == 1);
    client->close();
    weld::block_on(net, connections.join());
    CHECK(connections.empty());
    CHECK(ended == weld::errc{});
}

TEST_CASE("serve pauses without descriptors and accepts again afterwards", "[serve]") {
    support::host_net net{weld::host::inet{}};
    auto listener = support::listener(net);
    weld::errc ended{};
    net.spawn(serve_echo(net, listener, ended));
    weld::block_on(net, weld::sleep(net, 1_ms));  // it waits now, the epoll is open

    const auto to = *listener.local_address();
    std::vector<decltype(net.socket(weld::tcp))> clients;
    std::array<std::byte, 1> buffer{};
    const auto served = [&](auto& client) { return client->try_recv(buffer) == 1u; };
    int connected = 0;
    std::ptrdiff_t served_first = 0, served_then = 0;
    rusage before{}, after{};

    REQUIRE(support::open_descriptors() < 90);
    {
        // Both ends of a connection are in this process: four here leave two there. No assertion meanwhile: sanitizers
        // need a descriptor to look at memory.
        const descriptor_limit limit{6};
        for (int i = 0; i < 4; ++i) clients.push_back(net.socket(weld::tcp));
        for (auto& client : clients) {
            connected += static_cast<bool>(weld::block_on(net, client->connect(to)));
            static_cast<void>(client->try_send(support::bytes_of("x")));
        }
        weld::block_on(net, weld::sleep(net, 35_ms));  // three pauses
        served_first = std::count_if(clients.begin(), clients.end(), served);

        ::getrusage(RUSAGE_THREAD, &before);
        weld::block_on(net, weld::sleep(net, 100_ms));
        ::getrusage(RUSAGE_THREAD, &after);

        clients[0]->close();
        clients[1]->close();
        weld::block_on(net, weld::sleep(net, 100_ms));
        served_then = std::count_if(clients.begin() + 2, clients.end(), served);
    }
    CHECK(connected == 4);
    CHECK(served_first == 2);
    const auto cpu = [](const rusage& r) { return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1'000'000 + r.ru_utime.tv_usec + r.ru_stime.tv_usec; };
    CHECK(cpu(after) - cpu(before) < 50'000);  // no busy loop: microseconds of 100 000
    CHECK(served_then == 2);
    CHECK(ended == weld::errc{});
}

TEST_CASE("serve ends with the listener's own error", "[serve]") {
    support::host_net net{weld::host::inet{}};
    auto deaf = net.socket(weld::tcp);  // nobody called listen
    weld::errc ended{};
    net.spawn(serve_echo(net, *deaf, ended));
    net.run();
    CHECK(ended == weld::errc::invalid_argument);
}

TEST_CASE("a connection's task may be the end of whoever serves", "[serve]") {
    support::host_net net{weld::host::inet{}};
    auto listener = support::listener(net);
    weld::scope serving{net}, connections{net};
    bool ran = false;
    const auto end_it = [](auto, weld::scope& whole, bool& done) -> weld::task<> {
        whole.cancel();
        done = true;
        co_return;
    };
    const auto serve = [](auto& owner, auto& at, auto handler) -> weld::task<> {
        const weld::errc why = co_await weld::serve(owner, at, std::move(handler));
        FAIL_CHECK("it ended by itself, error " << static_cast<int>(why));
    };
    serving.spawn(serve(connections, listener, [&](auto socket) { return end_it(std::move(socket), serving, ran); }));
    auto client = net.socket(weld::tcp);
    std::array<std::byte, 1> buffer{};
    REQUIRE(weld::block_on(net, client->connect(*listener.local_address())));
    CHECK(weld::block_on(net, client->recv(buffer, 5_s)) == 0u);
    CHECK(ran);
    CHECK(serving.empty());
    CHECK(connections.empty());
    CHECK(listener.local_address());
}

TEST_CASE("two may serve one listener: each connection is served once", "[serve]") {
    support::host_net net{weld::host::inet{}};
    auto listener = support::listener(net);
    weld::scope first{net}, second{net};
    weld::errc ended[2]{};
    net.spawn(serve_echo(first, listener, ended[0]));
    net.spawn(serve_echo(second, listener, ended[1]));
    std::vector<decltype(net.socket(weld::tcp))> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(net.socket(weld::tcp));
        REQUIRE(weld::block_on(net, clients.back()->connect(*listener.local_address())));
        CHECK(weld::block_on(net, clients.back()->send_all(support::bytes_of("x"))) == 1u);
    }
    for (auto& client : clients) {
        std::array<std::byte, 1> buffer{};
        CHECK(weld::block_on(net, client->recv(buffer, 5_s)) == 1u);
    }
    CHECK(first.size() + second.size() == clients.size());
    CHECK((ended[0] == weld::errc{} && ended[1] == weld::errc{}));
}

#if defined(__cpp_exceptions)
TEST_CASE("serve pauses where there is no memory for a task, and that connection ends", "[serve]") {
    support::host_net net{weld::host::inet{}};
    auto listener = support::listener(net);
    int asked = 0;
    const auto serve = [](auto& owner, auto& at, int& count) -> weld::task<> {
        static_cast<void>(co_await weld::serve(owner, at, [&count](auto socket) {
            if (++count == 1) throw std::bad_alloc{};
            return echo(std::move(socket));
        }, {.pause = 10_ms}));
        FAIL_CHECK("it ended");
    };
    net.spawn(serve(net, listener, asked));
    std::array<std::byte, 1> buffer{};
    auto unlucky = net.socket(weld::tcp), lucky = net.socket(weld::tcp);
    REQUIRE(weld::block_on(net, unlucky->connect(*listener.local_address())));
    CHECK(weld::block_on(net, unlucky->recv(buffer, 5_s)) == 0u);
    REQUIRE(weld::block_on(net, lucky->connect(*listener.local_address())));
    CHECK(weld::block_on(net, lucky->send_all(support::bytes_of("x"))) == 1u);
    CHECK(weld::block_on(net, lucky->recv(buffer, 5_s)) == 1u);
    CHECK(asked == 2);
}
#endif
