// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/endpoint4.hpp>
#include <weld/socket/address/endpoint6.hpp>
#include <weld/socket/levels.hpp>
#include <weld/socket/protocol.hpp>

namespace weld::inline v0 {

/// The halves of a description that are the family's: AF_INET, AF_INET6.
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

}  // namespace weld::inline v0
