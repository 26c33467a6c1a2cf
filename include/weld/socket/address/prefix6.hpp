// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/core/text.hpp>
#include <weld/socket/address/address6.hpp>
#include <weld/socket/address/digits.hpp>
#include <weld/socket/address/text_buffer.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>

namespace weld::inline v0 {

/// An IPv6 address and how many of its bits name the network: "2001:db8::2/64", what an interface or a route is given.
/// The address is kept whole; `network()` drops the interface identifier. Source: RFC 4291 section 2.3.
class prefix6 {
public:
    /// ::/0: every address.
    constexpr prefix6() noexcept = default;
    /// Pre: length is at most 128.
    constexpr prefix6(address6 address, unsigned length) noexcept
        : address_{address}, length_{static_cast<std::uint8_t>(length)} {
        WELD_ASSERT(length <= 128);
    }

    constexpr address6 address() const noexcept { return address_; }
    constexpr unsigned length() const noexcept { return length_; }
    /// ffff:ffff:ffff:ffff:: for /64.
    constexpr address6 netmask() const noexcept { return address6::from_halves(high_mask(), low_mask()); }
    /// 2001:db8::/64 for 2001:db8::2/64.
    constexpr prefix6 network() const noexcept {
        return {address6::from_halves(address_.high() & high_mask(), address_.low() & low_mask()), length_};
    }
    /// True where `address` lies in the network.
    constexpr bool contains(const address6& address) const noexcept {
        return ((address.high() ^ address_.high()) & high_mask()) == 0 &&
               ((address.low() ^ address_.low()) & low_mask()) == 0;
    }
    /// True where all of `other` lies in the network.
    constexpr bool contains(const prefix6& other) const noexcept {
        return other.length_ >= length_ && contains(other.address_);
    }

    /// Reads "2001:db8::2/64"; the length is not optional, and the host's bits may be set.
    /// Errors: invalid_argument (anything else).
    static constexpr result<prefix6> parse(text characters) noexcept {
        const std::size_t slash = characters.find('/');
        if (slash == text::npos) return errc::invalid_argument;
        const auto address = address6::parse(characters.substr(0, slash));
        const auto length = detail::parse_decimal(characters.substr(slash + 1), 128);
        if (!address || !length) return errc::invalid_argument;
        return prefix6{*address, *length};
    }
    constexpr text_buffer<43> to_text() const noexcept {
        text_buffer<43> printed;
        return printed.append(address_.to_text()).append('/').append_decimal(length_);
    }

    /// By the address, then from the shorter to the longer prefix.
    friend constexpr auto operator<=>(const prefix6&, const prefix6&) noexcept = default;

private:
    constexpr std::uint64_t high_mask() const noexcept {
        return length_ == 0 ? 0 : length_ >= 64 ? ~std::uint64_t{0} : ~std::uint64_t{0} << (64 - length_);
    }
    constexpr std::uint64_t low_mask() const noexcept {
        return length_ <= 64 ? 0 : ~std::uint64_t{0} << (128 - length_);
    }

    address6 address_{};
    std::uint8_t length_ = 0;
};

}  // namespace weld::inline v0
