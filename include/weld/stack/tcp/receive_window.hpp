// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/tcp_sock.hpp>

#include <algorithm>

namespace weld::inline v0::stack {

/// The largest window a header can tell, with the agreed scale.
template <class Policies>
std::uint32_t tcp_window_max(const tcp_sock<Policies>& sk) noexcept {
    const std::uint32_t most = std::uint32_t{0xffff} << sk.rcv_wscale;
    return sk.settings.window_clamp != 0 ? std::min(most, sk.settings.window_clamp) : most;
}

/// The window to tell now. It never takes back what was told; and it opens in steps worth telling, so that the peer
/// sends no slivers. Source: RFC 9293 sections 3.8.6 and 3.8.6.2.2; __tcp_select_window, net/ipv4/tcp_output.c.
template <class Policies>
std::uint32_t tcp_select_window(const tcp_sock<Policies>& sk) noexcept {
    const std::uint32_t offered = sk.offered_window();
    const auto all = static_cast<std::uint32_t>(std::size_t{sk.options.receive_buffer} * sk.payload_ratio / 256);
    const std::uint32_t mss = std::min<std::uint32_t>(sk.mss_received, all);
    std::uint32_t room = std::min(sk.payload_room(), tcp_window_max(sk));
    if (room < all / 2 && (room < all / 16 || room < mss)) room = 0;
    const std::uint32_t unit = 1u << sk.rcv_wscale;
    if (sk.rcv_wscale == 0) {  // by whole segments, unless that would tell less than fits
        if (offered <= room && room - offered < std::min(mss, all / 2)) room = offered;
        else if (room >= mss) room -= room % mss;
    }
    room = room / unit * unit;
    return room >= offered ? room : std::min((offered + unit - 1) / unit * unit, std::uint32_t{0xffff} << sk.rcv_wscale);
}

/// The scale to propose: so that the largest buffer's window can be told. Source: RFC 7323 section 2.2,
/// tcp_select_initial_window.
constexpr std::uint8_t tcp_choose_window_scale(std::size_t largest_buffer) noexcept {
    std::uint8_t scale = 0;
    while (scale < wire::tcp_options::window_scale_max && largest_buffer > 0xffff) {
        largest_buffer >>= 1;
        ++scale;
    }
    return scale;
}

/// What of packets' memory is payload: so windows promise what buffers can hold. In the kernel: scaling_ratio.
template <class Policies>
void tcp_measure_ratio(tcp_sock<Policies>& sk, const packet& skb) noexcept {
    const auto ratio = static_cast<std::uint16_t>(skb.size() * 256 / skb.truesize());
    if (skb.size() >= sk.mss_received && ratio != sk.payload_ratio) sk.payload_ratio = std::max<std::uint16_t>(ratio, 16);
}

}  // namespace weld::inline v0::stack
