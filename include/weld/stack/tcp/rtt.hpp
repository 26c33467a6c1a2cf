// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/stack/tcp/tcp_options.hpp>

#include <algorithm>

namespace weld::inline v0::stack {

/// How long a round trip takes, and how long to wait for an acknowledgement. Source: RFC 6298 section 2.
class rtt_estimator {
public:
    bool measured() const noexcept { return srtt_ != duration{}; }
    duration srtt() const noexcept { return srtt_; }
    duration rttvar() const noexcept { return rttvar_; }
    /// The shortest ever seen; infinite before the first.
    duration least() const noexcept { return least_; }

    void sample(duration rtt) noexcept {
        rtt = std::max(rtt, duration::nanoseconds(1));
        least_ = std::min(least_, rtt);
        if (!measured()) {
            srtt_ = rtt;
            rttvar_ = rtt / 2;
            return;
        }
        const duration off = rtt < srtt_ ? srtt_ - rtt : rtt - srtt_;
        rttvar_ += (off - rttvar_) / 4;
        srtt_ += (rtt - srtt_) / 8;
    }
    /// The SYN had to be sent again and no round trip is known: section 5.7.
    void fall_back() noexcept { initial_factor_ = 3; }

    /// RTO before any backoff; G, the clock's granularity, is a millisecond: timestamps count those.
    duration rto(const tcp_limits& limits) const noexcept {
        if (!measured()) return limits.rto_initial * initial_factor_;
        const duration rto = srtt_ + std::max(duration::milliseconds(1), rttvar_ * 4);
        return std::clamp(rto, limits.rto_min, limits.rto_max);
    }

private:
    duration srtt_{}, rttvar_{}, least_ = duration::infinite();
    int initial_factor_ = 1;
};

}  // namespace weld::inline v0::stack
