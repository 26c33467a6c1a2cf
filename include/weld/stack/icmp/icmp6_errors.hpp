// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/icmp/icmp_errors.hpp>
#include <weld/stack/wire/icmp6.hpp>

namespace weld::inline v0::stack {

/// The errno that an ICMPv6 error stands for, and whether nothing better is to be hoped for. In the kernel:
/// icmpv6_err_convert, net/ipv6/icmp.c. Source: RFC 4443 section 3.
constexpr icmp_meaning meaning6_of(std::uint8_t type, std::uint8_t code) noexcept {
    constexpr icmp_meaning unreachable[] = {
        {errc::network_unreachable, false},  // 0 no route
        {errc::permission_denied, true},     // 1 prohibited
        {errc::host_unreachable, false},     // 2 beyond the scope of the source
        {errc::host_unreachable, false},     // 3 address
        {errc::connection_refused, true},    // 4 port
        {errc::permission_denied, true},     // 5 the source address failed a policy
        {errc::permission_denied, true},     // 6 the route is to be rejected
    };
    switch (type) {
        case wire::icmp6_type::destination_unreachable: return code < sizeof unreachable / sizeof *unreachable ? unreachable[code] : icmp_meaning{errc::protocol_error, false};
        case wire::icmp6_type::packet_too_big: return {errc::message_size, false};
        case wire::icmp6_type::parameter_problem: return {errc::protocol_error, true};
        case wire::icmp6_type::time_exceeded: return {errc::host_unreachable, false};
        default: return {errc::protocol_error, false};
    }
}

}  // namespace weld::inline v0::stack
