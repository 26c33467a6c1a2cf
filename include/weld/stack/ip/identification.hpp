// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/secret_random.hpp>
#include <weld/stack/ip/address_hash.hpp>

#include <array>
#include <cstdint>

namespace weld::inline v0::stack {

/// What the identification field of a datagram that may be fragmented gets: successive numbers for one pair of
/// addresses and protocol, from which no other pair learns anything. Datagrams that nobody may fragment need none and
/// get zero. `Number`: 16 bits in IPv4, 32 in IPv6. In the kernel: ip_idents. Source: RFC 6864 section 4; RFC 7739.
template <class Number>
class identification_source {
public:
    void start(secret_generator& chance) noexcept {
        key_ = siphash_key::from(chance);
        for (Number& next : next_) next = static_cast<Number>(chance.next());
    }
    /// `count` numbers in a row; answers the first.
    template <class Address>
    Number take(const Address& source, const Address& destination, std::uint8_t protocol, std::uint16_t count = 1) noexcept {
        const std::uint64_t hash = hash_of_pair(key_, source, destination, std::uint64_t{protocol});
        Number& next = next_[hash % next_.size()];
        const auto first = static_cast<Number>(next + (hash >> (64 - 8 * sizeof(Number))));
        next = static_cast<Number>(next + count);
        return first;
    }

private:
    siphash_key key_{};
    std::array<Number, 256> next_{};
};

}  // namespace weld::inline v0::stack
