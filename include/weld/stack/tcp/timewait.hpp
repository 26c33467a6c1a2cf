// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/listen.hpp>

namespace weld::inline v0::stack {

/// Its time is over: nothing is left of the connection.
template <class Policies, class Net>
void tcp_drop_timewait(Net& net, timewait_sock<Policies>& rest) noexcept {
    auto& tcp = net.template part<tcp_part<Policies>>();
    tcp.connections.remove(rest);
    tcp.ports.release(rest.port);
    rest.list_node::unlink();
    rest.timer.stop();
    rest.timer.cancel();
    tcp.timewaits.release(rest);
}

/// Says once more what was said last.
template <class Policies, class Net>
void tcp_timewait_ack(Net& net, timewait_sock<Policies>& rest, bool limited) noexcept {
    auto& tcp = net.template part<tcp_part<Policies>>();
    if (limited && rest.last_ack != time_point{} && net.now() - rest.last_ack < tcp.limits.challenge_ack_spacing) return;
    const auto way = network<typename Policies::ip>(net).route_to(net, rest.tuple.remote, rest.tuple.local, rest.tuple.link.interface());
    if (!way) return;
    rest.last_ack = net.now();
    wire::tcp_header header;
    header.seq = rest.snd_nxt.value();
    header.ack = rest.rcv_nxt.value();
    header.flags = wire::tcp_flags::ack;
    header.window = static_cast<std::uint16_t>(rest.rcv_wnd >> rest.rcv_wscale);
    wire::tcp_options options;
    options.has_timestamps = rest.timestamps;
    options.tsval = tcp_clock(net.now(), rest.ts_offset);
    options.tsecr = rest.ts_recent;
    tcp_send_header(net, rest.tuple, *way, header, options, rest.tos);
}

/// A SYN that is surely newer than the connection that was: by its timestamp, or by its sequence number.
/// Source: RFC 6191 section 2, RFC 9293 section 3.6.1.
template <class Policies>
bool tcp_may_reuse(const timewait_sock<Policies>& rest, const segment& seg) noexcept {
    constexpr auto control = wire::tcp_flags::syn | wire::tcp_flags::rst | wire::tcp_flags::ack;
    if ((seg.flags & control) != wire::tcp_flags::syn || rest.substate != tcp_state::time_wait) return false;
    if (seg.seq > rest.rcv_nxt) return true;
    return rest.timestamps && seg.options.has_timestamps && static_cast<std::int32_t>(seg.options.tsval - rest.ts_recent) > 0;
}

/// A segment for FIN-WAIT-2 without a sock: only the FIN is waited for. In the kernel: tcp_timewait_state_process.
template <class Policies, class Net>
void tcp_rcv_fin_wait_2(Net& net, timewait_sock<Policies>& rest, const segment& seg) noexcept {
    auto& tcp = net.template part<tcp_part<Policies>>();
    const bool fin = seg.has(wire::tcp_flags::fin), in_window = seg.seq <= rest.rcv_nxt + rest.rcv_wnd && seg.end_seq >= rest.rcv_nxt;
    if (!in_window) return tcp_timewait_ack(net, rest, seg.length() == 0);
    if (seg.has(wire::tcp_flags::rst)) return seg.seq == rest.rcv_nxt ? tcp_drop_timewait(net, rest) : void();
    if (seg.has(wire::tcp_flags::syn)) return tcp_timewait_ack(net, rest, true);
    if (!seg.has(wire::tcp_flags::ack) || seg.end_seq == rest.rcv_nxt) return;
    if (!fin || seg.end_seq != rest.rcv_nxt + 1) {  // data, and nobody reads
        tcp_refuse(net, rest.tuple, seg);
        return tcp_drop_timewait(net, rest);
    }
    rest.rcv_nxt = seg.end_seq;
    rest.substate = tcp_state::time_wait;
    if (rest.timestamps && seg.options.has_timestamps) rest.ts_recent = seg.options.tsval;
    rest.timer.set(net, net.now() + tcp.limits.time_wait);
    tcp_timewait_ack(net, rest, false);
}

/// A segment for what is left of a connection. False where a new one may begin in its place, which the caller sees to.
/// A RST ends nothing here (RFC 1337). Source: RFC 9293 section 3.10.7.4 for TIME-WAIT.
template <class Policies, class Net>
bool tcp_rcv_timewait(Net& net, timewait_sock<Policies>& rest, const segment& seg) noexcept {
    auto& tcp = net.template part<tcp_part<Policies>>();
    const bool old = rest.timestamps && seg.options.has_timestamps && static_cast<std::int32_t>(seg.options.tsval - rest.ts_recent) < 0;
    if (rest.substate == tcp_state::fin_wait_2 && !old) return tcp_rcv_fin_wait_2(net, rest, seg), true;
    if (!old && tcp_may_reuse(rest, seg)) return false;
    if (seg.has(wire::tcp_flags::rst)) return true;
    if (!old && seg.has(wire::tcp_flags::fin)) rest.timer.set(net, net.now() + tcp.limits.time_wait);  // our ACK was lost
    if (old || seg.length() != 0 || seg.seq != rest.rcv_nxt) tcp_timewait_ack(net, rest, seg.length() == 0);
    return true;
}

}  // namespace weld::inline v0::stack
