// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/ip/network.hpp>
#include <weld/stack/wire/icmp4.hpp>

namespace weld::inline v0::stack {

/// What an ICMP error means to a socket: its errno, and whether nothing better is to be hoped for.
/// In the kernel: icmp_err_convert, net/ipv4/icmp.c, and what __udp4_lib_err adds. Source: RFC 1122 section 3.2.2.
struct icmp_meaning {
    errc error;
    bool hard;
};

/// The errno that a message stands for. In the kernel: icmp_err_convert.
constexpr icmp_meaning meaning_of(std::uint8_t type, std::uint8_t code) noexcept {
    constexpr icmp_meaning unreachable[] = {
        {errc::network_unreachable, false},    // 0 net
        {errc::host_unreachable, false},       // 1 host
        {errc::no_protocol_option, true},      // 2 protocol
        {errc::connection_refused, true},      // 3 port
        {errc::message_size, false},           // 4 fragmentation needed
        {errc::operation_not_supported, false},// 5 source route failed
        {errc::network_unreachable, true},     // 6 net unknown
        {errc::host_down, true},               // 7 host unknown
        {errc::host_unreachable, true},        // 8 source isolated (ENONET)
        {errc::network_unreachable, true},     // 9 net prohibited
        {errc::host_unreachable, true},        // 10 host prohibited
        {errc::network_unreachable, false},    // 11 net, for this service
        {errc::host_unreachable, false},       // 12 host, for this service
        {errc::host_unreachable, true},        // 13 filtered
        {errc::host_unreachable, true},        // 14 precedence violated
        {errc::host_unreachable, true},        // 15 precedence cut off
    };
    if (type == wire::icmp4_type::parameter_problem) return {errc::protocol_error, true};
    if (type == wire::icmp4_type::destination_unreachable && code < sizeof unreachable / sizeof *unreachable) return unreachable[code];
    return {errc::host_unreachable, false};
}

/// What a router that does not say which MTU is needed may have meant: the next smaller of the usual ones.
/// Source: RFC 1191 section 7, table 7-1.
constexpr std::size_t next_plateau(std::size_t below) noexcept {
    for (const std::size_t plateau : {32000UL, 17914UL, 8166UL, 4352UL, 2002UL, 1492UL, 1006UL, 508UL, 296UL})
        if (plateau < below) return plateau;
    return 68;
}

}  // namespace weld::inline v0::stack
