// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_buffer.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/device.hpp>
#include <weld/socket/role.hpp>
#include <weld/stack/rcv_result.hpp>

#include <cstdint>
#include <type_traits>

namespace weld::inline v0::stack {

/// The joint between transports and a network layer. What differs between the versions of IP is the template parameter
/// `Ip` (ip4, later ip6): its `address`, its `endpoint`, its header's size. Nothing else of a transport may know.

/// The way to a destination. It may be kept while `generation` is still network.generation(); in the kernel: dst_entry.
template <class Ip>
struct route {
    typename Ip::address source{};       // what to send from
    typename Ip::address next_hop{};     // the destination itself, or a gateway
    std::uint32_t interface = 0;         // index; 0: this host itself
    std::uint32_t generation = 0;
    std::size_t mtu = 0;                 // of the path as far as it is known, IP header included (RFC 1191)
    device_features features{};          // what the interface's device takes off our hands
};

/// What a transport tells the network layer to put into the header.
template <class Ip>
struct ip_header {
    typename Ip::address source{}, destination{};
    std::uint8_t protocol = 0;
    std::uint8_t ttl = 64;               // hop limit
    std::uint8_t tos = 0;                // traffic class
    bool dont_fragment = true;
};

/// What a transport is told of a packet whose IP header is pulled; packet.data() is the transport's header.
template <class Ip>
struct ip_info {
    typename Ip::address source{}, destination{};
    std::uint32_t interface = 0;         // where it came in
    std::uint8_t protocol = 0;
    std::uint8_t ttl = 0;
    std::uint8_t tos = 0;
    bool to_many = false;                // broadcast or multicast: answers no errors (RFC 1122 section 3.2.2)
};

/// An ICMP error about a packet that we sent, as `part.error(net, icmp_error<Ip>{...})` of the transport concerned gets it.
template <class Ip>
struct icmp_error {
    typename Ip::address source{}, destination{};  // of our packet
    const_bytes transport;                         // what the error quotes of it: at least eight bytes
    errc error{};                                  // what Linux makes of type and code: icmp_err_convert, net/ipv4/icmp.c
    bool hard = false;                             // ends a connection at once if it was still opening
    std::size_t mtu = 0;                           // of the next hop, where the packet was too big; else 0
    std::uint8_t type = 0, code = 0;
    typename Ip::address reporter{};
};

// A network layer, role::network_layer, with `using version = ip4;`, offers (net first):
//     result<route<Ip>> route_to(net, destination, source = {}, interface = 0)
//         network_unreachable: no route; address_not_available: `source` is not ours
//     result<> send(net, packet_buffer, const ip_header<Ip>&, const route<Ip>&)
//         takes a packet that begins with the transport's header, has headroom(net, route) bytes before it, and whose
//         transport checksum is there or checksum_state::partial; fragments, loops back, resolves, queues
//     std::size_t headroom(net)          for its own header and the largest link header below: a constant
//     bool is_local(net, address), is_broadcast(net, address)
//     std::uint32_t generation()         changes whenever a kept route may be wrong
//     void path_mtu(net, destination, mtu)
// and hands packets to every part with `static constexpr std::uint8_t ip_protocol` by
//     rcv_result part.rcv(net, packet_buffer&&, const ip_info<Ip>&)
//     void part.error(net, const icmp_error<Ip>&)

/// The network layer of one version of IP in a net.
template <class Ip, class Net>
auto& network(Net& net) noexcept {
    constexpr auto is_it = []<class Part>() {
        if constexpr (requires { typename Part::version; }) return std::is_same_v<typename Part::version, Ip>;
        else return false;
    };
    static_assert(Net::template lists<decltype(is_it)>,
                  "stack: this transport has no network layer under it; list one, as weld::stack::ipv4{}, in the net");
    return net.template part_that<decltype(is_it)>();
}

}  // namespace weld::inline v0::stack
