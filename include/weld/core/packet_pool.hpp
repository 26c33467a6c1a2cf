// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/errc.hpp>
#include <weld/core/fault.hpp>
#include <weld/core/packet_lender.hpp>
#include <weld/core/packet_memory.hpp>
#include <weld/core/poison.hpp>
#include <weld/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <new>

namespace weld::inline v0 {

/// How much memory a pool takes.
struct packet_pool_options {
    std::size_t limit = std::size_t{256} << 20;  ///< never hold more memory than this
    std::size_t slab = std::size_t{256} << 10;   ///< about how much to take from the heap at a time
};

/// The memory of a net's packets: slabs of a few sizes under a hard limit. In the kernel: skbuff_head_cache and its kin.
/// Slabs are taken when first needed, or ahead by reserve(), and kept: in steady state the heap is not called. At the
/// limit, slabs of other sizes with nothing in use are given up for the size asked for.
/// Pre: used by one thread; outlives its packets.
class packet_pool {
public:
    /// The largest block, headroom included: 64 KiB and a KiB for headers.
    static constexpr std::size_t capacity_max = 66624 - sizeof(detail::block);

    explicit packet_pool(packet_pool_options options = {}) noexcept;
    packet_pool(const packet_pool&) = delete;
    packet_pool& operator=(const packet_pool&) = delete;
    ~packet_pool();

    /// Takes memory for `count` packets of `capacity` bytes, headroom included, ahead of need. It is a start, not a
    /// promise: at the limit it may be given up as above.
    /// Errors: not_enough_memory (the limit, or the heap), message_size (over capacity_max).
    result<> reserve(std::size_t capacity, std::size_t count) noexcept;

    /// What somebody holds now: all zero once a net has come to rest.
    struct usage {
        std::size_t packets = 0, blocks = 0, bytes = 0;
        friend constexpr bool operator==(const usage&, const usage&) noexcept = default;
    };
    usage in_use() const noexcept;
    /// Taken from the heap, never above limit().
    std::size_t bytes() const noexcept { return bytes_; }
    std::size_t limit() const noexcept { return options_.limit; }
    /// How often an allocation was refused.
    std::uint64_t refused() const noexcept { return refused_; }

    /// For packet_buffer: a piece with room for a packet, or null.
    detail::slot* take_packet() noexcept { return take(caches_[0]); }
    /// For packet_buffer: a block of at least `capacity` bytes with one reference, or null.
    detail::block* take_block(std::size_t capacity) noexcept;
    /// For packet_buffer: gives back what take_packet gave.
    static void give(detail::slot* piece) noexcept { give_piece<false>(piece); }
    /// For packet_buffer: gives back what take_block gave, or a packet_lender.
    static void give_block(detail::block* piece) noexcept { give_piece<true>(piece); }

private:
    static constexpr std::size_t strides[] = {128, 320, 2112, 4224, 8320, 16448, 33024, 66624};
    static constexpr std::size_t sizes = sizeof strides / sizeof *strides;
    static constexpr std::size_t size_for(std::size_t capacity) noexcept;
    detail::slot* take(detail::slab_cache& cache) noexcept;
    template <bool MayBeLent>
    static void give_piece(detail::slot* piece) noexcept;
    static std::size_t slab_size(const detail::slab_cache& cache) noexcept { return sizeof(detail::slab) + cache.per_slab * cache.stride; }
    bool grow(detail::slab_cache& cache) noexcept;
    bool grow_at_any_price(detail::slab_cache& cache) noexcept;
    void drop_unused(detail::slab_cache& cache, std::size_t wanted) noexcept;

