// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/stack/tcp/tcp_sock.hpp>

namespace weld::inline v0::stack {

/// What lies in a connection's queues, as ioctl(2) is asked for it: what can be read (FIONREAD), what the peer has not
/// acknowledged (SIOCOUTQ), what has not been sent (SIOCOUTQNSD), whether urgent data is next (SIOCATMARK).
/// Errors: invalid_argument (a listener), inappropriate_io_control_operation. In the kernel: tcp_ioctl. Source: tcp(7).
template <class Policies>
result<int> tcp_ioctl(const tcp_sock<Policies>& sk, unsigned long request) noexcept {
    enum : unsigned long { input = 0x541b, output = 0x5411, unsent = 0x894b, at_mark = 0x8905 };
    const auto readable = static_cast<std::uint32_t>(sk.receive_queue.bytes());
    if (request != input && request != output && request != unsent && request != at_mark) return errc::inappropriate_io_control_operation;
    if (request == at_mark) return sk.urgent_received && sk.rcv_up == sk.rcv_nxt - readable;
    if (sk.state == tcp_state::listen) return errc::invalid_argument;
    if (request == input) return static_cast<int>(readable);
    if (is(sk.state, tcp_state::syn_sent, tcp_state::syn_received)) return 0;
    const auto waits = static_cast<std::uint32_t>(sk.write_queue.bytes());
    return static_cast<int>(request == unsent ? waits : waits + (sk.snd_nxt - sk.snd_una));
}

}  // namespace weld::inline v0::stack
