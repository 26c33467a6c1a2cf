// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/core/text.hpp>
#include <weld/socket/address/address4.hpp>
#include <weld/socket/address/digits.hpp>
#include <weld/socket/address/text_buffer.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>

namespace weld::inline v0 {

/// An IPv4 address and how many of its bits name the network: "10.0.0.2/24", what an interface or a route is given.
/// The address is kept whole; `network()` drops the host's bits. Source: RFC 4632 section 3.1.
class prefix4 {
public:
    /// 0.0.0.0/0: every address.
    constexpr prefix4() noexcept = default;
    /// Pre: length is at most 32.
    constexpr prefix4(address4 address, unsigned length) noexcept
        : address_{address}, length_{static_cast<std::uint8_t>(length)} {
        WELD_ASSERT(length <= 32);
    }

    constexpr address4 address() const noexcept { return address_; }
    constexpr unsigned length() const noexcept { return length_; }
    /// 255.255.255.0 for /24.
    constexpr address4 netmask() const noexcept { return address4::from_uint32(mask()); }
    /// 10.0.0.0/24 for 10.0.0.2/24.
    constexpr prefix4 network() const noexcept {
        return {address4::from_uint32(address_.to_uint32() & mask()), length_};
    }
    /// 10.0.0.255 for 10.0.0.2/24: all hosts of the network. A /31 and a /32 have none (RFC 3021): they answer their
    /// last address, which is a host's.
    constexpr address4 broadcast() const noexcept { return address4::from_uint32(address_.to_uint32() | ~mask()); }
    /// True where `address` lies in the network.
    constexpr bool contains(address4 address) const noexcept {
        return ((address.to_uint32() ^ address_.to_uint32()) & mask()) == 0;
    }
    /// True where all of `other` lies in the network.
    constexpr bool contains(prefix4 other) const noexcept {
        return other.length_ >= length_ && contains(other.address_);
    }

    /// Reads "10.0.0.2/24"; the length is not optional, and the host's bits may be set.
    /// Errors: invalid_argument (anything else).
    static constexpr result<prefix4> parse(text characters) noexcept {
        const std::size_t slash = characters.find('/');
        if (slash == text::npos) return errc::invalid_argument;
        const auto address = address4::parse(characters.substr(0, slash));
        const auto length = detail::parse_decimal(characters.substr(slash + 1), 32);
        if (!address || !length) return errc::invalid_argument;
        return prefix4{*address, *length};
    }
    constexpr text_buffer<18> to_text() const noexcept {
        text_buffer<18> printed;
        return printed.append(address_.to_text()).append('/').append_decimal(length_);
    }

    /// By the address, then from the shorter to the longer prefix.
    friend constexpr auto operator<=>(prefix4, prefix4) noexcept = default;

private:
    constexpr std::uint32_t mask() const noexcept { return length_ == 0 ? 0 : 0xffffffff << (32 - length_); }

    address4 address_{};
    std::uint8_t length_ = 0;
};

}  // namespace weld::inline v0