    detail::slab_cache caches_[sizes];
    packet_pool_options options_;
    std::size_t bytes_ = 0;
    std::uint64_t refused_ = 0;
};

inline packet_pool::packet_pool(packet_pool_options options) noexcept : options_{options} {
    for (std::size_t i = 0; i < sizes; ++i) {
        const std::size_t fit = options.slab / strides[i];
        caches_[i] = {.pool = this, .stride = strides[i], .per_slab = fit < 4 ? 4 : fit};
    }
}

inline packet_pool::~packet_pool() {
    WELD_ASSERT(in_use() == usage{});
    for (detail::slab_cache& cache : caches_) drop_unused(cache, options_.limit);
}

constexpr std::size_t packet_pool::size_for(std::size_t capacity) noexcept {
    std::size_t i = 1;
    while (capacity > strides[i] - sizeof(detail::block)) ++i;
    return i;
}

inline detail::block* packet_pool::take_block(std::size_t capacity) noexcept {
    if (capacity > capacity_max) return nullptr;
    detail::slab_cache& cache = caches_[size_for(capacity)];
    detail::slot* piece = take(cache);
    if (piece == nullptr) return nullptr;
    const auto room = static_cast<std::uint32_t>(cache.stride - sizeof(detail::block));
    return ::new (static_cast<void*>(piece)) detail::block{{piece->owner, nullptr}, 1, 0, room, 0};
}

inline detail::slot* packet_pool::take(detail::slab_cache& cache) noexcept {
    if (detail::allocation_fails()) [[unlikely]] return nullptr;
    if (cache.partial == nullptr && !grow_at_any_price(cache)) [[unlikely]] return nullptr;
    detail::slab& slab = *cache.partial;
    detail::slot* piece = slab.free;
    if (piece != nullptr) {
        slab.free = piece->next;
    } else {
        std::byte* fresh = reinterpret_cast<std::byte*>(&slab + 1) + slab.carved++ * cache.stride;
        detail::unpoison(fresh, sizeof(detail::slot));
        piece = ::new (static_cast<void*>(fresh)) detail::slot{&slab, nullptr};
    }
    if (++slab.used == cache.per_slab) cache.partial = slab.next_partial;
    detail::unpoison(piece, cache.stride);
    return piece;
}

template <bool MayBeLent>
inline void packet_pool::give_piece(detail::slot* piece) noexcept {
    detail::slab& slab = *piece->owner;
    detail::slab_cache& cache = *slab.cache;
    piece->next = slab.free;
    slab.free = piece;
    if (slab.used-- == cache.per_slab) {
        if (MayBeLent && &cache == &detail::lent_memory) return packet_lender::take_back(static_cast<detail::block&>(*piece));
        slab.next_partial = cache.partial;
        cache.partial = &slab;
    }
    detail::poison(piece + 1, cache.stride - sizeof(detail::slot));
}

inline bool packet_pool::grow(detail::slab_cache& cache) noexcept {
    const std::size_t size = slab_size(cache);
    if (size > options_.limit - bytes_) return false;
    void* memory = ::operator new(size, std::align_val_t{alignof(detail::slab)}, std::nothrow);
    if (memory == nullptr) return false;
    bytes_ += size;
    auto* fresh = ::new (memory) detail::slab{&cache, cache.slabs, cache.partial};
    cache.slabs = cache.partial = fresh;
    detail::poison(fresh + 1, size - sizeof(detail::slab));
    return true;
}

[[gnu::noinline, gnu::cold]] inline bool packet_pool::grow_at_any_price(detail::slab_cache& cache) noexcept {
    if (grow(cache)) return true;
    for (detail::slab_cache& other : caches_) drop_unused(other, slab_size(cache));
    if (grow(cache)) return true;
    ++refused_;
    return false;
}

/// Gives unused slabs back to the heap until `wanted` bytes are below the limit.
inline void packet_pool::drop_unused(detail::slab_cache& cache, std::size_t wanted) noexcept {
    cache.partial = nullptr;
    for (detail::slab** link = &cache.slabs; *link != nullptr;) {
        detail::slab* slab = *link;
        if (slab->used == 0 && wanted > options_.limit - bytes_) {
            *link = slab->next;
            bytes_ -= slab_size(cache);
            detail::unpoison(slab + 1, slab_size(cache) - sizeof(detail::slab));
            ::operator delete(slab, std::align_val_t{alignof(detail::slab)});
            continue;
        }
        if (slab->used != cache.per_slab) {
            slab->next_partial = cache.partial;
            cache.partial = slab;
        }
        link = &slab->next;
    }
}

inline result<> packet_pool::reserve(std::size_t capacity, std::size_t count) noexcept {
    if (capacity > capacity_max) return errc::message_size;
    for (std::size_t i : {std::size_t{0}, size_for(capacity)}) {
        std::size_t free = 0;
        for (detail::slab* slab = caches_[i].partial; slab != nullptr; slab = slab->next_partial)
            free += caches_[i].per_slab - slab->used;
        for (; free < count; free += caches_[i].per_slab)
            if (!grow(caches_[i])) return errc::not_enough_memory;
    }
    return {};
}

inline packet_pool::usage packet_pool::in_use() const noexcept {
    usage sum;
    for (const detail::slab_cache& cache : caches_) {
        std::size_t used = 0;
        for (detail::slab* slab = cache.slabs; slab != nullptr; slab = slab->next) used += slab->used;
        (&cache == caches_ ? sum.packets : sum.blocks) += used;
        sum.bytes += used * cache.stride;
    }
    return sum;
}

}  // namespace weld::inline v0
