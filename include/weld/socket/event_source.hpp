// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/timer_wheel.hpp>

#include <concepts>

namespace weld::inline v0 {

/// Where a net's waiting happens, and its only clock. Models: io::epoll, sim::virtual_clock.
/// The compiler cannot check that
///   - wait() runs no user's code: whoever it wakes goes to the run queue;
///   - wait() returns once something is on the run queue, or `until` has come;
///   - now() does not change between two waits.
template <class Source>
concept event_source = requires(Source& source, time_point until) {
    { source.now() }       noexcept -> std::same_as<time_point>;
    { source.runnable() }  noexcept -> std::same_as<run_queue&>;
    { source.timers() }    noexcept -> std::same_as<timer_wheel&>;
    { source.wait(until) } noexcept;
};

/// One round of the loop: run what is ready, sleep until something happens, wake whom it concerns.
template <event_source Source>
void step(Source& source) {
    constexpr int turns = 256;
    source.runnable().run(turns);
    const time_point next = source.timers().next();
    source.wait(source.runnable().empty() ? next : time_point{});
    if (next != time_point::never()) source.timers().expire(source.now(), source.runnable());
}

}  // namespace weld::inline v0
