// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/timer_wheel.hpp>

#include <concepts>

namespace weld::inline v0 {

/// Where a net's waiting happens, and its only clock. Models: io::epoll, sim::virtual_clock.
/// The compiler cannot check that
///   - whoever wait() wakes goes to the run queue, or runs then and there if nothing of wait's own can be spoiled;
///   - wait() returns once somebody was woken, or `until` has come;
///   - now() does not change between two waits.
template <class Source>
concept event_source = requires(Source& source, time_point until) {
    { source.now() }       noexcept -> std::same_as<time_point>;
    { source.runnable() }  noexcept -> std::same_as<run_queue&>;
    { source.timers() }    noexcept -> std::same_as<timer_wheel&>;
    source.wait(until);
};

namespace detail {
constexpr int turns = 256;
/// Until when a round may sleep: not at all where somebody can run.
template <event_source Source>
time_point next_turn(Source& source) noexcept {
    return source.runnable().empty() ? source.timers().next() : time_point{};
}
/// What follows once a round has slept.
template <event_source Source>
[[gnu::noinline]] void run_due(Source& source) {
    if (!source.timers().empty()) source.timers().expire(source.now(), source.runnable());
    source.runnable().run(turns);
}
template <event_source Source>
[[gnu::noinline]] void step_in_time(Source& source) {
    source.wait(next_turn(source));
    run_due(source);
}
}  // namespace detail

/// Rounds of the loop in which nothing happens but events, one after the other: until something was put into the run
/// queue, a timer was armed, or somebody has stirred the run queue; then the rest of that round.
template <event_source Source>
void sleep_and_wake(Source& source) {
    if (!source.timers().empty() || !source.runnable().calm()) return detail::step_in_time(source);
    do source.wait(time_point::never());
    while ((int{source.runnable().calm()} & int{source.timers().empty()}) != 0);  // one test: each is a number that is zero
    detail::run_due(source);
}

/// One round of the loop: sleep until something happens, wake whom it concerns, run what is ready. Running comes last:
/// whoever calls this in a loop looks afterwards whether what they wait for has happened, and does not sleep on it.
template <event_source Source>
[[gnu::always_inline]] inline void step(Source& source) {
    if (!source.timers().empty() || !source.runnable().empty()) return detail::step_in_time(source);
    source.wait(time_point::never());
    if (!source.runnable().empty()) source.runnable().run(detail::turns);
}

}  // namespace weld::inline v0
