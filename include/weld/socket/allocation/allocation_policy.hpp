// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/socket/role.hpp>

#include <concepts>
#include <cstddef>
#include <new>
#include <utility>

namespace weld::inline v0 {

/// Where a net's socks, descriptors and queued messages come from. In the kernel: struct kmem_cache and kmalloc, which
/// sk_prot_alloc chooses between. Models: allocation::slab, allocation::heap, allocation::failing.
/// The compiler cannot check that
///   - memory is aligned for any type, and null is the answer where there is none: nothing throws;
///   - what is freed has the size it was allocated with, and nothing refers to it any more.
template <class Policy>
concept allocation_policy = std::same_as<typename Policy::role, role::allocation_policy> &&
    requires(Policy& policy, std::size_t size, void* memory) {
        { policy.allocate(size) }     noexcept -> std::same_as<void*>;
        { policy.free(memory, size) } noexcept;
    };

/// How much of an allocation policy is in use, as /proc/slabinfo tells it.
struct allocation_usage {
    std::size_t objects = 0;
    std::size_t bytes = 0;
    friend constexpr bool operator==(const allocation_usage&, const allocation_usage&) noexcept = default;
};

/// An object from a policy, or null. In the kernel: sk_prot_alloc.
template <class T, class Policy, class... Arguments>
T* make(Policy& policy, Arguments&&... arguments) noexcept {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    void* const memory = policy.allocate(sizeof(T));
    return memory == nullptr ? nullptr : ::new (memory) T(std::forward<Arguments>(arguments)...);
}
/// Gives it back. In the kernel: sk_prot_free.
template <class T, class Policy>
void dispose(Policy& policy, T& object) noexcept {
    object.~T();
    policy.free(&object, sizeof(T));
}

}  // namespace weld::inline v0
