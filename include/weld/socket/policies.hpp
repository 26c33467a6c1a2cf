// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/socket/allocation/allocation_policy.hpp>
#include <weld/socket/role.hpp>
#include <weld/socket/security/hooks.hpp>
#include <weld/socket/security/secured_ops.hpp>

#include <type_traits>

namespace weld::inline v0 {

/// Decides who may do what. One optional member per hook (socket/security/hooks.hpp lists them): an absent hook allows,
/// and costs nothing. Models: allow_all, security::allow_list, security::all_of. Sockets that are made as the kernel
/// makes its own, by `net.kernel_socket`, pass by it. In the kernel: struct security_hook_list, security/security.c.
template <class Policy>
concept security_policy = std::is_same_v<typename Policy::role, role::security_policy>;

/// The default: everything is allowed.
struct allow_all {
    using role = role::security_policy;
};

/// Watches every crossing of a layer; trace/crossing.hpp tells how. Models: no_trace, trace::flow_recorder.
template <class Policy>
concept trace_policy = std::is_same_v<typename Policy::role, role::trace_policy>;

/// The default: nobody watches, and nothing of it is left in the code.
struct no_trace {
    using role = role::trace_policy;
};

/// Names a protocol whose sockets are the kernel's own: no security policy is asked about them. In the kernel: the
/// `kern` of __sock_create. Users write `net.kernel_socket(weld::tcp)`.
template <class Description>
struct kernel_owned : Description {
    /// The description without the mark.
    using user_description = Description;
};

namespace detail {
template <class Description>
struct user_description { using type = Description; };
template <class Description>
    requires requires { typename Description::user_description; }
struct user_description<Description> { using type = typename Description::user_description; };
/// The description that parts list, be the socket the kernel's own or not.
template <auto Protocol>
inline constexpr auto listed_protocol = typename user_description<std::remove_const_t<decltype(Protocol)>>::type{};
template <auto Protocol>
inline constexpr bool is_kernel_owned = requires { typename decltype(Protocol)::user_description; };

template <class Trace, class Ops, auto Protocol>
struct traced { using type = Ops; };
template <class Trace, class Ops, auto Protocol>
    requires requires { typename Trace::template ops<Ops, Protocol>; }
struct traced<Trace, Ops, Protocol> { using type = typename Trace::template ops<Ops, Protocol>; };

/// A part's proto_ops as a net uses them: behind its security policy, which comes first, and its trace policy.
template <class Security, class Trace, class Ops, auto Protocol>
struct guarded { using type = secured_ops<typename traced<Trace, Ops, Protocol>::type, Protocol>; };
template <class Trace, class Ops, auto Protocol>
struct guarded<allow_all, Trace, Ops, Protocol> : traced<Trace, Ops, Protocol> {};
template <class Security, class Trace, class Ops, auto Protocol>
    requires is_kernel_owned<Protocol> && (!std::is_same_v<Security, allow_all>)
struct guarded<Security, Trace, Ops, Protocol> : traced<Trace, Ops, Protocol> {};
}  // namespace detail

}  // namespace weld::inline v0
