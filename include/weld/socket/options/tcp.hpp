// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/option.hpp>

/// What TCP sockets have, over IPv4 and over IPv6. Source: tcp(7), linux/tcp.h.
namespace weld::inline v0 {

/// Small segments are sent at once, instead of waiting for the acknowledgement of the one before (RFC 896).
struct no_delay {
    static constexpr int level = levels::tcp, name = 1;  // TCP_NODELAY
    bool value = true;
};
/// The largest segment that is sent and announced. Before the connection: what is announced; after: what is in use.
struct max_segment {
    static constexpr int level = levels::tcp, name = 2;  // TCP_MAXSEG
    int value;
};
/// Holds partial segments back until it is taken off, 200 ms at the most.
struct tcp_cork {
    static constexpr int level = levels::tcp, name = 3;  // TCP_CORK
    bool value = true;
};
/// How long a connection is silent before keep_alive probes it. Units: whole seconds, rounded up.
struct keep_idle {
    static constexpr int level = levels::tcp, name = 4;  // TCP_KEEPIDLE
    duration value;
    constexpr int to_kernel() const noexcept { return detail::rounded_up(value, duration::seconds(1)); }
    static constexpr duration from_kernel(int seconds) noexcept { return duration::seconds(seconds); }
};
/// How long between two probes. Units: whole seconds, rounded up.
struct keep_interval {
    static constexpr int level = levels::tcp, name = 5;  // TCP_KEEPINTVL
    duration value;
    constexpr int to_kernel() const noexcept { return detail::rounded_up(value, duration::seconds(1)); }
    static constexpr duration from_kernel(int seconds) noexcept { return duration::seconds(seconds); }
};
/// How many unanswered probes end the connection.
struct keep_count {
    static constexpr int level = levels::tcp, name = 6;  // TCP_KEEPCNT
    int value;
};
/// How often SYN is sent again before connect gives up.
struct syn_count {
    static constexpr int level = levels::tcp, name = 7;  // TCP_SYNCNT
    int value;
};
/// How long a closed connection waits in FIN-WAIT-2 for its peer. Units: whole seconds, rounded up.
struct fin_wait_timeout {
    static constexpr int level = levels::tcp, name = 8;  // TCP_LINGER2
    duration value;
    constexpr int to_kernel() const noexcept { return detail::rounded_up(value, duration::seconds(1)); }
    static constexpr duration from_kernel(int seconds) noexcept { return duration::seconds(seconds); }
};
/// A connection is accepted only once it has sent something, or so long has passed. Units: whole seconds, rounded up.
struct defer_accept {
    static constexpr int level = levels::tcp, name = 9;  // TCP_DEFER_ACCEPT
    duration value;
    constexpr int to_kernel() const noexcept { return detail::rounded_up(value, duration::seconds(1)); }
    static constexpr duration from_kernel(int seconds) noexcept { return duration::seconds(seconds); }
};
/// The largest window that is announced; 0 is no limit.
struct window_clamp {
    static constexpr int level = levels::tcp, name = 10;  // TCP_WINDOW_CLAMP
    int value;
};
/// Acknowledges at once; TCP falls back to delayed acknowledgements by itself.
struct quick_ack {
    static constexpr int level = levels::tcp, name = 12;  // TCP_QUICKACK
    bool value = true;
};
/// The algorithm that decides how much may be in flight, by its name: "cubic", "reno", "bbr".
/// Errors: no_such_file_or_directory (there is none of this name), operation_not_permitted (not allowed to all).
struct congestion_control {
    static constexpr int level = levels::tcp, name = 13;  // TCP_CONGESTION
    detail::short_name value;
    constexpr explicit congestion_control(text algorithm) noexcept : value{algorithm} {}
};
/// How long sent bytes may stay unacknowledged before the connection ends with timed_out; 0 is the system's default.
/// Units: milliseconds, rounded up.
struct user_timeout {
    static constexpr int level = levels::tcp, name = 18;  // TCP_USER_TIMEOUT
    duration value;
    constexpr int to_kernel() const noexcept { return detail::rounded_up(value, duration::milliseconds(1)); }
    static constexpr duration from_kernel(int milliseconds) noexcept { return duration::milliseconds(milliseconds); }
};
/// Listeners: how many connections may bring data with their SYN before the handshake ends. Source: RFC 7413.
struct fast_open {
    static constexpr int level = levels::tcp, name = 23;  // TCP_FASTOPEN
    int value;
};
/// Clients: connect answers at once, and the first send goes with the SYN.
struct fast_open_connect {
    static constexpr int level = levels::tcp, name = 30;  // TCP_FASTOPEN_CONNECT
    bool value = true;
};
/// The socket counts as writable only while fewer bytes than this wait to be sent for the first time.
struct not_sent_low_water {
    static constexpr int level = levels::tcp, name = 25;  // TCP_NOTSENT_LOWAT
    std::uint32_t value;
};

/// What TCP knows about a connection: the beginning of the kernel's struct tcp_info, which grows at its end; what an
/// older kernel does not tell is 0. Units: times in microseconds unless named, sizes in bytes unless named.
struct tcp_info {
    static constexpr int level = levels::tcp, name = 11;  // TCP_INFO
    static constexpr bool read_only = true;

    /// In the kernel: struct tcp_info, whose layout it has.
    struct statistics {
        std::uint8_t state;  // 1 established ... 7 close, 8 close-wait, 10 listen
        std::uint8_t congestion_state, retransmits, probes, backoff, options;
        std::uint8_t window_scales;  // the peer's in the lower four bits, ours above
        std::uint8_t flags;
        std::uint32_t rto, ato, send_mss, receive_mss;
        std::uint32_t unacked, sacked, lost, retrans, fackets;  // segments
        std::uint32_t last_data_sent_ms, last_ack_sent_ms, last_data_received_ms, last_ack_received_ms;
        std::uint32_t path_mtu, receive_ssthresh, rtt, rtt_variance;
        std::uint32_t send_ssthresh, send_cwnd;  // segments
        std::uint32_t advertised_mss, reordering, receive_rtt, receive_space;
        std::uint32_t total_retrans;                              // segments
        std::uint64_t pacing_rate, max_pacing_rate;               // bytes a second
        std::uint64_t bytes_acked, bytes_received;
        std::uint32_t segments_out, segments_in;
        std::uint32_t not_sent_bytes, min_rtt;
        std::uint32_t data_segments_in, data_segments_out;
        std::uint64_t delivery_rate;  // bytes a second
        std::uint64_t busy_time, receive_window_limited, send_buffer_limited;
    } value;
};

}  // namespace weld::inline v0
