// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/poison.hpp>
#include <weld/socket/allocation/allocation_policy.hpp>

#include <cstdint>

namespace weld::inline v0::allocation {

/// Objects that are used again, the last one freed first, while it is still in the cache: one list of free objects for
/// each size, as the kernel merges caches of one size. What is larger than `largest` comes from the heap. Memory is
/// taken a chunk at a time and given back when the net ends.
/// With assertions on, a free object is filled with 0x6b, which is looked for when it is taken again: who wrote to it
/// meanwhile is found. AddressSanitizer finds them at once. In the kernel: kmem_cache with SLAB_POISON, mm/slub.c.
class slab {
public:
    using role = role::allocation_policy;
    static constexpr std::size_t largest = 1024;

    slab() noexcept = default;
    slab([[maybe_unused]] slab&& other) noexcept { WELD_ASSERT(other.chunks_ == nullptr); }  // as a part of a net, before it is used
    ~slab() {
        while (chunks_ != nullptr) {
            chunk* const first = std::exchange(chunks_, chunks_->next);
            detail::unpoison(first, chunk_size);
            ::operator delete(first);
        }
    }

    void* allocate(std::size_t size) noexcept {
        void* const memory = size > largest ? ::operator new(size, std::nothrow) : take(free_[cache_of(size)], rounded(size));
        if (memory != nullptr) usage_ = {usage_.objects + 1, usage_.bytes + size};
        return memory;
    }
    void free(void* memory, std::size_t size) noexcept {
        usage_ = {usage_.objects - 1, usage_.bytes - size};
        if (size > largest) return ::operator delete(memory);
        fill(memory, rounded(size));
        auto* const object = ::new (memory) free_object{free_[cache_of(size)]};
        free_[cache_of(size)] = object;
        detail::poison(memory, rounded(size));
    }
    allocation_usage in_use() const noexcept { return usage_; }

private:
    static constexpr std::size_t step = 32, chunk_size = 16 * 1024;
    static constexpr unsigned char poison_byte = 0x6b;  // POISON_FREE, linux/poison.h
    struct free_object { free_object* next; };
    struct alignas(step) chunk { chunk* next; };

    static constexpr std::size_t cache_of(std::size_t size) noexcept { return size == 0 ? 0 : (size - 1) / step; }
    static constexpr std::size_t rounded(std::size_t size) noexcept { return (cache_of(size) + 1) * step; }

    void* take(free_object*& list, std::size_t size) noexcept {
        if (list == nullptr && !grow(list, size)) return nullptr;
        free_object* const object = list;
        detail::unpoison(object, size);
        list = object->next;
        WELD_ASSERT(untouched(object, size));  // somebody wrote to an object after its end
        return object;
    }
    bool grow(free_object*& list, std::size_t size) noexcept {
        void* const memory = ::operator new(chunk_size, std::nothrow);
        if (memory == nullptr) return false;
        chunks_ = ::new (memory) chunk{chunks_};
        auto* const first = static_cast<unsigned char*>(memory) + sizeof(chunk);
        for (std::size_t at = (chunk_size - sizeof(chunk)) / size; at-- > 0;) {
            fill(first + at * size, size);
            list = ::new (static_cast<void*>(first + at * size)) free_object{list};
            detail::poison(list, size);
        }
        return true;
    }
    static void fill([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t size) noexcept {
#if !defined(NDEBUG)
        __builtin_memset(memory, poison_byte, size);
#endif
    }
    static bool untouched([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t size) noexcept {
#if !defined(NDEBUG)
        const auto* const bytes = static_cast<const unsigned char*>(memory);
        for (std::size_t i = sizeof(free_object); i < size; ++i)
            if (bytes[i] != poison_byte) return false;
#endif
        return true;
    }

    free_object* free_[largest / step] = {};
    chunk* chunks_ = nullptr;
    allocation_usage usage_;
};
static_assert(allocation_policy<slab>);

}  // namespace weld::inline v0::allocation
