// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/fault.hpp>

#include <cstddef>
#include <new>
#include <utility>

namespace weld::inline v0 {

/// Objects that are used again and again, at addresses that stay: memory is taken a chunk at a time and given back
/// when the pool ends. An object is constructed when its chunk is taken and lives as long as the pool, so that what
/// must outlast one use (a generation number) may lie in it. T offers `T* next_free`.
template <class T, std::size_t ChunkSize = 64>
class pool {
public:
    pool() noexcept = default;
    pool(pool&& other) noexcept
        : chunks_{std::exchange(other.chunks_, nullptr)}, free_{std::exchange(other.free_, nullptr)}, in_use_{std::exchange(other.in_use_, 0)} {}
    pool& operator=(pool&&) = delete;
    ~pool() {
        while (chunks_ != nullptr) delete std::exchange(chunks_, chunks_->next);
    }

    /// An object that nobody uses, or null when there is no memory.
    T* acquire() noexcept {
        if (detail::allocation_fails() || (free_ == nullptr && !grow())) return nullptr;
        ++in_use_;
        return std::exchange(free_, free_->next_free);
    }
    /// Gives an object back. Pre: it came from `acquire`, and nothing refers to it any more.
    void release(T& object) noexcept {
        --in_use_;
        object.next_free = std::exchange(free_, &object);
    }
    std::size_t in_use() const noexcept { return in_use_; }
    /// Calls `visitor(object)` for every object there is, used or not; those that came first are first.
    template <class Visitor>
    void for_each(Visitor&& visitor) const {
        for (chunk* at = oldest(nullptr); at != nullptr; at = at == chunks_ ? nullptr : oldest(at))
            for (T& each : at->objects) visitor(each);
    }

private:
    struct chunk {
        chunk* next = nullptr;
        T objects[ChunkSize];
    };
    /// The chunk that was taken after `before`; the list begins with the newest.
    chunk* oldest(const chunk* before) const noexcept {
        chunk* at = chunks_;
        while (at != nullptr && at->next != before) at = at->next;
        return at;
    }
    [[gnu::noinline]] bool grow() noexcept {
        auto* const fresh = new (std::nothrow) chunk;
        if (fresh == nullptr) return false;
        fresh->next = std::exchange(chunks_, fresh);
        for (std::size_t i = ChunkSize; i-- > 0;) fresh->objects[i].next_free = std::exchange(free_, &fresh->objects[i]);
        return true;
    }
    chunk* chunks_ = nullptr;
    T* free_ = nullptr;
    std::size_t in_use_ = 0;
};

}  // namespace weld::inline v0
