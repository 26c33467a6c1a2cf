// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_queue.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/message.hpp>
#include <weld/socket/wait_queue.hpp>

#include <utility>

namespace weld::inline v0::stack {

/// The options that every sock has, as SOL_SOCKET names them. Sizes are payload and its packets' overhead together,
/// as in the kernel. Source: socket(7).
struct sock_options {
    std::uint32_t send_buffer = 16 * 1024;       // SO_SNDBUF
    std::uint32_t receive_buffer = 128 * 1024;   // SO_RCVBUF
    std::uint32_t receive_low_water = 1;         // SO_RCVLOWAT
    std::uint32_t bound_interface = 0;           // SO_BINDTODEVICE, an index; 0: any
    std::uint32_t mark = 0;                      // SO_MARK
    std::int32_t linger = -1;                    // SO_LINGER in seconds; negative: off
    bool reuse_address = false;                  // SO_REUSEADDR
    bool reuse_port = false;                     // SO_REUSEPORT
    bool broadcast = false;                      // SO_BROADCAST
    bool keep_alive = false;                     // SO_KEEPALIVE
    bool out_of_band_inline = false;             // SO_OOBINLINE
    bool dont_route = false;                     // SO_DONTROUTE
    std::uint8_t priority = 0;                   // SO_PRIORITY
};

/// One socket's state in a protocol of the own stack; protocols derive from it. In the kernel: struct sock.
struct sock {
    wait_queue waiters;
    packet_queue receive_queue;
    sock_options options;
    std::uint64_t cookie = 0;   // SO_COOKIE; 0: nobody has asked
    errc error{};               // sk_err: what the next call is told, once
    bool receive_shut = false;  // the peer's end, or shutdown(SHUT_RD)
    bool send_shut = false;     // shutdown(SHUT_WR)
    std::uint8_t holders = 1;   // handles that share it: two after split(); none: an orphan that its protocol ends

    /// The pending error, which this call takes away. In the kernel: sock_error.
    errc take_error() noexcept { return std::exchange(error, errc{}); }
    /// Wakes whoever waits for one of `what`. In the kernel: sk_data_ready, sk_write_space, sk_state_change.
    void wake(events what, run_queue& ready) noexcept { waiters.wake(what, ready); }
    /// Stores an error and wakes everybody. In the kernel: sk_error_report.
    void report(errc why, run_queue& ready) noexcept {
        error = why;
        waiters.wake(events::readable | events::writable | events::error, ready);
    }
};

}  // namespace weld::inline v0::stack
