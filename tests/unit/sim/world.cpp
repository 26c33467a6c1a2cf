// SPDX-License-Identifier: BSL-1.0
#include <weld/sim/world.hpp>

#include <weld/sim/when.hpp>
#include <weld/socket/connect.hpp>
#include <weld/socket/listen.hpp>
#include <weld/task/serve.hpp>
#include <weld/task/sleep.hpp>

#include "support/catch.hpp"

#include <string>

using namespace weld;
using namespace weld::literals;
using sim::ending;
namespace when = sim::when;

namespace {
/// Answers every datagram with itself.
template <class Net>
task<> echo_datagrams(Net& net) {
    auto socket = weld::bind(net, udp, endpoint4{{}, 7});
    char buffer[2000];
    for (;;) {
        const auto got = co_await socket->recv_from(as_writable_bytes(buffer));
        if (got) static_cast<void>(co_await socket->send_to(as_writable_bytes(buffer).first(got->size), got->from));
    }
}
/// Asks until it is answered; tells how often it had to.
template <class Net>
task<> ask(Net& net, int& attempts, std::string question = "hello") {
    auto socket = net.socket(udp);
    const result<> connected = co_await socket->connect({*sim::resolve(net, "server"), 7});  // outside: the macro awaits thrice
    REQUIRE(connected);
    char buffer[2000];
    for (attempts = 1;; ++attempts) {
        static_cast<void>(co_await socket->send(as_bytes(question)));
        const auto got = co_await socket->recv(as_writable_bytes(buffer), 100_ms);
        if (got == question.size()) co_return;
    }
}
struct echo_world : sim::world {
    explicit echo_world(std::uint64_t seed = 1, const sim::world_options& options = {}) : world{seed, options} {
        host("server").serve("echo", [](auto& net) { return echo_datagrams(net); });
    }
    int attempts = 0;
    ending run_client() {
        host("client").run("ask", [this](auto& net) { return ask(net, attempts); });
        return run();
    }
};
}  // namespace

TEST_CASE("hosts find each other by name and talk", "[sim][world]") {
    echo_world world;
    CHECK(world.run_client() == ending::finished);
    CHECK(world.attempts == 1);
    CHECK(world.now().since_start() == 500_us);  // there and back
    CHECK(world.packets_sent() == 2);
    CHECK(world.address_of("client") == address4{{10, 0, 0, 2}});
    CHECK_FALSE(world.address_of("nobody"));
}

TEST_CASE("a rule drops, delays or corrupts the packets it is for, while it lives", "[sim][rules]") {
    echo_world world;
    SECTION("the first two from the client are dropped") {
        auto lost = world.on_packet(when::from("client") && when::udp && when::first(2), sim::drop);
        CHECK(world.run_client() == ending::finished);
        CHECK(world.attempts == 3);
    }
    SECTION("an answer comes late") {
        auto late = world.on_packet(when::to("client") && when::nth(1), sim::later(150_ms));
        CHECK(world.run_client() == ending::finished);
        CHECK(world.attempts == 2);
        CHECK(world.now().since_start() > 100_ms);
    }
    SECTION("a corrupted datagram is not received") {
        auto bad = world.on_packet(when::between("client", "server") && when::nth(1), sim::corrupt);
        CHECK(world.run_client() == ending::finished);
        CHECK(world.attempts == 2);
    }
    SECTION("nothing passes until the rule is taken away") {
        auto all = world.on_packet(when::any, sim::drop);
        world.host("client").run("ask", [&](auto& net) { return ask(net, world.attempts); });
        CHECK(world.run_for(1_s) == ending::time_over);
        all.remove();
        CHECK(world.run() == ending::finished);
        CHECK(world.attempts == 11);
    }
    SECTION("a verdict may be a function, and the first rule decides") {
        auto exempt = world.on_packet(when::from("server"), sim::pass);
        auto half = world.on_packet([](const sim::sighting& p) { return p.payload_size() == 5; },
                                    [](const sim::sighting& p) { return p.number == 1 ? sim::drop : sim::pass; });
        CHECK(world.run_client() == ending::finished);
        CHECK(world.attempts == 2);
    }
    SECTION("a span of time") {
        auto early = world.on_packet(when::during(0_s, 250_ms), sim::drop);
        CHECK(world.run_client() == ending::finished);
        CHECK(world.attempts == 4);
    }
}

