// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/socket/role.hpp>

namespace weld::inline v0 {

/// Decides who may do what. One optional member per hook: an absent hook allows, and costs nothing. The hooks are
/// called before the operation, with its arguments, and answer `result<>`; the error is the caller's.
/// In the kernel: struct security_hook_list, security/security.c. The names: `create(family, type, protocol)`,
/// `bind(protocol, address)`, `connect(protocol, address)`, `listen(protocol, backlog)`, `accept(protocol)`.
template <class Policy>
concept security_policy = std::is_same_v<typename Policy::role, role::security_policy>;

/// The default: everything is allowed.
struct allow_all {
    using role = role::security_policy;
};

/// Watches every crossing of a layer. The only member: `crossing(layer, function, result)`; absent = not compiled.
template <class Policy>
concept trace_policy = std::is_same_v<typename Policy::role, role::trace_policy>;

/// The default: nobody watches, and nothing of it is left in the code.
struct no_trace {
    using role = role::trace_policy;
};

/// Asks one hook of a security policy; allowed where the policy has none.
#define WELD_SECURITY_HOOK(policy, hook, ...)                                                       \
    [&]() -> ::weld::result<> {                                                                     \
        if constexpr (requires { (policy).hook(__VA_ARGS__); }) return (policy).hook(__VA_ARGS__);  \
        else return {};                                                                             \
    }()

}  // namespace weld::inline v0
