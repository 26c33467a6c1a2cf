// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sim/world.hpp>

namespace weld::inline v0::sim {

namespace detail {
/// An address for each type.
template <class>
inline constexpr char identity = 0;
}  // namespace detail

inline world::world(std::uint64_t seed, const world_options& options)
    : options_{options}, seed_{seed}, random_{seed}, fabric_{random_.next(), options.packets}, networks_{fabric_, options.network},
      clock_{fabric_.time, random_.next()}, tasks_{clock_.runnable()} {
    clock_.after_turn([](virtual_clock& own) noexcept { own.shared_time().settle_all(); });
}

inline world::~world() {
    tasks_.cancel();
    machines_.clear();
}

template <class Compose>
auto& world::host(text name, Compose compose) {
    using made = composed_host<Compose>;
    const std::uint64_t number = detail::number_for(name);
    if (sim::machine* const known = by_name_.find(number)) {
        WELD_ASSERT(compositions_[known->number()] == &detail::identity<Compose>);
        return static_cast<sim::host<typename made::net_type>&>(*known);
    }
    machines_.push_back(std::make_unique<made>(std::move(compose), trouble_, fabric_, networks_, directory_, machines_.size(), name,
                                               number ^ seed_ * 0x9e3779b97f4a7c15));
    compositions_.push_back(&detail::identity<Compose>);
    by_name_.set(number, *machines_.back());
    return static_cast<sim::host<typename made::net_type>&>(*machines_.back());
}

inline machine& world::machine(text name) noexcept {
    sim::machine* const known = by_name_.find(detail::number_for(name));
    WELD_ASSERT(known != nullptr && known->name() == name);
    return *known;
}

inline void world::set_path(text from, text to, const link_options& conditions) {
    const auto port_of = [&](text name) -> port& { return *machine(name).ports().front(); };
    networks_.first().between(port_of(from), port_of(to)).options = conditions;
}

inline partition world::partition(std::initializer_list<std::initializer_list<text>> groups) {
    auto entry = std::make_unique<detail::partition_entry>();
    std::string words;
    std::uint8_t side = 0;
    for (const auto& group : groups) {
        words += side++ == 0 ? "" : " | ";
        for (const text& name : group) {
            const std::size_t number = number_of(name);
            if (entry->sides.size() <= number) entry->sides.resize(number + 1);
            entry->sides[number] = side;
            words.append(name.data(), name.size()).append(&name == group.end() - 1 ? "" : " ");
        }
    }
    fabric_.log.event(happening::partitioned, now(), "", words);
    return fabric_.cuts.add(std::move(entry));
}
inline partition world::isolate(text name) {
    auto entry = std::make_unique<detail::partition_entry>();
    entry->others = 2;
    entry->sides.resize(number_of(name) + 1);
    entry->sides.back() = 1;
    fabric_.log.event(happening::partitioned, now(), name, "from everybody");
    return fabric_.cuts.add(std::move(entry));
}

inline partition world::partition_at_random(random_generator& chance) {
    auto entry = std::make_unique<detail::partition_entry>();
    const std::size_t hosts = machines_.size();
    entry->sides.resize(hosts);
    for (std::uint8_t& side : entry->sides) side = static_cast<std::uint8_t>(1 + chance.below(2));
    if (hosts > 1) {
        const std::size_t one = chance.below(hosts);
        entry->sides[one] = 1;
        entry->sides[(one + 1 + chance.below(hosts - 1)) % hosts] = 2;
    }
    std::string words[2];
    for (std::size_t i = 0; i < hosts; ++i) words[entry->sides[i] - 1].append(" ").append(machines_[i]->name().data(), machines_[i]->name().size());
    fabric_.log.event(happening::partitioned, now(), "", words[0] + " |" + words[1]);
    return fabric_.cuts.add(std::move(entry));
}
inline bool world::fault_happens(std::string words) {
    const std::size_t number = next_fault_++;
    for (const std::size_t each : options_.without_faults)
        if (each == number) return false;
    faults_.push_back(std::move(words));
    return true;
}

inline void world::expect_finished(ending how) {
    if (how == ending::at_rest) fail("nothing will ever happen any more, and somebody waits:\n" + waiting());
    else if (how == ending::time_over) fail("it did not come to its end in time; somebody waits:\n" + waiting());
}
inline std::string world::waiting() const {
    std::string all;
    for (const auto& each : machines_) all += each->waiting();
    return all;
}
inline void world::shut_down() {
    tasks_.cancel();
    for (const auto& each : machines_) each->crash();
    while (fabric_.time.step(time_point::never())) {}
    if (fabric_.packets.in_use() != packet_pool::usage{}) fail(std::to_string(fabric_.packets.in_use().packets) + " packets were leaked");
}

template <class Done>
ending world::drive(Done done, time_point limit) {
    fabric_.time.settle_all();
    for (bool asked_all = false; !done();) {
        if (trouble_.failed) break;
        if (fabric_.time.step(limit)) {
            asked_all = false;
            if (!clock_.runnable().empty()) clock_.wake();  // a host has signalled us
            if (fabric_.time.happened_now() > options_.standstill) fail("time stands still: hosts run on and on at one moment");
            continue;
        }
        if (asked_all) return rest_until(limit);
        asked_all = true;  // somebody may have woken another host by no packet
        fabric_.time.settle_all();
    }
    if (!trouble_.failed) return ending::finished;
    trouble_.rethrow();
    return ending::failed;
}

inline ending world::rest_until(time_point limit) noexcept {
    if (fabric_.time.at_rest()) return ending::at_rest;
    fabric_.time.pass_to(limit);
    return ending::time_over;
}
inline ending world::run() {
    const time_point limit = now() + options_.time_limit;
    return drive([this] { return trouble_.unfinished == 0; }, limit);
}
inline ending world::run_for(duration length) {
    const time_point limit = now() + length;
    const ending how = drive([] { return false; }, limit);
    if (how == ending::at_rest) fabric_.time.pass_to(limit);
    return how == ending::at_rest ? ending::time_over : how;
}
inline void world::spawn(task<void> work) { tasks_.spawn(detail::attended(trouble_, std::move(work))); }
inline ending world::run_until(task<void> work) {
    bool ended = false;
    tasks_.spawn([](sim::trouble& told, task<void> whole, bool& at_end) -> task<void> {
        co_await detail::attended(told, std::move(whole));
        at_end = true;
    }(trouble_, std::move(work), ended));
    return drive([&] { return ended; }, now() + options_.time_limit);
}

}  // namespace weld::inline v0::sim
