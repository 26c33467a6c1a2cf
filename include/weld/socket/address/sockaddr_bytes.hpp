// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/bytes.hpp>

#include <cstddef>

namespace weld::inline v0::detail {

/// sa_family, the first two bytes of every sockaddr; 0 (AF_UNSPEC) where there are fewer.
constexpr int sockaddr_family(span<const std::byte> sockaddr) noexcept {
    if (sockaddr.size() < 2) return 0;
    return std::to_integer<int>(sockaddr.data()[0]) | std::to_integer<int>(sockaddr.data()[1]) << 8;
}

/// Writes an address that lies in memory as its sockaddr does. Pre: it fits.
template <class Address>
constexpr std::size_t store_sockaddr(const Address& address, span<std::byte> sockaddr) noexcept {
    WELD_ASSERT(sockaddr.size() >= sizeof(Address));
    const auto bytes = __builtin_bit_cast(byte_block<sizeof(Address)>, address);
    std::byte* out = sockaddr.data();
    for (const std::byte b : bytes) *out++ = b;
    return sizeof(Address);
}

/// Reads an address that lies in memory as its sockaddr does; what is missing at the end is zero.
template <class Address>
constexpr Address load_sockaddr(span<const std::byte> sockaddr) noexcept {
    byte_block<sizeof(Address)> bytes{};
    const std::size_t size = sockaddr.size() < bytes.size() ? sockaddr.size() : bytes.size();
    for (std::size_t i = 0; i < size; ++i) bytes[i] = sockaddr.data()[i];
    return __builtin_bit_cast(Address, bytes);
}

}  // namespace weld::inline v0::detail
