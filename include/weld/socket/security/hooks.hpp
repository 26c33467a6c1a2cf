// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>

#include <cstddef>

/// One hook: the policy's answer, or allowed where the policy has no such member.
#define WELD_DETAIL_HOOK(name, parameters, arguments)                                                   \
    [[gnu::always_inline]] constexpr result<> name parameters const {                                   \
        if constexpr (requires { policy_->name arguments; }) return policy_->name arguments;            \
        else return {};                                                                                 \
    }

namespace weld::inline v0 {

/// A security policy with every hook there is. Each is asked before the operation, with its arguments, and its error
/// is the caller's; a hook that the policy lacks allows and leaves no code. `protocol` is a description
/// (socket/protocol.hpp), so that a hook is a template or an overload: `result<> bind(const auto& protocol, const
/// endpoint4& address)`. In the kernel: security_socket_*, security/security.c, over struct security_hook_list.
template <class Policy>
class security_hooks {
public:
    constexpr explicit security_hooks(Policy& policy) noexcept : policy_{&policy} {}

    /// The making of a socket: numbers, as socket(2) was given them. post_create may still refuse.
    WELD_DETAIL_HOOK(create, (int family, int type, int protocol), (family, type, protocol))
    WELD_DETAIL_HOOK(post_create, (int family, int type, int protocol), (family, type, protocol))
    WELD_DETAIL_HOOK(socketpair, (const auto& protocol), (protocol))
    WELD_DETAIL_HOOK(sk_alloc, (const auto& protocol), (protocol))
    /// What its user asks for.
    WELD_DETAIL_HOOK(bind, (const auto& protocol, const auto& address), (protocol, address))
    WELD_DETAIL_HOOK(connect, (const auto& protocol, const auto& address), (protocol, address))
    WELD_DETAIL_HOOK(listen, (const auto& protocol, int backlog), (protocol, backlog))
    WELD_DETAIL_HOOK(accept, (const auto& protocol), (protocol))
    WELD_DETAIL_HOOK(sendmsg, (const auto& protocol, std::size_t size), (protocol, size))
    WELD_DETAIL_HOOK(sendmsg_to, (const auto& protocol, const auto& address, std::size_t size), (protocol, address, size))
    WELD_DETAIL_HOOK(recvmsg, (const auto& protocol, std::size_t size), (protocol, size))
    WELD_DETAIL_HOOK(getsockname, (const auto& protocol), (protocol))
    WELD_DETAIL_HOOK(getpeername, (const auto& protocol), (protocol))
    WELD_DETAIL_HOOK(setsockopt, (const auto& protocol, int level, int name), (protocol, level, name))
    WELD_DETAIL_HOOK(getsockopt, (const auto& protocol, int level, int name), (protocol, level, name))
    WELD_DETAIL_HOOK(shutdown, (const auto& protocol, int how), (protocol, how))

    /// A sock is gone: nothing to refuse any more.
    [[gnu::always_inline]] constexpr void sk_free(const auto& protocol) const noexcept {
        if constexpr (requires { policy_->sk_free(protocol); }) policy_->sk_free(protocol);
    }
    /// The policy itself, to ask it for what it has counted.
    constexpr Policy& policy() const noexcept { return *policy_; }

private:
    Policy* policy_;
};

}  // namespace weld::inline v0

#undef WELD_DETAIL_HOOK
