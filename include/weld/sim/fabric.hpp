// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_pool.hpp>
#include <weld/core/pool.hpp>
#include <weld/sim/event_log.hpp>
#include <weld/sim/partition.hpp>
#include <weld/sim/rules.hpp>
#include <weld/sim/timeline.hpp>

namespace weld::inline v0::sim {

struct port;

namespace detail {
/// A packet under way.
struct alignas(64) flight : timer {
    flight() noexcept;
    packet_buffer frame;
    union {
        port* from = nullptr;
        flight* next_free;     // while it is in the pool
    };
    port* to = nullptr;
    bool at_the_door = false;  // it has passed the last hop's queue
};
static_assert(sizeof(flight) == 64);  // one line of the cache
}  // namespace detail

/// What all of a world's hosts and networks stand on. All packets come from one pool, since they outlive the host that
/// sent them.
struct fabric {
    explicit fabric(std::uint64_t seed, packet_pool_options memory = {}) noexcept : chance_seed{seed}, packets{memory} {}

    timeline time;
    std::uint64_t chance_seed;  // where the networks' chance begins
    std::uint64_t sent = 0;     // packets, so far
    event_log log;
    sim::rules rules;
    partitions cuts;
    packet_pool packets;
    pool<detail::flight> flights;
};

}  // namespace weld::inline v0::sim
