// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/stack/tcp/retransmit_queue.hpp>
#include <weld/stack/tcp/rtt.hpp>

#include <concepts>
#include <cstdint>

namespace weld::inline v0::stack {

/// What an acknowledgement tells of losses, when what it acknowledges is already taken off the retransmit_queue and
/// what it selects is marked.
struct loss_sample {
    time_point now;
    std::uint32_t acked;     // octets newly acknowledged
    std::uint32_t sacked;    // octets newly selected
    std::uint32_t mss;
    bool duplicate;          // RFC 5681 section 2
    bool selective;          // both ends use SACK
    bool recovering;         // what was lost before has not all been acknowledged
    const rtt_estimator& rtt;
};

/// Decides what is lost. The state machine that answers (RFC 5681 section 3.2: reduce once a window, send again, end when
/// all is acknowledged that was sent before) is common to all: stack/tcp/input_ack.hpp.
/// The compiler cannot check that
///   - on_ack() marks nothing that was sacked, takes no memory, and looks at a packet a bounded number of times;
///   - it leaves alone what a retransmission timeout marked.
/// Optional: `time_point reorder_deadline()`: when on_ack is to be asked again though nothing has come, never() otherwise.
/// `duration probe_timeout(sent, rtt, mss)`: how long to wait before a tail loss probe, infinite() for none; and
/// `on_probe()`: it was sent. Source: RFC 8985.
/// In the kernel: tcp_fastretrans_alert's callees, tcp_recovery.c.
template <class Recovery>
concept loss_recovery = std::movable<Recovery> && std::default_initializable<Recovery> &&
    requires(Recovery recovery, retransmit_queue& sent, const loss_sample& sample) {
        { recovery.on_ack(sent, sample) } noexcept -> std::same_as<void>;  // marks what this shows to be lost
        { recovery.on_rto() }             noexcept -> std::same_as<void>;  // all is marked: begin anew
    };

}  // namespace weld::inline v0::stack
