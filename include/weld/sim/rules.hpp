// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/list.hpp>
#include <weld/sim/sighting.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace weld::inline v0::sim {

/// What a rule does with a packet.
struct verdict {
    /// What a rule does with a packet.
    enum class kind : std::uint8_t { pass, later, drop, corrupt } is = kind::pass;
    duration by{};
};
inline constexpr verdict pass{};                                 // as the link would have it, whatever later rules say
inline constexpr verdict drop{verdict::kind::drop};              // it vanishes
inline constexpr verdict corrupt{verdict::kind::corrupt};        // one bit turns on the way
/// It travels so much longer, and others overtake it.
constexpr verdict later(duration by) noexcept { return {verdict::kind::later, by}; }

namespace detail {
struct rule_entry : list_node {
    virtual ~rule_entry() = default;
    virtual bool judges(const sighting& packet, verdict& what) = 0;
};
template <class Predicate, class Verdict>
struct rule_of final : rule_entry {
    rule_of(Predicate test, Verdict answer) : predicate{std::move(test)}, decision{std::move(answer)} {}
    bool judges(const sighting& packet, verdict& what) override {
        if (!predicate(packet)) return false;
        if constexpr (std::is_convertible_v<Verdict, verdict>) what = decision;
        else what = decision(packet);
        return true;
    }
    Predicate predicate;
    Verdict decision;
};
}  // namespace detail

/// A rule that is in force while this lives: `auto lost = world.on_packet(when::from("db1"), sim::drop);`.
class [[nodiscard]] rule {
public:
    explicit rule(std::unique_ptr<detail::rule_entry> entry) noexcept : entry_{std::move(entry)} {}
    /// Takes it away now.
    void remove() noexcept { entry_.reset(); }

private:
    std::unique_ptr<detail::rule_entry> entry_;
};

/// The rules in force, in the order in which they were made: the first that concerns a packet decides.
class rules {
public:
    template <class Predicate, class Verdict>
    rule add(Predicate predicate, Verdict decision) {
        auto entry = std::make_unique<detail::rule_of<Predicate, Verdict>>(std::move(predicate), std::move(decision));
        entries_.push_back(*entry);
        return rule{std::move(entry)};
    }
    bool empty() const noexcept { return entries_.empty(); }
    /// Without a rule it passes.
    verdict judge(const sighting& packet) {
        verdict what;
        for (detail::rule_entry& each : entries_)
            if (each.judges(packet, what)) break;
        return what;
    }

private:
    list<detail::rule_entry> entries_;
};

}  // namespace weld::inline v0::sim
