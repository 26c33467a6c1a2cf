// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/allocation/heap.hpp>

namespace weld::inline v0::allocation {

/// Fails one allocation, the one that it is told: a test counts it up until the call under test succeeds, and has met
/// every failure there can be. The part is a reference, so that the test keeps its hands on the rule.
/// In the kernel: CONFIG_FAILSLAB with fail-nth, lib/fault-inject.c.
///
///     weld::allocation::fault fault;
///     weld::net net{..., weld::allocation::failing{fault}};
///     fault.at = 3;  // the third allocation from now on
struct fault {
    std::size_t at = 0;    // 0: none
    std::size_t made = 0;  // allocations since the fault was set
    bool happened = false;
    void set(std::size_t nth) noexcept { *this = {nth, 0, false}; }
};

template <allocation_policy Policy = heap>
class basic_failing {
public:
    using role = role::allocation_policy;

    explicit basic_failing(fault& when) noexcept : fault_{&when} {}

    void* allocate(std::size_t size) noexcept {
        if (++fault_->made == fault_->at) {
            fault_->happened = true;
            return nullptr;
        }
        return policy_.allocate(size);
    }
    void free(void* memory, std::size_t size) noexcept { policy_.free(memory, size); }
    allocation_usage in_use() const noexcept { return policy_.in_use(); }

private:
    fault* fault_;
    Policy policy_;
};
using failing = basic_failing<>;
static_assert(allocation_policy<failing>);

}  // namespace weld::inline v0::allocation
