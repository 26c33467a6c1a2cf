// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/stack/port_table.hpp>

#include <cstddef>
#include <cstdint>

namespace weld::inline v0::stack {

/// What a tcp negotiates; what is off leaves no code behind. A structural template parameter:
/// `basic_tcp<ip4, cubic, sack_recovery, delayed_ack, tcp_options{.timestamps = false}>`.
struct tcp_options {
    bool timestamps = true;      // RFC 7323 section 3: net.ipv4.tcp_timestamps
    bool window_scaling = true;  // RFC 7323 section 2: net.ipv4.tcp_window_scaling
    bool sack = true;            // RFC 2018: net.ipv4.tcp_sack
    bool ecn = false;            // RFC 3168: net.ipv4.tcp_ecn, asked for and granted
};

/// A socket buffer's bounds: what an autotuned one may not fall below, starts with, and may grow to.
struct buffer_limits {
    std::size_t least, initial, most;
};

/// What a tcp grants: every queue, table and retry has its bound here, named as net.ipv4.tcp_* does, with its defaults.
/// Source: Documentation/networking/ip-sysctl.rst.
struct tcp_limits {
    duration rto_initial = duration::seconds(1);           // RFC 6298 section 2.1
    duration rto_min = duration::milliseconds(200);
    duration rto_max = duration::seconds(120);
    duration delayed_ack = duration::milliseconds(40);
    duration time_wait = duration::seconds(60);            // TCP_TIMEWAIT_LEN
    duration fin_timeout = duration::seconds(60);
    duration keepalive_time = duration::seconds(7200);
    duration keepalive_interval = duration::seconds(75);
    duration challenge_ack_period = duration::seconds(1);  // RFC 5961 section 7: so long, so many
    duration challenge_ack_spacing = duration::milliseconds(500);  // for one connection: tcp_invalid_ratelimit
    std::uint32_t challenge_acks = 1000;
    std::uint8_t keepalive_probes = 9;
    std::uint8_t syn_retries = 6;
    std::uint8_t synack_retries = 5;
    std::uint8_t retries_1 = 3;                            // then the route is asked for anew
    std::uint8_t retries_2 = 15;                           // then the connection is given up
    std::uint8_t orphan_retries = 8;
    std::uint8_t initial_window = 10;                      // segments: RFC 6928
    bool syn_cookies = true;                               // where a SYN finds the syn_queue full; else it is dropped
    std::uint32_t somaxconn = 4096;                        // what listen's backlog is cut to
    std::size_t sockets = std::size_t{1} << 20;            // at most so many socks
    std::size_t orphans = 65536;
    std::size_t time_wait_socks = 65536;
    buffer_limits send_buffer{4096, 16384, std::size_t{4} << 20};         // tcp_wmem
    buffer_limits receive_buffer{4096, 131072, std::size_t{6} << 20};     // tcp_rmem
    std::size_t buffer_max = std::size_t{4} << 20;         // what SO_SNDBUF and SO_RCVBUF are cut to: wmem_max, rmem_max
    std::size_t memory_pressure = std::size_t{96} << 20;   // tcp_mem, in bytes: buffers stop growing
    std::size_t memory_max = std::size_t{192} << 20;       // nothing more is queued
    std::size_t path_mtu_min = 552;                        // RFC 1191 section 3: min_pmtu
    port_range ports{};
};

}  // namespace weld::inline v0::stack
