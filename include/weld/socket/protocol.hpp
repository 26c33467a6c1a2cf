// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/endpoint4.hpp>
#include <weld/socket/address/endpoint6.hpp>
#include <weld/socket/address/packet_address.hpp>
#include <weld/socket/address/unix_address.hpp>
#include <weld/socket/levels.hpp>

#include <concepts>

namespace weld::inline v0 {

/// What applications name when they ask for a socket: `net.socket(weld::tcp)`. A description has no code and no
/// state: the net maps it to the part that implements it, the host kernel's or one of weld's own. It tells
///   - family, type, number: what socket(2) would be given (a negative number: given with the call, as for raw);
///   - address: the family's address type;
///   - what is legal: the kind of conversation (below), and the levels of its options and of its ancillary data
///     (option_levels, control_levels; without them it is SOL_SOCKET alone).
/// A user's own protocol is described by such a struct, too.
template <class Description>
concept protocol_description = requires {
    typename Description::address;
    { Description::name } -> std::convertible_to<const char*>;
    { Description::family } -> std::convertible_to<int>;
    { Description::type } -> std::convertible_to<int>;
    { Description::number } -> std::convertible_to<int>;
    { Description::is_stream } -> std::convertible_to<bool>;
    { Description::connects } -> std::convertible_to<bool>;
    { Description::listens } -> std::convertible_to<bool>;
    { Description::addressed } -> std::convertible_to<bool>;
};

/// The kinds of conversation. Stream: bytes in order, no borders. Seqpacket: connected, keeps borders. Datagram:
/// borders, and each message may name its own peer.
struct stream_description {
    static constexpr int type = 1;  // SOCK_STREAM
    static constexpr bool is_stream = true, connects = true, listens = true, addressed = false;
};
struct seqpacket_description {
    static constexpr int type = 5;  // SOCK_SEQPACKET
    static constexpr bool is_stream = false, connects = true, listens = true, addressed = false;
};
struct datagram_description {
    static constexpr int type = 2;  // SOCK_DGRAM
    static constexpr bool is_stream = false, connects = true, listens = false, addressed = true;
};
struct raw_description {
    static constexpr int type = 3;  // SOCK_RAW
    static constexpr bool is_stream = false, connects = true, listens = false, addressed = true;
};

/// The families' halves of a description.
struct inet_description {
    static constexpr int family = 2;  // AF_INET
    static constexpr int option_levels[] = {levels::socket, levels::ip};
    static constexpr int control_levels[] = {levels::socket, levels::ip};
    using address = endpoint4;
};
struct inet6_description {
    static constexpr int family = 10;  // AF_INET6
    static constexpr int option_levels[] = {levels::socket, levels::ipv6, levels::ip};  // ip: for mapped addresses
    static constexpr int control_levels[] = {levels::socket, levels::ipv6, levels::ip};
    using address = endpoint6;
};
struct unix_description {
    static constexpr int family = 1;  // AF_UNIX
    static constexpr int number = 0;
    static constexpr bool pairs = true;
    using address = unix_address;
    static constexpr int option_levels[] = {levels::socket};
    static constexpr int control_levels[] = {levels::socket};
};
struct packet_description {
    static constexpr int family = 17;  // AF_PACKET
    static constexpr int number = -1;
    static constexpr bool connects = false, listens = false, addressed = true, is_stream = false;
    using address = packet_address;
    static constexpr int option_levels[] = {levels::socket, levels::packet};
    static constexpr int control_levels[] = {levels::socket, levels::packet};
};

/// TCP over IPv4.
struct tcp_description : inet_description, stream_description {
    static constexpr const char* name = "tcp";
    static constexpr int number = 6;
    static constexpr int option_levels[] = {levels::socket, levels::ip, levels::tcp};
};
/// TCP over IPv6, and over IPv4 where `v6_only{false}` is set.
struct tcp6_description : inet6_description, stream_description {
    static constexpr const char* name = "tcp6";
    static constexpr int number = 6;
    static constexpr int option_levels[] = {levels::socket, levels::ipv6, levels::ip, levels::tcp};
};
/// UDP over IPv4.
struct udp_description : inet_description, datagram_description {
    static constexpr const char* name = "udp";
    static constexpr int number = 17;
    static constexpr int option_levels[] = {levels::socket, levels::ip, levels::udp};
    static constexpr int control_levels[] = {levels::socket, levels::ip, levels::udp};
};
/// UDP over IPv6, and over IPv4 where `v6_only{false}` is set.
struct udp6_description : inet6_description, datagram_description {
    static constexpr const char* name = "udp6";
    static constexpr int number = 17;
    static constexpr int option_levels[] = {levels::socket, levels::ipv6, levels::ip, levels::udp};
    static constexpr int control_levels[] = {levels::socket, levels::ipv6, levels::ip, levels::udp};
};
/// ICMP echo.
struct ping_description : inet_description, datagram_description {
    static constexpr const char* name = "ping";
    static constexpr int number = 1;
};
/// ICMPv6 echo.
struct ping6_description : inet6_description, datagram_description {
    static constexpr const char* name = "ping6";
    static constexpr int number = 58;
    static constexpr int option_levels[] = {levels::socket, levels::ipv6, levels::icmpv6};
};
/// One protocol over IPv4, its header included in what is received.
struct raw4_description : inet_description, raw_description {
    static constexpr const char* name = "raw";
    static constexpr int number = -1;
    static constexpr int option_levels[] = {levels::socket, levels::ip, levels::raw};
};
/// One protocol over IPv6, without its header.
struct raw6_description : inet6_description, raw_description {
    static constexpr const char* name = "raw6";
    static constexpr int number = -1;
    static constexpr int option_levels[] = {levels::socket, levels::ipv6, levels::icmpv6, levels::raw};
};
/// Streams of one machine.
struct unix_stream_description : unix_description, stream_description {
    static constexpr const char* name = "unix_stream";
};
/// Datagrams of one machine: reliable, in order.
struct unix_datagram_description : unix_description, datagram_description {
    static constexpr const char* name = "unix_datagram";
};
/// Connected messages of one machine.
struct unix_seqpacket_description : unix_description, seqpacket_description {
    static constexpr const char* name = "unix_seqpacket";
};
/// Frames with their link header.
struct packet_raw_description : packet_description {
    static constexpr const char* name = "packet_raw";
    static constexpr int type = 3;
};
/// Frames without their link header.
struct packet_cooked_description : packet_description {
    static constexpr const char* name = "packet_cooked";
    static constexpr int type = 2;
};

/// TCP and UDP over IPv4 and IPv6. Source: tcp(7), udp(7), ip(7), ipv6(7).
inline constexpr tcp_description tcp{};
inline constexpr tcp6_description tcp6{};
inline constexpr udp_description udp{};
inline constexpr udp6_description udp6{};
/// ICMP echo without privileges, where net.ipv4.ping_group_range allows it. Source: icmp(7).
inline constexpr ping_description ping{};
inline constexpr ping6_description ping6{};
/// One IP protocol, given with the call: `net.socket(weld::raw, 1)`. Source: raw(7).
inline constexpr raw4_description raw{};
inline constexpr raw6_description raw6{};
/// Sockets of one machine, by path or abstract name. Source: unix(7).
inline constexpr unix_stream_description unix_stream{};
inline constexpr unix_datagram_description unix_datagram{};
inline constexpr unix_seqpacket_description unix_seqpacket{};
/// Frames with their link header, or without; the EtherType is given with the call. Source: packet(7).
inline constexpr packet_raw_description packet_raw{};
inline constexpr packet_cooked_description packet_cooked{};

/// What a description's sockets can do; the operations of `socket` ask these.
template <auto Protocol> concept stream_protocol = decltype(Protocol)::is_stream;
template <auto Protocol> concept connecting_protocol = decltype(Protocol)::connects;
template <auto Protocol> concept listening_protocol = decltype(Protocol)::listens;
template <auto Protocol> concept addressed_protocol = decltype(Protocol)::addressed;
/// Sockets that socketpair(2) can make.
template <class Description> concept pairing_description = protocol_description<Description> && requires { requires Description::pairs; };

/// EtherTypes to open a packet socket with. Source: linux/if_ether.h.
inline constexpr int every_ethertype = 0x0003, ethertype_ip = 0x0800, ethertype_arp = 0x0806, ethertype_ipv6 = 0x86dd;

}  // namespace weld::inline v0
