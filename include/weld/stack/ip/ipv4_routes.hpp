// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/ip/ipv4.hpp>

/// How IPv4 keeps its addresses and finds its ways. In the kernel: net/ipv4/route.c, devinet.c, fib_frontend.c.
namespace weld::inline v0::stack {

template <class Net>
result<> ipv4::start(Net& net) {
    static_assert(ip_protocols_are_distinct<ip4, Net>, "stack: two parts of this net claim the same IP protocol; drop one of them");
    identification_.start(net.random());
    start_loop(net);
    path_mtu_timer_.bind(net, *this, [](auto& in, auto& self) {
        self.path_mtus_.expire(in.now());
        ++self.generation_;
        in.timers().arm(self.path_mtu_timer_, self.path_mtus_.next());
    });
    reassembly_.start(net, *this);
    igmp_.start(net, *this);
    return {};
}

/// Source: RFC 1122 section 3.3.1; ip_route_output_key_hash_rcu, net/ipv4/route.c, in its order.
template <class Net>
result<route<ip4>> ipv4::route_to(Net& net, address to, address source, std::uint32_t interface) {
    if (!source.is_any() && !is_local(net, source)) return errc::address_not_available;
    if (to.is_any()) to = source.is_any() ? address::loopback() : source;
    if (is_local(net, to) && !is_broadcast(to)) return route_to_self(to, source);  // 127.255.255.255 is both

    const bool to_many = to.is_multicast() || to.is_broadcast();
    if (to_many && interface == 0 && !source.is_any()) interface = interface_of(source);
    const route_entry<ip4>* line = routes_.find(to, interface);
    if (line == nullptr && interface == 0) {
        ++stats_.out_no_routes;
        return errc::network_unreachable;
    }
    route<ip4> way{.source = source, .next_hop = to, .interface = interface, .generation = generation_};
    if (line != nullptr) {
        way.interface = line->interface;
        if (!line->gateway.is_any() && !to_many) way.next_hop = line->gateway;
        if (way.source.is_any()) way.source = line->source;
    }  // else: bound to an interface, and no route leads there; taken to be on the link
    if (way.source.is_any()) way.source = addresses_.select(way.interface, way.next_hop);
    if (way.source.is_any() && !addresses_.entries().empty() && !to.is_broadcast()) way.source = addresses_.entries()[0].address();
    way.type = to.is_multicast() ? packet_type::multicast : is_broadcast(to) ? packet_type::broadcast : packet_type::host;

    errc error = errc::no_such_device;
    with_interface(net, way.interface, [&](auto& io) {
        error = io.is_up() ? errc{} : errc::network_down;
        way.features = io.offloads();
        way.device_sums = io.features().checksum;
        way.takes_fragments = io.features().gso_size_max == 0 && way.features.gso_size_max != 0;
        way.goes_one_by_one = std::remove_reference_t<decltype(io)>::transmits_one_by_one;
        way.mtu = io.mtu();
    });
    if (error != errc{}) return error;
    const auto known = path_mtus_.find(to, way.mtu, net.now());
    way.mtu = known.mtu;
    way.mtu_locked = known.locked;
    return way;
}

inline route<ip4> ipv4::route_to_self(address to, address source) const noexcept {
    return {.source = source.is_any() ? to : source, .next_hop = to, .interface = 0, .generation = generation_,
            .mtu = wire::ipv4_header::total_length_max, .features = {.checksum = true, .gso_size_max = 65536}, .device_sums = true};
}

template <class Net>
void ipv4::path_mtu(Net& net, address destination, std::size_t mtu) {
    const auto way = route_to(net, destination);
    if (!way || way->interface == 0 || !path_mtus_.add(destination, mtu, way->mtu, net.now())) return;
    ++generation_;
    net.timers().arm(path_mtu_timer_, path_mtus_.next());
}

template <class Net>
result<> ipv4::add_address(Net& net, const prefix4& fresh, std::uint32_t interface) {
    const address own = fresh.address();
    if (own.is_any() || own.is_multicast() || own.is_broadcast()) return errc::invalid_argument;
    if (fresh.length() < 31 && (own == fresh.broadcast() || own == fresh.network().address())) return errc::invalid_argument;
    if (const result<> added = addresses_.add(fresh, interface); !added) return added;
    ++generation_;
    if (fresh.length() < 32) {
        const result<> routed = routes_.add({.to = fresh, .interface = interface, .source = own, .rests = has_no_carrier(net, interface)});
        if (!routed && routed.error() != errc::file_exists) return routed;
    }
    with_interface(net, interface, [&](auto& io) { io.link().announce(net, io, own); });
    return {};
}

template <class Net>
result<> ipv4::remove_address(Net&, const prefix4& gone, std::uint32_t interface) {
    const auto matches = [&](const auto& at) { return at.prefix == gone && at.interface == interface; };
    if (addresses_.remove_if(matches) == 0) return errc::address_not_available;
    ++generation_;
    routes_.remove_if([&](const auto& at) { return at.interface == interface && at.source == gone.address(); });
    return {};
}

template <class Net>
result<> ipv4::add_route(Net& net, route_entry<ip4> entry) {
    if (!entry.gateway.is_any()) {
        const route_entry<ip4>* line = routes_.find(entry.gateway, entry.interface);
        if (line == nullptr || !line->gateway.is_any()) return errc::network_unreachable;
        entry.interface = line->interface;
    }
    entry.rests = has_no_carrier(net, entry.interface);
    ++generation_;
    return routes_.add(entry);
}

/// In the kernel: fib_sync_down_dev.
template <class Net>
void ipv4::interface_down(Net&, std::uint32_t interface) {
    ++generation_;
    routes_.remove_interface(interface);
    igmp_.forget(interface);
}

template <class Net>
void ipv4::carrier_down(Net&, std::uint32_t interface) {
    ++generation_;
    routes_.rest(interface, true);
}

/// Others may have learnt another way to us, or forgotten that we are there. In the kernel: fib_sync_up, inetdev_event.
template <class Net>
void ipv4::carrier_up(Net& net, std::uint32_t interface) {
    ++generation_;
    routes_.rest(interface, false);
    for (const auto& own : addresses_.entries())
        if (own.interface == interface) with_interface(net, interface, [&](auto& io) { io.link().announce(net, io, own.address()); });
    igmp_.tell_again(net, *this, interface);
}

}  // namespace weld::inline v0::stack
