// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/timewait.hpp>

namespace weld::inline v0::stack {

/// Forgets a connection that is over, so that another may be begun. In the kernel: tcp_disconnect.
template <class Net, class Policies>
void tcp_forget(Net& net, tcp_sock<Policies>& sk) noexcept {
    if (sk.state != tcp_state::closed) tcp_abort(net, sk, errc::connection_reset);
    sk.drop_queues();
    tcp_count_memory(net, sk);
    static_cast<transmission_control_block<Policies>&>(sk) = {};
    sk.connecting = sk.connected = sk.receive_shut = sk.send_shut = false;
    sk.error = {};
    sk.tuple.remote = {};
    sk.tuple.link = {};
    sk.tuple.remote_port = 0;
    if (!sk.address_locked) sk.tuple.local = {};
    if (!sk.port_locked) sk.tuple.local_port = 0;
}

/// Binds it to the link that an address belongs to. Errors: invalid_argument.
template <class Policies>
result<> tcp_take_scope(tcp_sock<Policies>& sk, const typename Policies::ip::endpoint& at) noexcept {
    const result<> scoped = take_scope<typename Policies::ip>(at, sk.options.bound_interface);
    if constexpr (has_scopes<typename Policies::ip>) sk.port.interface = sk.options.bound_interface;
    return scoped;
}

/// What bind(2) looks at first where addresses have a scope. Errors: invalid_argument. Source: __inet6_bind.
template <class Policies>
result<> tcp_check_scope(tcp_sock<Policies>& sk, const typename Policies::ip::endpoint& local) noexcept {
    if (local.address().is_multicast() || sk.state != tcp_state::closed || sk.port.bound()) return errc::invalid_argument;
    if (is_mapped<typename Policies::ip>(local.address())) return errc::invalid_argument;
    return tcp_take_scope(sk, local);
}

/// bind(2). Source: __inet_bind, net/ipv4/af_inet.c.
template <class Net, class Policies>
result<> tcp_bind(Net& net, tcp_sock<Policies>& sk, const typename Policies::ip::endpoint& local) noexcept {
    using ip = typename Policies::ip;
    auto& tcp = tcp_of(net, sk);
    const bool any = local.address().is_any();
    if constexpr (has_scopes<ip>)
        if (const result<> valid = tcp_check_scope(sk, local); !valid) return valid;
    if (!any && !network<ip>(net).is_local(net, local.address())) return errc::address_not_available;
    if (sk.state != tcp_state::closed || sk.port.bound()) return errc::invalid_argument;
    sk.port.address = local.address();
    const result<> held = local.port() != 0 ? tcp.ports.bind(sk.port, local.port()) : tcp.ports.bind_any(sk.port, net.random());
    if (!held) return held;
    sk.tuple.local = local.address();
    sk.tuple.local_port = sk.port.port();
    sk.address_locked = !any;
    sk.port_locked = local.port() != 0;
    return {};
}

/// A connection of these addresses and ports may begin: there is none, or only the remains of one, to which timestamps
/// tell ours from the old one's segments. Source: RFC 6191 section 2; tcp_twsk_unique.
template <class Net, class Policies>
bool tcp_is_unique(Net& net, const tcp_sock<Policies>& sk, const four_tuple<typename Policies::ip>& tuple) noexcept {
    const auto* const other = tcp_of(net, sk).connections.find(tuple);
    if (other == nullptr) return true;
    if (other->kind != connection_kind::time_wait) return false;
    const auto& rest = static_cast<const timewait_sock<Policies>&>(*other);
    return Policies::options.timestamps && rest.timestamps && net.now() - rest.ts_recent_at > duration::seconds(1);
}

/// The port to connect from. Errors: address_not_available.
template <class Net, class Policies>
result<> tcp_choose_port(Net& net, tcp_sock<Policies>& sk) noexcept {
    auto& tcp = tcp_of(net, sk);
    four_tuple<typename Policies::ip> tuple = sk.tuple;
    if (sk.port.bound()) return tcp_is_unique(net, sk, tuple) ? result<>{} : errc::address_not_available;
    sk.port.address = tuple.local;
    const result<> found = tcp.ports.bind_to_connect(sk.port, tuple.local, tuple.remote, tuple.remote_port, [&](std::uint16_t port) {
        tuple.local_port = port;
        return tcp_is_unique(net, sk, tuple);
    });
    if (found) sk.tuple.local_port = sk.port.port();
    return found;
}

/// The remains of the connection that had these addresses and ports go; the new one's numbers lie above theirs.
template <class Net, class Policies>
void tcp_take_over(Net& net, tcp_sock<Policies>& sk) noexcept {
    auto* const other = tcp_of(net, sk).connections.find(sk.tuple);
    if (other == nullptr) return;
    auto& rest = static_cast<timewait_sock<Policies>&>(*other);
    sk.iss = rest.snd_nxt + 65537;
    tcp_drop_timewait(net, rest);
}

/// Active open: RFC 9293 section 3.10.1. In the kernel: tcp_v4_connect, tcp_connect.
template <class Net, class Policies>
result<> tcp_connect(Net& net, tcp_sock<Policies>& sk, const typename Policies::ip::endpoint& to) noexcept {
    using ip = typename Policies::ip;
    auto& tcp = tcp_of(net, sk);
    auto& layer = network<ip>(net);
    if (to.address().is_multicast() || layer.is_broadcast(net, to.address())) return errc::network_unreachable;
    if (is_mapped<ip>(to.address())) return errc::network_unreachable;
    if (const result<> scoped = tcp_take_scope(sk, to); !scoped) return scoped;
    const auto way = layer.route_to(net, to.address(), sk.tuple.local, sk.port.interface);
    if (!way) return way.error();
    sk.tuple.remote = to.address().is_any() ? way->next_hop : to.address();
    sk.tuple.remote_port = to.port();
    if (sk.tuple.local.is_any()) sk.tuple.local = way->source;
    sk.tuple.link = {sk.tuple.local, sk.tuple.remote, sk.port.interface != 0 ? sk.port.interface : way->interface};
    if (const result<> found = tcp_choose_port(net, sk); !found) {
        tcp_forget(net, sk);
        return found;
    }
    sk.iss = tcp.initial_sequence_number(sk.tuple, net.now());
    tcp_take_over(net, sk);
    sk.way = *way;
    tcp_sync_mss(sk);
    sk.ts_offset = tcp.timestamp_offset(sk.tuple);
    sk.scaled = Policies::options.window_scaling;
    sk.timestamps = Policies::options.timestamps;
    sk.selective = Policies::options.sack;
    sk.ecn = Policies::options.ecn;
    if (sk.scaled) sk.rcv_wscale = tcp_choose_window_scale(sk.fixed_receive_buffer ? sk.options.receive_buffer : tcp.limits.receive_buffer.most);
    if constexpr (Policies::options.ecn) sk.ecn_marks.sent_up_to = sk.ecn_marks.reduced_at = sk.iss;
    sk.snd_una = sk.iss;
    sk.snd_nxt = sk.snd_up = sk.snd_small = sk.iss + 1;
    sk.state = tcp_state::syn_sent;
    tcp.connections.insert(sk);
    tcp_send_syn(net, sk);
    tcp_arm_retransmit(net, sk, timer_purpose::retransmit);
    return errc::operation_in_progress;
}

/// connect(2): begins, then tells how it goes. Source: inet_stream_connect, net/ipv4/af_inet.c.
template <class Net, class Policies>
result<> tcp_connect_or_tell(Net& net, tcp_sock<Policies>& sk, const typename Policies::ip::endpoint& to) noexcept {
    if (sk.connected) return errc::already_connected;
    if (!sk.connecting) {
        if (sk.state != tcp_state::closed) return errc::already_connected;
        if (sk.receive_shut || sk.send_shut) tcp_forget(net, sk);
        const result<> begun = tcp_connect(net, sk, to);
        sk.connecting = begun.error() == errc::operation_in_progress;
        return begun;
    }
    if (is(sk.state, tcp_state::syn_sent, tcp_state::syn_received)) return errc::connection_already_in_progress;
    sk.connecting = false;
    if (sk.state == tcp_state::closed && !sk.finished_reading) {
        const errc why = sk.take_error();
        tcp_forget(net, sk);
        return why != errc{} ? why : errc::connection_aborted;
    }
    sk.connected = true;
    return {};
}

/// listen(2): from now on peers may connect; or only the limit changes. Source: inet_listen, inet_csk_listen_start.
template <class Net, class Policies>
result<> tcp_listen(Net& net, tcp_sock<Policies>& sk, int backlog) noexcept {
    auto& tcp = tcp_of(net, sk);
    const std::uint32_t limit = std::min(static_cast<std::uint32_t>(std::max(backlog, 0)), tcp.limits.somaxconn);
    if (sk.connecting || sk.connected || !is(sk.state, tcp_state::closed, tcp_state::listen)) return errc::invalid_argument;
    if (sk.state == tcp_state::listen) {
        sk.listening->backlog = limit;
        return {};
    }
    sk.port.address = sk.tuple.local;
    sk.port.listening = true;
    const bool fresh = !sk.port.bound();
    const result<> held = fresh ? tcp.ports.bind_any(sk.port, net.random()) : tcp.ports.conflicts(sk.port) ? errc::address_in_use : result<>{};
    listener<Policies>* const queues = held ? tcp.listener_pool.acquire() : nullptr;
    if (queues == nullptr) {
        sk.port.listening = false;
        if (fresh) tcp.ports.release(sk.port);
        return held ? errc::no_buffer_space : held;
    }
    sk.tuple.local_port = sk.port.port();
    sk.state = tcp_state::listen;
    sk.listening = queues;
    sk.receive_shut = sk.send_shut = false;
    queues->sk = &sk;
    queues->backlog = limit;
    queues->half_open = queues->waiting = 0;
    queues->serial = tcp.next_serial++;
    tcp.listeners.insert(*queues, sk.tuple.local_port);
    return {};
}

/// accept(2). Errors: invalid_argument (does not listen), resource_unavailable_try_again.
template <class Net, class Policies>
result<tcp_sock<Policies>*> tcp_accept(Net&, tcp_sock<Policies>& sk) noexcept {
    if (sk.listening == nullptr) return errc::invalid_argument;
    tcp_sock<Policies>* const child = sk.listening->pop_accepted();
    if (child == nullptr) return errc::resource_unavailable_try_again;
    return child;
}

}  // namespace weld::inline v0::stack
