// SPDX-License-Identifier: BSL-1.0
#include <weld/sim/explore.hpp>

#include <weld/sim/faults.hpp>
#include <weld/sim/when.hpp>
#include <weld/task/sleep.hpp>

#include "support/catch.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace weld;
using namespace weld::literals;
using sim::ending;
namespace when = sim::when;

namespace {
/// Sends one datagram and believes that it arrived.
ending hopeful(sim::world& world) {
    world.host("receiver").run("receive", [](auto& net) -> task<> {
        auto socket = net.socket(udp);
        static_cast<void>(socket->bind({{}, 9}));
        char buffer[10];
        static_cast<void>(co_await socket->recv(as_writable_bytes(buffer)));
    });
    world.host("sender").run("send", [](auto& net) -> task<> {
        auto socket = net.socket(udp);
        co_await sleep(net, 1_s);
        static_cast<void>(co_await socket->send_to(as_bytes("hello"), {*sim::resolve(net, "receiver"), 9}));
    });
    return world.run();
}
constexpr sim::world_options lossy{.network = {.link = {.loss = 0.05}}};
std::string contents(const std::string& name) {
    std::FILE* const file = std::fopen(name.c_str(), "rb");
    if (file == nullptr) return {};
    std::string all(100'000, '\0');
    all.resize(std::fread(all.data(), 1, all.size(), file));
    std::fclose(file);
    return all;
}
}  // namespace

TEST_CASE("an exploration finds the first seed that fails, and says who waits for what", "[sim][explore]") {
    const auto found = sim::explore({.folder = nullptr, .world = lossy, .report = nullptr}, hopeful);
    REQUIRE_FALSE(found);
    CHECK(found.seeds == found.seed);
    CHECK(found.seed < 200);
    INFO(found.why);
    CHECK(found.why.find("receiver: the program \"receive\" has not ended") != std::string::npos);
    CHECK(found.why.find("receiver: waits for udp 0.0.0.0:9, until it is readable") != std::string::npos);
    CHECK(found.log.find("UDP, length 5  (lost)") != std::string::npos);

    const auto again = sim::explore({.first_seed = found.seed, .seeds = 1, .folder = nullptr, .world = lossy, .report = nullptr}, hopeful);
    CHECK(again.failed);
    CHECK(again.log == found.log);
}

TEST_CASE("an exploration of what always holds goes through all seeds", "[sim][explore]") {
    const auto found = sim::explore({.seeds = 50, .folder = nullptr, .report = nullptr}, hopeful);
    CHECK(found);
    CHECK(found.seeds == 50);
    CHECK(found.packets == 50);
    CHECK(found.simulated > 50_s);
}

TEST_CASE("a failing run leaves a log and a capture", "[sim][explore]") {
    std::FILE* const report = std::tmpfile();
    const auto found = sim::explore({.name = "weld-test-explore", .folder = "/tmp", .world = lossy, .report = report}, hopeful);
    REQUIRE_FALSE(found);
    std::rewind(report);
    std::string told(4000, '\0');
    told.resize(std::fread(told.data(), 1, told.size(), report));
    std::fclose(report);
    const std::string name = "/tmp/weld-test-explore-" + std::to_string(found.seed);
    CHECK(told.find("seed " + std::to_string(found.seed) + " fails") != std::string::npos);
    CHECK(told.find("WELD_SEED=" + std::to_string(found.seed)) != std::string::npos);
    CHECK(told.find(name + ".log") != std::string::npos);
    CHECK(contents(name + ".log").find("(lost)") != std::string::npos);
    const std::string capture = contents(name + ".pcapng");
    CHECK(capture.substr(0, 4) == "\x0a\x0d\x0d\x0a");
    CHECK(capture.find("to receiver: lost") != std::string::npos);
    std::remove((name + ".log").c_str());
    std::remove((name + ".pcapng").c_str());
}

TEST_CASE("faults that do not matter are left out", "[sim][explore]") {
    const auto fragile = [](sim::world& world) {
        world.host("a");
        world.host("b").serve("live", [&world](auto& net) -> task<> {
            co_await sleep(net, 1_ms);
            world.expect(world.machine("b").boots() == 1, "b never restarts");
        });
        sim::inject(world, {.crashes = 3, .partitions = 3, .pauses = 3, .bursts = 3});
        static_cast<void>(world.run_for(20_s));
    };
    const auto found = sim::explore({.folder = nullptr, .report = nullptr}, fragile);
    REQUIRE_FALSE(found);
    CHECK(found.faults_before == 12);
    REQUIRE(found.faults.size() == 1);
    CHECK(found.faults[0].find("crash of b") == 0);
}

TEST_CASE("a scenario may fail by its answer", "[sim][explore]") {
    CHECK_FALSE(sim::explore({.folder = nullptr, .report = nullptr}, [](sim::world& w) { return w.seed() < 7; }));
    CHECK(sim::explore({.folder = nullptr, .report = nullptr}, [](sim::world& w) { return w.seed() < 7; }).seed == 0 + 7);
}

TEST_CASE("a long exploration tells how far it is", "[sim][explore]") {
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* const report = ::open_memstream(&text, &size);
    CHECK(sim::explore({.seeds = 3, .name = "slow", .folder = nullptr, .progress = 0, .report = report}, [](sim::world&) {}));
    std::fclose(report);
    const std::string told{text, size};
    std::free(text);
    CHECK(told == "weld: slow: 1 of 3 seeds\nweld: slow: 2 of 3 seeds\nweld: slow: 3 of 3 seeds\n");
}
