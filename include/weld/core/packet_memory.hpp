// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

/// What packets and their bytes lie in: of packet_pool, and of packet_lender.
namespace weld::inline v0 {

class packet_pool;

namespace detail {

struct slab;

/// The start of every piece the pool hands out. `next` is the holder's: the free list, or a queue of packets.
struct slot {
    slab* owner;
    slot* next;
};

/// One size of pieces. In the kernel: struct kmem_cache.
struct slab_cache {
    packet_pool* pool = nullptr;
    std::size_t stride = 0;    // an odd number of cache lines, so that the slots' beginnings spread over the cache's sets
    std::size_t per_slab = 0;
    slab* slabs = nullptr;     // all of them
    slab* partial = nullptr;   // those with a free slot
};

/// What a slab of none has: pieces that lie in a packet_lender's memory. Such a slab counts as full, so that packet_pool::give_block() asks.
inline constinit slab_cache lent_memory{.per_slab = 1};

/// A run of slots of one size, taken from the heap at once. The slots follow it.
struct alignas(64) slab {
    slab_cache* cache;
    slab* next;
    slab* next_partial;
    slot* free = nullptr;
    std::size_t used = 0;
    std::size_t carved = 0;    // slots beyond were never touched: the system need not have given their pages
};

/// The bytes of a packet, counted: clones share them. `capacity` bytes follow it.
struct block : slot {
    std::uint32_t references;    // packets that point here
    std::uint32_t payload_only;  // those among them that gave up the headroom (packet::release_header)
    std::uint32_t capacity;      // for one packet
    std::uint32_t slot;          // the same where it is divided into slots (packet_slots.hpp); 0: it is not
    std::byte* bytes() noexcept { return reinterpret_cast<std::byte*>(this) + sizeof(block); }
};
static_assert(sizeof(block) == 32);

}  // namespace detail

}  // namespace weld::inline v0
