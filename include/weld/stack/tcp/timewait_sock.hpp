// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/port_table.hpp>
#include <weld/stack/tcp/connection.hpp>
#include <weld/stack/tcp/seq32.hpp>
#include <weld/stack/tcp/sock_timer.hpp>
#include <weld/stack/tcp/tcp_policies.hpp>
#include <weld/stack/tcp/tcp_state.hpp>

namespace weld::inline v0::stack {

/// What is left of a connection that is over, so that its last segments do no harm: TIME-WAIT, or FIN-WAIT-2 without a
/// sock, which waits for the peer's FIN. In the kernel: struct tcp_timewait_sock.
template <class Policies>
struct timewait_sock : connection<typename Policies::ip>, list_node {
    using ip = typename Policies::ip;
    timewait_sock() noexcept : connection<ip>{connection_kind::time_wait} {}

    tcp_state substate = tcp_state::time_wait;
    bool timestamps = false;
    std::uint8_t rcv_wscale = 0, tos = 0;
    seq32 snd_nxt, rcv_nxt;
    std::uint32_t rcv_wnd = 0;
    std::uint32_t ts_recent = 0, ts_offset = 0;
    time_point ts_recent_at{}, last_ack{};
    port_binding<typename ip::address> port;
    sock_timer timer;
    void* net = nullptr;
    timewait_sock* next_free = nullptr;
};

}  // namespace weld::inline v0::stack
