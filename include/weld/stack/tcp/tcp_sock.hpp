// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/list.hpp>
#include <weld/socket/options/ip.hpp>
#include <weld/stack/ip/network.hpp>
#include <weld/stack/port_table.hpp>
#include <weld/stack/stream_sock.hpp>
#include <weld/stack/tcp/connection.hpp>
#include <weld/stack/tcp/ecn.hpp>
#include <weld/stack/tcp/out_of_order_queue.hpp>
#include <weld/stack/tcp/request_sock.hpp>
#include <weld/stack/tcp/retransmit_queue.hpp>
#include <weld/stack/tcp/rtt.hpp>
#include <weld/stack/tcp/seq32.hpp>
#include <weld/stack/tcp/sock_timer.hpp>
#include <weld/stack/tcp/tcp_agreement.hpp>
#include <weld/stack/tcp/tcp_policies.hpp>
#include <weld/stack/tcp/tcp_state.hpp>
#include <weld/stack/tcp/tcp_totals.hpp>

#include <utility>

namespace weld::inline v0::stack {

/// What the retransmission timer is for at the moment. In the kernel: icsk_pending.
enum class timer_purpose : std::uint8_t { none, retransmit, persist, probe, reorder };

/// What a program may set for one sock. Source: tcp(7).
struct tcp_settings {
    duration keepalive_time{}, keepalive_interval{};  // zero: the net's
    duration user_timeout{};                          // zero: none
    duration fin_timeout{};                           // TCP_LINGER2; zero: the net's, negative: none at all
    std::uint32_t window_clamp = 0;                   // zero: none
    std::uint32_t notsent_low_water = ~0u;
    std::uint16_t mss = 0;                            // TCP_MAXSEG; zero: the path's
    std::uint8_t keepalive_probes = 0, syn_retries = 0;
    std::uint8_t defer_accept = 0;                    // SYN-ACKs that may be sent again before data must be there
    bool no_delay = false, cork = false;
};

template <class Policies>
struct listener;

/// One connection's variables, all of which begin anew with the next: the TCB of RFC 9293 section 3.3.1, whose names they
/// have.
template <class Policies>
struct transmission_control_block : tcp_agreement {
    using ip = typename Policies::ip;
    transmission_control_block() noexcept { mss_peer = ip::mss_default; }

    // Send sequence space. What is sent and not acknowledged is in `sent`, what is not sent in the sock's write_queue.
    seq32 snd_una, snd_nxt, iss;
    seq32 snd_wl1;                     // SEG.SEQ of the last window update
    seq32 snd_up;
    seq32 snd_small;                   // end of the last segment below an mss: Minshall's variable
    std::uint32_t snd_wnd = 0;
    std::uint32_t snd_wnd_max = 0;     // the largest window seen: RFC 9293 section 3.8.6.2.1
    retransmit_queue sent;

    // Receive sequence space.
    seq32 rcv_nxt, irs;
    seq32 rcv_acked;                   // of the last ACK sent: rcv_wup
    seq32 rcv_up;
    std::uint32_t rcv_wnd = 0;         // as that ACK told it
    out_of_order_queue out_of_order;

    // The size of segments, and the way there.
    std::uint16_t mss = ip::mss_default;           // payload of a full segment on this path, options considered
    std::uint16_t mss_received = ip::mss_default;  // what the peer is seen to send: rcv_mss
    std::uint16_t path_mtu = 0xffff;   // what ICMP has said
    route<ip> way{};
    errc soft_error{};                 // sk_err_soft: told if the connection times out

    // Sending and recovering.
    recovery_state recovering = recovery_state::open;
    timer_purpose pending = timer_purpose::none;
    std::uint8_t backoff = 0;
    std::uint8_t retries = 0;          // timeouts in a row
    std::uint8_t probes_out = 0;       // window probes, or keepalives, without an answer
    bool window_limited = false;       // the congestion window kept something back
    bool urgent_sent = false, urgent_received = false;
    bool finished_reading = false;     // the peer's FIN was received
    seq32 recovery_point;              // "recover" of RFC 6582, "RecoveryPoint" of RFC 6675
    rtt_estimator rtt;
    time_point first_retransmission{}; // retrans_stamp; zero while nothing was sent again
    time_point last_sent{};            // data, or a SYN
    time_point last_received{};        // anything
    typename Policies::congestion congestion{ip::mss_default, 10};
    [[no_unique_address]] typename Policies::recovery recovery;

    [[no_unique_address]] tcp_ecn_of<Policies> ecn_marks;

    // Acknowledging.
    bool ack_pending = false, ack_now = false;
    [[no_unique_address]] typename Policies::acknowledgement acknowledgement;
    time_point last_challenge{};

