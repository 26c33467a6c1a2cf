// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sim/world.hpp>
#include <weld/task/sleep.hpp>

namespace weld::inline v0::sim {

/// What is to go wrong, and when: so many of each kind, at moments and for lengths of time that the seed decides. All of
/// them are over some time after `last`: then a program that copes with them comes to its end.
struct fault_options {
    unsigned crashes = 2;     ///< a host loses its power and comes back
    unsigned partitions = 2;  ///< the hosts fall into two groups that do not hear each other
    unsigned pauses = 1;      ///< a host stands still
    unsigned bursts = 1;      ///< a third of all packets is lost
    unsigned drifts = 0;      ///< a host's clock goes up to 500 millionths wrong, from then on
    duration first{};         ///< none begins before
    duration last = duration::seconds(10);           ///< none begins after
    duration shortest = duration::milliseconds(20);
    duration longest = duration::seconds(3);
    std::vector<std::string> hosts{};                ///< whom crashes and pauses may hit; none: all
};

namespace detail {

struct fault {
    enum class kind : std::uint8_t { crash, part, pause, burst, drift } what;
    time_point at;
    duration lasts;
    std::uint64_t draw;  // what else there is to choose

    void append_to(std::string& words, text victim) const {
        const char* const names[] = {"crash of ", "partition", "pause of ", "burst of loss", "drift of "};
        char line[160];
        std::snprintf(line, sizeof line, "%s%.*s at %.3f s for %.3f s", names[static_cast<std::size_t>(what)], static_cast<int>(victim.size()), victim.data(),
                      at.since_start().seconds(), lasts.seconds());
        words += line;
    }
};

inline task<void> crash(world& in, fault f, machine& victim) {
    co_await sleep_until(in, f.at);
    victim.crash();
    co_await sleep(in, f.lasts);
    victim.restart();
}
inline task<void> pause(world& in, fault f, machine& victim) {
    co_await sleep_until(in, f.at);
    victim.pause();
    co_await sleep(in, f.lasts);
    victim.resume();
}
inline task<void> drift(world& in, fault f, machine& victim) {
    co_await sleep_until(in, f.at);
    victim.set_drift(static_cast<std::int64_t>(f.draw % 1001) - 500);
}
inline task<void> part(world& in, fault f) {
    co_await sleep_until(in, f.at);
    random_generator chance{f.draw};
    sim::partition cut = in.partition_at_random(chance);
    co_await sleep(in, f.lasts);
    cut.heal();
    in.note("the partition is healed");
}
inline task<void> burst(world& in, fault f) {
    co_await sleep_until(in, f.at);
    in.note("a third of all packets is lost");
    rule third = in.on_packet([chance = random_generator{f.draw}](const sighting&) mutable { return chance.chance(1, 3); }, drop);
    co_await sleep(in, f.lasts);
    in.note("packets are safe again");
}

}  // namespace detail

/// Lets faults happen to a world, drawn from its seed; to be called once its hosts are there. Each has a number, by which
/// a world can leave it out (world_options::without_faults): so explore finds out which of them matter.
inline void inject(world& in, const fault_options& options = {}) {
    using detail::fault;
    random_generator chance = in.random().split();
    std::vector<machine*> victims;
    for (const auto& each : in.machines()) {
        bool meant = options.hosts.empty();
        for (const std::string& name : options.hosts) meant = meant || text{name} == each->name();
        if (meant) victims.push_back(each.get());
    }
    const auto draw = [&](fault::kind what, unsigned count) {
        const bool concerns_one = what == fault::kind::crash || what == fault::kind::pause || what == fault::kind::drift;
        for (; count > 0; --count) {
            const time_point at = time_point{options.first + detail::up_to(chance, options.last - options.first)};
            const duration lasts = options.shortest + detail::up_to(chance, options.longest - options.shortest);
            const fault f{what, at, lasts, chance.next()};
            if (concerns_one && victims.empty()) continue;
            machine* const victim = concerns_one ? victims[f.draw / 1001 % victims.size()] : nullptr;
            std::string words;
            f.append_to(words, victim != nullptr ? victim->name() : text{});
            if (!in.fault_happens(std::move(words))) continue;
            switch (what) {
                case fault::kind::crash: in.spawn(detail::crash(in, f, *victim)); break;
                case fault::kind::pause: in.spawn(detail::pause(in, f, *victim)); break;
                case fault::kind::drift: in.spawn(detail::drift(in, f, *victim)); break;
                case fault::kind::part: in.spawn(detail::part(in, f)); break;
                case fault::kind::burst: in.spawn(detail::burst(in, f)); break;
            }
        }
    };
    draw(fault::kind::crash, options.crashes);
    draw(fault::kind::part, options.partitions);
    draw(fault::kind::pause, options.pauses);
    draw(fault::kind::burst, options.bursts);
    draw(fault::kind::drift, options.drifts);
}

}  // namespace weld::inline v0::sim
