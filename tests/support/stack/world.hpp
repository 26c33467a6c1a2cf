// SPDX-License-Identifier: BSL-1.0
// Nets of the own stack on a test's clock.
#pragma once

#include "support/stack/clock.hpp"
#include "support/stack/frames.hpp"

#include <weld/device/memory.hpp>
#include <weld/socket/net.hpp>
#include <weld/socket/socket.hpp>
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/udp/udp.hpp>

namespace test {

namespace own = weld::stack;
using namespace weld::literals;

/// One net, 10.0.0.1/24, of which the test is the wire. Frames are IP packets where `Link` is bare_ip.
template <weld::link_type Link = weld::link_type::ethernet, class... Parts>
struct alone {
    static constexpr bool has_link = Link == weld::link_type::ethernet;
    using device = script_device<Link>;
    static auto link(script& by) {
        if constexpr (has_link) return own::ethernet{device{by}, our_mac};
        else return own::bare_ip{device{by}};
    }
    using link_t = decltype(link(std::declval<script&>()));
    using net_t = weld::net<own::interface<link_t>, own::ipv4, own::icmp, own::udp, Parts..., weld::shared<virtual_clock>, weld::seed>;

    explicit alone(own::ipv4_options options = {}, const char* address = "10.0.0.1/24,10.0.0.254")
        : net{own::interface<link_t>{"eth0", link(wire), address}, own::ipv4{options}, own::icmp{}, own::udp{}, Parts{}..., weld::shared{time}, weld::seed{1}} {
        time.settle();
        wire.taken();
    }
    auto& ip() { return net.template part<own::ipv4>(); }
    auto& io() { return net.template part<own::interface<link_t>>(); }
    auto& arp() { return io().link().arp(); }

    /// An IP packet arrives from the peer's station.
    void rcv(frame packet, weld::mac_address to = our_mac) {
        if constexpr (has_link) wire.inject(ethernet(to, peer_mac, weld::wire::ether_type::ipv4, packet));
        else wire.inject(std::move(packet));
        time.settle();
    }
    void rcv_frame(frame bytes) {
        wire.inject(std::move(bytes));
        time.settle();
    }
    /// The peer is known, so that no ARP disturbs what a test counts.
    void know_peer(weld::address4 address = peer_ip, weld::mac_address station = peer_mac) {
        rcv_frame(test::arp({weld::wire::arp_header::request, station, address, {}, our_ip}, weld::mac_address::broadcast(), station));
        wire.taken();
    }
    std::vector<seen> sent() {
        time.settle();
        std::vector<seen> all;
        for (const frame& bytes : wire.taken()) all.emplace_back(bytes, has_link);
        return all;
    }

    virtual_clock time;
    script wire;
    net_t net;
};

/// Two nets, 10.0.0.1 and 10.0.0.2, over a wire in memory.
struct pair {
    using device = weld::device::memory<>;
    using net_t = weld::net<own::interface<own::ethernet<device>>, own::ipv4, own::icmp, own::udp, weld::shared<virtual_clock>, weld::seed>;
    explicit pair(weld::device::memory_options options = {})
        : wire{options},
          a{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, own::icmp{}, own::udp{}, weld::shared{time}, weld::seed{1}},
          b{own::interface{"eth0", own::ethernet{wire.right()}, "10.0.0.2/24"}, own::ipv4{}, own::icmp{}, own::udp{}, weld::shared{time}, weld::seed{2}} {
        time.settle();
    }
    virtual_clock time;
    weld::device::memory_link<> wire;
    net_t a, b;
};

inline weld::endpoint4 at(weld::address4 address, std::uint16_t port) { return {address, port}; }

/// What a datagram socket has received, as text; "(none)" where there is nothing.
template <class Socket>
std::string received(Socket& socket) {
    std::array<std::byte, 65536> buffer;
    const auto got = socket.try_recv(weld::mutable_bytes{buffer});
    if (!got) return got.error() == weld::errc::resource_unavailable_try_again ? "(none)" : weld::message(got.error());
    return text_of(weld::const_bytes{buffer}.first(*got));
}
template <class Socket>
weld::result<std::size_t> send_to(Socket& socket, std::string_view text, weld::endpoint4 to) {
    return socket.try_send_to(weld::as_bytes(weld::text{text.data(), text.size()}), to);
}
template <class Socket>
weld::result<std::size_t> send(Socket& socket, std::string_view text) {
    return socket.try_send(weld::as_bytes(weld::text{text.data(), text.size()}));
}

}  // namespace test
