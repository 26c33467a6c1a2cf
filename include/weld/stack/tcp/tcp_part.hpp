// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/tcp.hpp>

namespace weld::inline v0::stack {

namespace detail {
/// What a sock_timer runs: nothing where its deadline has moved on.
template <class Net, class Owner, auto Expired>
void on_sock_timer(runnable& entry) {
    auto& armed = static_cast<sock_timer&>(static_cast<timer&>(entry));
    auto& owner = *static_cast<Owner*>(armed.owner);
    auto& net = *static_cast<Net*>(owner.net);
    if (!armed.pending()) return;
    if (net.now() < armed.due) return net.timers().arm(armed, armed.due);
    armed.stop();
    Expired(net, owner);
}
template <class Net, class Owner, auto Expired>
void set_up_timer(sock_timer& timer, Owner& owner) noexcept {
    timer.run = &on_sock_timer<Net, Owner, Expired>;
    timer.owner = &owner;
}
/// An object of a pool as new.
template <class T>
void renew(T& object) noexcept {
    std::destroy_at(&object);
    std::construct_at(&object);
}
}  // namespace detail

template <class Policies>
auto tcp_part<Policies>::make_sock(auto& net) noexcept -> sock* {
    using net_type = std::remove_reference_t<decltype(net)>;
    sock* const sk = socks_.in_use() < limits.sockets ? socks_.acquire() : nullptr;
    if (sk == nullptr) return nullptr;
    sk->net = &net;
    detail::set_up_timer<net_type, sock, [](auto& n, auto& s) {
        const auto crossing = cross(n, layer::timer, "retransmit_timer", "tcp_write_timer");
        tcp_on_retransmit_timer(n, s);
        tcp_settle(n, s);
    }>(sk->retransmit_timer, *sk);
    detail::set_up_timer<net_type, sock, [](auto& n, auto& s) {
        const auto crossing = cross(n, layer::timer, "ack_timer", "tcp_delack_timer");
        tcp_on_ack_timer(n, s);
        tcp_settle(n, s);
    }>(sk->ack_timer, *sk);
    detail::set_up_timer<net_type, sock, [](auto& n, auto& s) {
        const auto crossing = cross(n, layer::timer, "keepalive_timer", "tcp_keepalive_timer");
        tcp_on_keepalive_timer(n, s);
        tcp_settle(n, s);
    }>(sk->keepalive_timer, *sk);
    sk->options.send_buffer = static_cast<std::uint32_t>(limits.send_buffer.initial);
    sk->options.receive_buffer = static_cast<std::uint32_t>(limits.receive_buffer.initial);
    open_.push_back(*sk);
    return sk;
}

/// After whatever happened to a sock: its memory is counted, and it goes if it is over.
template <class Net, class Policies>
void tcp_settle(Net& net, tcp_sock<Policies>& sk) noexcept {
    tcp_count_memory(net, sk);
    tcp_of(net, sk).reap(net, sk);
}

template <class Policies>
void tcp_part<Policies>::free_sock(sock& sk) noexcept {
    connections.remove(sk);
    ports.release(sk.port);
    memory -= sk.counted_memory;
    orphans -= sk.orphan;
    static_cast<open_tcp_sock&>(sk).unlink();
    detail::renew(sk);
    socks_.release(sk);
}

template <class Policies>
request_sock<Policies>* tcp_part<Policies>::make_request(auto& net) noexcept {
    using net_type = std::remove_reference_t<decltype(net)>;
    request_sock<Policies>* const request = requests.acquire();
    if (request == nullptr) return nullptr;
    detail::renew(*request);
    request->net = &net;
    detail::set_up_timer<net_type, request_sock<Policies>, [](auto& n, auto& r) {
        const auto crossing = cross(n, layer::timer, "request_timer", "reqsk_timer_handler");
        tcp_on_request_timer(n, r);
    }>(request->retransmit_timer, *request);
    return request;
}

template <class Policies>
timewait_sock<Policies>* tcp_part<Policies>::make_timewait(auto& net) noexcept {
    using net_type = std::remove_reference_t<decltype(net)>;
    timewait_sock<Policies>* const rest = timewaits.in_use() < limits.time_wait_socks ? timewaits.acquire() : nullptr;
    if (rest == nullptr) return nullptr;
    detail::renew(*rest);
    rest->net = &net;
    detail::set_up_timer<net_type, timewait_sock<Policies>, [](auto& n, auto& r) {
        const auto crossing = cross(n, layer::timer, "timewait_timer", "tw_timer_handler");
        tcp_drop_timewait(n, r);
    }>(rest->timer, *rest);
    all_timewaits_.push_back(*rest);
    return rest;
}

template <class Policies>
auto tcp_part<Policies>::create(auto& net) noexcept -> result<sock*> {
    sock* const sk = make_sock(net);
    if (sk == nullptr) return errc::no_buffer_space;
    return sk;
}

template <class Policies>
result<> tcp_part<Policies>::start(auto& net) noexcept {
    constexpr bool stands = has_network<ip, std::remove_reference_t<decltype(net)>>;
    static_assert(stands || has_scopes<ip>, "stack: this tcp has no network layer under it; list one, as weld::stack::ipv4{}, in the net");
    static_assert(stands || !has_scopes<ip>, "stack: this tcp6 has no network layer under it; list one, as weld::stack::ipv6{}, in the net");
    secret_generator chance = net.random().split();
    connections.start(chance);
    ports.start(chance, limits.ports);
    syn_cookies.start(chance);
    for (siphash_key* key : {&isn_key_, &clock_key_, &listener_key_}) *key = siphash_key::from(chance);
    return {};
}

/// Everything goes, without a word to anybody.
template <class Policies>
void tcp_part<Policies>::stop(auto& net) noexcept {
    for (open_tcp_sock& each : open_)
        if (auto* const queues = static_cast<sock&>(each).listening)
            while (!queues->syn_queue.empty()) tcp_drop_request(net, queues->syn_queue.front());
    while (!all_timewaits_.empty()) tcp_drop_timewait(net, all_timewaits_.front());
    while (!open_.empty()) {
        sock& sk = static_cast<sock&>(open_.front());
        if (sk.listening != nullptr) {
            listeners.remove(*sk.listening);
            listener_pool.release(*sk.listening);
        }
        free_sock(sk);
    }
}

template <class Policies>
void tcp_part<Policies>::write_space(auto& net, std::uint32_t) noexcept {
    list<blocked_tcp_sock> waiting{std::move(blocked)};
    while (!waiting.empty()) {
        sock& sk = static_cast<sock&>(waiting.pop_front());
        if (sk.sent.lost() != 0) tcp_retransmit_lost(net, sk);
        tcp_push(net, sk);
        tcp_count_memory(net, sk);
    }
}

template <class Policies>
void tcp_part<Policies>::interface_down(auto& net, std::uint32_t interface) noexcept {
    for (open_tcp_sock& each : open_) {
        sock& sk = static_cast<sock&>(each);
        if (is(sk.state, tcp_state::closed, tcp_state::listen) || sk.way.interface != interface) continue;
        tcp_fail(net, sk, errc::network_down);
        reap(net, sk);
    }
}

template <class Policies>
void tcp_part<Policies>::carrier_down(auto& net, std::uint32_t interface) noexcept {
    for (open_tcp_sock& each : open_) {
        sock& sk = static_cast<sock&>(each);
        if (is(sk.state, tcp_state::closed, tcp_state::listen) || sk.way.interface != interface) continue;
        if (is_synchronized(sk.state)) sk.soft_error = errc::network_down;
        else tcp_fail(net, sk, errc::network_down);
        reap(net, sk);
    }
}

template <class Policies>
auto tcp_part<Policies>::peer_address(auto&, sock& sk) noexcept -> result<endpoint> {
    if (is(sk.state, tcp_state::closed, tcp_state::listen, tcp_state::syn_sent)) return errc::not_connected;
    return endpoint_at<ip>(sk.tuple.remote, sk.tuple.remote_port, sk.port.interface);
}

/// Source: tcp_poll, net/ipv4/tcp.c.
template <class Policies>
events tcp_part<Policies>::poll(auto&, const sock& sk) const noexcept {
    if (sk.state == tcp_state::listen) return sk.listening->waiting != 0 ? events::readable : events::none;
    events ready = sk.stream_events();
    if (is(sk.state, tcp_state::syn_sent, tcp_state::syn_received)) ready &= events::read_hangup | events::error;
    else if (!sk.send_shut && (sk.write_queue.bytes() >= sk.settings.notsent_low_water || memory >= limits.memory_max)) ready &= ~events::writable;
    if (sk.state == tcp_state::closed) ready |= events::hangup;
    if (sk.urgent_received && sk.rcv_nxt - static_cast<std::uint32_t>(sk.receive_queue.bytes()) < sk.rcv_up) ready |= events::priority;
    return ready;
}

template <class Policies>
result<> tcp_part<Policies>::set_option(auto& net, sock& sk, int level, int name, const_bytes value) noexcept {
    switch (level) {
    case levels::tcp: return tcp_set_option(net, sk, name, value);
    case ip_option_names<ip>::level: return tcp_set_ip_option(sk, name, value);
    default: return errc::no_protocol_option;
    }
}

template <class Policies>
result<std::size_t> tcp_part<Policies>::get_option(auto& net, sock& sk, int level, int name, mutable_bytes to) noexcept {
    switch (level) {
    case levels::tcp: return tcp_get_option(net, sk, name, to);
    case ip_option_names<ip>::level: return tcp_get_ip_option(sk, name, to);
    default: return errc::no_protocol_option;
    }
}

template <class Policies>
result<send_params> tcp_part<Policies>::send_space(auto& net, sock& sk) noexcept {
    if (is(sk.state, tcp_state::syn_sent, tcp_state::syn_received)) return errc::resource_unavailable_try_again;
    if (!may_send(sk.state)) return errc::broken_pipe;
    if (memory >= limits.memory_max || sk.write_queue.bytes() >= sk.settings.notsent_low_water) return errc::resource_unavailable_try_again;
    const std::uint32_t mss = tcp_current_mss(sk);
    return send_params{.size = tcp_size_goal(sk), .headroom = tcp_headroom(net, sk), .segments = sk.way.takes_fragments ? tcp_burst(sk, mss) / mss : 1,
                       .sums_up_to = sk.way.device_sums ? 0 : mss, .one_by_one = sk.way.goes_one_by_one};
}

/// The window may open; a small step is not worth a segment. An ACK that waited for this goes once the window is as wide
/// as it was, or all has been read: sooner it would tell of less room than there is in a moment.
/// Source: tcp_cleanup_rbuf; RFC 9293 section 3.8.6.2.2.
template <class Policies>
void tcp_part<Policies>::data_taken(auto& net, sock& sk, std::size_t count) noexcept {
    tcp_count_memory(net, sk);
    if (!is_synchronized(sk.state)) return;
    tcp_adjust_receive_buffer(net, sk, count);
    const std::uint32_t window = tcp_select_window(sk), offered = sk.offered_window();
    const bool settled = sk.receive_queue.empty() || window >= sk.rcv_wnd || offered < 2u * sk.mss_received;
    const bool due = sk.ack_pending && sk.rcv_nxt - sk.rcv_acked > sk.mss_received;
    const bool opens = !sk.finished_reading && 2 * offered <= tcp_window_max(sk) && window != 0 && window >= 2 * offered;
    if (settled && (due || opens)) tcp_send_ack(net, sk);
}

template <class Policies>
void tcp_part<Policies>::mark_urgent(auto&, sock& sk) noexcept {
    sk.snd_up = sk.snd_nxt + static_cast<std::uint32_t>(sk.write_queue.bytes());
    sk.urgent_sent = true;
}

/// Challenge ACKs of all connections together are few, and nobody can count on their number. Source: RFC 5961 section 7.
template <class Policies>
bool tcp_part<Policies>::may_challenge(auto& net) noexcept {
    if (challenges_since_ == time_point{} || net.now() - challenges_since_ >= limits.challenge_ack_period) {
        challenges_since_ = net.now();
        challenges_left_ = limits.challenge_acks / 2 + static_cast<std::uint32_t>(net.random().below(limits.challenge_acks));
    }
    return challenges_left_ != 0 && challenges_left_-- != 0;
}

/// Who listens there: on this address rather than on all, on this interface rather than on any; among equals
/// (SO_REUSEPORT) always the same for one peer. Source: compute_score, reuseport_select_sock.
template <class Policies>
auto tcp_part<Policies>::find_listener(const four_tuple<ip>& tuple, std::uint32_t interface) const noexcept -> sock* {
    sock* best = nullptr;
    int best_score = -1;
    std::uint64_t best_weight = 0;
    const std::uint64_t peer = listeners.size() > 1 ? tuple.hash(listener_key_) : 0;
    listeners.find(tuple.local_port, [&](const listener<Policies>& candidate) {
        const sock& sk = *candidate.sk;
        const bool any = sk.tuple.local.is_any();
        if ((!any && sk.tuple.local != tuple.local) || (sk.port.interface != 0 && sk.port.interface != interface)) return false;
        const int score = 2 * !any + (sk.port.interface != 0);
        const std::uint64_t weight = siphash13(listener_key_, peer, candidate.serial);
        if (score < best_score || (score == best_score && weight <= best_weight)) return false;
        best = candidate.sk;
        best_score = score;
        best_weight = weight;
        return false;
    });
    return best;
}

/// Source: RFC 9293 section 3.1. What the device vouches for is not summed up again.
template <class Policies>
bool tcp_part<Policies>::is_intact(const packet& skb, const ip_info<ip>& from) noexcept {
    if (skb.checksum == checksum_state::unnecessary || skb.checksum == checksum_state::partial) return true;
    const std::uint32_t pseudo = checksum::pseudo_header(from.source, from.destination, ip_protocol, static_cast<std::uint32_t>(skb.size()));
    const std::uint32_t sum = skb.checksum == checksum_state::complete ? skb.csum : checksum::sum(skb.bytes());
    return checksum::valid(checksum::add(pseudo, sum));
}

/// A segment arrives. Source: RFC 9293 section 3.10.7; tcp_v4_rcv.
template <class Policies>
rcv_result tcp_part<Policies>::rcv(auto& net, packet_buffer&& skb, const ip_info<ip>& from) noexcept {
    ++counters.segments_in;
    const auto header = wire::tcp_view::parse(skb->bytes());
    if (from.to_many) return rcv_result::handled;
    if (!header || !is_intact(*skb, from)) {
        ++counters.bad_segments;
        return rcv_result::handled;
    }
    segment seg = segment::read(*header);
    if (skb->has_fragments()) seg.extend(*skb);
    if constexpr (Policies::options.ecn) seg.congested = (from.tos & tcp_ecn::mask) == tcp_ecn::congested;
    const four_tuple<ip> tuple{from.destination, from.source, header->destination_port(), header->source_port(),
                               {from.destination, from.source, from.interface}};
    skb->pull(header->data_offset());
    deliver(net, std::move(skb), tuple, from.interface, seg);
    return rcv_result::handled;
}

template <class Policies>
void tcp_part<Policies>::deliver(auto& net, packet_buffer skb, const four_tuple<ip>& tuple, std::uint32_t interface, segment& seg) noexcept {
    if (connection<ip>* const found = connections.find(tuple)) {
        switch (found->kind) {
        case connection_kind::sock: {
            sock& sk = static_cast<sock&>(*found);
            if (sk.state == tcp_state::syn_sent) tcp_rcv_syn_sent(net, sk, std::move(skb), seg);
            else tcp_rcv(net, sk, std::move(skb), seg);
            return reap(net, sk);
        }
        case connection_kind::request: return tcp_rcv_request(net, static_cast<request_sock<Policies>&>(*found), std::move(skb), seg);
        case connection_kind::time_wait: {
            auto& rest = static_cast<timewait_sock<Policies>&>(*found);
            if (tcp_rcv_timewait(net, rest, seg)) return;
            sock* const again = find_listener(tuple, interface);
            if (again == nullptr) return tcp_timewait_ack(net, rest, true);
            const seq32 above = rest.snd_nxt + 65537;
            tcp_drop_timewait(net, rest);
            return tcp_rcv_syn(net, *again, tuple, seg, &above);
        }
        }
    }
    if (sock* const sk = find_listener(tuple, interface)) return tcp_rcv_listen(net, *sk, tuple, std::move(skb), seg);
    ++counters.resets_out;
    tcp_refuse(net, tuple, seg);
}

}  // namespace weld::inline v0::stack
