// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/ip/ipv6.hpp>

/// How IPv6 comes to its addresses, and keeps them. In the kernel: net/ipv6/addrconf.c. Source: RFC 4862.
namespace weld::inline v0::stack {

template <class Net>
result<> ipv6::start(Net& net) {
    static_assert(ip_protocols_are_distinct<ip6, Net>, "stack: two parts of this net claim the same IP protocol; drop one of them");
    identification_.start(net.random());
    start_loop(net);
    path_mtu_timer_.bind(net, *this, [](auto& in, auto& self) {
        self.path_mtus_.expire(in.now());
        ++self.generation_;
        in.timers().arm(self.path_mtu_timer_, self.path_mtus_.next());
    });
    address_timer_.bind(net, *this, [](auto& in, auto& self) { self.addresses_due(in); });
    discovery_timer_.bind(net, *this, [](auto& in, auto& self) { self.discovery_due(in); });
    reassembly_.start(net, *this);
    mld_.start(net, *this);
    started_ = true;
    for (const interface_state& link : interfaces_)
        if (link.index != 0) begin_interface(net, link.index);
    for (address_entry& own : addresses_.entries()) begin_probing(net, own);  // of interfaces that stand before us in the list
    return {};
}

/// The address that every interface has. One of a link without stations' addresses is left to chance.
/// Source: RFC 4862 section 5.3; RFC 4291 section 2.5.6.
template <class Net, class Io>
result<> ipv6::interface_up(Net& net, Io& io) {
    if (io.mtu() < ip6::mtu_min || !options_.link_local) return {};
    if (interface_state* const link = state_of(io.index()); link != nullptr) link->index = io.index();
    if (started_) begin_interface(net, io.index());
    for (const address_entry& own : addresses_.entries())
        if (own.interface == io.index() && own.address().is_link_local()) return {};
    constexpr address network = address::from_groups({0xfe80, 0, 0, 0, 0, 0, 0, 0});
    const mac_address station = io.link().address();
    const address own = station.is_any() ? address::from_halves(network.high(), net.random().next()) : with_eui64(network, station);
    return add_address(net, {own, 64}, io.index());
}

template <class Net>
void ipv6::begin_interface(Net& net, std::uint32_t interface) {
    if (is_router()) static_cast<void>(mld_.join(net, *this, all_routers, interface));
}

template <class Net>
result<> ipv6::add_address(Net& net, const prefix6& fresh, std::uint32_t interface) {
    if (const result<> added = insert_address(net, fresh, interface, {}); !added) return added;
    if (fresh.length() == 128) return {};
    const result<> routed = routes_.add({.to = fresh, .interface = interface, .rests = has_no_carrier(net, interface)});
    return !routed && routed.error() != errc::file_exists ? routed : result<>{};
}

template <class Net>
result<> ipv6::insert_address(Net& net, const prefix6& fresh, std::uint32_t interface, address6_state state) {
    const address own = fresh.address();
    if (own.is_any() || own.is_multicast() || own.is_loopback() || own.is_mapped()) return errc::invalid_argument;
    std::size_t mtu = ip6::mtu_min;
    with_interface(net, interface, [&](auto& io) { mtu = io.mtu(); });
    if (mtu < ip6::mtu_min) return errc::invalid_argument;  // RFC 8200 section 5
    if (asks_first(net, fresh, interface)) state.phase = address6_phase::tentative;
    if (const result<> added = addresses_.add(fresh, interface, state); !added) return added;
    ++generation_;
    if (started_) begin_probing(net, addresses_.entries().back());
    return {};
}

template <class Net>
result<> ipv6::remove_address(Net& net, const prefix6& gone, std::uint32_t interface) {
    const address_entry* own = address_on(gone.address(), interface);
    if (own == nullptr || own->prefix != gone) return errc::address_not_available;
    if (started_) static_cast<void>(mld_.leave(net, *this, solicited_node(gone.address()), interface));
    addresses_.remove_if([&](const auto& at) { return at.prefix == gone && at.interface == interface; });
    ++generation_;
    bool still_used = false;
    for (const address_entry& each : addresses_.entries()) still_used |= each.interface == interface && each.prefix.network() == gone.network();
    if (!still_used) routes_.remove_if([&](const auto& at) { return at.interface == interface && at.gateway.is_any() && at.metric == 0 && at.to == gone.network(); });
    return {};
}

/// Whether there are neighbours to ask, and time to. Source: RFC 4862 section 5.4.
template <class Net>
bool ipv6::asks_first(Net& net, const prefix6& fresh, std::uint32_t interface) {
    bool can = false;
    with_interface(net, interface, [&](auto& io) { can = requires { io.link().probe(net, io, fresh.address()); }; });
    return can && options_.dad_transmits != 0;
}

/// Its group is joined before it is asked for. Source: RFC 4862 section 5.4.2.
template <class Net>
void ipv6::begin_probing(Net& net, address_entry& own) {
    static_cast<void>(mld_.join(net, *this, solicited_node(own.address()), own.interface));
    if (own.state.phase != address6_phase::tentative) return end_probing(net, own);
    own.state.probes_left = options_.dad_transmits;
    const auto longest = static_cast<std::uint64_t>(options_.dad_delay_max.nanoseconds());
    own.state.next_probe = net.now() + duration::nanoseconds(static_cast<std::int64_t>(net.random().below(longest + 1)));
    arm_addresses(net);
}

/// Nobody has said that it is his: it is ours.
template <class Net>
void ipv6::end_probing(Net& net, address_entry& own) {
    const bool was_tentative = own.state.phase == address6_phase::tentative;
    own.state.phase = own.state.preferred_until <= net.now() ? address6_phase::deprecated : address6_phase::preferred;
    own.state.next_probe = time_point::never();
    ++generation_;
    if (own.address().is_link_local()) {
        if (was_tentative) mld_.tell_again(net, *this, own.interface);  // routers do not listen to what was said from ::
        begin_soliciting(net, own.interface);
    }
    arm_addresses(net);
}

template <class Net>
void ipv6::addresses_due(Net& net) {
    for (std::size_t i = 0; i < addresses_.entries().size();) {
        address_entry& own = addresses_.entries()[i];
        if (own.state.valid_until <= net.now()) {
            static_cast<void>(remove_address(net, prefix6{own.prefix}, own.interface));
            continue;
        }
        if (own.state.next_probe <= net.now()) probe_again(net, own);
        if (own.state.phase == address6_phase::preferred && own.state.preferred_until <= net.now()) {
            own.state.phase = address6_phase::deprecated;
            ++generation_;
        }
        ++i;
    }
    arm_addresses(net);
}

template <class Net>
void ipv6::probe_again(Net& net, address_entry& own) {
    if (own.state.probes_left == 0) return end_probing(net, own);
    --own.state.probes_left;
    own.state.next_probe = net.now() + options_.dad_interval;
    with_interface(net, own.interface, [&](auto& io) {
        if constexpr (requires { io.link().probe(net, io, own.address()); }) io.link().probe(net, io, own.address());
    });
}

template <class Net>
void ipv6::arm_addresses(Net& net) noexcept {
    time_point first = time_point::never();
    for (const address_entry& own : addresses_.entries()) {
        const time_point preferred_until = own.state.phase == address6_phase::preferred ? own.state.preferred_until : time_point::never();
        for (const time_point each : {own.state.next_probe, own.state.valid_until, preferred_until}) first = each < first ? each : first;
    }
    net.timers().arm(address_timer_, first);
}

template <class Net>
void ipv6::duplicate(Net& net, const address& of, std::uint32_t interface) {
    address_entry* own = find(of, interface);
    if (own == nullptr) return;
    own->state.phase = address6_phase::duplicate;
    own->state.next_probe = time_point::never();
    ++generation_;
    static_cast<void>(mld_.leave(net, *this, solicited_node(of), interface));
    arm_addresses(net);
}

}  // namespace weld::inline v0::stack
