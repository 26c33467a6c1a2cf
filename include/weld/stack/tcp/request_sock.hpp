// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/list.hpp>
#include <weld/stack/ip/network.hpp>
#include <weld/stack/tcp/connection.hpp>
#include <weld/stack/tcp/seq32.hpp>
#include <weld/stack/tcp/sock_timer.hpp>
#include <weld/stack/tcp/tcp_agreement.hpp>
#include <weld/stack/tcp/tcp_policies.hpp>

namespace weld::inline v0::stack {

template <class Policies>
struct tcp_sock;

/// A connection that a peer has begun and not yet confirmed: what a SYN costs a listener. It lies in the listener's
/// syn_queue. In the kernel: struct tcp_request_sock.
template <class Policies>
struct request_sock : connection<typename Policies::ip>, tcp_agreement, list_node {
    using ip = typename Policies::ip;
    request_sock() noexcept : connection<ip>{connection_kind::request} {}

    tcp_sock<Policies>* parent = nullptr;
    seq32 irs, iss;
    std::uint32_t rcv_wnd = 0;
    std::uint16_t mss_own = 0;         // as told
    bool confirmed = false;            // the final ACK came, and there was no room or no data yet
    std::uint8_t retries = 0;          // SYN-ACKs sent again
    time_point sent_at{};
    route<ip> way{};
    sock_timer retransmit_timer;
    void* net = nullptr;
    request_sock* next_free = nullptr;
};

}  // namespace weld::inline v0::stack
