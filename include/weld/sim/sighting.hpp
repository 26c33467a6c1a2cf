// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_buffer.hpp>
#include <weld/core/text.hpp>
#include <weld/socket/device.hpp>
#include <weld/stack/wire/ethernet.hpp>
#include <weld/stack/wire/ipv4.hpp>
#include <weld/stack/wire/ipv6.hpp>
#include <weld/stack/wire/tcp.hpp>
#include <weld/stack/wire/udp.hpp>

namespace weld::inline v0::sim {

/// A packet that leaves a host, as rules and the log see it. Its views live as long as it does.
struct sighting {
    time_point at{};            // the world's time
    std::uint64_t number = 0;   // of all packets of this world, from 1 on
    text from, to;              // the hosts' names
    link_type link = link_type::bare_ip;
    const_bytes frame;

    /// From the network header on; empty where it is no IP.
    const_bytes ip_bytes() const noexcept {
        if (link == link_type::bare_ip) return frame;
        const auto ethernet = wire::ethernet_view::parse(frame);
        if (!ethernet || (ethernet->type() != wire::ether_type::ipv4 && ethernet->type() != wire::ether_type::ipv6)) return {};
        return ethernet->payload();
    }
    /// Errors: those of the view's parse; protocol_not_supported where it is something else.
    result<wire::ipv4_view> ip() const noexcept { return wire::ipv4_view::parse(ip_bytes()); }
    result<wire::ipv6_view> ip6() const noexcept { return wire::ipv6_view::parse(ip_bytes()); }
    result<wire::tcp_view> tcp() const noexcept { return transport<wire::tcp_view>(wire::ip_protocol::tcp); }
    result<wire::udp_view> udp() const noexcept { return transport<wire::udp_view>(wire::ip_protocol::udp); }
    /// Bytes of the application's in it.
    std::size_t payload_size() const noexcept {
        if (const auto segment = tcp()) return segment->payload().size();
        if (const auto datagram = udp()) return datagram->payload().size();
        return 0;
    }

private:
    template <class View>
    result<View> transport(std::uint8_t protocol) const noexcept {
        if (const auto packet = ip()) return of_packet<View>(*packet, protocol);
        const auto packet = ip6();
        if (!packet) return packet.error();
        return of_packet<View>(*packet, protocol);
    }
    template <class View>
    static result<View> of_packet(const auto& packet, std::uint8_t protocol) noexcept {
        if (packet.protocol() != protocol || packet.fragment_offset() != 0) return errc::protocol_not_supported;
        return View::parse(packet.payload());
    }
};

}  // namespace weld::inline v0::sim
