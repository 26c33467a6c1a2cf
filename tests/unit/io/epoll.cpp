// SPDX-License-Identifier: BSL-1.0
#include <weld/io/epoll.hpp>

#include <weld/host/inet.hpp>
#include <weld/io/mailbox.hpp>
#include <weld/io/signals.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/sleep.hpp>
#include <weld/task/timeout.hpp>
#include <weld/task/when_all.hpp>
#include <weld/task/yield.hpp>

#include "support/archetypes.hpp"
#include "support/catch.hpp"
#include "support/counting.hpp"
#include "support/host_net.hpp"

#include <signal.h>
#include <unistd.h>

#include <memory>
#include <vector>

using namespace weld::literals;
using weld::errc;
using weld::sys::number;

static_assert(weld::event_source<weld::io::epoll> && weld::event_source<weld::io::basic_epoll<support::no_kernel>>);
static_assert(weld::event_source<support::jumping_clock> && !weld::event_source<int>);

namespace {
template <class Net>
struct connected_pair {
    explicit connected_pair(Net& net)
        : listener{support::listener(net)}, near{std::move(*net.socket(weld::tcp))}, far{connect(net)} {}
    auto connect(Net& net) {
        static_cast<void>(weld::block_on(net, near.connect(*listener.local_address())));
        return std::move(*weld::block_on(net, listener.accept()));
    }
    weld::socket<Net, weld::tcp> listener, near, far;
};
template <class Socket>
weld::task<> ping(Socket& socket, int rounds) {
    std::array<std::byte, 100> buffer{};  // more than comes, which tells that nothing is left
    for (int i = 0; i < rounds; ++i) {
        static_cast<void>(co_await socket.send_all({buffer.data(), 64}));
        const auto got = co_await socket.recv(buffer);
        CHECK(got == 64u);
    }
    static_cast<void>(socket.shutdown(weld::shutdown_type::write));
}
template <class Socket>
weld::task<> pong(Socket& socket) {
    std::array<std::byte, 4096> buffer{};
    for (;;) {
        const auto got = co_await socket.recv(buffer);
        if (!got || *got == 0 || !co_await socket.send_all({buffer.data(), *got})) co_return;
    }
}
}  // namespace

TEST_CASE("a descriptor is registered once, when somebody first waits for it", "[epoll]") {
    support::calls_made calls;
    weld::net net{weld::host::inet{}, support::counting{calls}};
    connected_pair pair{net};
    calls.clear();
    CHECK(pair.near.try_send(support::bytes_of("x")) == 1u);
    std::array<std::byte, 64> buffer{};
    CHECK(pair.far.recv(buffer).blocking() == 1u);
    CHECK(calls.of(number::epoll_ctl) == 0);
    weld::block_on(net, weld::when_all(ping(pair.near, 20), pong(pair.far)));
    CHECK(calls.of(number::epoll_ctl) <= 3);  // near again, since it was registered for writing; far once
    calls.clear();
}

TEST_CASE("a round trip costs each end one recv and one send, and no failing call", "[epoll]") {
    support::calls_made calls;
    weld::net net{weld::host::inet{}, support::counting{calls}};
    connected_pair pair{net};
    weld::block_on(net, weld::sleep(net, 1_ms));
    constexpr int rounds = 100;
    calls.clear();
    weld::block_on(net, weld::when_all(ping(pair.near, rounds), pong(pair.far)));
    CHECK(calls.all_failed() == 0);
    CHECK(calls.of(number::recvfrom) == 2 * rounds + 1);  // and the end of the stream
    CHECK(calls.of(number::sendto) == 2 * rounds);
    CHECK(calls.of(number::epoll_wait) + calls.of(number::epoll_pwait2) <= 2 * rounds + 2);
}

TEST_CASE("a short read is taken for a drained stream until the peer's end is announced", "[epoll]") {
    support::calls_made calls;
    weld::net net{weld::host::inet{}, support::counting{calls}};
    connected_pair pair{net};
    std::array<std::byte, 64> buffer{};
    CHECK(weld::block_on(net, pair.far.recv(buffer, 1_ms)) == errc::timed_out);
    static_cast<void>(pair.near.try_send(support::bytes_of("one")));
    CHECK(weld::block_on(net, pair.far.recv(buffer)) == 3u);
    calls.clear();
    CHECK(weld::block_on(net, pair.far.recv(buffer, 1_ms)) == errc::timed_out);
    CHECK(calls.of(number::recvfrom) == 0);  // it waited without asking first
    static_cast<void>(pair.near.try_send(support::bytes_of("two")));
    pair.near.close();
    weld::block_on(net, weld::sleep(net, 1_ms));
    calls.clear();
    CHECK(weld::block_on(net, pair.far.recv(buffer, 1_s)) == 3u);
    CHECK(weld::block_on(net, pair.far.recv(buffer, 1_s)) == 0u);
    CHECK(weld::block_on(net, pair.far.recv(buffer, 1_s)) == 0u);  // again and again
    CHECK(calls.all_failed() == 0);
}

