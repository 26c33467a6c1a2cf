// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/address6.hpp>

namespace weld::inline v0::stack {

/// How far an address reaches: of a multicast address its scope, of others what corresponds. Source: RFC 4291 section 2.7;
/// RFC 6724 section 3.1.
namespace scope6 {
inline constexpr unsigned interface_local = 1, link_local = 2, site_local = 5, global = 14;
constexpr unsigned of(const address6& address) noexcept {
    if (address.is_multicast()) return address.bytes[1] & 0xfu;
    if (address.is_link_local() || address.is_loopback()) return link_local;
    if (address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0) == 0xc0) return site_local;
    return global;
}
/// Whose addresses mean something on one link alone.
constexpr bool needs_interface(const address6& address) noexcept {
    return address.is_link_local() || (address.is_multicast() && of(address) <= link_local);
}
}  // namespace scope6

/// ff02::1:ffXX:XXXX, the group of those whose address ends so. Source: RFC 4291 section 2.7.1.
constexpr address6 solicited_node(const address6& of) noexcept {
    return address6::from_groups({0xff02, 0, 0, 0, 0, 1, static_cast<std::uint16_t>(0xff00 | (of.group(6) & 0xff)), of.group(7)});
}
/// The groups that everybody knows. Source: RFC 4291 section 2.7.1.
inline constexpr address6 all_nodes = address6::from_groups({0xff02, 0, 0, 0, 0, 0, 0, 1});
inline constexpr address6 all_routers = address6::from_groups({0xff02, 0, 0, 0, 0, 0, 0, 2});

}  // namespace weld::inline v0::stack