TEST_CASE("a partition cuts between its groups until it is healed", "[sim][partition]") {
    echo_world world;
    world.host("client");
    auto cut = world.partition({{"client"}, {"server"}});
    world.host("client").run("ask", [&](auto& net) { return ask(net, world.attempts); });
    CHECK(world.run_for(950_ms) == ending::time_over);
    cut.heal();
    CHECK(world.run() == ending::finished);
    CHECK(world.attempts == 11);
    int alone = 0;
    auto apart = world.isolate("client");
    world.host("client").run("again", [&](auto& net) { return ask(net, alone); });
    CHECK(world.run_for(1_s) == ending::time_over);
}

TEST_CASE("a host that crashed starts its programs again when it is back", "[sim][host]") {
    echo_world world;
    auto& server = world.host("server");
    server.crash();
    CHECK_FALSE(server.is_up());
    world.spawn([](sim::world& w) -> task<> {
        co_await sleep(w, 1_s);
        w.machine("server").restart();
        co_await sleep(w, 1_s);
        w.machine("client").crash();
        co_await sleep(w, 1_s);
        w.machine("client").restart();
    }(world));
    CHECK(world.run_client() == ending::finished);
    CHECK(world.attempts == 11);
    CHECK(server.boots() == 2);
    CHECK(world.run_for(5_s) == ending::time_over);
    CHECK(world.host("client").boots() == 2);
    CHECK(world.attempts == 11);  // the program had ended once
}

TEST_CASE("a host may crash itself", "[sim][host]") {
    sim::world world{1};
    bool reached = false;
    world.host("a").serve("suicide", [&](auto& net) -> task<> {
        world.machine("a").crash();
        co_await weld::sleep(net, 1_s);
        reached = true;
    });
    CHECK(world.run_for(2_s) == ending::time_over);
    CHECK_FALSE(reached);
    CHECK_FALSE(world.machine("a").is_up());
}

TEST_CASE("a host that stands still answers late", "[sim][host]") {
    echo_world world;
    world.host("server").pause();
    world.spawn([](sim::world& w) -> task<> {
        co_await sleep(w, 350_ms);
        w.machine("server").resume();
    }(world));
    CHECK(world.run_client() == ending::finished);
    CHECK(world.attempts == 4);
}

TEST_CASE("a run tells how it ended", "[sim][world]") {
    sim::world world{1, {.time_limit = 1_min}};
    SECTION("with nothing that could ever happen") {
        world.host("a").run("wait", [](auto& net) -> task<> {
            auto socket = weld::bind(net, udp, endpoint4{{}, 7});
            char buffer[10];
            static_cast<void>(co_await socket->recv(as_writable_bytes(buffer)));
        });
        CHECK(world.run() == ending::at_rest);
    }
    SECTION("at its limit of time") {
        world.host("a").run("tick", [](auto& net) -> task<> {
            for (;;) co_await weld::sleep(net, 1_s);
        });
        CHECK(world.run() == ending::time_over);
        CHECK(world.now().since_start() == 1_min);
    }
    SECTION("with an expectation that does not hold") {
        world.host("a").run("expect", [&](auto& net) -> task<> {
            co_await weld::sleep(net, 1_s);
            world.expect(false, "the answer is 42");
            co_await weld::sleep(net, 1_s);
        });
        CHECK(world.run() == ending::failed);
        CHECK(world.failure() == "the answer is 42");
    }
#if defined(__cpp_exceptions)
    SECTION("with an exception, which it throws on") {
        world.host("a").run("throw", [](auto& net) -> task<> {
            co_await weld::sleep(net, 1_s);
            throw std::string{"oh"};
        });
        CHECK_THROWS_AS(world.run(), std::string);
    }
#endif
}

TEST_CASE("two runs of a seed are the same, and other seeds are not", "[sim][world]") {
    const auto run = [](std::uint64_t seed) {
        echo_world world{seed, {.network = {.link = {.jitter = 2_ms, .loss = 0.3, .duplicate = 0.1, .reorder = 0.1, .corrupt = 0.1}}}};
        CHECK(world.run_client() == ending::finished);
        return world.log().fingerprint();
    };
    CHECK(run(1) == run(1));
    CHECK(run(1) != run(2));
}

TEST_CASE("links exist where there is traffic", "[sim][network]") {
    echo_world world;
    for (int i = 0; i < 200; ++i) world.host("host" + std::to_string(i));
    CHECK(world.run_client() == ending::finished);
    CHECK(world.network().ports() == 202);
    CHECK(world.network().paths() == 2);
}

