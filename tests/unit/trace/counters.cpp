// SPDX-License-Identifier: BSL-1.0
#include <weld/trace/counters.hpp>

#include <weld/sim.hpp>
#include <weld/stack/unix/unix.hpp>
#include <weld/sys/instruction_counter.hpp>
#include <weld/trace.hpp>

#include "support/catch.hpp"

namespace {
namespace trace = weld::trace;
using weld::layer;
static_assert(trace::counter<weld::sys::instruction_counter>);

/// Counts what the test says, and one for each look.
struct by_hand {
    static constexpr const char* unit = "steps";
    static inline std::uint64_t steps = 0, looks = 0;
    static weld::result<std::uint64_t> read() noexcept { return steps + ++looks; }
};
}  // namespace

TEST_CASE("a station has what was spent within it, without the recorder's own", "[trace]") {
    trace::basic_flow_recorder<by_hand> recorder;
    recorder.start();
    const weld::time_point now{};
    const std::size_t outer = recorder.enter(now, layer::entry, "outer", "");
    by_hand::steps += 1000;
    const std::size_t inner = recorder.enter(now, layer::proto, "inner", "");
    by_hand::steps += 100;
    recorder.answer(inner, weld::result<int>{0});
    recorder.leave(inner);
    by_hand::steps += 10;
    recorder.leave(outer);
    const auto& stations = recorder.stations();
    REQUIRE(stations.size() == 2);
    CHECK(stations[1].spent - 100 < 5);     // the looks' own end
    CHECK(stations[0].spent - 1110 < 10);
    CHECK(trace::as_text(stations).find(" steps]") != std::string::npos);
    recorder.start();
    recorder.leave(recorder.enter(now, layer::entry, "again", ""));
    CHECK(recorder.stations()[0].spent < 5);
}

TEST_CASE("nothing is counted where nobody asks", "[trace]") {
    trace::flow_recorder recorder;
    recorder.start();
    recorder.leave(recorder.enter(weld::time_point{}, layer::entry, "outer", ""));
    CHECK(recorder.stations()[0].unit == nullptr);
    CHECK(trace::as_text(recorder.stations()).find('[') == std::string::npos);
    CHECK(!recorder.counts());
}

TEST_CASE("instructions are counted by the processor, or it says that it has no counter", "[trace]") {
    const weld::sys::instruction_counter counter;
    if (!counter.status()) {
        CHECK(counter.read().error() == counter.status().error());
        WARN("no instruction counter here: " << weld::message(counter.status().error()));
        trace::basic_flow_recorder<weld::sys::instruction_counter> recorder;
        recorder.start();
        recorder.leave(recorder.enter(weld::time_point{}, layer::entry, "outer", ""));
        CHECK(recorder.stations()[0].unit == nullptr);
        CHECK(recorder.counts().error() == counter.status().error());
        return;
    }
    const auto before = counter.read();
    for (int i = 0; i < 100'000; ++i) asm volatile("nop");
    const auto after = counter.read();
    REQUIRE((before && after));
    CHECK(*after - *before >= 100'000);
    CHECK(*after - *before < 2'000'000);
}

TEST_CASE("the time stamp counter runs on", "[trace]") {
    const auto before = trace::time_stamp_counter::read();
    const auto after = trace::time_stamp_counter::read();
    CHECK(*after >= *before);
}
