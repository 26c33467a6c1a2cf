// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/fault.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace weld::inline v0::stack {

/// A place in a hash_table, inside the object that is found there. In the kernel: struct hlist_node.
struct hash_node {
    hash_node() noexcept = default;
    hash_node(const hash_node&) = delete;
    hash_node& operator=(const hash_node&) = delete;

    bool hashed() const noexcept { return place != nullptr; }

    hash_node* following = nullptr;
    hash_node** place = nullptr;  // what points here
    std::uint32_t hash = 0;
};

/// Objects that derive from hash_node, found by a hash that the caller computes: with a key, where others choose what
/// is hashed. Entering, leaving and finding are O(1). It doubles when it is full, and owns none of its objects.
/// Nothing that is visible outside may follow its order. In the kernel: struct inet_hashinfo's tables.
template <class T>
class hash_table {
public:
    hash_table() noexcept = default;
    hash_table(hash_table&& other) noexcept { swap(other); }
    hash_table& operator=(hash_table&&) = delete;
    ~hash_table() {
        if (chains_ != &only_) delete[] chains_;
    }

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    void insert(T& object, std::uint32_t hash) noexcept {
        if (size_ > mask_) grow();
        hash_node& node = object;
        WELD_ASSERT(!node.hashed());
        node.hash = hash;
        link(node, chains_[hash & mask_]);
        ++size_;
    }
    /// Nothing happens where it is in no table. Pre: it is in no other.
    void remove(T& object) noexcept {
        hash_node& node = object;
        if (!node.hashed()) return;
        *node.place = node.following;
        if (node.following != nullptr) node.following->place = node.place;
        node.place = nullptr;
        --size_;
    }
    /// Puts `fresh` where `old` was: a lookup in between finds one of them.
    void replace(T& old, T& fresh) noexcept {
        const std::uint32_t hash = static_cast<hash_node&>(old).hash;
        remove(old);
        insert(fresh, hash);
    }

    /// The first object with this hash for which `wanted(object)` is true, the newest first; null where none is.
    template <class Wanted>
    T* find(std::uint32_t hash, Wanted&& wanted) const {
        for (hash_node* node = chains_[hash & mask_]; node != nullptr; node = node->following)
            if (node->hash == hash && wanted(static_cast<T&>(*node))) return static_cast<T*>(node);
        return nullptr;
    }
    /// Any one object, for emptying the table; null where none is left.
    T* any() const noexcept {
        for (std::size_t i = 0; i <= mask_; ++i)
            if (chains_[i] != nullptr) return static_cast<T*>(chains_[i]);
        return nullptr;
    }

private:
    static void link(hash_node& node, hash_node*& chain) noexcept {
        node.following = chain;
        if (chain != nullptr) chain->place = &node.following;
        chain = &node;
        node.place = &chain;
    }
    /// Doubles; where there is no memory the chains become longer instead.
    void grow() noexcept {
        const std::size_t wanted = mask_ == 0 ? 16 : 2 * (mask_ + 1);
        auto** const fresh = weld::detail::allocation_fails() ? nullptr : new (std::nothrow) hash_node*[wanted]{};
        if (fresh == nullptr) return;
        for (std::size_t i = 0; i <= mask_; ++i)
            while (chains_[i] != nullptr) {
                hash_node& node = *std::exchange(chains_[i], chains_[i]->following);
                link(node, fresh[node.hash & (wanted - 1)]);
            }
        if (chains_ != &only_) delete[] chains_;
        chains_ = fresh;
        mask_ = wanted - 1;
    }
    void swap(hash_table& other) noexcept {
        WELD_ASSERT(other.empty());  // tables move before they are used
        if (other.chains_ == &other.only_) return;
        chains_ = std::exchange(other.chains_, &other.only_);
        mask_ = std::exchange(other.mask_, 0);
    }

    hash_node* only_ = nullptr;
    hash_node** chains_ = &only_;
    std::size_t mask_ = 0;
    std::size_t size_ = 0;
};

}  // namespace weld::inline v0::stack
