// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/core/span.hpp>
#include <weld/core/text.hpp>
#include <weld/socket/address/address4.hpp>
#include <weld/socket/address/digits.hpp>
#include <weld/socket/address/sockaddr_bytes.hpp>
#include <weld/socket/address/socket_address.hpp>
#include <weld/socket/address/text_buffer.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>

namespace weld::inline v0 {

/// AF_INET's address: where a socket is, or whom it talks to: `endpoint4{address4::loopback(), 8080}`.
/// Ordered by address, then port. In the kernel: struct sockaddr_in, whose layout it has: storing is a copy.
/// Source: ip(7).
class endpoint4 {
public:
    static constexpr int family = 2;  // AF_INET
    static constexpr std::size_t sockaddr_size_max = 16;
    static constexpr bool is_sockaddr = true;  // the kernel reads it, and writes it, where it lies

    /// 0.0.0.0:0
    constexpr endpoint4() noexcept = default;
    /// The port as this machine counts.
    constexpr endpoint4(address4 address, std::uint16_t port) noexcept
        : port_{__builtin_bswap16(port)}, address_{address} {}

    constexpr address4 address() const noexcept { return address_; }
    constexpr std::uint16_t port() const noexcept { return __builtin_bswap16(port_); }

    /// Reads "10.0.0.2:80"; the port is not optional. Errors: invalid_argument (anything else).
    static constexpr result<endpoint4> parse(text characters) noexcept {
        const std::size_t colon = characters.find(':');
        if (colon == text::npos) return errc::invalid_argument;
        const auto address = address4::parse(characters.substr(0, colon));
        const auto port = detail::parse_decimal(characters.substr(colon + 1), 65535);
        if (!address || !port) return errc::invalid_argument;
        return endpoint4{*address, static_cast<std::uint16_t>(*port)};
    }
    constexpr text_buffer<21> to_text() const noexcept {
        text_buffer<21> printed;
        return printed.append(address_.to_text()).append(':').append_decimal(port());
    }

    /// Writes the sockaddr_in; answers its length. Pre: `sockaddr` holds sockaddr_size_max bytes.
    constexpr std::size_t store(span<std::byte> sockaddr) const noexcept {
        return detail::store_sockaddr(*this, sockaddr);
    }
    /// Reads a sockaddr_in; what follows it, and its sin_zero, is not looked at.
    /// Errors: invalid_argument (shorter than sockaddr_in), address_family_not_supported (not AF_INET; AF_UNSPEC, which
    /// bind takes for 0.0.0.0 and connect for an end, is for them to see). Source: inet_bind in net/ipv4/af_inet.c.
    static constexpr result<endpoint4> load(span<const std::byte> sockaddr) noexcept {
        if (sockaddr.size() < sockaddr_size_max)         return errc::invalid_argument;
        if (detail::sockaddr_family(sockaddr) != family) return errc::address_family_not_supported;
        auto loaded = detail::load_sockaddr<endpoint4>(sockaddr);
        loaded.zero_[0] = loaded.zero_[1] = 0;
        return loaded;
    }

    friend constexpr bool operator==(const endpoint4& a, const endpoint4& b) noexcept {
        return a.address_ == b.address_ && a.port_ == b.port_;
    }
    friend constexpr std::strong_ordering operator<=>(const endpoint4& a, const endpoint4& b) noexcept {
        const auto order = a.address_ <=> b.address_;
        return order != 0 ? order : a.port() <=> b.port();
    }

private:
    [[maybe_unused]] std::uint16_t family_ = family;
    std::uint16_t port_ = 0;  // network order
    address4 address_{};
    std::uint32_t zero_[2]{};
};

static_assert(sizeof(endpoint4) == endpoint4::sockaddr_size_max && socket_address<endpoint4>);

}  // namespace weld::inline v0
