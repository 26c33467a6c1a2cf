// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/endpoint4.hpp>
#include <weld/socket/address/endpoint6.hpp>
#include <weld/socket/control.hpp>
#include <weld/socket/options/ip.hpp>
#include <weld/socket/options/ipv6.hpp>

/// What goes with messages of IPv4 and IPv6; `ip_ttl`, `ip_tos` and `ipv6_traffic_class` are options and items both.
/// Source: ip(7), ipv6(7), RFC 3542.
namespace weld::inline v0 {

/// Received: on which interface, and for which of its addresses. Sent: by which interface and with which source
/// address; 0 leaves the choice to the routing table. Option receive_packet_info. In the kernel: struct in_pktinfo.
struct packet_info {
    static constexpr int level = levels::ip, type = 8;  // IP_PKTINFO
    template <class Description> static constexpr bool legal = !Description::is_stream;
    /// In the kernel: struct in_pktinfo.
    struct info {
        std::uint32_t interface = 0;
        address4 local{};        // the address here that an answer comes from
        address4 destination{};  // the header's: a group's, perhaps; not looked at on sending
        friend constexpr bool operator==(const info&, const info&) noexcept = default;
    } value{};
};
/// The same for IPv6. Option receive_packet_info6. In the kernel: struct in6_pktinfo.
struct packet_info6 {
    static constexpr int level = levels::ipv6, type = 50;  // IPV6_PKTINFO
    template <class Description> static constexpr bool legal = !Description::is_stream;
    /// In the kernel: struct in6_pktinfo.
    struct info {
        address6 local{};
        std::uint32_t interface = 0;
        friend constexpr bool operator==(const info&, const info&) noexcept = default;
    } value{};
};
/// Hop limit of one message. Option receive_hops.
struct hop_limit {
    static constexpr int level = levels::ipv6, type = 52;  // IPV6_HOPLIMIT
    template <class Description> static constexpr bool legal = !Description::is_stream;
    int value;
};

/// What went wrong with something that was sent, and who said so. Received with message_flags::error_queue, with the
/// beginning of the message that it is about. In the kernel: struct sock_extended_err.
template <class Endpoint>
struct error_report {
    /// Who reports the error. Source: linux/errqueue.h.
    enum class origin : std::uint8_t { none = 0, local = 1, icmp = 2, icmp6 = 3, transmit_status = 4, zero_copy = 5, transmit_time = 6 };
    errc error;
    origin from;
    std::uint8_t icmp_type, icmp_code;
    std::uint32_t info;  // the path's MTU with message_size; with zero_copy the first number of the completed sends
    std::uint32_t data;  // with zero_copy the last number
    Endpoint offender;   // who said so, where that is known
};
template <int Level, int Type, class Endpoint>
struct basic_extended_error {
    static constexpr int level = Level, type = Type;
    /// In the kernel: struct sock_extended_err, and the address behind it.
    struct raw {
        std::uint32_t error;
        std::uint8_t from, type, code, pad;
        std::uint32_t info, data;
        std::byte offender[Endpoint::sockaddr_size_max];
    } value{};
    constexpr raw to_kernel() const noexcept { return value; }
    static constexpr error_report<Endpoint> from_kernel(const raw& r) noexcept {
        const auto offender = Endpoint::load(r.offender);
        return {static_cast<errc>(r.error), static_cast<typename error_report<Endpoint>::origin>(r.from), r.type, r.code, r.info, r.data,
                offender ? *offender : Endpoint{}};
    }
};
/// Option receive_errors, receive_errors6.
using extended_error = basic_extended_error<levels::ip, 11, endpoint4>;    // IP_RECVERR
using extended_error6 = basic_extended_error<levels::ipv6, 25, endpoint6>;  // IPV6_RECVERR

}  // namespace weld::inline v0
