// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/ip/ipv6.hpp>

/// How IPv6 finds its ways. In the kernel: net/ipv6/route.c, ip6_fib.c.
namespace weld::inline v0::stack {

/// Source: RFC 6724 section 4; RFC 4007 section 9; ip6_route_output_flags and ip6_dst_lookup_tail.
template <class Net>
result<route<ip6>> ipv6::route_to(Net& net, address to, address source, std::uint32_t interface) {
    if (!source.is_any() && !is_local(net, source)) return errc::address_not_available;
    if (to.is_any()) to = source.is_any() ? address::loopback() : source;
    if (to.is_loopback()) return route_to_self(to, source);
    if (const address_entry* own = usable(to); own != nullptr && (interface == 0 || !to.is_link_local() || address_on(to, interface) != nullptr))
        return route_to_self(to, source);

    const bool to_many = to.is_multicast();
    if (interface == 0 && scope6::needs_interface(source)) interface = usable(source)->interface;
    if (interface == 0 && (to_many || to.is_link_local())) interface = first_interface(net, source);
    route<ip6> way{.source = source, .next_hop = to, .interface = interface, .generation = generation_};
    if (to_many) {
        way.type = packet_type::multicast;
    } else {
        const route_entry<ip6>* line = routes_.find(to, interface);
        if (line == nullptr) {
            ++stats_.out_no_routes;
            return errc::network_unreachable;
        }
        way.interface = line->interface;
        if (!line->gateway.is_any()) way.next_hop = line->gateway;
        if (way.source.is_any()) way.source = line->source;
    }
    if (const errc error = describe(net, way); error != errc{}) return error;
    if (way.source.is_any()) way.source = select_source(addresses_, to, way.interface);
    if (way.source.is_any()) return errc::address_not_available;
    way.mtu = path_mtus_.find(to, way.mtu, net.now()).mtu;
    return way;
}

/// What the interface says of a way by it. Errors: no_such_device, network_down.
template <class Net>
errc ipv6::describe(Net& net, route<ip6>& way) noexcept {
    errc error = errc::no_such_device;
    with_interface(net, way.interface, [&](auto& io) {
        error = io.is_up() ? errc{} : errc::network_down;
        way.features = io.offloads();
        way.device_sums = io.features().checksum;
        way.takes_fragments = io.features().gso_size_max == 0 && way.features.gso_size_max != 0;
        way.goes_one_by_one = std::remove_reference_t<decltype(io)>::transmits_one_by_one;
        way.mtu = io.mtu();
    });
    if (const interface_state* const link = state_of(way.interface); link != nullptr) {
        if (link->mtu != 0) way.mtu = link->mtu;
        way.hop_limit = link->hop_limit;
    }
    return error;
}

inline route<ip6> ipv6::route_to_self(const address& to, const address& source) const noexcept {
    return {.source = source.is_any() ? to : source, .next_hop = to, .interface = 0, .generation = generation_,
            .mtu = ip6::header_size + wire::ipv6_header::payload_length_max, .features = {.checksum = true, .gso_size_max = 65536}, .device_sums = true};
}

/// Where to when nobody says: by the interface that the source is of, else by the first that is up. 0 where there is none.
template <class Net>
std::uint32_t ipv6::first_interface(Net& net, const address& source) const noexcept {
    if (const address_entry* own = usable(source); own != nullptr) return own->interface;
    std::uint32_t first = 0;
    net.for_each_part([&]<class Part>(Part& part) {
        if constexpr (detail::is_interface<Part>)
            if (first == 0 && part.is_up() && part.mtu() >= ip6::mtu_min) first = part.index();
    });
    return first;
}

/// No path takes less than 1280 bytes, whatever is reported. Source: RFC 8201 section 4.
template <class Net>
void ipv6::path_mtu(Net& net, const address& destination, std::size_t mtu) {
    const auto way = route_to(net, destination);
    if (!way || way->interface == 0) return;
    if (mtu < ip6::mtu_min) mtu = ip6::mtu_min;
    if (!path_mtus_.add(destination, mtu, way->mtu, net.now())) return;
    ++generation_;
    net.timers().arm(path_mtu_timer_, path_mtus_.next());
}

template <class Net>
result<> ipv6::add_route(Net& net, route_entry<ip6> entry) {
    if (!entry.gateway.is_any()) {
        const route_entry<ip6>* line = routes_.find(entry.gateway, entry.interface);
        if (entry.gateway.is_link_local() && entry.interface == 0) return errc::invalid_argument;
        if (!entry.gateway.is_link_local()) {
            if (line == nullptr || !line->gateway.is_any()) return errc::network_unreachable;
            entry.interface = line->interface;
        }
    }
    entry.rests = has_no_carrier(net, entry.interface);
    ++generation_;
    return routes_.add(entry);
}

template <class Net>
void ipv6::interface_down(Net&, std::uint32_t interface) {
    ++generation_;
    learnt_.forget_if(routes_, [&](const auto& line, time_point) { return line.interface == interface; });
    routes_.remove_interface(interface);
    mld_.forget(interface);
    if (interface_state* const link = state_of(interface); link != nullptr) *link = {};
    for (address_entry& own : addresses_.entries())
        if (own.interface == interface) own.state.next_probe = time_point::never();
}

template <class Net>
void ipv6::carrier_down(Net&, std::uint32_t interface) {
    ++generation_;
    routes_.rest(interface, true);
}

/// It may be another link: who had learnt another way to us forgets it, and routers are asked for. In the kernel:
/// addrconf_notify, ndisc_notify.
template <class Net>
void ipv6::carrier_up(Net& net, std::uint32_t interface) {
    ++generation_;
    routes_.rest(interface, false);
    for (const address_entry& own : addresses_.entries())
        if (own.interface == interface && own.state.is_usable()) with_interface(net, interface, [&](auto& io) { io.link().announce(net, io, own.address()); });
    mld_.tell_again(net, *this, interface);
    begin_soliciting(net, interface);
}

}  // namespace weld::inline v0::stack
