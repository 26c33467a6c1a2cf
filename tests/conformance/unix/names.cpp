// SPDX-License-Identifier: BSL-1.0
// Names of unix sockets: unix(7), bind(2), connect(2).
#include "support/worlds.hpp"

#include <cstdlib>

#include <fcntl.h>

using weld::as_bytes;
using weld::errc;

namespace {
/// A folder that goes away with what is in it.
struct folder {
    folder() { REQUIRE(::mkdtemp(path) != nullptr); }
    ~folder() {
        ::unlink((std::string{path} + "/s").c_str());
        ::rmdir(path);
    }
    weld::unix_address socket() const { return *weld::unix_address::parse(std::string{path} + "/s"); }
    char path[32] = "/tmp/weld.XXXXXX";
};
template <class World>
weld::result<> reach(World& world, const weld::unix_address& at) { return world.socket().connect(at, patience).blocking(); }
}  // namespace

TEMPLATE_LIST_TEST_CASE("a path that does not fit is filename_too_long before it reaches the kernel", "[conformance][unix]", every_unix_world) {
    CHECK(weld::unix_address::parse(std::string(108, 'x')).error() == errc::filename_too_long);
    IN_WORLD(world);
    const auto longest = weld::unix_address::parse("/tmp/" + std::string(102, 'x'));
    REQUIRE(longest);
    auto near = world.socket();
    CHECK(near.bind(*longest));
    CHECK(*near.local_address() == *longest);
    CHECK(world.remove(*longest));
}
TEMPLATE_LIST_TEST_CASE("a socket's path outlives it, refuses, and is in use", "[conformance][unix]", every_unix_world) {
    IN_WORLD(world);
    const folder place;
    {
        auto near = world.socket();
        REQUIRE(near.bind(place.socket()));
    }
    CHECK(reach(world, place.socket()) == errc::connection_refused);
    CHECK(world.socket().bind(place.socket()) == errc::address_in_use);
    REQUIRE(world.remove(place.socket()));
    CHECK(reach(world, place.socket()) == errc::no_such_file_or_directory);
    CHECK(world.socket().bind(place.socket()));
}
TEMPLATE_LIST_TEST_CASE("a file that is no socket refuses", "[conformance][unix]", every_host_unix_world) {
    IN_WORLD(world);
    const folder place;
    const weld::sys::descriptor file{::open(place.socket().name().data(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)};
    REQUIRE(file);
    CHECK(reach(world, place.socket()) == errc::connection_refused);
}
TEMPLATE_LIST_TEST_CASE("a path through a folder that does not exist is no_such_file_or_directory", "[conformance][unix]", every_host_unix_world) {
    IN_WORLD(world);
    const auto nowhere = *weld::unix_address::parse("/tmp/weld.does.not.exist/s");
    CHECK(world.socket().bind(nowhere) == errc::no_such_file_or_directory);
    CHECK(reach(world, nowhere) == errc::no_such_file_or_directory);
}
TEMPLATE_LIST_TEST_CASE("an abstract name ends with its socket", "[conformance][unix]", every_unix_world) {
    IN_WORLD(world);
    auto near = world.bound();
    const auto name = *near.local_address();
    CHECK(name.is_abstract());
    CHECK(world.socket().bind(name) == errc::address_in_use);
    near.close();
    CHECK(reach(world, name) == errc::connection_refused);
    CHECK(world.socket().bind(name));
}
TEMPLATE_LIST_TEST_CASE("a socket of another type is wrong_protocol_type", "[conformance][unix]", every_unix_listening_world) {
    IN_WORLD(world);
    const folder place;
    auto named = world.socket(), abstract = world.listener();
    REQUIRE(named.bind(place.socket()));
    REQUIRE(named.listen());
    auto other = world.net().socket(weld::unix_datagram);
    REQUIRE(other);
    CHECK(other->connect(place.socket()).blocking() == errc::wrong_protocol_type);
    CHECK(other->connect(*abstract.local_address()).blocking() == errc::connection_refused);  // names are per type
}
TEMPLATE_LIST_TEST_CASE("a client without a name stays without one", "[conformance][unix]", every_unix_listening_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    CHECK(near.local_address()->is_unnamed());
    CHECK(far.peer_address()->is_unnamed());
}
TEMPLATE_LIST_TEST_CASE("bind to no name takes an abstract one that is free", "[conformance][unix]", every_unix_world) {
    IN_WORLD(world);
    auto near = world.socket();
    REQUIRE(near.bind({}));
    CHECK(near.local_address()->is_abstract());
}
TEMPLATE_LIST_TEST_CASE("a full backlog refuses to wait, and connect waits for it", "[conformance][unix]", every_unix_listening_world) {
    IN_WORLD(world);
    auto listening = world.listener(0);
    const auto at = *listening.local_address();
    auto first = world.socket(), second = world.socket();
    REQUIRE(first.try_connect(at));
    CHECK(second.try_connect(at) == errc::resource_unavailable_try_again);
    CHECK(second.connect(at, moment).blocking() == errc::timed_out);
    CHECK(world.run(second.connect(at, moment)) == errc::timed_out);
    auto both = [](auto& client, auto& server, auto to) -> weld::task<weld::result<>> {
        weld::scope side{client.net()};
        side.spawn([](auto& from) -> weld::task<> {
            co_await weld::sleep(from.net(), moment);
            for (int i = 0; i < 2; ++i) static_cast<void>(co_await from.accept());
        }(server));
        co_return co_await client.connect(to, patience);
    };
    CHECK(world.run(both(second, listening, at)));
}
TEMPLATE_LIST_TEST_CASE("send to a full receiver waits until it reads", "[conformance][unix]", every_unix_datagram_world) {
    IN_WORLD(world);
    auto near = world.bound(), far = world.peer();
    const auto to = *far.local_address();
    int queued = 0;
    while (near.try_send_to(as_bytes("x"), to)) ++queued;
    CHECK(queued > 0);
    CHECK(near.send_to(as_bytes("late"), to, moment).blocking().error() == errc::timed_out);
    auto both = [](auto& from, auto& reading, auto there, int count) -> weld::task<bool> {
        weld::scope side{from.net()};
        side.spawn([](auto& socket, int waiting) -> weld::task<> {
            co_await weld::sleep(socket.net(), moment);
            std::byte buffer[8];
            while (waiting-- > 0) static_cast<void>(co_await socket.recv(buffer));
        }(reading, count));
        co_return co_await from.send_to(as_bytes("late"), there, patience) == 4u;
    };
    CHECK(world.run(both(near, far, to, queued)));
}
