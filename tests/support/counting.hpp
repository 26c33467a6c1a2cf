// SPDX-License-Identifier: BSL-1.0
// Counts the system calls of a net, as strace -c does.
#pragma once

#include <weld/socket/role.hpp>
#include <weld/sys/direct.hpp>
#include <weld/sys/entry_policy.hpp>

#include <map>

namespace support {

/// What was called, and how often it failed.
struct calls_made {
    std::map<weld::sys::number, int> made, failed;
    int of(weld::sys::number call) const {
        const auto found = made.find(call);
        return found == made.end() ? 0 : found->second;
    }
    int all() const {
        int sum = 0;
        for (const auto& [call, times] : made) sum += times;
        return sum;
    }
    int all_failed() const {
        int sum = 0;
        for (const auto& [call, times] : failed) sum += times;
        return sum;
    }
    void clear() { made.clear(), failed.clear(); }
    /// Fails with this instead of being made; 0: it is made.
    std::map<weld::sys::number, int> refused;
};

class counting {
public:
    using role = weld::role::system_calls;
    explicit counting(calls_made& to) noexcept : to_{&to} {}
    template <weld::sys::number Number>
    long call(auto... arguments) noexcept {
        ++to_->made[Number];
        const auto refusal = to_->refused.find(Number);
        const long answer = refusal != to_->refused.end() ? -refusal->second : weld::sys::direct::call<Number>(arguments...);
        if (answer < 0) ++to_->failed[Number];
        return answer;
    }

private:
    calls_made* to_;
};
static_assert(weld::sys::entry_policy<counting>);

}  // namespace support
