// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/congestion/congestion_control.hpp>

#include <algorithm>

namespace weld::inline v0::stack {

/// What an acknowledgement tells while segments are being recovered.
struct recovery_sample {
    std::uint32_t delivered;  // octets newly known to have arrived, selected ones included
    std::uint32_t in_flight;  // after it: "pipe"
    std::uint64_t sent;       // all octets that ever left, those sent again as often as they did
};

/// Proportional rate reduction around a congestion control, `basic_tcp<ip4, prr<cubic>>`: while recovering, what leaves
/// follows what arrives, so that the flight shrinks to ssthresh by the end of recovery, with neither a pause before nor a
/// burst after. In the kernel: tcp_cwnd_reduction. Source: RFC 6937 section 3, with its slow start reduction bound.
template <congestion_control Control>
class prr {
public:
    static constexpr const char* name = Control::name;
    constexpr prr(std::uint32_t mss, std::uint32_t segments) noexcept : control_{mss, segments}, mss_{mss} {}

    constexpr std::uint32_t window() const noexcept { return recovering_ ? allowed_ : control_.window(); }
    constexpr std::uint32_t ssthresh() const noexcept { return control_.ssthresh(); }
    constexpr void on_ack(const ack_sample& sample) noexcept { control_.on_ack(sample); }
    constexpr void on_loss(std::uint32_t in_flight) noexcept {
        control_.on_loss(in_flight);
        recover_flight_ = std::max(in_flight, 1u);
    }
    constexpr void on_rto(std::uint32_t in_flight) noexcept {
        control_.on_rto(in_flight);
        recovering_ = false;
    }
    constexpr void on_idle() noexcept { control_.on_idle(); }
    constexpr void set_mss(std::uint32_t mss) noexcept {
        control_.set_mss(mss);
        mss_ = mss;
    }

    /// Recovery begins; so many octets had left by then. It follows on_loss.
    constexpr void begin_recovery(std::uint64_t sent) noexcept {
        recovering_ = true;
        delivered_ = 0;
        sent_before_ = sent;
        allowed_ = mss_;
    }
    /// An acknowledgement while it lasts.
    constexpr void on_recovery(const recovery_sample& sample) noexcept {
        delivered_ += sample.delivered;
        const std::uint64_t out = sample.sent - sent_before_, target = ssthresh();
        std::uint64_t more = 0;
        if (sample.in_flight > target) {
            more = above((delivered_ * target + recover_flight_ - 1) / recover_flight_, out);
        } else {
            const std::uint64_t bound = std::max<std::uint64_t>(above(delivered_, out), sample.delivered) + mss_;
            more = std::min(target - sample.in_flight, bound);
        }
        allowed_ = static_cast<std::uint32_t>(std::max<std::uint64_t>(sample.in_flight + more, mss_));
    }
    constexpr void end_recovery() noexcept { recovering_ = false; }

private:
    static constexpr std::uint64_t above(std::uint64_t a, std::uint64_t b) noexcept { return a > b ? a - b : 0; }

    Control control_;
    std::uint32_t mss_;
    std::uint32_t allowed_ = 0;
    std::uint32_t recover_flight_ = 1;  // RecoverFS
    std::uint64_t delivered_ = 0;       // prr_delivered
    std::uint64_t sent_before_ = 0;
    bool recovering_ = false;
};

}  // namespace weld::inline v0::stack
