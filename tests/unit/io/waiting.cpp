// SPDX-License-Identifier: BSL-1.0
// Who waits for a descriptor, and what epoll is asked to report of it.
#include <weld/io/watched.hpp>

#include <weld/host/inet.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/race.hpp>
#include <weld/task/scope.hpp>
#include <weld/task/sleep.hpp>

#include "support/catch.hpp"
#include "support/counting.hpp"
#include "support/host_net.hpp"

#include <array>
#include <vector>

using namespace weld::literals;
using weld::errc;
using weld::events;
using weld::sys::number;

static_assert(sizeof(weld::io::watched) == 40);  // one for each connection, idle or not

namespace {
/// Two ends of one connection.
template <class Net>
struct connection {
    explicit connection(Net& net) : listener{support::listener(net)}, near{std::move(*net.socket(weld::tcp))} {
        static_cast<void>(near.connect(*listener.local_address()).blocking());
        far.emplace_back(std::move(*listener.accept().blocking()));
    }
    auto& other() { return far.front(); }
    weld::socket<Net, weld::tcp> listener, near;
    std::vector<weld::socket<Net, weld::tcp>> far;
};
template <class Socket>
weld::task<> when_readable(Socket& socket, int& times) {
    const auto ready = co_await socket.wait_readable();
    if (ready) ++times;
}
template <class Socket>
weld::task<> when_writable(Socket& socket, int& times) {
    const auto ready = co_await socket.wait_writable();
    if (ready) ++times;
}
template <class Socket>
weld::task<> receive(Socket& socket, std::vector<std::size_t>& into) {
    std::array<std::byte, 8> buffer;
    const auto got = co_await socket.recv(buffer);
    into.push_back(got ? *got : 1000u + static_cast<unsigned>(got.error()));
}
template <class Listener>
weld::task<> accept_one(Listener& listener, int& times) {
    const auto accepted = co_await listener.accept();
    if (accepted) ++times;
}
template <class Listener, class Sockets>
weld::task<> accept_into(Listener& listener, Sockets& accepted, std::size_t count) {
    while (accepted.size() < count)
        if (auto next = co_await listener.accept()) accepted.push_back(std::move(*next));
}
}  // namespace

TEST_CASE("what is ready and what epoll reports are looked at together", "[watched]") {
    weld::io::watched place;
    CHECK_FALSE(place.is_quiet(events::readable));  // epoll would not tell
    place.add_ready(events::writable);
    CHECK(place.is_new(events::readable | weld::io::watched::level));
    CHECK_FALSE(place.is_new(events::writable));
    place.add_ready(events::read_hangup);
    CHECK_FALSE(place.is_new(events::readable));  // there is an end to read
    place.remove_ready(events::writable | events::read_hangup);
    CHECK(place.is_new(events::writable));
    place.set_reported(events::readable | events::read_hangup | events::priority);
    CHECK(place.is_quiet(events::readable));
    CHECK_FALSE(place.is_new(events::readable));
    CHECK_FALSE(place.is_quiet(events::writable));
    CHECK_FALSE(place.is_quiet(events::readable | weld::io::watched::level));
    for (const events what : {events::readable, events::hangup, events::error, events::read_hangup, events::priority}) {
        place.add_ready(what);
        CHECK_FALSE(place.is_quiet(events::readable));
        CHECK(place.is_ready(events::readable));
        place.remove_ready(what);
    }
    place.add_ready(events::writable);
    CHECK(place.is_quiet(events::readable));
    CHECK(place.ready() == events::writable);
    CHECK(place.reported() == (events::readable | events::read_hangup | events::priority));
}

TEST_CASE("several who wait for one descriptor are all woken, whoever came first", "[watched]") {
    support::host_net net{weld::host::inet{}};
    connection pair{net};
    int readable = 0;
    std::vector<std::size_t> received;
    net.spawn(when_readable(pair.other(), readable));
    net.spawn(when_readable(pair.other(), readable));
    net.spawn(receive(pair.other(), received));
    net.spawn(when_readable(pair.other(), readable));  // finds that the one before has taken all, and waits on
    static_cast<void>(pair.near.try_send(support::bytes_of("abc")));
    for (int i = 0; i < 10 && received.empty(); ++i) net.step();
    CHECK(readable == 2);
    CHECK(received == std::vector<std::size_t>{3});
    static_cast<void>(pair.near.try_send(support::bytes_of("d")));
    net.run();
    CHECK(readable == 3);
}

TEST_CASE("one who waits to read does not mind others who wait to write, and the other way round", "[watched]") {
    support::host_net net{weld::host::inet{}};
    connection pair{net};
    const std::vector<std::byte> much(1 << 20);
    while (pair.other().try_send(much)) {}  // until nothing more goes in
    int readable = 0, writable = 0;
    net.spawn(when_readable(pair.other(), readable));
    net.spawn(when_writable(pair.other(), writable));
    static_cast<void>(pair.near.try_send(support::bytes_of("x")));
    for (int i = 0; i < 10 && readable == 0; ++i) net.step();
    CHECK(readable == 1);
    CHECK(writable == 0);
    std::vector<std::byte> room(1 << 20);
    while (writable == 0) {
        while (pair.near.try_recv(room)) {}
        weld::block_on(net, weld::sleep(net, 1_ms));
    }
    net.run();
    CHECK(writable == 1);
}

