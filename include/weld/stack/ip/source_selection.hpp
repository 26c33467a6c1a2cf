// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/socket/address/mac_address.hpp>
#include <weld/stack/ip/address_table.hpp>
#include <weld/stack/ip/ip6.hpp>
#include <weld/stack/ip/scope6.hpp>

#include <bit>

namespace weld::inline v0::stack {

/// What an address of version 6 is good for. In the kernel: IFA_F_TENTATIVE and so on. Source: RFC 4862 section 2.
enum class address6_phase : std::uint8_t {
    tentative,   ///< is being looked for on the link: nothing is sent from it, nothing taken for it
    preferred,
    deprecated,  ///< what uses it may go on; nothing new is to
    duplicate,   ///< somebody else has it
};

/// What is known of an address of ours, beside its prefix and interface. In the kernel: struct inet6_ifaddr.
struct address6_state {
    address6_phase phase = address6_phase::preferred;
    bool autoconfigured = false;                          ///< from a router's prefix: its lifetimes are renewed
    std::uint8_t probes_left = 0;                         ///< while tentative
    time_point next_probe = time_point::never();
    time_point preferred_until = time_point::never();
    time_point valid_until = time_point::never();

    /// It may be used, if only by what uses it already.
    bool is_usable() const noexcept { return phase == address6_phase::preferred || phase == address6_phase::deprecated; }
};

/// The addresses of a host of version 6.
using address6_table = address_table<ip6, address6_state>;

namespace detail {

/// The default policy table: addresses of one label belong together. Source: RFC 6724 section 2.1.
constexpr unsigned label_of(const address6& address) noexcept {
    struct line {
        prefix6 prefix;
        unsigned label;
    };
    constexpr line table[] = {
        {{address6::loopback(), 128}, 0},
        {{address6::from_groups({0, 0, 0, 0, 0, 0xffff, 0, 0}), 96}, 4},
        {{address6{}, 96}, 3},
        {{address6::from_groups({0x2001, 0, 0, 0, 0, 0, 0, 0}), 32}, 5},
        {{address6::from_groups({0x2002, 0, 0, 0, 0, 0, 0, 0}), 16}, 2},
        {{address6::from_groups({0x3ffe, 0, 0, 0, 0, 0, 0, 0}), 16}, 12},
        {{address6::from_groups({0xfec0, 0, 0, 0, 0, 0, 0, 0}), 10}, 11},
        {{address6::from_groups({0xfc00, 0, 0, 0, 0, 0, 0, 0}), 7}, 13},
    };
    for (const line& each : table)
        if (each.prefix.contains(address)) return each.label;
    return 1;
}

/// How many bits two addresses begin with in common, no further than `most`.
constexpr unsigned common_prefix(const address6& a, const address6& b, unsigned most) noexcept {
    const std::uint64_t high = a.high() ^ b.high(), low = a.low() ^ b.low();
    const auto equal = static_cast<unsigned>(high != 0 ? std::countl_zero(high) : 64 + std::countl_zero(low));
    return equal < most ? equal : most;
}

/// Of two addresses of ours the one to send from. Source: RFC 6724 section 5, its rules in its order; 4, 5.5 and 7 are about
/// what is not here: mobility, prefixes by router, temporary addresses.
constexpr bool is_better_source(const address6_table::entry& a, const address6_table::entry& b, const address6& to, std::uint32_t interface) noexcept {
    if (a.address() == to || b.address() == to) return a.address() == to;                               // rule 1
    const unsigned scope_a = scope6::of(a.address()), scope_b = scope6::of(b.address());                 // rule 2
    if (scope_a < scope_b) return scope_a >= scope6::of(to);
    if (scope_b < scope_a) return scope_b < scope6::of(to);
    const bool old_a = a.state.phase == address6_phase::deprecated, old_b = b.state.phase == address6_phase::deprecated;
    if (old_a != old_b) return old_b;                                                                   // rule 3
    if ((a.interface == interface) != (b.interface == interface)) return a.interface == interface;      // rule 5
    const bool alike_a = label_of(a.address()) == label_of(to), alike_b = label_of(b.address()) == label_of(to);
    if (alike_a != alike_b) return alike_a;                                                             // rule 6
    return common_prefix(a.address(), to, a.prefix.length()) > common_prefix(b.address(), to, b.prefix.length());  // rule 8
}

}  // namespace detail

/// What to send from to `to`, out of `interface`; any() where we have nothing. To what is on the link alone, and to many, only
/// the interface's own addresses will do. In the kernel: ipv6_dev_get_saddr. Source: RFC 6724 section 4.
constexpr address6 select_source(const address6_table& addresses, const address6& to, std::uint32_t interface) noexcept {
    const address6_table::entry* best = nullptr;
    const bool own_only = to.is_multicast() || scope6::of(to) == scope6::link_local;
    for (const auto& each : addresses.entries()) {
        if (!each.state.is_usable()) continue;
        if (each.interface != interface && (own_only || each.address().is_link_local())) continue;
        if (best == nullptr || detail::is_better_source(each, *best, to, interface)) best = &each;
    }
    return best != nullptr ? best->address() : address6{};
}

/// An address of a link, with the interface identifier that its station's address makes. Source: RFC 4291 appendix A.
constexpr address6 with_eui64(const address6& network, const mac_address& station) noexcept {
    address6 made = network;
    for (std::size_t i = 0; i < 3; ++i) {
        made.bytes[8 + i] = station.bytes[i];
        made.bytes[13 + i] = station.bytes[3 + i];
    }
    made.bytes[8] ^= 2;
    made.bytes[11] = 0xff;
    made.bytes[12] = 0xfe;
    return made;
}

}  // namespace weld::inline v0::stack
