// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/poison.hpp>

#include <cstddef>
#include <new>
#include <utility>

namespace weld::inline v0::detail {

/// Where tasks' frames come from: one thread's free ones, a list for each size, so that a task costs a dozen
/// instructions to begin and to end, and no more memory than its frame. Memory is taken a chunk at a time and not given
/// back: a thread that ends leaves its cache to the next one that needs one. So frames may end in other threads, and
/// after their own. Frames over `largest` come from the heap.
class frame_cache {
public:
    static constexpr std::size_t largest = 8 * 1024;

    /// Throws std::bad_alloc as operator new does, which this is for tasks.
    [[gnu::always_inline]] static void* allocate(std::size_t size) {
        if (frame_cache* const cache = mine; size <= largest && cache != nullptr) [[likely]] {
            free_frame*& list = cache->free_[class_of(size)];
            if (free_frame* const frame = list; frame != nullptr) [[likely]] {
                unpoison(frame, rounded(size));
                list = frame->next;
                return frame;
            }
        }
        return allocate_more(size);
    }
    static void free(void* memory, std::size_t size) noexcept {
        if (size > largest) [[unlikely]] return free_large(memory);
        if (frame_cache* const cache = mine; cache != nullptr) [[likely]] cache->take_back(memory, size);
        // else this thread is ending, and has left its cache: so much of a chunk is not used again
    }

private:
    static constexpr std::size_t step = 16, chunk_size = 16 * 1024, frames_min = 8;
    struct free_frame { free_frame* next; };
    struct alignas(step) chunk { chunk* next; };
    struct end_with_thread {
        ~end_with_thread() { leave(*std::exchange(mine, nullptr)); }
    };

    static constexpr std::size_t class_of(std::size_t size) noexcept { return (size + step - 1) / step; }
    static constexpr std::size_t rounded(std::size_t size) noexcept { return class_of(size) * step; }

    /// Those whose threads have ended, one behind the other.
    static inline constinit frame_cache* left_behind = nullptr;
    static void leave(frame_cache& cache) noexcept {
        cache.next_ = __atomic_load_n(&left_behind, __ATOMIC_RELAXED);
        while (!__atomic_compare_exchange_n(&left_behind, &cache.next_, &cache, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {}
    }
    /// Takes all and puts the others back, so that nobody sees a list whose head has come again.
    static frame_cache* adopt() noexcept {
        frame_cache* const first = __atomic_exchange_n(&left_behind, nullptr, __ATOMIC_ACQUIRE);
        if (first == nullptr) return nullptr;
        for (frame_cache* other = first->next_; other != nullptr;) leave(*std::exchange(other, other->next_));
        return first;
    }

    void take_back(void* memory, std::size_t size) noexcept {
        free_frame*& list = free_[class_of(size)];
        list = ::new (memory) free_frame{list};
        poison(memory, rounded(size));
    }
    [[gnu::cold, gnu::noinline]] static void* allocate_more(std::size_t size) {
        if (size > largest) return ::operator new(size);
        if (mine == nullptr) {
            static thread_local end_with_thread at_end;
            static_cast<void>(&at_end);
            mine = adopt();
            if (mine == nullptr) mine = new frame_cache;
        }
        mine->grow(size);
        return allocate(size);
    }
    [[gnu::cold, gnu::noinline]] static void free_large(void* memory) noexcept { ::operator delete(memory); }
    void grow(std::size_t size) {
        free_frame*& list = free_[class_of(size)];
        if (list != nullptr) return;
        const std::size_t each = rounded(size), count = each * frames_min > chunk_size ? frames_min : chunk_size / each;
        chunks_ = ::new (::operator new(sizeof(chunk) + count * each)) chunk{chunks_};
        auto* const first = reinterpret_cast<unsigned char*>(chunks_) + sizeof(chunk);
        for (std::size_t at = count; at-- > 0;) {
            list = ::new (static_cast<void*>(first + at * each)) free_frame{list};
            poison(list, each);
        }
    }

    static inline constinit thread_local frame_cache* mine = nullptr;
    free_frame* free_[largest / step + 1] = {};
    chunk* chunks_ = nullptr;
    frame_cache* next_ = nullptr;
};

}  // namespace weld::inline v0::detail
