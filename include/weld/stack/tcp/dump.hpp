// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/sock_diag.hpp>
#include <weld/stack/tcp/tcp.hpp>

namespace weld::inline v0::stack {

namespace detail {
template <class Ip>
void put_connection(auto& put, const four_tuple<Ip>& tuple, tcp_state state, std::size_t receive_queue, std::size_t send_queue,
                    sock_diag_timer first = {}, sock_diag_timer second = {}, sock_diag_timer third = {}) {
    const auto local = diag::endpoint_name(endpoint_at<Ip>(tuple.local, tuple.local_port, tuple.link.interface()));
    const auto peer = diag::endpoint_name(endpoint_at<Ip>(tuple.remote, tuple.remote_port, tuple.link.interface()));
    put(sock_diag{{}, diag::state_name(static_cast<unsigned>(state)), receive_queue, send_queue, local, peer, {first, second, third}});
}
inline sock_diag_timer running(const sock_timer& timer, text name) noexcept {
    return timer.pending() ? sock_diag_timer{name, timer.due} : sock_diag_timer{};
}
constexpr text name_of(timer_purpose purpose) noexcept {
    constexpr const char* names[] = {"", "retransmission", "persist", "loss probe", "reordering"};
    return names[static_cast<int>(purpose)];
}
}  // namespace detail

/// A listener's queues are its accept queue and its backlog. Source: tcp_diag_get_info, inet_diag_dump_icsk.
template <class Policies>
void tcp_part<Policies>::dump(auto&, auto&& put) noexcept {
    for (open_tcp_sock& each : open_) {
        const sock& sk = static_cast<sock&>(each);
        if (sk.listening == nullptr) {
            const std::size_t in_flight = is_synchronized(sk.state) || sk.state == tcp_state::closed ? sk.snd_nxt - sk.snd_una : 0u;
            detail::put_connection<ip>(put, sk.tuple, sk.state, sk.receive_queue.bytes(), in_flight + sk.write_queue.bytes(),
                                        detail::running(sk.retransmit_timer, detail::name_of(sk.pending)), detail::running(sk.ack_timer, "delayed ACK"),
                                        detail::running(sk.keepalive_timer, sk.orphan ? "FIN-WAIT-2" : "keepalive"));
            continue;
        }
        detail::put_connection<ip>(put, sk.tuple, sk.state, sk.listening->waiting, sk.listening->backlog);
        for (const request_sock<Policies>& half : sk.listening->syn_queue)
            detail::put_connection<ip>(put, half.tuple, tcp_state::syn_received, 0, 0, detail::running(half.retransmit_timer, "SYN-ACK retransmission"));
    }
    for (const timewait_sock<Policies>& rest : all_timewaits_) detail::put_connection<ip>(put, rest.tuple, rest.substate, 0, 0, detail::running(rest.timer, rest.substate == tcp_state::time_wait ? "TIME-WAIT" : "FIN-WAIT-2"));
}

}  // namespace weld::inline v0::stack
