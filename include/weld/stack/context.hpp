// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_pool.hpp>
#include <weld/core/result.hpp>
#include <weld/core/secret_random.hpp>

namespace weld::inline v0::stack {

/// What all parts of one own stack share, beside the net's clock: the memory of its packets, and chance.
/// A part that needs it says `using net_context = stack::context;`.
class context {
public:
    /// Chance that a number repeats.
    result<> begin(std::uint64_t seed) noexcept {
        random_ = secret_generator{random_key::from(seed)};
        return {};
    }
    /// Chance as the event source has it: the host's asks the kernel. Errors: those of source.fill_random.
    template <class Source>
    result<> begin(Source& source) noexcept {
        if constexpr (requires { source.fill_random(mutable_bytes{}); }) {
            random_key key;
            if (const result<> filled = source.fill_random({reinterpret_cast<std::byte*>(key.words), sizeof key.words}); !filled) return filled;
            random_ = secret_generator{key};
            return {};
        } else {
            return begin(source.seed());
        }
    }

    /// The memory of this net's packets.
    packet_pool& packets() noexcept { return lent_ != nullptr ? *lent_ : own_; }
    /// Takes another pool: a device does so whose other end has to live with this net's packets (device::memory).
    /// Pre: no packet was made yet; the pool outlives the net.
    void lend(packet_pool& pool) noexcept { lent_ = &pool; }
    /// The only source of chance below the event source: ports, initial sequence numbers, hash keys, jitter.
    secret_generator& random() noexcept { return random_; }

    /// A number that no other sock of this net has: SO_COOKIE.
    std::uint64_t next_cookie() noexcept { return ++cookies_; }

private:
    packet_pool own_;
    packet_pool* lent_ = nullptr;
    std::uint64_t cookies_ = 0;
    secret_generator random_{random_key{}};
};

}  // namespace weld::inline v0::stack
