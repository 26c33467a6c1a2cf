// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace weld::inline v0::stack {

/// What has happened in one tcp. In the kernel: /proc/net/snmp and /proc/net/netstat.
struct tcp_counters {
    std::uint64_t segments_in = 0, segments_out = 0;
    std::uint64_t bad_segments = 0;        // wrong checksum, or no header: InErrs
    std::uint64_t retransmitted = 0;       // RetransSegs
    std::uint64_t timeouts = 0;            // TCPTimeouts
    std::uint64_t given_up = 0;            // connections that ended so: TCPAbortOnTimeout
    std::uint64_t resets_in = 0, resets_out = 0;
    std::uint64_t challenge_acks = 0;      // TCPChallengeACK
    std::uint64_t listen_drops = 0;        // SYNs that found a full queue: ListenDrops
    std::uint64_t syn_cookies_sent = 0;    // SyncookiesSent
    std::uint64_t syn_cookies_received = 0, syn_cookies_failed = 0;  // SyncookiesRecv, SyncookiesFailed
    std::uint64_t listen_overflows = 0;    // complete connections that found the accept_queue full: ListenOverflows
    std::uint64_t pruned = 0;              // packets given up for want of memory: OfoPruned
};

}  // namespace weld::inline v0::stack
