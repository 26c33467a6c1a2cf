// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_queue.hpp>

#include <utility>

namespace weld::inline v0::device::detail {

/// Packets on their way, each with the moment when it arrives; of one moment in the order in which they came.
class delay_line {
public:
    bool empty() const noexcept { return packets_.empty(); }
    std::size_t size() const noexcept { return packets_.size(); }
    /// When the first arrives; never() where there is none.
    time_point next() const noexcept { return packets_.empty() ? time_point::never() : due(*packets_.front()); }

    void push(packet_buffer skb, time_point when) noexcept {
        due(*skb) = when;
        packet* before = packets_.back();  // most go to the end, or near it
        while (before != nullptr && due(*before) > when) before = packet_queue::before(*before);
        if (before != nullptr) packets_.insert_after(*before, std::move(skb));
        else packets_.push_front(std::move(skb));
    }
    /// Moves those that have arrived behind `to`.
    void arrive(time_point now, packet_queue& to) noexcept {
        while (!packets_.empty() && due(*packets_.front()) <= now) {
            packet_buffer skb = packets_.pop_front();
            due(*skb) = {};
            to.push_back(std::move(skb));
        }
    }

private:
    static time_point& due(packet& skb) noexcept { return skb.control<time_point>(); }
    packet_queue packets_;
};

}  // namespace weld::inline v0::device::detail