TEST_CASE("an event of a descriptor that was closed here and lives elsewhere is dropped", "[epoll]") {
    support::host_net net{weld::host::inet{}};
    int copy = -1;
    {
        connected_pair old{net};
        std::array<std::byte, 8> buffer{};
        CHECK(weld::block_on(net, old.far.recv(buffer, 1_ms)) == errc::timed_out);  // registered
        copy = ::dup(old.far.native().fd);
        static_cast<void>(old.near.try_send(support::bytes_of("for nobody")));
        old.far.close();
        // The next connection gets the same place and the same number.
        connected_pair young{net};
        CHECK(weld::block_on(net, young.far.recv(buffer, 20_ms)) == errc::timed_out);
        static_cast<void>(young.near.try_send(support::bytes_of("x")));
        CHECK(weld::block_on(net, young.far.recv(buffer, 1_s)) == 1u);
    }
    ::close(copy);
}

TEST_CASE("a socket that is always ready does not keep others from their turn", "[epoll]") {
    support::host_net net{weld::host::inet{}};
    connected_pair pair{net};
    bool other_ran = false;
    int received = 0;
    static_cast<void>(pair.near.try_send(support::bytes_of(std::string(1000, 'x'))));
    net.spawn([](auto& socket, int& count, bool& other) -> weld::task<> {
        std::array<std::byte, 1> one{};
        while (!other && count < 900)
            if (co_await socket.recv(one) == 1u) ++count;
    }(pair.far, received, other_ran));
    net.spawn([](auto& of, bool& to) -> weld::task<> {
        co_await weld::yield(of);
        to = true;
    }(net, other_ran));
    net.run();
    CHECK(received <= 2 * 17);
}

TEST_CASE("timers go on where there is no descriptor for an epoll", "[epoll]") {
    support::calls_made calls;
    calls.refused[number::epoll_create1] = EMFILE;
    weld::net net{weld::host::inet{}, support::counting{calls}};
    const auto before = net.source().clock();
    weld::block_on(net, weld::sleep(net, 5_ms));
    CHECK(net.source().clock() - before >= 4_ms);
    CHECK(calls.all() < 20);  // and it does not spin

    auto socket = net.socket(weld::udp);
    std::array<std::byte, 8> buffer{};
    CHECK(weld::block_on(net, socket->recv(buffer, 1_s)) == errc::too_many_files_open);
    calls.refused.clear();  // there is one again
    CHECK(weld::block_on(net, socket->recv(buffer, 1_ms)) == errc::timed_out);
}

TEST_CASE("an operation that cannot be watched answers why", "[epoll]") {
    support::calls_made calls;
    weld::net net{weld::host::inet{}, support::counting{calls}};
    auto socket = net.socket(weld::udp);
    std::array<std::byte, 8> buffer{};
    calls.refused[number::epoll_ctl] = ENOSPC;
    CHECK(weld::block_on(net, socket->recv(buffer, 1_s)) == errc::no_space_on_device);
}

TEST_CASE("a kernel without epoll_pwait2 waits whole milliseconds", "[epoll]") {
    support::calls_made calls;
    calls.refused[number::epoll_pwait2] = ENOSYS;
    weld::net net{weld::host::inet{}, support::counting{calls}};
    const auto before = net.source().clock();
    weld::block_on(net, weld::sleep(net, 3_ms));
    CHECK(net.source().clock() - before >= 2_ms);
    CHECK(calls.of(number::epoll_wait) > 0);
    CHECK(calls.of(number::epoll_wait) < 6);
}

TEST_CASE("the end of a net cancels, drains, closes and frees everything", "[net]") {
    const int before = support::open_descriptors();
    const auto held = std::make_shared<int>(1);
    {
        weld::net net{weld::host::inet{}};
        weld::mailbox box{net};
        std::vector<weld::socket<decltype(net), weld::tcp>> unused;
        for (int i = 0; i < 100; ++i) {
            unused.push_back(std::move(*net.socket(weld::tcp)));
            net.spawn([](auto& of, std::shared_ptr<int>) -> weld::task<> {  // waits for a peer, with a deadline
                auto listener = support::listener(of);
                auto client = of.socket(weld::tcp);
                static_cast<void>(co_await client->connect(*listener.local_address()));
                auto accepted = co_await listener.accept();
                std::array<std::byte, 64> buffer;
                static_cast<void>(co_await weld::when_all(accepted->recv(buffer, 1_h), client->recv(buffer),
                                                          weld::timeout(of, weld::sleep(of, 2_h), 1_h)));
            }(net, held));
            net.spawn([](auto& of, std::shared_ptr<int>) -> weld::task<> {  // queued to run when the net ends
                co_await weld::yield(of);
                for (;;) co_await weld::yield(of);
            }(net, held));
        }
        net.spawn(weld::stop_on_signal(net, {SIGUSR1}));
        for (int i = 0; i < 20; ++i) net.step();
        static_cast<void>(box.post([held] {}));
        CHECK(held.use_count() == 202);
    }
    CHECK(held.use_count() == 1);
    CHECK(support::open_descriptors() == before);
}

TEST_CASE("two nets of one thread share an event source", "[net]") {
    weld::io::epoll loop;
    weld::net one{weld::host::inet{}, weld::shared{loop}};
    weld::net other{weld::host::inet{}, weld::shared{loop}};
    auto listener = support::listener(one);
    auto client = other.socket(weld::tcp);
    bool accepted = false;
    one.spawn([](auto& at, bool& to) -> weld::task<> { to = static_cast<bool>(co_await at.accept()); }(listener, accepted));
    CHECK(weld::block_on(other, client->connect(*listener.local_address(), 1_s)));
    one.run();
    CHECK(accepted);
}
