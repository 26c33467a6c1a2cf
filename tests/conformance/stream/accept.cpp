// SPDX-License-Identifier: BSL-1.0
// listen(2), accept(2).
#include "support/worlds.hpp"

#include <vector>

using weld::as_bytes;
using weld::errc;

TEMPLATE_LIST_TEST_CASE("accept gives connections in the order in which they came", "[conformance][accept]", every_listening_world) {
    IN_WORLD(world);
    auto listening = world.listener(64);
    std::vector<typename TestType::socket_type> clients;
    for (char c = 'a'; c < 'a' + 20; ++c) {
        clients.push_back(world.socket());
        REQUIRE(clients.back().connect(*listening.local_address(), patience).blocking());
        REQUIRE(clients.back().send(as_bytes({&c, 1})).blocking());
    }
    auto all = [](auto& from) -> weld::task<std::string> {
        std::string order;
        for (int i = 0; i < 20; ++i) {
            auto accepted = co_await from.accept(patience);
            if (!accepted) co_return message(accepted.error());
            order += received(*accepted);
        }
        co_return order;
    };
    CHECK(world.run(all(listening)) == "abcdefghijklmnopqrst");
    CHECK(listening.try_accept().error() == errc::resource_unavailable_try_again);
}
TEMPLATE_LIST_TEST_CASE("accept with nobody there waits until its deadline", "[conformance][accept]", every_listening_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    CHECK(listening.accept(moment).blocking().error() == errc::timed_out);
    CHECK(world.run(listening.accept(moment)).error() == errc::timed_out);
}
TEMPLATE_LIST_TEST_CASE("accept of a socket that does not listen is invalid_argument", "[conformance][accept]", every_listening_world) {
    IN_WORLD(world);
    auto quiet = world.bound();
    CHECK(quiet.try_accept().error() == errc::invalid_argument);
}
TEMPLATE_LIST_TEST_CASE("a connection that is over before it is accepted still gives what it brought", "[conformance][accept]", every_listening_world) {
    IN_WORLD(world);
    auto listening = world.listener();
    {
        auto near = world.socket();
        REQUIRE(near.connect(*listening.local_address(), patience).blocking());
        REQUIRE(near.send(as_bytes("hello and goodbye")).blocking());
    }
    auto far = listening.accept(patience).blocking();
    REQUIRE(far);
    CHECK(received(*far) == "hello and goodbye");
    CHECK(received(*far).empty());
}
TEMPLATE_LIST_TEST_CASE("listen may be repeated with another backlog", "[conformance][accept]", every_listening_world) {
    IN_WORLD(world);
    auto listening = world.listener(1);
    CHECK(listening.listen(8));
    CHECK(*listening.template get<weld::accepting>());
    CHECK_FALSE(*world.bound().template get<weld::accepting>());
}
TEMPLATE_LIST_TEST_CASE("listen of a connected socket is invalid_argument", "[conformance][accept]", every_listening_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    CHECK(near.listen() == errc::invalid_argument);
}
TEMPLATE_LIST_TEST_CASE("listen without an address takes a free port", "[conformance][accept]", every_tcp_world) {
    IN_WORLD(world);
    auto listening = world.socket();
    REQUIRE(listening.listen());
    CHECK(listening.local_address()->port() != 0);
}
TEMPLATE_LIST_TEST_CASE("listen of a unix socket without an address is invalid_argument", "[conformance][accept]", every_unix_listening_world) {
    IN_WORLD(world);
    CHECK(world.socket().listen() == errc::invalid_argument);
}
TEMPLATE_LIST_TEST_CASE("an accepted socket does not listen, and knows its peer", "[conformance][accept]", every_listening_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    CHECK_FALSE(*far.template get<weld::accepting>());
    CHECK(far.peer_address());
}