TEST_CASE("a stream crosses a world", "[sim][tcp]") {
    sim::world world{1, {.network = {.link = {.delay = 10_ms, .loss = 0.02}}}};
    world.host("server").serve("sink", [](auto& net) -> task<> {
        auto listener = net.socket(tcp);
        REQUIRE(listener->bind({{}, 80}));
        REQUIRE(listener->listen());
        auto socket = co_await listener->accept();
        std::byte buffer[4096];
        for (std::size_t total = 0;;) {
            const auto got = co_await socket->recv(buffer);
            if (!got || *got == 0) {
                static_cast<void>(co_await socket->send(as_bytes(std::to_string(total))));
                co_return;
            }
            total += *got;
        }
    });
    std::string answer;
    world.host("client").run("source", [&](auto& net) -> task<> {
        auto socket = net.socket(tcp);
        const result<> connected = co_await socket->connect({*sim::resolve(net, "server"), 80});
        INFO(message(connected.error()));
        REQUIRE(connected);
        const std::string data(300'000, 'x');
        const auto sent = co_await socket->send_all(as_bytes(data));
        REQUIRE(sent);
        REQUIRE(socket->shutdown(shutdown_type::write));
        char buffer[20];
        const auto got = co_await socket->recv(as_writable_bytes(buffer));
        REQUIRE(got);
        answer.assign(buffer, *got);
    });
    CHECK(world.run() == ending::finished);
    CHECK(answer == "300000");
}

namespace {
/// Connects to a server that only accepts; what ends it, and when.
struct victim {
    errc connected{}, waited{}, sent{};
    duration at{};
    template <class Net>
    task<> run(Net& net) {
        auto socket = co_await weld::connect(net, tcp, {*sim::resolve(net, "server"), 80});
        connected = socket.error();
        if (!socket) co_return;
        char buffer[8];
        const auto got = co_await socket->recv(as_writable_bytes(buffer), 5_s);
        waited = got.error();
        while (sent == errc{}) {
            const auto each = co_await socket->send(as_bytes("are you there?"), 1_h);
            sent = each.error();
            co_await weld::sleep(net, 100_ms);
        }
        at = net.now().since_start();
    }
};
template <class Net>
task<> accept_only(Net& net) {
    auto listener = weld::listen(net, tcp, endpoint4{{}, 80});
    for (;;) {
        auto socket = co_await listener->accept();
        if (socket) co_await weld::sleep(net, duration::infinite());
    }
}
/// A server that only accepts, and a client that learns what becomes of it.
struct crash_of_a_server {
    crash_of_a_server() {
        server.serve("accepts", [](auto& net) { return accept_only(net); });
        world.host("client").run("speaks", [this](auto& net) { return peer.run(net); });
    }
    victim peer;  // outlives the world, whose programs write to it
    sim::world world{1};
    decltype(world.host("")) server = world.host("server");
};
}  // namespace

TEST_CASE("the peer of a host that crashed and came back is reset when it speaks", "[sim][world]") {
    crash_of_a_server story;
    auto& [peer, world, server] = story;
    world.spawn([](sim::world& in, auto& of) -> task<> {
        co_await weld::sleep(in, 1_s);
        of.crash();
        co_await weld::sleep(in, 1_s);
        of.restart();
    }(world, server));
    CHECK(world.run() == ending::finished);
    CHECK(peer.connected == errc{});
    CHECK(peer.waited == errc::timed_out);  // nobody was told
    CHECK((peer.sent == errc::connection_reset || peer.sent == errc::broken_pipe));
    CHECK(peer.at < 6_s);
    CHECK(server.boots() == 2);
}

TEST_CASE("the peer of a host that stays away waits as long as TCP does", "[sim][world]") {
    crash_of_a_server story;
    auto& [peer, world, server] = story;
    world.spawn([](sim::world& in, auto& of) -> task<> {
        co_await weld::sleep(in, 1_s);
        of.crash();
    }(world, server));
    CHECK(world.run() == ending::finished);
    CHECK(peer.sent == errc::timed_out);
    CHECK(peer.at > duration::seconds(13 * 60));  // tcp_retries2 in tcp(7): between 13 and 30 minutes
    CHECK(peer.at < duration::seconds(30 * 60));
}

TEST_CASE("a thousand hosts have the paths that were used, and their names are found", "[sim][world]") {
    sim::world world{1};
    for (int i = 0; i < 1000; ++i) world.host("host" + std::to_string(i));
    world.host("server").serve("echo", [](auto& net) { return echo_datagrams(net); });
    int attempts = 0;
    world.host("host7").run("ask", [&](auto& net) { return ask(net, attempts); });
    CHECK(world.run() == ending::finished);
    CHECK(world.network().paths() == 2);
    CHECK(world.address_of("host999") == world.machine("host999").address());
    CHECK(world.address_of("host1000").error() == errc::no_such_device_or_address);
}