TEST_CASE("whoever leaves before the event leaves nothing behind, alone or among others", "[watched]") {
    support::host_net net{weld::host::inet{}};
    connection pair{net};
    int first = 0, second = 0, third = 0;
    {
        weld::scope alone{net};
        alone.spawn(when_readable(pair.other(), first));
    }
    weld::scope others{net};
    weld::scope leaving{net};
    leaving.spawn(when_readable(pair.other(), first));  // waits alone, until
    others.spawn(when_readable(pair.other(), second));
    leaving.cancel();
    leaving.spawn(when_readable(pair.other(), third));
    static_cast<void>(pair.near.try_send(support::bytes_of("x")));
    weld::block_on(net, others.join());
    weld::block_on(net, leaving.join());
    CHECK(first == 0);
    CHECK(second == 1);
    CHECK(third == 1);
    CHECK(pair.other().native().waiters.empty());
}

TEST_CASE("waiting alone ends by a deadline, by losing a race, and by the event", "[watched]") {
    support::host_net net{weld::host::inet{}};
    connection pair{net};
    std::array<std::byte, 8> buffer;
    CHECK(weld::block_on(net, pair.other().wait_readable(1_ms)).error() == errc::timed_out);
    CHECK(weld::block_on(net, pair.other().recv(buffer, 1_ms)) == errc::timed_out);
    CHECK(weld::block_on(net, weld::race(pair.other().wait_readable(), weld::sleep(net, 1_ms))).index() == 1);
    CHECK(weld::block_on(net, weld::race(pair.other().recv(buffer), weld::sleep(net, 1_ms))).index() == 1);
    CHECK(pair.other().native().waiters.nobody_waits());
    static_cast<void>(pair.near.try_send(support::bytes_of("x")));
    CHECK(weld::block_on(net, pair.other().wait_readable(1_s)));
    CHECK(weld::block_on(net, weld::race(pair.other().recv(buffer), weld::sleep(net, 1_s))).get<0>() == 1u);
}

TEST_CASE("while somebody accepts, no accept fails", "[epoll]") {
    support::calls_made calls;
    weld::net net{weld::host::inet{}, support::counting{calls}};
    auto listener = support::listener(net);
    const auto at = *listener.local_address();
    std::vector<weld::socket<decltype(net), weld::tcp>> clients, accepted;
    net.spawn(accept_into(listener, accepted, 20));
    calls.clear();
    for (int i = 0; i < 20; ++i) {  // one by one, then many at once
        clients.push_back(std::move(*net.socket(weld::tcp)));
        CHECK(clients.back().connect(at).blocking());
        while (i < 10 && accepted.size() < clients.size()) net.step();
    }
    net.run();
    CHECK(accepted.size() == 20);
    CHECK(calls.of(number::accept4) == 20);
    CHECK(calls.of(number::epoll_ctl) == 0);
    CHECK(calls.failed[number::accept4] == 0);
}

TEST_CASE("a listener that nobody accepts from for a while keeps nobody awake", "[epoll]") {
    support::calls_made calls;
    weld::net net{weld::host::inet{}, support::counting{calls}};
    auto listener = support::listener(net);
    const auto at = *listener.local_address();
    int accepted = 0;
    weld::scope tasks{net};
    tasks.spawn(accept_one(listener, accepted));
    std::vector<weld::socket<decltype(net), weld::tcp>> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(std::move(*net.socket(weld::tcp)));
        CHECK(clients.back().connect(at).blocking());
    }
    weld::block_on(net, tasks.join());
    CHECK(accepted == 1);
    calls.clear();
    weld::block_on(net, weld::sleep(net, 20_ms));  // two are left in the backlog
    CHECK(calls.of(number::epoll_wait) + calls.of(number::epoll_pwait2) < 6);
    CHECK(calls.of(number::epoll_ctl) == 1);
    for (int i = 0; i < 2; ++i) {
        tasks.spawn(accept_one(listener, accepted));
        weld::block_on(net, tasks.join());
    }
    CHECK(accepted == 3);
    tasks.spawn(accept_one(listener, accepted));  // waits, and is told again as long as there is something
    clients.push_back(std::move(*net.socket(weld::tcp)));
    CHECK(clients.back().connect(at).blocking());
    weld::block_on(net, tasks.join());
    CHECK(accepted == 4);
}

TEST_CASE("each of several connections goes to one of several who accept", "[epoll]") {
    support::host_net net{weld::host::inet{}};
    auto listener = support::listener(net);
    const auto at = *listener.local_address();
    int accepted[3] = {};
    weld::scope tasks{net};
    for (int& mine : accepted) tasks.spawn(accept_one(listener, mine));
    std::vector<weld::socket<support::host_net, weld::tcp>> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(std::move(*net.socket(weld::tcp)));
        CHECK(clients.back().connect(at).blocking());
    }
    weld::block_on(net, tasks.join());
    for (const int mine : accepted) CHECK(mine == 1);
}

TEST_CASE("a net stops where it has nothing but events to wait for", "[net]") {
    support::host_net net{weld::host::inet{}};
    connection pair{net};
    int readable = 0;
    net.spawn(when_readable(pair.near, readable));  // never
    net.spawn([](auto& of, auto& socket) -> weld::task<> {
        static_cast<void>(co_await socket.wait_readable());
        of.stop();
    }(net, pair.other()));
    static_cast<void>(pair.near.try_send(support::bytes_of("x")));
    net.run();
    CHECK(readable == 0);
    net.stop();
    net.run();  // returns at once
}
