// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/core/packet_buffer.hpp>
#include <weld/socket/address/endpoint4.hpp>
#include <weld/socket/address/prefix4.hpp>
#include <weld/socket/protocol/inet.hpp>

namespace weld::inline v0::stack {

/// Version 4 of IP, as the template parameter of what both versions share.
struct ip4 {
    using address = address4;
    using endpoint = endpoint4;
    using prefix = prefix4;
    static constexpr std::size_t header_size = 20;         // without options
    static constexpr std::size_t mtu_min = 68;             // RFC 791 section 3.2
    static constexpr std::size_t mss_default = 536;        // RFC 9293 section 3.7.1
    static constexpr std::size_t payload_max = 65535 - header_size;  // the header counts as the packet's length
    static constexpr bool needs_checksum_in_udp = false;   // RFC 768
    static constexpr gso_type gso = gso_type::tcp4;        // a super-segment of TCP over it
    static constexpr auto tcp = weld::tcp;
    static constexpr auto udp = weld::udp;
    static constexpr auto raw = weld::raw;
};

}  // namespace weld::inline v0::stack
