// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/timer_wheel.hpp>

namespace weld::inline v0::stack {

/// A timer of a sock. It is armed lazily: a deadline that moves away costs one store, and the wheel is asked again when
/// the old one has come.
struct sock_timer : timer {
    sock_timer() noexcept : timer{nullptr} {}
    void set(auto& net, time_point at) noexcept {
        due = at;
        if (!armed() || at < deadline) net.timers().arm(*this, at);
    }
    void stop() noexcept { due = time_point::never(); }
    bool pending() const noexcept { return due != time_point::never(); }

    time_point due = time_point::never();
    void* owner = nullptr;
};

}  // namespace weld::inline v0::stack
