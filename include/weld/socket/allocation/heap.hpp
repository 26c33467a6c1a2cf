// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/allocation/allocation_policy.hpp>

namespace weld::inline v0::allocation {

/// Each object from the heap: tools that watch the heap see every one of them. In the kernel: kmalloc, which a protocol
/// without a slab of its own gets.
class heap {
public:
    using role = role::allocation_policy;

    void* allocate(std::size_t size) noexcept {
        void* const memory = ::operator new(size, std::nothrow);
        if (memory != nullptr) usage_ = {usage_.objects + 1, usage_.bytes + size};
        return memory;
    }
    void free(void* memory, std::size_t size) noexcept {
        usage_ = {usage_.objects - 1, usage_.bytes - size};
        ::operator delete(memory);
    }
    allocation_usage in_use() const noexcept { return usage_; }

private:
    allocation_usage usage_;
};
static_assert(allocation_policy<heap>);

}  // namespace weld::inline v0::allocation
