// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/tcp_sock.hpp>

#include <algorithm>

namespace weld::inline v0::stack {

/// Room for the headers of every layer below the payload.
template <class Net, class Policies>
std::size_t tcp_headroom(Net& net, const tcp_sock<Policies>&) noexcept {
    return network<typename Policies::ip>(net).headroom(net) + wire::tcp_header::size_max;
}

/// How long the header is that every segment with data has, options included.
template <class Policies>
constexpr std::uint32_t tcp_data_header_size(const tcp_sock<Policies>& sk) noexcept {
    return wire::tcp_header::size + (sk.timestamps ? 12 : 0);
}

/// Cuts segments to what the path and the peer take. Source: RFC 9293 section 3.7.1, RFC 6691; tcp_sync_mss.
template <class Policies>
void tcp_sync_mss(tcp_sock<Policies>& sk) noexcept {
    using ip = typename Policies::ip;
    const std::size_t path = std::min<std::size_t>(sk.way.mtu != 0 ? sk.way.mtu : 0xffff, sk.path_mtu);
    const std::size_t header = ip::header_size + wire::tcp_header::size;
    std::size_t mss = std::min<std::size_t>(path > header ? path - header : 0, sk.mss_peer);
    if (sk.settings.mss != 0) mss = std::min<std::size_t>(mss, sk.settings.mss);
    mss = std::max<std::size_t>(mss, 48) - (tcp_data_header_size(sk) - wire::tcp_header::size);
    if (mss == sk.mss) return;
    sk.mss = static_cast<std::uint16_t>(mss);
    sk.congestion.set_mss(sk.mss);
}

/// The way to the peer, asked for anew when routes have changed. Errors: as network.route_to.
template <class Net, class Policies>
result<> tcp_find_way(Net& net, tcp_sock<Policies>& sk) noexcept {
    auto& layer = network<typename Policies::ip>(net);
    if (sk.way.mtu != 0 && sk.way.generation == layer.generation()) [[likely]] return {};
    const auto way = layer.route_to(net, sk.tuple.remote, sk.tuple.local, sk.port.interface);
    if (!way) return way.error();
    sk.way = *way;
    tcp_sync_mss(sk);
    return {};
}

/// The MSS to tell: what arrives here in one piece. Source: RFC 6691, RFC 9293 section 3.7.1.
template <class Policies>
std::uint16_t tcp_advertised_mss(const tcp_sock<Policies>& sk) noexcept {
    using ip = typename Policies::ip;
    const std::size_t header = ip::header_size + wire::tcp_header::size;
    std::size_t mss = std::min<std::size_t>(sk.way.mtu, 0xffff) > header ? std::min<std::size_t>(sk.way.mtu, 0xffff) - header : ip::mss_default;
    if (sk.settings.mss != 0) mss = std::min<std::size_t>(mss, sk.settings.mss);
    return static_cast<std::uint16_t>(mss);
}

/// A full segment, for now: a peer with a small window gets halves of it. Source: RFC 9293 section 3.8.6.2.1;
/// tcp_bound_to_half_wnd.
template <class Policies>
std::uint32_t tcp_current_mss(const tcp_sock<Policies>& sk) noexcept {
    if (sk.snd_wnd_max >= 2u * sk.mss || sk.snd_wnd_max == 0) [[likely]] return sk.mss;
    const std::uint32_t bound = sk.snd_wnd_max > 536 ? sk.snd_wnd_max / 2 : sk.snd_wnd_max;
    return std::min<std::uint32_t>(sk.mss, std::max<std::uint32_t>(bound, 48));
}

/// How much leaves at once at the most: what a super-segment holds, as large as the windows make sense of.
template <class Policies>
std::size_t tcp_burst(const tcp_sock<Policies>& sk, std::uint32_t mss) noexcept {
    const std::size_t headers = Policies::ip::header_size + tcp_data_header_size(sk);
    const std::size_t most = std::min<std::size_t>(sk.way.features.gso_size_max, 65535) - headers;
    return std::min<std::size_t>({most, sk.snd_wnd_max / 2, std::max(sk.congestion.window() / 2, mss)});
}

/// Payload of one packet: a segment's; or that of a super-segment, where the device splits it, as large as the windows make
/// sense of. Where it does not, segments leave in a train. In the kernel: tcp_xmit_size_goal.
template <class Policies>
std::uint32_t tcp_size_goal(const tcp_sock<Policies>& sk) noexcept {
    const std::uint32_t mss = tcp_current_mss(sk);
    const std::size_t headers = Policies::ip::header_size + tcp_data_header_size(sk);
    if (sk.way.takes_fragments || sk.way.features.gso_size_max < headers + 2 * mss) [[likely]] return mss;
    std::size_t most = tcp_burst(sk, mss);
    if (most < 48 * 1024) most = std::min<std::size_t>(most, most < 24 * 1024 ? 16'000 : 32'000);  // it fills a block of the pool
    return static_cast<std::uint32_t>(std::max<std::size_t>(most - most % mss, mss));
}

}  // namespace weld::inline v0::stack
