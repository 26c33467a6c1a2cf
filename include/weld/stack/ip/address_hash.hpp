// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/siphash.hpp>
#include <weld/socket/address/address6.hpp>

namespace weld::inline v0::stack {

/// A keyed hash of two addresses and a number more, for tables over either version of IP.
inline std::uint64_t hash_of_pair(siphash_key key, address4 a, address4 b, std::uint64_t more) noexcept {
    return siphash13(key, std::uint64_t{a.to_uint32()} << 32 | b.to_uint32(), more);
}
inline std::uint64_t hash_of_pair(siphash_key key, const address6& a, const address6& b, std::uint64_t more) noexcept {
    return siphash13(key, a.high(), a.low(), b.high(), b.low(), more);
}

}  // namespace weld::inline v0::stack
