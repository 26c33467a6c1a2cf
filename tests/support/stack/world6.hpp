// SPDX-License-Identifier: BSL-1.0
// Nets of version 6 on a test's clock, and the packets their tests write and read.
#pragma once

#include "support/stack/clock.hpp"
#include "support/stack/frames.hpp"

#include <weld/device/memory.hpp>
#include <weld/socket/net.hpp>
#include <weld/socket/socket.hpp>
#include <weld/stack/icmp/icmp6.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv6.hpp>
#include <weld/stack/wire/icmp6.hpp>
#include <weld/stack/wire/ipv6.hpp>
#include <weld/stack/wire/mld.hpp>
#include <weld/stack/wire/ndp.hpp>

namespace test {

namespace own = weld::stack;
using namespace weld::literals;
namespace icmp6_type = weld::wire::icmp6_type;

constexpr weld::address6 six(const char* text) { return *weld::address6::parse(text); }

inline constexpr weld::address6 our_ip6 = six("2001:db8::1"), peer_ip6 = six("2001:db8::2"), third_ip6 = six("2001:db8::3"), far_ip6 = six("2001:db8:9::9");
inline constexpr weld::address6 our_link = six("fe80::ff:fe00:1"), peer_link = six("fe80::ff:fe00:2");  // by EUI-64
inline constexpr weld::address6 router_link = six("fe80::ff:fe00:3");                                   // third_mac's

/// `payload_length` is filled in. `protocol`: of the payload, or its first extension header.
inline frame ip6(weld::wire::ipv6_header header, const frame& payload) {
    frame bytes(weld::wire::ipv6_header::size);
    header.payload_length = static_cast<std::uint16_t>(payload.size());
    header.encode(bytes);
    return joined(bytes, payload);
}
inline frame ip6(weld::address6 from, weld::address6 to, std::uint8_t protocol, const frame& payload, std::uint8_t hop_limit = 64) {
    return ip6({.next_header = protocol, .hop_limit = hop_limit, .source = from, .destination = to}, payload);
}
inline frame icmp6_message(weld::address6 from, weld::address6 to, const weld::wire::icmp6_header& header, const frame& payload) {
    frame bytes = joined(frame(8), payload);
    header.encode(bytes, from, to);
    return bytes;
}
inline frame icmp6(weld::address6 from, weld::address6 to, const weld::wire::icmp6_header& header, const frame& payload, std::uint8_t hop_limit = 64) {
    return ip6(from, to, 58, icmp6_message(from, to, header, payload), hop_limit);
}
inline frame echo6(weld::address6 from, weld::address6 to, std::string_view text, std::uint16_t sequence = 1) {
    return icmp6(from, to, weld::wire::icmp6_header::echo(icmp6_type::echo_request, 7, sequence), bytes_of(text));
}
inline frame udp6(weld::address6 from, std::uint16_t from_port, weld::address6 to, std::uint16_t to_port, std::string_view text) {
    frame bytes = joined(frame(8), bytes_of(text));
    weld::wire::udp_header{from_port, to_port, static_cast<std::uint16_t>(bytes.size()), 0}.encode(bytes);
    const auto sum = weld::checksum::add(weld::checksum::sum(bytes), weld::checksum::pseudo_header(from, to, 17, static_cast<std::uint32_t>(bytes.size())));
    weld::store_be(bytes, 6, weld::wire::udp_header::finish(sum));
    return ip6(from, to, 17, bytes);
}
inline frame neighbor(const weld::wire::neighbor_header& message, weld::address6 from, weld::address6 to, std::uint8_t hop_limit = 255) {
    frame bytes(weld::wire::neighbor_header::size_max);
    bytes.resize(message.encode(bytes, from, to));
    return ip6(from, to, 58, bytes, hop_limit);
}
inline frame solicitation(weld::address6 target, weld::address6 from, weld::mac_address station) {
    return neighbor({.type = icmp6_type::neighbor_solicitation, .target = target, .has_link_address = !from.is_any(), .link_address = station}, from, own::solicited_node(target));
}
struct advertisement_flags {
    bool router = false, solicited = true, override_known = true;
};
inline frame advertisement(weld::address6 target, weld::mac_address station, weld::address6 to, advertisement_flags flags = {}) {
    return neighbor({.type = icmp6_type::neighbor_advertisement, .router = flags.router, .solicited = flags.solicited, .override_known = flags.override_known,
                     .target = target, .has_link_address = true, .link_address = station}, target, to);
}

/// A frame of version 6 that came out, taken apart as far as it goes.
struct seen6 {
    explicit seen6(const frame& bytes, bool has_link = true) {
        payload = bytes;
        if (has_link) {
            const auto link = *weld::wire::ethernet_view::parse(bytes);
            payload = frame(link.payload().begin(), link.payload().end());
            destination = link.destination();
            if (link.type() != weld::wire::ether_type::ipv6) return;
        }
        const auto parsed = weld::wire::ipv6_view::parse(payload);
        if (!parsed) return;
        is_ip = true;
        view = *parsed;
        header = view.header();
        protocol = view.protocol();
        body = frame(view.payload().begin(), view.payload().end());
        if (protocol == 58 && !view.is_fragment()) checksum_valid = icmp().checksum_valid(header.source, header.destination);
    }
    seen6(const seen6& other) : seen6{other.payload, false} { destination = other.destination; }
    seen6& operator=(const seen6& other) {
        if (this == &other) return *this;
        this->~seen6();
        return *::new (static_cast<void*>(this)) seen6{other};
    }

