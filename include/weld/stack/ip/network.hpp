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
/// `Ip` (ip4, ip6): its `address`, its `endpoint`, its header's size. Nothing else of a transport may know.

/// The way to a destination. It may be kept while `generation` is still network.generation(); in the kernel: dst_entry.
template <class Ip>
struct route {
    typename Ip::address source{};       // what to send from
    typename Ip::address next_hop{};     // the destination itself, or a gateway
    std::uint32_t interface = 0;         // index; 0: this host itself
    std::uint32_t generation = 0;
    std::size_t mtu = 0;                 // of the path as far as it is known, IP header included (RFC 1191)
    device_features features{};          // what the interface takes off our hands, itself or by its device
    bool device_sums = false;            // the device itself fills in checksums: for who would have to read all bytes twice
    bool takes_fragments = false;        // segments may go as fragments: for who would copy all bytes twice where the device splits nothing
    bool goes_one_by_one = false;        // the device reads each frame at once: for who would write more before that
    packet_type type = packet_type::host;  // broadcast, multicast: for many
    std::uint8_t hop_limit = 64;         // what to send with where nobody says otherwise: in IPv6 a router may
    bool mtu_locked = false;             // the path takes less than we believe reports of: send without DF
};

/// What a transport tells the network layer to put into the header.
template <class Ip>
struct ip_header {
    typename Ip::address source{}, destination{};
    std::uint8_t protocol = 0;
    std::uint8_t ttl = 64;               // hop limit
    std::uint8_t tos = 0;                // traffic class
    bool dont_fragment = true;
    bool multicast_loop = true;          // our own socks get what is sent to many, too (IP_MULTICAST_LOOP)
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
    std::uint32_t interface = 0;                   // by which it came, or our packet was to go: of addresses that belong to a link
};

// A network layer, role::network_layer, with `using version = ip4;`, offers (net first):
//     result<route<Ip>> route_to(net, destination, source = {}, interface = 0)
//         network_unreachable: no route; address_not_available: `source` is not ours
//         0.0.0.0 is this host: next_hop tells the address that is meant
//     result<> send(net, packet_buffer, const ip_header<Ip>&, const route<Ip>&)
//         takes a packet that begins with the transport's header, has headroom(net) bytes before it, and whose transport
//         checksum is there or checksum_state::partial (the field then holds the pseudo-header's sum, not complemented);
//         fragments, loops back, resolves, queues. A packet's fragments follow it, each with a transport header of its own
//         and room for the headers below: only to where route.takes_fragments says so. message_size: too long, and dont_fragment;
//         no_buffer_space: the interface's queue is full, the packet is dropped; network_down
//     std::size_t headroom(net)          for its own header and the largest link header below: a constant
//     bool is_local(net, address)        an address of ours, 127.0.0.0/8 included; is_broadcast(net, address)
//     std::uint32_t generation()         changes whenever a kept route may be wrong
//     void path_mtu(net, destination, mtu)     a report that the transport believes
//     void confirm(net, route)           the destination answers: no need to ask for its link address again
//     bool has_room(net, route)          send() would find room; where not, parts get write_space(net, interface) later
// and hands packets to every part with `static constexpr std::uint8_t ip_protocol` by
//     rcv_result part.rcv(net, packet_buffer&&, const ip_info<Ip>&)
//         skb.network_header() is still there. A checksum_state of `unnecessary` or `partial` needs no check, `complete`
//         has the sum of everything from data() on. An answer of no_port leaves the packet to the caller. To a part with
//         `static constexpr bool takes_fragments = true` segments that GRO has found to follow each other, and right, come
//         as fragments: payload alone, their headers still there
//     void part.error(net, const icmp_error<Ip>&)
// beside these, where a part has them:
//     void part.write_space(net, interface)      an interface that was full has room again
//     void part.interface_down(net, interface)   its device is gone: network_down to the socks concerned
//     void part.carrier_down(net, interface)     its device cannot pass frames at present; where absent, interface_down
//     void part.carrier_up(net, interface)       it can again

namespace detail {
template <class Ip>
struct is_network {
    template <class Part>
    constexpr bool operator()() const noexcept {
        if constexpr (requires { typename Part::version; })
            return std::is_same_v<typename Part::version, Ip> && std::is_same_v<typename Part::role, role::network_layer>;
        else return false;
    }
};
}  // namespace detail

/// True where a net has a network layer of this version.
template <class Ip, class Net>
inline constexpr bool has_network = Net::template lists<detail::is_network<Ip>>;

/// The network layer of one version of IP in a net.
template <class Ip, class Net>
auto& network(Net& net) noexcept {
    constexpr bool is_6 = sizeof(typename Ip::address) == 16, stands = has_network<Ip, Net>;
    static_assert(stands || is_6, "stack: this transport has no network layer under it; list one, as weld::stack::ipv4{}, in the net");
    static_assert(stands || !is_6, "stack: this transport has no network layer under it; list one, as weld::stack::ipv6{}, in the net");
    return net.template part_that<detail::is_network<Ip>>();
}

}  // namespace weld::inline v0::stack
