// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/fault.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/allocation/heap.hpp>

namespace weld::inline v0::allocation {

/// Fails one allocation, the one that its fault is told: of what the net's policy gives, and, where assertions are on, of
/// the pools of the own stack's parts in this thread: socks, requests, TIME-WAIT entries, listeners, ports, neighbours,
/// packets and their clones. The part is a reference, so that the test keeps its hands on the rule.
/// In the kernel: CONFIG_FAILSLAB with fail-nth, lib/fault-inject.c.
///
///     weld::allocation::fault fault;
///     weld::net net{..., weld::allocation::failing{fault}};
///     fault.set(3);  // the third allocation from now on
template <allocation_policy Policy = heap>
class basic_failing {
public:
    using role = role::allocation_policy;

    explicit basic_failing(fault& when) noexcept : fault_{&when} {}

    void* allocate(std::size_t size) noexcept { return fault_->hits() ? nullptr : policy_.allocate(size); }
    void free(void* memory, std::size_t size) noexcept { policy_.free(memory, size); }
    allocation_usage in_use() const noexcept { return policy_.in_use(); }
    /// The thread's pools fail with it while the net lives.
    template <class Net>
    result<> start(Net&) noexcept {
#if !defined(NDEBUG)
        weld::detail::fault_here = fault_;
#endif
        return {};
    }
    template <class Net>
    void stop(Net&) noexcept {
#if !defined(NDEBUG)
        weld::detail::fault_here = nullptr;
#endif
    }

private:
    fault* fault_;
    Policy policy_;
};
using failing = basic_failing<>;
static_assert(allocation_policy<failing>);

}  // namespace weld::inline v0::allocation
