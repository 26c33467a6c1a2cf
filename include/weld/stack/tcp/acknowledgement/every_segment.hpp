// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/acknowledgement/acknowledgement.hpp>

namespace weld::inline v0::stack {

/// At once, always: for measurements, and peers that need it.
struct acknowledge_every_segment {
    acknowledge on_data(const arrival&) const noexcept { return acknowledge::now; }
    duration patience(duration most) const noexcept { return most; }
    void on_ack_sent() const noexcept {}
    void on_data_sent(time_point) const noexcept {}
    void hurry(std::uint32_t) const noexcept {}
    bool interactive() const noexcept { return false; }
};
static_assert(acknowledgement<acknowledge_every_segment>);

}  // namespace weld::inline v0::stack
