// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_pool.hpp>
#include <weld/core/random.hpp>

namespace weld::inline v0::stack {

/// What all parts of one own stack share, beside the net's clock: the memory of its packets, and chance.
/// A part that needs it says `using net_context = stack::context;`.
class context {
public:
    void begin(std::uint64_t seed) noexcept { random_ = random_generator{seed}; }

    /// The memory of this net's packets.
    packet_pool& packets() noexcept { return lent_ != nullptr ? *lent_ : own_; }
    /// Takes another pool: a device does so whose other end has to live with this net's packets (device::memory).
    /// Pre: no packet was made yet; the pool outlives the net.
    void lend(packet_pool& pool) noexcept { lent_ = &pool; }
    /// The only source of chance below the event source: ports, initial sequence numbers, hash keys, jitter.
    random_generator& random() noexcept { return random_; }

private:
    packet_pool own_;
    packet_pool* lent_ = nullptr;
    random_generator random_{0};
};

}  // namespace weld::inline v0::stack
