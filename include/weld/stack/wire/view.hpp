// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/byte_order.hpp>
#include <weld/core/bytes.hpp>

#include <cstddef>
#include <cstdint>

namespace weld::inline v0::wire {

/// What a view is made of: bytes whose lengths were checked once, by the view's parse(). So no accessor can fail, and
/// none checks again. A view is two words, copied freely, and lives no longer than the bytes.
/// Only parse() gives a view of something; one made otherwise views nothing and must not be asked.
class view {
public:
    /// All that the view covers, header and payload, without what the link appended.
    constexpr const_bytes bytes() const noexcept { return {begin_, size_}; }

protected:
    view() = default;
    constexpr explicit view(const_bytes checked) noexcept : begin_{checked.data()}, size_{checked.size()} {}

    constexpr std::uint8_t u8(std::size_t at) const noexcept { return static_cast<std::uint8_t>(begin_[at]); }
    constexpr std::uint16_t u16(std::size_t at) const noexcept { return load_be<std::uint16_t>(begin_ + at); }
    constexpr std::uint32_t u32(std::size_t at) const noexcept { return load_be<std::uint32_t>(begin_ + at); }
    template <class Address>
    constexpr Address address(std::size_t at) const noexcept;
    constexpr const_bytes from(std::size_t at) const noexcept { return {begin_ + at, size_ - at}; }
    constexpr const_bytes part(std::size_t at, std::size_t size) const noexcept { return {begin_ + at, size}; }

private:
    const std::byte* begin_;
    std::size_t size_;
};

/// An address (address4, address6, mac_address) as it lies in a packet. Pre: its bytes are there.
template <class Address>
constexpr Address load_address(const std::byte* from) noexcept {
    Address address;
    if (__builtin_is_constant_evaluated())
        for (std::size_t i = 0; i < sizeof address; ++i) address.bytes[i] = static_cast<std::uint8_t>(from[i]);
    else
        __builtin_memcpy(&address, from, sizeof address);
    return address;
}

/// Pre: there is room.
template <class Address>
constexpr void store_address(std::byte* to, const Address& address) noexcept {
    if (__builtin_is_constant_evaluated())
        for (std::size_t i = 0; i < sizeof address; ++i) to[i] = static_cast<std::byte>(address.bytes[i]);
    else
        __builtin_memcpy(to, &address, sizeof address);
}

template <class Address>
constexpr Address view::address(std::size_t at) const noexcept {
    return load_address<Address>(begin_ + at);
}

}  // namespace weld::inline v0::wire
