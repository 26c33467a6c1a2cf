// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What addresses owe the standard library: `out << address`, `to_string(address)`, and std::hash, so that they can be
/// keys of unordered containers. A header of its own, because weld itself stays free of strings and streams.

#include <weld/socket/address/address4.hpp>
#include <weld/socket/address/address6.hpp>
#include <weld/socket/address/endpoint4.hpp>
#include <weld/socket/address/endpoint6.hpp>
#include <weld/socket/address/generic_address.hpp>
#include <weld/socket/address/mac_address.hpp>
#include <weld/socket/address/packet_address.hpp>
#include <weld/socket/address/prefix4.hpp>
#include <weld/socket/address/prefix6.hpp>
#include <weld/socket/address/unix_address.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>

namespace weld::inline v0 {

/// Prints what to_text() gives, padded as a string is.
template <class Address>
    requires requires(const Address& address) { { address.to_text() } -> std::convertible_to<text>; }
std::ostream& operator<<(std::ostream& out, const Address& address) {
    const auto printed = address.to_text();
    return out << std::string_view{printed.data(), printed.size()};
}

/// What to_text() gives, as a string.
template <class Address>
    requires requires(const Address& address) { { address.to_text() } -> std::convertible_to<text>; }
std::string to_string(const Address& address) {
    const auto printed = address.to_text();
    return {printed.data(), printed.size()};
}

namespace detail {

inline std::size_t hash_bytes(const void* first, std::size_t size) noexcept {
    return std::hash<std::string_view>{}({static_cast<const char*>(first), size});
}

/// Equal addresses have equal bytes in their sockaddr.
template <socket_address Address>
struct sockaddr_hash {
    std::size_t operator()(const Address& address) const noexcept {
        std::byte sockaddr[Address::sockaddr_size_max];
        return hash_bytes(sockaddr, address.store(sockaddr));
    }
};

template <class Address>
struct address_hash {
    std::size_t operator()(const Address& address) const noexcept {
        return hash_bytes(address.bytes, sizeof address.bytes);
    }
};

template <class Prefix>
struct prefix_hash {
    std::size_t operator()(const Prefix& prefix) const noexcept {
        const auto address = prefix.address();
        return hash_bytes(address.bytes, sizeof address.bytes) * 131 + prefix.length();
    }
};

}  // namespace detail
}  // namespace weld::inline v0

/// Of its bytes.
template <> struct std::hash<weld::address4> : weld::detail::address_hash<weld::address4> {};
template <> struct std::hash<weld::address6> : weld::detail::address_hash<weld::address6> {};
template <> struct std::hash<weld::mac_address> : weld::detail::address_hash<weld::mac_address> {};
template <> struct std::hash<weld::prefix4> : weld::detail::prefix_hash<weld::prefix4> {};
template <> struct std::hash<weld::prefix6> : weld::detail::prefix_hash<weld::prefix6> {};
template <> struct std::hash<weld::endpoint4> : weld::detail::sockaddr_hash<weld::endpoint4> {};
template <> struct std::hash<weld::endpoint6> : weld::detail::sockaddr_hash<weld::endpoint6> {};
template <> struct std::hash<weld::unix_address> : weld::detail::sockaddr_hash<weld::unix_address> {};
template <> struct std::hash<weld::packet_address> : weld::detail::sockaddr_hash<weld::packet_address> {};
/// Equal addresses have equal bytes.
template <> struct std::hash<weld::generic_address> {
    /// Of its bytes.
    std::size_t operator()(const weld::generic_address& address) const noexcept {
        return weld::detail::hash_bytes(address.bytes().data(), address.bytes().size());
    }
};
