// SPDX-License-Identifier: BSL-1.0
// Frames and packets as tests write and read them.
#pragma once

#include "support/stack/script_device.hpp"

#include <weld/stack/wire/arp.hpp>
#include <weld/stack/wire/ethernet.hpp>
#include <weld/stack/wire/icmp4.hpp>
#include <weld/stack/wire/ipv4.hpp>
#include <weld/stack/wire/udp.hpp>

#include <cstring>
#include <string>
#include <string_view>

namespace test {

inline constexpr weld::mac_address our_mac{{2, 0, 0, 0, 0, 1}}, peer_mac{{2, 0, 0, 0, 0, 2}}, third_mac{{2, 0, 0, 0, 0, 3}};
inline constexpr weld::address4 our_ip{{10, 0, 0, 1}}, peer_ip{{10, 0, 0, 2}}, third_ip{{10, 0, 0, 3}};

inline frame bytes_of(std::string_view text) {
    const auto* first = reinterpret_cast<const std::byte*>(text.data());
    return frame(first, first + text.size());
}
inline std::string text_of(weld::const_bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
inline frame joined(frame a, const frame& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

inline frame ethernet(weld::mac_address to, weld::mac_address from, std::uint16_t type, const frame& payload) {
    frame header(14);
    weld::wire::ethernet_header{to, from, type}.encode(header);
    return joined(header, payload);
}
inline frame arp(const weld::wire::arp_header& message, weld::mac_address to, weld::mac_address from) {
    frame body(weld::wire::arp_header::size);
    message.encode(body);
    return ethernet(to, from, weld::wire::ether_type::arp, body);
}
/// `total_length` is filled in.
inline frame ip(weld::wire::ipv4_header header, const frame& payload, const frame& options = {}) {
    frame bytes(weld::wire::ipv4_header::size + (options.size() + 3) / 4 * 4);
    header.total_length = static_cast<std::uint16_t>(bytes.size() + payload.size());
    header.encode(bytes, options);
    return joined(bytes, payload);
}
inline frame ip(weld::address4 from, weld::address4 to, std::uint8_t protocol, const frame& payload) {
    return ip({.ttl = 64, .protocol = protocol, .source = from, .destination = to}, payload);
}
inline frame udp_datagram(weld::address4 from, std::uint16_t from_port, weld::address4 to, std::uint16_t to_port, std::string_view text) {
    frame bytes = joined(frame(8), bytes_of(text));
    weld::wire::udp_header header{from_port, to_port, static_cast<std::uint16_t>(bytes.size()), 0};
    header.encode(bytes);
    const auto sum = weld::checksum::add(weld::checksum::sum(bytes), weld::checksum::pseudo_header(from, to, 17, static_cast<std::uint32_t>(bytes.size())));
    weld::store_be(bytes, 6, weld::wire::udp_header::finish(sum));
    return bytes;
}
inline frame udp(weld::address4 from, std::uint16_t from_port, weld::address4 to, std::uint16_t to_port, std::string_view text) {
    return ip(from, to, 17, udp_datagram(from, from_port, to, to_port, text));
}
inline frame icmp_message(const weld::wire::icmp4_header& header, const frame& payload) {
    frame bytes = joined(frame(8), payload);
    header.encode(bytes);
    return bytes;
}
inline frame icmp(weld::address4 from, weld::address4 to, const weld::wire::icmp4_header& header, const frame& payload) {
    return ip(from, to, 1, icmp_message(header, payload));
}

/// A frame that came out, taken apart as far as it goes.
struct seen {
    explicit seen(const frame& bytes, bool has_link = true) {
        if (has_link) {
            link = *weld::wire::ethernet_view::parse(bytes);
            payload = frame(link.payload().begin(), link.payload().end());
            type = link.type();
            destination = link.destination();
        } else {
            payload = bytes;
            type = weld::wire::ether_type::ipv4;
        }
        if (type == weld::wire::ether_type::arp) message = weld::wire::arp_header::decode(payload).value_or({});
        if (type != weld::wire::ether_type::ipv4) return;
        const auto view = weld::wire::ipv4_view::parse(payload);
        if (!view) return;
        is_ip = true;
        header = view->header();
        checksum_valid = view->checksum_valid();
        body = frame(view->payload().begin(), view->payload().end());
        options = frame(view->options().begin(), view->options().end());
    }
    weld::wire::icmp4_view icmp() const { return *weld::wire::icmp4_view::parse(body); }
    weld::wire::udp_view udp() const { return *weld::wire::udp_view::parse(body); }

    weld::wire::ethernet_view link;
    weld::mac_address destination{};
    std::uint16_t type = 0;
    frame payload, body, options;
    weld::wire::arp_header message{};
    weld::wire::ipv4_header header{};
    bool is_ip = false, checksum_valid = false;
};

}  // namespace test
