// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>

#include <concepts>
#include <cstdint>

namespace weld::inline v0::stack {

/// What a receiver knows when data has arrived.
struct arrival {
    time_point now;
    std::uint32_t unacknowledged;  // octets in order that no ACK has told of yet
    std::uint32_t mss;             // the largest segment the peer was seen to send
    bool out_of_order;             // a hole was opened, filled, or is still there
    bool window_open;              // an ACK now would not take back room: the application keeps up
};

/// Whether an acknowledgement may wait.
enum class acknowledge : std::uint8_t { later, now };

/// Decides when a receiver acknowledges. The compiler cannot check that it obeys RFC 9293 section 3.8.6.3: not later than
/// half a second, and at least every second full segment; RFC 5681 section 4.2: at once when out of order.
template <class Policy>
concept acknowledgement = std::movable<Policy> && std::default_initializable<Policy> &&
    requires(Policy policy, const arrival& what, duration most, std::uint32_t count) {
        { policy.on_data(what) }    noexcept -> std::same_as<acknowledge>;
        { policy.patience(most) }   noexcept -> std::same_as<duration>;  // how long `later` may last
        { policy.on_ack_sent() }    noexcept -> std::same_as<void>;
        { policy.on_data_sent(time_point{}) } noexcept -> std::same_as<void>;  // the application answers: ACKs may ride along
        { policy.hurry(count) }     noexcept -> std::same_as<void>;      // acknowledge the next `count` at once
        { policy.interactive() }    noexcept -> std::same_as<bool>;      // answers are likely to carry the ACKs
    };

}  // namespace weld::inline v0::stack
