// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/ip/inet_control.hpp>
#include <weld/stack/ip/inet_sock.hpp>

namespace weld::inline v0::stack {

/// In the kernel: struct udp_sock.
template <class Ip>
struct udp_sock : inet_sock<Ip> {
    udp_sock* next_free = nullptr;
    std::uint16_t segment_size = 0;  // UDP_SEGMENT; 0: off
    bool merges = false;             // UDP_GRO
    bool cork = false;               // UDP_CORK
    packet_buffer corked;            // what waits for more; empty where nothing does
    typename Ip::endpoint corked_to{};
    inet_control<Ip> corked_asks{};

    static constexpr std::uint32_t any_interface = 0xffffffff;  // for what did not come by one

    /// How well this sock fits a datagram; below zero not at all. In the kernel: compute_score, net/ipv4/udp.c.
    int score(const typename Ip::address& from, std::uint16_t from_port, const typename Ip::address& to, std::uint32_t by) const noexcept {
        int score = 0;
        if (!this->address.is_any()) {
            if (this->address != to) return -1;
            score += 8;  // the kernel looks for these first
        }
        if (this->connected) {
            if (this->peer != from || (this->peer_port != 0 && this->peer_port != from_port)) return -1;
            score += 4;
        }
        if (this->options.bound_interface != 0) {
            if (this->options.bound_interface != by && by != any_interface) return -1;
            score += 2;
        }
        return score;
    }
};

}  // namespace weld::inline v0::stack
