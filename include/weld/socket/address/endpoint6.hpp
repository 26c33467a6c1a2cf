// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/core/span.hpp>
#include <weld/core/text.hpp>
#include <weld/socket/address/address6.hpp>
#include <weld/socket/address/digits.hpp>
#include <weld/socket/address/endpoint4.hpp>
#include <weld/socket/address/sockaddr_bytes.hpp>
#include <weld/socket/address/socket_address.hpp>
#include <weld/socket/address/text_buffer.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>

namespace weld::inline v0 {

/// AF_INET6's address: `endpoint6{address6::loopback(), 8080}`. The scope id is the number of the interface that a
/// link-local address belongs to. Ordered by address, port, scope id, flow. In the kernel: struct sockaddr_in6,
/// whose layout it has: storing is a copy. Source: ipv6(7), RFC 3493 section 3.3.
class endpoint6 {
public:
    static constexpr int family = 10;  // AF_INET6
    static constexpr std::size_t sockaddr_size_max = 28;
    static constexpr bool is_sockaddr = true;  // the kernel reads it, and writes it, where it lies

    /// [::]:0
    constexpr endpoint6() noexcept = default;
    /// All numbers as this machine counts. `flow_info` is the flow label (20 bits), under the traffic class (8 bits).
    constexpr endpoint6(const address6& address, std::uint16_t port, std::uint32_t scope_id = 0,
                        std::uint32_t flow_info = 0) noexcept
        : port_{__builtin_bswap16(port)}, flow_info_{__builtin_bswap32(flow_info)}, address_{address},
          scope_id_{scope_id} {}
    /// [::ffff:10.0.0.2]:80, as which an inet6 socket sees 10.0.0.2:80.
    static constexpr endpoint6 mapped(const endpoint4& endpoint) noexcept {
        return {address6::mapped(endpoint.address()), endpoint.port()};
    }

    constexpr const address6& address() const noexcept { return address_; }
    constexpr std::uint16_t port() const noexcept { return __builtin_bswap16(port_); }
    constexpr std::uint32_t scope_id() const noexcept { return scope_id_; }
    constexpr std::uint32_t flow_info() const noexcept { return __builtin_bswap32(flow_info_); }
    constexpr std::uint32_t flow_label() const noexcept { return flow_info() & 0xfffff; }
    /// The IPv4 end of a mapped one. Errors: invalid_argument (it is not mapped).
    constexpr result<endpoint4> to_endpoint4() const noexcept {
        const auto mapped = address_.to_address4();
        if (!mapped) return mapped.error();
        return endpoint4{*mapped, port()};
    }

    /// Reads "[2001:db8::1]:80" and "[fe80::1%2]:80": the port is not optional, and the scope id is a number (turning
    /// "eth0" into one is a question to the kernel). Errors: invalid_argument (anything else).
    static constexpr result<endpoint6> parse(text characters) noexcept;
    /// The flow is not printed.
    constexpr text_buffer<58> to_text() const noexcept {
        text_buffer<58> printed;
        printed.append('[').append(address_.to_text());
        if (scope_id_ != 0) printed.append('%').append_decimal(scope_id_);
        return printed.append("]:").append_decimal(port());
    }

    /// Writes the sockaddr_in6; answers its length. Pre: `sockaddr` holds sockaddr_size_max bytes.
    constexpr std::size_t store(span<std::byte> sockaddr) const noexcept {
        return detail::store_sockaddr(*this, sockaddr);
    }
    /// Reads a sockaddr_in6, or one without its scope id (RFC 2133), as the kernel does; what follows is not looked at.
    /// Errors: invalid_argument (shorter than 24 bytes), address_family_not_supported (not AF_INET6).
    /// Source: inet6_bind in net/ipv6/af_inet6.c.
    static constexpr result<endpoint6> load(span<const std::byte> sockaddr) noexcept {
        if (sockaddr.size() < 24)                        return errc::invalid_argument;
        if (detail::sockaddr_family(sockaddr) != family) return errc::address_family_not_supported;
        if (sockaddr.size() < sockaddr_size_max) sockaddr = sockaddr.first(24);
        return detail::load_sockaddr<endpoint6>(sockaddr);
    }

    friend constexpr bool operator==(const endpoint6& a, const endpoint6& b) noexcept {
        return a.address_ == b.address_ && a.port_ == b.port_ && a.scope_id_ == b.scope_id_ &&
               a.flow_info_ == b.flow_info_;
    }
    friend constexpr std::strong_ordering operator<=>(const endpoint6& a, const endpoint6& b) noexcept {
        if (const auto order = a.address_ <=> b.address_; order != 0)   return order;
        if (const auto order = a.port() <=> b.port(); order != 0)       return order;
        if (const auto order = a.scope_id_ <=> b.scope_id_; order != 0) return order;
        return a.flow_info() <=> b.flow_info();
    }

private:
    [[maybe_unused]] std::uint16_t family_ = family;
    std::uint16_t port_ = 0;       // network order
    std::uint32_t flow_info_ = 0;  // network order
    address6 address_{};
    std::uint32_t scope_id_ = 0;  // host order
};

constexpr result<endpoint6> endpoint6::parse(text characters) noexcept {
    const std::size_t close = characters.find(']');
    if (close == text::npos || characters[0] != '[') return errc::invalid_argument;
    if (characters.substr(close + 1, 1) != ":")      return errc::invalid_argument;
    const auto port = detail::parse_decimal(characters.substr(close + 2), 65535);
    text inside = characters.substr(1, close - 1);
    std::uint32_t scope_id = 0;
    if (const std::size_t percent = inside.find('%'); percent != text::npos) {
        const auto number = detail::parse_decimal(inside.substr(percent + 1), 0xffffffff);
        if (!number) return errc::invalid_argument;
        scope_id = *number;
        inside = inside.substr(0, percent);
    }
    const auto address = address6::parse(inside);
    if (!address || !port) return errc::invalid_argument;
    return endpoint6{*address, static_cast<std::uint16_t>(*port), scope_id};
}

static_assert(sizeof(endpoint6) == endpoint6::sockaddr_size_max && socket_address<endpoint6>);

}  // namespace weld::inline v0
