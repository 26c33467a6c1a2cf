// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/core/packet_buffer.hpp>
#include <weld/socket/address/endpoint6.hpp>
#include <weld/socket/address/prefix6.hpp>
#include <weld/socket/protocol/inet.hpp>

namespace weld::inline v0::stack {

/// Version 6 of IP, as the template parameter of what both versions share.
struct ip6 {
    using address = address6;
    using endpoint = endpoint6;
    using prefix = prefix6;
    static constexpr std::size_t header_size = 40;         // without extension headers
    static constexpr std::size_t mtu_min = 1280;           // RFC 8200 section 5
    static constexpr std::size_t mss_default = 1220;       // RFC 9293 section 3.7.1
    static constexpr std::size_t payload_max = 65535;      // the header does not count
    static constexpr bool needs_checksum_in_udp = true;    // RFC 8200 section 8.1
    static constexpr gso_type gso = gso_type::tcp6;        // a super-segment of TCP over it
    static constexpr auto tcp = weld::tcp6;
    static constexpr auto udp = weld::udp6;
    static constexpr auto raw = weld::raw6;
};

}  // namespace weld::inline v0::stack
