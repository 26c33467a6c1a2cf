// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/sock_diag.hpp>
#include <weld/stack/tcp/tcp.hpp>

namespace weld::inline v0::stack {

namespace detail {
template <class Ip>
void put_connection(auto& put, const four_tuple<Ip>& tuple, tcp_state state, std::size_t receive_queue, std::size_t send_queue) {
    using endpoint = typename Ip::endpoint;
    const auto local = diag::endpoint_name(endpoint{tuple.local, tuple.local_port});
    const auto peer = diag::endpoint_name(endpoint{tuple.remote, tuple.remote_port});
    put(sock_diag{{}, diag::state_name(static_cast<unsigned>(state)), receive_queue, send_queue, local, peer});
}
}  // namespace detail

/// A listener's queues are its accept queue and its backlog. Source: tcp_diag_get_info, inet_diag_dump_icsk.
template <class Policies>
void tcp_part<Policies>::dump(auto&, auto&& put) noexcept {
    for (open_tcp_sock& each : open_) {
        const sock& sk = static_cast<sock&>(each);
        if (sk.listening == nullptr) {
            const std::size_t in_flight = is_synchronized(sk.state) || sk.state == tcp_state::closed ? sk.snd_nxt - sk.snd_una : 0u;
            detail::put_connection<ip>(put, sk.tuple, sk.state, sk.receive_queue.bytes(), in_flight + sk.write_queue.bytes());
            continue;
        }
        detail::put_connection<ip>(put, sk.tuple, sk.state, sk.listening->waiting, sk.listening->backlog);
        for (const request_sock<Policies>& half : sk.listening->syn_queue)
            detail::put_connection<ip>(put, half.tuple, tcp_state::syn_received, 0, 0);
    }
    for (const timewait_sock<Policies>& rest : all_timewaits_) detail::put_connection<ip>(put, rest.tuple, rest.substate, 0, 0);
}

}  // namespace weld::inline v0::stack