    weld::wire::icmp6_view icmp() const { return *weld::wire::icmp6_view::parse(body); }
    int type() const { return is_ip && protocol == 58 && body.size() >= 8 ? icmp().type() : -1; }
    weld::wire::neighbor_header neighbor() const { return weld::wire::neighbor_header::decode(body).value_or({}); }

    weld::mac_address destination{};
    frame payload, body;
    weld::wire::ipv6_view view;
    weld::wire::ipv6_header header{};
    std::uint8_t protocol = 0;
    bool is_ip = false, checksum_valid = false;
};

/// A protocol of the test's own over IPv6, number 253: what it was handed, and told of.
struct recorder {
    using role = weld::role::protocol;
    using net_context = own::context;
    using over = own::ip6;
    static constexpr std::uint8_t ip_protocol = 253;

    template <class Net>
    own::rcv_result rcv(Net&, weld::packet_buffer&& skb, const own::ip_info<own::ip6>& info) {
        got.push_back(text_of(skb->bytes()));
        last = info;
        return listens ? own::rcv_result::handled : own::rcv_result::no_port;
    }
    template <class Net>
    void error(Net&, const own::icmp_error<own::ip6>& what) { errors.push_back(what); }

    std::vector<std::string> got{};
    own::ip_info<own::ip6> last{};
    std::vector<own::icmp_error<own::ip6>> errors{};  // their `transport` is gone
    bool listens = true;
};

/// One net, 2001:db8::1/64 beside its link-local address, of which the test is the wire.
template <weld::link_type Link = weld::link_type::ethernet, class... Parts>
struct alone6 {
    static constexpr bool has_link = Link == weld::link_type::ethernet;
    using device = script_device<Link>;
    static auto link(script& by) {
        if constexpr (has_link) return own::ethernet{device{by}, our_mac};
        else return own::bare_ip{device{by}};
    }
    using link_t = decltype(link(std::declval<script&>()));
    using net_t = weld::net<own::interface<link_t>, own::ipv6, own::icmp6, Parts..., weld::shared<virtual_clock>, weld::seed>;

    /// What is said while the addresses are new, and no router answers, is over.
    explicit alone6(own::ipv6_options options = {}, const char* address = "2001:db8::1/64") : alone6{options, address, 0_s} {
        time.run_for(options.dad_delay_max + options.dad_interval * options.dad_transmits + 20_s);
        wire.taken();
    }
    /// Nothing has happened yet.
    alone6(own::ipv6_options options, const char* address, weld::duration)
        : net{own::interface<link_t>{"eth0", link(wire), address}, own::ipv6{options}, own::icmp6{}, Parts{}..., weld::shared{time}, weld::seed{1}} {}

    auto& ip() { return net.template part<own::ipv6>(); }
    auto& icmp() { return net.template part<own::icmp6>(); }
    auto& io() { return net.template part<own::interface<link_t>>(); }
    auto& ndp() { return io().link().ndp(); }
    auto& heard() { return net.template part<recorder>(); }

    /// A packet of the recorder's protocol to somebody.
    weld::result<> send(weld::address6 to, std::string_view text, bool dont_fragment = false, weld::address6 from = {}) {
        const auto way = ip().route_to(net, to, from);
        if (!way) return way.error();
        weld::packet_buffer skb = weld::packet_buffer::allocate(net.packets(), text.size() + 100, 100);
        copy(skb->put(text.size()), bytes_of(text));
        return ip().send(net, std::move(skb), {.source = way->source, .destination = to, .protocol = 253, .dont_fragment = dont_fragment}, *way);
    }

    /// A packet arrives from the peer's station; one for a group in a frame for it.
    void rcv(frame packet, weld::mac_address from = peer_mac) {
        const weld::mac_address to = packet.size() >= 40 && packet[24] == std::byte{0xff}
                                         ? weld::mac_address{{0x33, 0x33, static_cast<std::uint8_t>(packet[36]), static_cast<std::uint8_t>(packet[37]),
                                                              static_cast<std::uint8_t>(packet[38]), static_cast<std::uint8_t>(packet[39])}}
                                         : our_mac;
        if constexpr (has_link) wire.inject(ethernet(to, from, weld::wire::ether_type::ipv6, packet));
        else wire.inject(std::move(packet));
        time.settle();
    }
    /// The peer has asked for us and answered us, so that no discovery disturbs what a test counts.
    void know_peer(weld::address6 address = peer_ip6, weld::mac_address station = peer_mac) {
        rcv(solicitation(our_ip6, address, station), station);
        rcv(advertisement(address, station, our_ip6), station);
        wire.taken();
    }
    std::vector<seen6> sent() {
        time.settle();
        std::vector<seen6> all;
        for (const frame& bytes : wire.taken()) all.emplace_back(bytes, has_link);
        return all;
    }
    /// The same of one type of ICMPv6.
    std::vector<seen6> sent(int type) {
        std::vector<seen6> all;
        for (const seen6& each : sent())
            if (each.type() == type) all.push_back(each);
        return all;
    }

    virtual_clock time;
    script wire;
    net_t net;
};

}  // namespace test
