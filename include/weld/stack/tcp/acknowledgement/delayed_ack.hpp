// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/acknowledgement/acknowledgement.hpp>

#include <algorithm>

namespace weld::inline v0::stack {

/// Every second segment, or 40 ms later; at once while a connection is young or after a loss, so that slow start is not
/// held up; patient where the application answers what it reads. Source: RFC 9293 section 3.8.6.3, RFC 5681 section 4.2;
/// the kernel's quick acknowledgements, tcp_event_data_recv and __tcp_ack_snd_check in net/ipv4/tcp_input.c.
class delayed_ack {
public:
    acknowledge on_data(const arrival& what) noexcept {
        last_data_ = what.now;
        if (what.out_of_order) return acknowledge::now;
        if (quick_ > 0 && !interactive_) return acknowledge::now;
        const bool second_segment = what.unacknowledged > what.mss;
        return second_segment && what.window_open ? acknowledge::now : acknowledge::later;
    }
    duration patience(duration most) const noexcept { return most; }
    void on_ack_sent() noexcept { quick_ -= quick_ > 0; }
    void on_data_sent(time_point now) noexcept {
        interactive_ = last_data_ != time_point{} && now - last_data_ < duration::milliseconds(40);
    }
    void hurry(std::uint32_t count) noexcept {
        interactive_ = false;
        quick_ = std::max(quick_, count);
    }
    bool interactive() const noexcept { return interactive_; }

    static constexpr std::uint32_t quick_at_start = 16;  // TCP_MAX_QUICKACKS

private:
    std::uint32_t quick_ = quick_at_start;
    bool interactive_ = false;
    time_point last_data_{};
};
static_assert(acknowledgement<delayed_ack>);

}  // namespace weld::inline v0::stack
