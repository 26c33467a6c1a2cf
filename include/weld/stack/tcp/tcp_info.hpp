// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/options/tcp.hpp>
#include <weld/stack/tcp/output.hpp>

namespace weld::inline v0::stack {

/// What TCP_INFO tells. Counts of segments are octets by the MSS. Source: tcp_get_info, net/ipv4/tcp.c; linux/tcp.h.
template <class Net, class Policies>
tcp_info::statistics tcp_get_info(Net& net, const tcp_sock<Policies>& sk) noexcept {
    const auto micro = [](duration d) { return static_cast<std::uint32_t>(d == duration::infinite() ? 0 : d.microseconds()); };
    const auto since = [&](time_point t) { return static_cast<std::uint32_t>(t == time_point{} ? 0 : (net.now() - t).milliseconds()); };
    const auto segments = [&](std::uint32_t octets) { return (octets + sk.mss - 1) / sk.mss; };
    const tcp_limits& limits = tcp_of(net, sk).limits;
    tcp_info::statistics info{};
    info.state = static_cast<std::uint8_t>(sk.state);
    if (sk.listening != nullptr) {
        info.unacked = sk.listening->waiting;
        info.sacked = sk.listening->backlog;
        return info;
    }
    info.congestion_state = sk.recovering == recovery_state::loss ? 4 : sk.recovering == recovery_state::recovery ? 3 : 0;
    info.retransmits = sk.retries;
    info.probes = sk.probes_out;
    info.backoff = sk.backoff;
    info.options = static_cast<std::uint8_t>(sk.timestamps | sk.selective << 1 | sk.scaled << 2 | sk.ecn << 3);
    info.window_scales = static_cast<std::uint8_t>(sk.snd_wscale | sk.rcv_wscale << 4);
    info.rto = micro(sk.rtt.rto(limits));
    info.ato = micro(limits.delayed_ack);
    info.send_mss = sk.mss;
    info.receive_mss = sk.mss_received;
    info.unacked = segments(sk.sent.outstanding());
    info.sacked = segments(sk.sent.sacked());
    info.lost = segments(sk.sent.lost());
    info.retrans = segments(sk.sent.retransmitted());
    info.last_data_sent_ms = since(sk.last_sent);
    info.last_data_received_ms = info.last_ack_received_ms = since(sk.last_received);
    info.path_mtu = static_cast<std::uint32_t>(std::min<std::size_t>(sk.way.mtu, sk.path_mtu));
    info.rtt = micro(sk.rtt.srtt());
    info.rtt_variance = micro(sk.rtt.rttvar());
    info.send_ssthresh = segments(sk.congestion.ssthresh());
    info.send_cwnd = segments(sk.congestion.window());
    info.advertised_mss = tcp_advertised_mss(sk);
    info.receive_space = sk.space_measured;
    info.not_sent_bytes = static_cast<std::uint32_t>(sk.write_queue.bytes());
    info.min_rtt = micro(sk.rtt.least());
    info.total_retrans = sk.totals.retransmitted;
    info.pacing_rate = info.max_pacing_rate = ~std::uint64_t{0};  // nothing is paced
    info.bytes_acked = sk.totals.bytes_acked;
    info.bytes_received = sk.totals.bytes_received + (is_synchronized(sk.state) ? sk.rcv_nxt - sk.rcv_acked : 0);
    info.segments_out = sk.totals.segments_out;
    info.segments_in = sk.totals.segments_in;
    info.data_segments_in = sk.totals.data_segments_in;
    info.data_segments_out = sk.totals.data_segments_out;
    info.delivery_rate = sk.totals.delivery_rate;
    info.reordering = 3;
    return info;
}

}  // namespace weld::inline v0::stack
