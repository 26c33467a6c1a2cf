// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/siphash.hpp>
#include <weld/stack/ip/ip4.hpp>

#include <array>
#include <cstdint>

namespace weld::inline v0::stack {

/// What the identification field of a datagram that may be fragmented gets: successive numbers for one pair of
/// addresses and protocol, from which no other pair learns anything. Datagrams that nobody may fragment need none and
/// get zero. In the kernel: ip_idents. Source: RFC 6864 section 4; RFC 7739.
class identification_source {
public:
    void start(secret_generator& chance) noexcept {
        key_ = siphash_key::from(chance);
        for (std::uint16_t& next : next_) next = static_cast<std::uint16_t>(chance.next());
    }
    /// `count` numbers in a row; answers the first.
    std::uint16_t take(address4 source, address4 destination, std::uint8_t protocol, std::uint16_t count = 1) noexcept {
        const std::uint64_t pair = std::uint64_t{source.to_uint32()} << 32 | destination.to_uint32();
        const std::uint64_t hash = siphash13(key_, pair, std::uint64_t{protocol});
        std::uint16_t& next = next_[hash % next_.size()];
        const auto first = static_cast<std::uint16_t>(next + (hash >> 48));
        next = static_cast<std::uint16_t>(next + count);
        return first;
    }

private:
    siphash_key key_{};
    std::array<std::uint16_t, 256> next_{};
};

}  // namespace weld::inline v0::stack
