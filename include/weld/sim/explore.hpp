// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sim/world.hpp>

#include <cstdlib>
#include <ctime>

namespace weld::inline v0::sim {

/// Which seeds, how long, in what world.
struct explore_options {
    std::uint64_t first_seed = 1;
    std::uint64_t seeds = 1000;
    const char* name = "scenario";       ///< of the files that a failure leaves: scenario-17.log, scenario-17.pcapng
    const char* folder = ".";            ///< where to; null: nowhere
    const char* replay = "WELD_SEED=%s in the environment";  ///< how to run one seed again
    bool shrink = true;                  ///< leave out the faults that do not matter
    unsigned progress = 5;               ///< seconds of ours between two words about how far it is
    std::size_t lines = 40;              ///< how much of the log's end is printed
    world_options world{};
    std::FILE* report = stderr;          ///< null: not a word
};

/// What an exploration found.
struct exploration {
    std::uint64_t seeds = 0;             // that were run
    std::uint64_t packets = 0;
    duration simulated{};
    bool failed = false;
    std::uint64_t seed = 0;              // the first that failed
    std::string why, log;                // the log's end
    std::vector<std::string> faults;     // those that it takes
    std::size_t faults_before = 0;
    /// True where every seed held.
    explicit operator bool() const noexcept { return !failed; }
};

namespace detail {

/// One run of a scenario: fills in why it failed, if it did.
template <class Scenario>
bool holds(world& in, Scenario& scenario, std::string& why) {
#if defined(__cpp_exceptions)
    try {
#endif
        using answer = decltype(scenario(in));
        if constexpr (std::is_void_v<answer>) scenario(in);
        else if constexpr (std::is_same_v<answer, ending>) in.expect_finished(scenario(in));
        else in.expect(static_cast<bool>(scenario(in)), "the scenario says so");
#if defined(__cpp_exceptions)
    } catch (const std::exception& thrown) {
        in.fail(thrown.what());
    } catch (...) {
        in.fail("an exception left the scenario");
    }
#endif
    if (!in.failed()) in.shut_down();
    why = in.failure();
    return !in.failed();
}

/// Leaves out one fault after the other, as long as it still fails; `options` names those that are left out in the end.
template <class Scenario>
void shrink(exploration& found, world_options& options, Scenario& scenario) {
    for (std::size_t i = found.faults_before; i-- > 0;) {
        options.without_faults.push_back(i);
        world again{found.seed, options};
        std::string why;
        if (holds(again, scenario, why)) options.without_faults.pop_back();
        else found.why = why;
    }
    found.faults.clear();
    world last{found.seed, options};
    std::string why;
    static_cast<void>(holds(last, scenario, why));
    found.faults = last.faults();
}

template <class Scenario>
void write_down(exploration& found, const explore_options& options, const world_options& how, Scenario& scenario) {
    const std::string path = std::string{options.folder != nullptr ? options.folder : ""} + '/' + options.name + '-' + std::to_string(found.seed);
    std::FILE* const log = options.folder != nullptr ? std::fopen((path + ".log").c_str(), "w") : nullptr;
    {
        pcapng_writer packets{options.folder != nullptr ? (path + ".pcapng").c_str() : "/dev/null"};
        world again{found.seed, how};
        again.log().keep(options.lines);
        again.log().write_to(log);
        again.log().write_packets_to(&packets);
        std::string why;
        static_cast<void>(holds(again, scenario, why));
        found.log = again.log().tail();
        again.log().write_to(nullptr);
        again.log().write_packets_to(nullptr);
    }
    if (log != nullptr) std::fclose(log);
    if (options.report == nullptr) return;
    std::fprintf(options.report, "weld: seed %llu fails: %s\n", static_cast<unsigned long long>(found.seed), found.why.c_str());
    std::fprintf(options.report, "  (%llu seeds were fine before it)\n", static_cast<unsigned long long>(found.seeds - 1));
    if (found.faults_before != 0) std::fprintf(options.report, "  of %zu faults it takes %zu:\n", found.faults_before, found.faults.size());
    for (const std::string& each : found.faults) std::fprintf(options.report, "    %s\n", each.c_str());
    std::fprintf(options.report, "  the log's end:\n%s", found.log.c_str());
    if (log != nullptr) std::fprintf(options.report, "  all of it: %s.log   packets: %s.pcapng\n", path.c_str(), path.c_str());
    std::fprintf(options.report, "  replay it with ");
    std::fprintf(options.report, options.replay, std::to_string(found.seed).c_str());
    std::fprintf(options.report, "\n");
}

}  // namespace detail

/// Runs a scenario, `scenario(world)`, with one seed after the other, and stops at the first that fails: an expectation
/// of world.expect did not hold, world.fail was called, an exception left it, it answers false or an ending that is not
/// `finished`, or packets were leaked. Then it leaves out the faults that do not matter, prints the seed, the story's end
/// and how to see it again, and leaves the whole of it as text and as a pcapng file. WELD_SEED in the environment runs
/// that seed alone.
template <class Scenario>
exploration explore(explore_options options, Scenario scenario) {
    if (const char* const one = std::getenv("WELD_SEED"); one != nullptr) {
        options.first_seed = std::strtoull(one, nullptr, 10);
        options.seeds = 1;
    }
    exploration found;
    std::time_t told = std::time(nullptr);
    for (; found.seeds < options.seeds && !found.failed; ++found.seeds) {
        world each{options.first_seed + found.seeds, options.world};
        found.failed = !detail::holds(each, scenario, found.why);
        found.packets += each.packets_sent();
        found.simulated += each.now().since_start();
        if (found.failed) found.seed = each.seed(), found.faults = each.faults(), found.faults_before = found.faults.size();
        if (options.report != nullptr && std::time(nullptr) >= told + static_cast<std::time_t>(options.progress)) {
            told = std::time(nullptr);
            std::fprintf(options.report, "weld: %s: %llu of %llu seeds\n", options.name, static_cast<unsigned long long>(found.seeds + 1),
                         static_cast<unsigned long long>(options.seeds));
        }
    }
    if (found.failed) {
        world_options how = options.world;
        if (options.shrink && found.faults_before != 0) detail::shrink(found, how, scenario);
        detail::write_down(found, options, how, scenario);
    }
    return found;
}

}  // namespace weld::inline v0::sim