    tcp_totals totals;

    // The receive buffer's size: dynamic right-sizing.
    std::uint16_t payload_ratio = 128; // of 256 parts of memory so many are payload
    std::uint32_t space_measured = 0;  // octets read in the last round trip that was measured
    std::uint32_t space_taken = 0;
    time_point space_since{};
};

/// A sock's place among all that are open, and among those that wait for an interface to have room.
struct open_tcp_sock : list_node {};
struct blocked_tcp_sock : list_node {};

/// A connection, or a listener, or neither yet. No user's code runs inside its segment handler: waking only queues. So
/// nothing re-enters it, and it needs no backlog. In the kernel: struct tcp_sock.
template <class Policies>
struct tcp_sock : stream_sock, connection<typename Policies::ip>, transmission_control_block<Policies>, open_tcp_sock, blocked_tcp_sock {
    using ip = typename Policies::ip;
    tcp_sock() noexcept : connection<ip>{connection_kind::sock} {}

    tcp_state state = tcp_state::closed;
    bool connecting = false, connected = false;         // SS_CONNECTING, SS_CONNECTED: what connect(2) goes by
    bool orphan = false;                                // no handle is left
    bool closing = false;                               // close(2) was called and waits: SO_LINGER
    bool port_locked = false, address_locked = false;   // bind(2) asked for them: they outlive the connection
    bool fixed_send_buffer = false, fixed_receive_buffer = false;  // SO_SNDBUF, SO_RCVBUF
    bool dont_fragment = true;
    path_mtu_discovery discovery = path_mtu_discovery::want;  // IP_MTU_DISCOVER
    std::uint8_t ttl = 64, tos = 0;
    bool hops_chosen = false;                           // IPV6_UNICAST_HOPS; else the route says
    tcp_settings settings;
    port_binding<typename ip::address> port;

    listener<Policies>* listening = nullptr;
    tcp_sock* next_accepted = nullptr;                  // in its listener's accept_queue

    sock_timer retransmit_timer, ack_timer, keepalive_timer;
    void* net = nullptr;                                // for the timers
    std::size_t counted_memory = 0;                     // what the net's sum has of it
    tcp_sock* next_free = nullptr;

    /// Octets in flight and not known to be lost.
    std::uint32_t in_flight() const noexcept { return this->sent.in_flight(); }
    /// The end of what the peer lets us send.
    seq32 window_end() const noexcept { return this->snd_una + this->snd_wnd; }
    /// What may still come by what we have said: tcp_receive_window.
    std::uint32_t offered_window() const noexcept {
        const std::uint32_t used = this->rcv_nxt - this->rcv_acked;
        return used < this->rcv_wnd ? this->rcv_wnd - used : 0;
    }
    bool has_unsent() const noexcept { return !write_queue.empty(); }
    /// How much payload the receive buffer has room for.
    std::uint32_t payload_room() const noexcept {
        const std::size_t memory = receive_memory < options.receive_buffer ? options.receive_buffer - receive_memory : 0;
        return static_cast<std::uint32_t>(memory * this->payload_ratio / 256);
    }
};

/// What a sock has that listens. In the kernel: struct request_sock_queue.
template <class Policies>
struct listener : hash_node {
    tcp_sock<Policies>* sk = nullptr;
    list<request_sock<Policies>> syn_queue;        // half open, the oldest first
    tcp_sock<Policies>* first_accepted = nullptr;  // the accept_queue
    tcp_sock<Policies>* last_accepted = nullptr;
    std::uint32_t half_open = 0, waiting = 0;      // how many in each
    std::uint32_t backlog = 0;                     // what limits both
    std::uint64_t serial = 0;                      // tells listeners of one port apart
    listener* next_free = nullptr;

    bool syn_queue_full() const noexcept { return half_open > backlog; }
    bool accept_queue_full() const noexcept { return waiting > backlog; }  // one more than asked for, as in the kernel
    /// A connection is ready for accept.
    void push_accepted(tcp_sock<Policies>& child) noexcept {
        (last_accepted != nullptr ? last_accepted->next_accepted : first_accepted) = &child;
        last_accepted = &child;
        ++waiting;
    }
    /// The one that has waited longest; null where none does.
    tcp_sock<Policies>* pop_accepted() noexcept {
        tcp_sock<Policies>* const child = first_accepted;
        if (child == nullptr) return nullptr;
        first_accepted = std::exchange(child->next_accepted, nullptr);
        if (first_accepted == nullptr) last_accepted = nullptr;
        --waiting;
        return child;
    }
};

}  // namespace weld::inline v0::stack
