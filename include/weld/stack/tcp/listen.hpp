// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/input.hpp>
#include <weld/stack/tcp/request_sock.hpp>
#include <weld/stack/tcp/syn_cookies.hpp>

namespace weld::inline v0::stack {

/// Answers a SYN, or answers it again. In the kernel: tcp_v4_send_synack.
template <class Net, class Policies>
void tcp_send_synack(Net& net, request_sock<Policies>& request) noexcept {
    wire::tcp_header header;
    header.seq = request.iss.value();
    header.ack = (request.irs + 1).value();
    header.flags = wire::tcp_flags::syn | wire::tcp_flags::ack | tcp_ecn_syn_flags<Policies>(request, true);
    header.window = static_cast<std::uint16_t>(request.rcv_wnd);
    request.sent_at = net.now();
    ++tcp_of(net, *request.parent).counters.segments_out;
    tcp_send_header(net, request.tuple, request.way, header, tcp_syn_options(request, request.mss_own, net.now()), request.parent->tos);
}

/// A half-open connection ends: it was accepted, refused, or nobody confirmed it.
template <class Net, class Policies>
void tcp_drop_request(Net& net, request_sock<Policies>& request) noexcept {
    auto& tcp = tcp_of(net, *request.parent);
    --request.parent->listening->half_open;
    tcp.connections.remove(request);
    request.list_node::unlink();
    request.retransmit_timer.stop();
    request.retransmit_timer.cancel();
    tcp.requests.release(request);
}

/// The SYN-ACK was not confirmed, or the program waits for data (TCP_DEFER_ACCEPT). In the kernel: reqsk_timer_handler.
template <class Net, class Policies>
void tcp_on_request_timer(Net& net, request_sock<Policies>& request) noexcept {
    const tcp_limits& limits = tcp_of(net, *request.parent).limits;
    const std::uint8_t deferred = request.parent->settings.defer_accept;
    const std::uint8_t most = std::max(request.parent->settings.syn_retries != 0 ? request.parent->settings.syn_retries : limits.synack_retries, deferred);
    if (request.retries >= most) return tcp_drop_request(net, request);
    ++request.retries;
    if (!request.confirmed || request.retries >= deferred) tcp_send_synack(net, request);
    request.retransmit_timer.set(net, net.now() + std::min(limits.rto_initial * (std::int64_t{1} << std::min<int>(request.retries, 20)), limits.rto_max));
}

/// What a request answers with. In the kernel: tcp_conn_request, tcp_openreq_init.
template <class Net, class Policies>
void tcp_init_request(Net& net, request_sock<Policies>& request, tcp_sock<Policies>& parent, const segment& seg) noexcept {
    using ip = typename Policies::ip;
    auto& tcp = tcp_of(net, parent);
    const time_point now = net.now();
    request.parent = &parent;
    request.rcv_wscale = tcp_choose_window_scale(parent.fixed_receive_buffer ? parent.options.receive_buffer : tcp.limits.receive_buffer.most);
    request.agree(seg.options, Policies::options, ip::mss_default, now);
    request.ecn = Policies::options.ecn && tcp_wants_ecn(seg.flags);
    request.irs = seg.seq;
    request.iss = tcp.initial_sequence_number(request.tuple, now);
    request.ts_offset = tcp.timestamp_offset(request.tuple);
    const std::size_t header = ip::header_size + wire::tcp_header::size, mtu = std::min<std::size_t>(request.way.mtu, 0xffff);
    request.mss_own = static_cast<std::uint16_t>(mtu > header ? mtu - header : ip::mss_default);
    if (parent.settings.mss != 0) request.mss_own = std::min(request.mss_own, parent.settings.mss);
    request.rcv_wnd = std::min<std::uint32_t>({parent.payload_room(), tcp_window_max(parent), 0xffff});
}

/// Answers a SYN for which there is no room in the syn_queue, and forgets it. In the kernel: tcp_conn_request, want_cookie.
template <class Net, class Policies>
void tcp_send_cookie(Net& net, tcp_sock<Policies>& sk, const four_tuple<typename Policies::ip>& tuple, const route<typename Policies::ip>& way,
                     const segment& seg) noexcept {
    auto& tcp = tcp_of(net, sk);
    request_sock<Policies> request;
    request.tuple = tuple;
    request.way = way;
    tcp_init_request(net, request, sk, seg);
    if (!request.timestamps) request.scaled = request.selective = request.ecn = false;  // they could not be told
    request.iss = tcp.syn_cookies.make(tuple, seg.seq, request.mss_peer, net.now());
    request.ts_offset = syn_cookies::stamp(request, tcp_clock(net.now(), request.ts_offset)) - tcp_clock(net.now(), 0);
    ++tcp.counters.syn_cookies_sent;
    tcp_send_synack(net, request);
}

/// A SYN for a listener. A full accept_queue lets it fall: the peer will try again. `iss`: in place of one of our choice.
/// In the kernel: tcp_conn_request.
template <class Net, class Policies>
void tcp_rcv_syn(Net& net, tcp_sock<Policies>& sk, const four_tuple<typename Policies::ip>& tuple, const segment& seg, const seq32* iss = nullptr) noexcept {
    auto& tcp = tcp_of(net, sk);
    listener<Policies>& queues = *sk.listening;
    const auto way = network<typename Policies::ip>(net).route_to(net, tuple.remote, tuple.local, tuple.link.interface_or(sk.port.interface));
    const bool cookie = queues.syn_queue_full() && tcp.limits.syn_cookies && iss == nullptr;
    if (queues.accept_queue_full() || (queues.syn_queue_full() && !cookie) || !way) {
        ++tcp.counters.listen_drops;
        return;
    }
    if (cookie) return tcp_send_cookie(net, sk, tuple, *way, seg);
    request_sock<Policies>* const request = tcp.make_request(net);
    if (request == nullptr) return;
    request->tuple = tuple;
    request->way = *way;
    tcp_init_request(net, *request, sk, seg);
    if (iss != nullptr) request->iss = *iss;
    queues.syn_queue.push_back(*request);
    ++queues.half_open;
    tcp.connections.insert(*request);
    tcp_send_synack(net, *request);
    request->retransmit_timer.set(net, net.now() + tcp.limits.rto_initial);
}

/// The sock that a confirmed request becomes. Null without memory. In the kernel: tcp_create_openreq_child.
template <class Net, class Policies>
tcp_sock<Policies>* tcp_make_child(Net& net, request_sock<Policies>& request, const segment& seg) noexcept {
    auto& tcp = tcp_of(net, *request.parent);
    tcp_sock<Policies>& parent = *request.parent;
    tcp_sock<Policies>* const child = tcp.make_sock(net);
    if (child == nullptr) return nullptr;
    child->options = parent.options;
    child->settings = parent.settings;
    child->fixed_send_buffer = parent.fixed_send_buffer;
    child->fixed_receive_buffer = parent.fixed_receive_buffer;
    child->tos = parent.tos;
    child->ttl = parent.ttl;
    child->hops_chosen = parent.hops_chosen;
    child->dont_fragment = parent.dont_fragment;
    child->tuple = request.tuple;
    static_cast<tcp_agreement&>(*child) = request;
    child->way = request.way;
    child->port.address = request.tuple.local;
    if (!tcp.ports.inherit(child->port, parent.port)) {
        tcp.free_sock(*child);
        return nullptr;
    }
    if (const std::uint32_t link = request.tuple.link.interface(); link != 0) child->port.interface = child->options.bound_interface = link;
    child->irs = request.irs;
    child->rcv_nxt = child->rcv_acked = child->rcv_up = request.irs + 1;
    child->rcv_wnd = request.rcv_wnd;
    child->mss_received = std::min<std::uint16_t>(Policies::ip::mss_default, request.mss_own);
    child->iss = child->snd_una = request.iss;
    if constexpr (Policies::options.ecn) child->ecn_marks.sent_up_to = child->ecn_marks.reduced_at = request.iss;
    child->snd_nxt = child->snd_up = child->snd_small = request.iss + 1;
    child->last_sent = request.sent_at;
    child->retries = request.retries;
    child->state = tcp_state::syn_received;
    child->connected = true;
    tcp_establish(net, *child, seg);
    return child;
}

/// A connection is complete: it waits for accept(2), and the segment that completed it is its first.
template <class Net, class Policies>
void tcp_enqueue_child(Net& net, tcp_sock<Policies>& parent, tcp_sock<Policies>& child, packet_buffer skb, segment& seg) noexcept {
    tcp_of(net, parent).connections.insert(child);
    parent.listening->push_accepted(child);
    parent.wake(events::readable, net.runnable());
    tcp_rcv(net, child, std::move(skb), seg);
}

/// An ACK that may return a cookie of ours, and then begins a connection. False where it does not.
/// In the kernel: cookie_v4_check.
template <class Net, class Policies>
bool tcp_rcv_cookie(Net& net, tcp_sock<Policies>& sk, const four_tuple<typename Policies::ip>& tuple, packet_buffer& skb, segment& seg) noexcept {
    auto& tcp = tcp_of(net, sk);
    if (seg.has(wire::tcp_flags::syn) || !tcp.limits.syn_cookies || !tcp.syn_cookies.expected(net.now())) return false;
    const auto mss = tcp.syn_cookies.check(tuple, seg.seq - 1, seg.ack - 1, net.now());
    const auto way = network<typename Policies::ip>(net).route_to(net, tuple.remote, tuple.local, tuple.link.interface_or(sk.port.interface));
    if (!mss || !way) return ++tcp.counters.syn_cookies_failed, false;
    ++tcp.counters.syn_cookies_received;
    if (sk.listening->accept_queue_full()) return ++tcp.counters.listen_overflows, true;  // the peer will ask again, by data
    request_sock<Policies> request;
    request.tuple = tuple;
    request.way = *way;
    segment syn = seg;
    syn.seq = seg.seq - 1;
    syn.options = syn_cookies::recall(seg.options, *mss);
    tcp_init_request(net, request, sk, syn);
    request.ecn = Policies::options.ecn && syn_cookies::recalls_ecn(seg.options);
    request.iss = seg.ack - 1;
    request.sent_at = net.now();
    request.retries = 1;  // how long ago the SYN-ACK left is not known, and its timestamp was moved: no round trip is measured
    seg.options.tsecr = 0;
    tcp_sock<Policies>* const child = tcp_make_child(net, request, seg);
    if (child == nullptr) return true;
    tcp_enqueue_child(net, sk, *child, std::move(skb), seg);
    return true;
}

/// A segment for a listener, of no connection. Source: RFC 9293 section 3.10.7.2.
template <class Net, class Policies>
void tcp_rcv_listen(Net& net, tcp_sock<Policies>& sk, const four_tuple<typename Policies::ip>& tuple, packet_buffer skb, segment& seg) noexcept {
    if (seg.has(wire::tcp_flags::rst)) return;                                   // first
    if (seg.has(wire::tcp_flags::ack)) {                                         // second
        if (!tcp_rcv_cookie(net, sk, tuple, skb, seg)) tcp_refuse(net, tuple, seg);
        return;
    }
    if (seg.has(wire::tcp_flags::syn) && !seg.has(wire::tcp_flags::fin)) tcp_rcv_syn(net, sk, tuple, seg);  // third
}

/// A segment for a half-open connection. Source: RFC 9293 section 3.10.7.4 for SYN-RECEIVED; tcp_check_req.
template <class Net, class Policies>
void tcp_rcv_request(Net& net, request_sock<Policies>& request, packet_buffer skb, segment& seg) noexcept {
    auto& tcp = tcp_of(net, *request.parent);
    tcp_sock<Policies>& parent = *request.parent;
    const seq32 rcv_nxt = request.irs + 1;
    if (seg.has(wire::tcp_flags::syn) && seg.seq == request.irs && !seg.has(wire::tcp_flags::ack)) return tcp_send_synack(net, request);
    const bool acceptable = seg.end_seq >= rcv_nxt && seg.seq <= rcv_nxt + request.rcv_wnd && !request.is_old(seg.options, net.now());
    if (!acceptable) {
        if (!seg.has(wire::tcp_flags::rst)) tcp_send_synack(net, request);
        return;
    }
    if (seg.has(wire::tcp_flags::rst)) return seg.seq == rcv_nxt ? tcp_drop_request(net, request) : void();
    if (seg.has(wire::tcp_flags::syn) || !seg.has(wire::tcp_flags::ack)) return;
    if (seg.ack != request.iss + 1) return tcp_refuse(net, request.tuple, seg);
    const bool waits_for_data = request.retries < parent.settings.defer_accept && seg.end_seq == rcv_nxt;
    if (waits_for_data || parent.listening->accept_queue_full()) {
        tcp.counters.listen_overflows += !waits_for_data;
        request.confirmed = true;  // the peer will ask again, by data or when our SYN-ACK comes once more
        return;
    }
    tcp_sock<Policies>* const child = tcp_make_child(net, request, seg);
    if (child == nullptr) return;
    tcp_drop_request(net, request);
    tcp_enqueue_child(net, parent, *child, std::move(skb), seg);
}

/// Everything that waits at a listener goes: half-open connections without a word, complete ones by a reset.
/// In the kernel: inet_csk_listen_stop.
template <class Net, class Policies>
void tcp_stop_listening(Net& net, tcp_sock<Policies>& sk) noexcept {
    auto& tcp = tcp_of(net, sk);
    listener<Policies>* const queues = sk.listening;
    if (queues == nullptr) return;
    while (!queues->syn_queue.empty()) tcp_drop_request(net, queues->syn_queue.front());
    while (tcp_sock<Policies>* const child = queues->pop_accepted()) {
        child->orphan = true;
        ++tcp.orphans;
        if (child->state != tcp_state::closed) tcp_abort(net, *child, errc{});
        tcp.reap(net, *child);
    }
    sk.listening = nullptr;
    tcp.listeners.remove(*queues);
    tcp.listener_pool.release(*queues);
}

}  // namespace weld::inline v0::stack
