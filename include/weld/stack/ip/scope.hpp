// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/stack/ip/scope6.hpp>

#include <cstdint>

/// An address that every link may have once, as fe80::1, means something together with the interface alone: the scope id of an
/// endpoint. A version of IP whose endpoints have none takes no code and no memory for it. Source: RFC 4007, RFC 3493 section 3.3.
namespace weld::inline v0::stack {

/// Whether endpoints of this version of IP have a scope id.
template <class Ip>
inline constexpr bool has_scopes = requires(const typename Ip::endpoint& at) { at.scope_id(); };

/// A link-local address, or a group on one link or one interface. In the kernel: __ipv6_addr_needs_scope_id.
template <class Ip>
constexpr bool needs_scope(const typename Ip::address& of) noexcept {
    if constexpr (has_scopes<Ip>) return scope6::needs_interface(of);
    else return false;
}
/// An address of the other version of IP in this one's clothes, ::ffff:10.0.0.1. Sockets of one's own are of one version: it is
/// no address of theirs. In the kernel: a sock with IPV6_V6ONLY.
template <class Ip>
constexpr bool is_mapped(const typename Ip::address& of) noexcept {
    if constexpr (has_scopes<Ip>) return of.is_mapped();
    else return false;
}

/// The interface that an endpoint names, where its address needs one; 0: none.
template <class Ip>
constexpr std::uint32_t scope_of(const typename Ip::endpoint& at) noexcept {
    if constexpr (has_scopes<Ip>) return needs_scope<Ip>(at.address()) ? at.scope_id() : 0;
    else return 0;
}
/// An endpoint as programs are told of it: `by` is where its address was met.
template <class Ip>
constexpr typename Ip::endpoint endpoint_at(const typename Ip::address& address, std::uint16_t port, std::uint32_t by) noexcept {
    if constexpr (has_scopes<Ip>) return {address, port, needs_scope<Ip>(address) ? by : 0};
    else return {address, port};
}
/// Binds a sock to the interface of an address that it is given, or talks to. Errors: invalid_argument (no interface is named, or
/// another than the one it is bound to). Source: __inet6_bind, tcp_v6_connect, __ip6_datagram_connect.
template <class Ip>
constexpr result<> take_scope(const typename Ip::endpoint& at, std::uint32_t& bound_interface) noexcept {
    if constexpr (has_scopes<Ip>) {
        if (!needs_scope<Ip>(at.address())) return {};
        if (at.scope_id() != 0 && bound_interface != 0 && bound_interface != at.scope_id()) return errc::invalid_argument;
        if (at.scope_id() != 0) bound_interface = at.scope_id();
        if (bound_interface == 0 && at.address().is_link_local()) return errc::invalid_argument;
    }
    return {};
}

/// The link that two addresses belong to, beside them in a tuple.
template <class Ip>
struct link_scope {
    constexpr link_scope() noexcept = default;
    constexpr link_scope(const typename Ip::address&, const typename Ip::address&, std::uint32_t) noexcept {}
    static constexpr std::uint32_t interface() noexcept { return 0; }
    /// The link, or `other` where the addresses mean the same on all.
    static constexpr std::uint32_t interface_or(std::uint32_t other) noexcept { return other; }
    friend bool operator==(const link_scope&, const link_scope&) noexcept = default;
};
template <class Ip>
    requires has_scopes<Ip>
class link_scope<Ip> {
public:
    constexpr link_scope() noexcept = default;
    /// `by`: where they meet.
    constexpr link_scope(const typename Ip::address& local, const typename Ip::address& remote, std::uint32_t by) noexcept
        : interface_{needs_scope<Ip>(remote) || needs_scope<Ip>(local) ? by : 0} {}
    /// 0: any, since they mean the same everywhere.
    constexpr std::uint32_t interface() const noexcept { return interface_; }
    constexpr std::uint32_t interface_or(std::uint32_t other) const noexcept { return interface_ != 0 ? interface_ : other; }
    friend bool operator==(const link_scope&, const link_scope&) noexcept = default;

private:
    std::uint32_t interface_ = 0;
};

}  // namespace weld::inline v0::stack
