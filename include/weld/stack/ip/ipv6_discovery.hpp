// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/ip/ipv6.hpp>

/// What a host of IPv6 learns from routers. In the kernel: net/ipv6/ndisc.c, addrconf.c. Source: RFC 4861 sections 6.3 and 8,
/// RFC 4862 section 5.5, RFC 4191.
namespace weld::inline v0::stack {

/// What ICMPv6 carries of IPv6's own: neighbours, routers, and who listens to which group. Others see it as well.
template <class Net>
bool ipv6::take_discovery(Net& net, const packet& skb, const ip_info<ip6>& info) {
    using namespace wire::icmp6_type;
    const auto message = wire::icmp6_view::parse(skb.bytes());
    if (!message || message->type() < listener_query || message->type() > listener_report2) return false;
    const bool unchecked = skb.checksum == checksum_state::none || skb.checksum == checksum_state::complete;
    if (unchecked && !message->checksum_valid(info.source, info.destination)) return true;
    if (message->type() <= listener_done) {
        mld_.rcv(net, *this, *message, info);
        return true;
    }
    if (message->type() > redirect) return message->type() == listener_report2;
    if (info.ttl != 255) return true;  // it has come from another link: RFC 4861 section 11.2
    switch (message->type()) {
        case neighbor_solicitation:
        case neighbor_advertisement:
            with_interface(net, info.interface, [&](auto& io) {
                if constexpr (requires { io.link().ndp().rcv(net, io, message->bytes(), info); }) io.link().ndp().rcv(net, io, message->bytes(), info);
            });
            break;
        case router_advertisement: hear_router(net, message->bytes(), info); break;
        case wire::icmp6_type::redirect: hear_redirect(net, message->bytes(), info); break;
        default: break;
    }
    return true;
}

/// Source: RFC 4861 section 6.3.4.
template <class Net>
void ipv6::hear_router(Net& net, const_bytes message, const ip_info<ip6>& info) {
    const auto told = wire::router_advertisement_view::parse(message);
    interface_state* const link = state_of(info.interface);
    if (!told || !info.source.is_link_local() || link == nullptr || is_router() || !options_.believe_routers) return;
    learn_station(net, info.source, told->options(), wire::discovery_option::source_link_address, info.interface, true);
    if (told->hop_limit() != 0) link->hop_limit = told->hop_limit();
    with_interface(net, info.interface, [&](auto& io) {
        if constexpr (requires { io.link().ndp(); }) io.link().ndp().table.set_times(told->reachable_time(), told->retransmit_time());
    });
    if (told->lifetime() != duration{}) link->solicitations_left = 0;
    learn_router(net, info.source, told->preference(), told->lifetime(), info.interface);
    wire::discovery_options options{told->options()};
    wire::discovery_option option;
    while (options.next(option)) {
        if (option.type == wire::discovery_option::prefix_information) {
            if (const auto prefix = wire::prefix_information::decode(option.bytes); prefix) learn_prefix(net, *prefix, info.interface);
        } else if (option.type == wire::discovery_option::mtu && option.bytes.size() == 8) {
            learn_mtu(net, *link, load_be<std::uint32_t>(option.bytes, 4));
        }
    }
    ++generation_;
    arm_discovery(net);
}

template <class Net>
void ipv6::learn_station(Net& net, const address& of, const_bytes options, std::uint8_t type, std::uint32_t interface, bool is_router) {
    mac_address station;
    if (!wire::discovery_options::find_station(options, type, station) || station.is_multicast()) return;
    with_interface(net, interface, [&](auto& io) {
        if constexpr (requires { io.link().ndp(); }) io.link().ndp().table.told(net, io, of, station, is_router);
    });
}

/// A router that is to be preferred has the smaller metric; what was put into the table by hand has none and comes first.
/// Source: RFC 4191 section 3.2.
template <class Net>
void ipv6::learn_router(Net& net, const address& router, int preference, duration lifetime, std::uint32_t interface) {
    if (lifetime == duration{}) return router_no_more(net, router, interface);
    learnt_.learn(routes_, {.to = {}, .gateway = router, .interface = interface, .metric = static_cast<std::uint32_t>(router_metric - preference)}, net.now() + lifetime);
}

/// Source: RFC 4861 section 6.3.4; RFC 5942: that we have an address of a prefix does not say that it is on the link.
template <class Net>
void ipv6::learn_prefix(Net& net, const wire::prefix_information& told, std::uint32_t interface) {
    if (told.prefix.address().is_link_local() || told.prefix.address().is_multicast()) return;
    if (told.on_link) {
        const route_entry<ip6> line{.to = told.prefix.network(), .interface = interface, .metric = router_metric};
        if (told.valid != duration{}) learnt_.learn(routes_, line, net.now() + told.valid);
        else learnt_.forget_if(routes_, [&](const auto& each, time_point) { return each.to == line.to && each.gateway.is_any() && each.interface == interface; });
    }
    if (told.autonomous && told.preferred <= told.valid && told.prefix.length() == 64) autoconfigure(net, told, interface);
}

/// Makes an address, or renews it: by what nobody has signed no lifetime becomes shorter than two hours.
/// Source: RFC 4862 section 5.5.3 (d) and (e).
template <class Net>
void ipv6::autoconfigure(Net& net, const wire::prefix_information& told, std::uint32_t interface) {
    constexpr duration shortest = duration::seconds(7200);
    for (address_entry& own : addresses_.entries()) {
        if (own.interface != interface || own.prefix.network() != told.prefix.network()) continue;
        if (!own.state.autoconfigured) return;
        const duration left = own.state.valid_until - net.now();
        if (told.valid > shortest || told.valid > left) own.state.valid_until = net.now() + told.valid;
        else if (left > shortest) own.state.valid_until = net.now() + shortest;
        own.state.preferred_until = net.now() + told.preferred;
        if (own.state.is_usable()) own.state.phase = told.preferred == duration{} ? address6_phase::deprecated : address6_phase::preferred;
        return arm_addresses(net);
    }
    if (told.valid == duration{}) return;
    address6_state state;
    state.autoconfigured = true;
    state.valid_until = net.now() + told.valid;
    state.preferred_until = net.now() + told.preferred;
    static_cast<void>(insert_address(net, {address::from_halves(told.prefix.address().high(), identifier_on(net, interface)), 64}, interface, state));
}

/// The last 64 bits of the addresses that an interface makes. Source: RFC 4291 appendix A.
template <class Net>
std::uint64_t ipv6::identifier_on(Net& net, std::uint32_t interface) const noexcept {
    mac_address station;
    with_interface(net, interface, [&](auto& io) { station = io.link().address(); });
    if (!station.is_any()) return with_eui64({}, station).low();
    for (const address_entry& own : addresses_.entries())
        if (own.interface == interface && own.address().is_link_local()) return own.address().low();
    return net.random().next();
}

/// Source: RFC 4861 section 6.3.4: between the least that IPv6 takes and what the link carries.
template <class Net>
void ipv6::learn_mtu(Net& net, interface_state& link, std::size_t mtu) {
    with_interface(net, link.index, [&](auto& io) {
        if (mtu >= ip6::mtu_min && mtu <= io.mtu()) link.mtu = mtu;
    });
}

/// From the router that we would use, and about a neighbour or another router. Source: RFC 4861 sections 8.1 and 8.3.
template <class Net>
void ipv6::hear_redirect(Net& net, const_bytes message, const ip_info<ip6>& info) {
    const auto told = wire::redirect_view::parse(message);
    if (!told || !info.source.is_link_local() || is_router() || !options_.believe_routers) return;
    const address to = told->destination(), target = told->target();
    if (to.is_multicast() || (!target.is_link_local() && target != to)) return;
    const auto way = route_to(net, to, {}, scope6::needs_interface(to) ? info.interface : 0);
    if (!way || way->interface != info.interface || way->next_hop != info.source) return;
    learn_station(net, target, told->options(), wire::discovery_option::target_link_address, info.interface, target != to);
    learnt_.forget_if(routes_, [&](const auto& line, time_point) { return line.to == prefix6{to, 128}; });
    learnt_.learn(routes_, {.to = {to, 128}, .gateway = target == to ? address{} : target, .interface = info.interface, .metric = router_metric},
                  net.now() + options_.path_mtu.expires);
    ++generation_;
    arm_discovery(net);
}

/// A router does not answer: others are used while there are any. Source: RFC 4861 section 6.3.6 and 7.3.3.
template <class Net>
void ipv6::router_silent(Net& net, const address& router, std::uint32_t interface) {
    const auto by_it = [&](const route_entry<ip6>& line) { return line.gateway == router && line.interface == interface; };
    learnt_.forget_if(routes_, [&](const auto& line, time_point) { return by_it(line) && line.to.length() == 128; });
    learnt_.for_each([&](const auto& line, time_point until) {
        if (!by_it(line) || line.metric >= silent_metric) return;
        route_entry<ip6> last = line;
        last.metric += silent_metric;
        learnt_.learn(routes_, last, until);
    });
    ++generation_;
    arm_discovery(net);
}

/// Source: RFC 4861 section 6.3.5 and 7.2.5.
template <class Net>
void ipv6::router_no_more(Net& net, const address& router, std::uint32_t interface) {
    if (learnt_.forget_if(routes_, [&](const auto& line, time_point) { return line.gateway == router && line.interface == interface; }) == 0) return;
    ++generation_;
    arm_discovery(net);
}

/// Once the interface has an address to ask from. Source: RFC 4861 section 6.3.7.
template <class Net>
void ipv6::begin_soliciting(Net& net, std::uint32_t interface) {
    interface_state* const link = state_of(interface);
    if (link == nullptr || is_router() || !options_.believe_routers) return;
    link->solicitations_left = options_.router_solicitations;
    const auto longest = static_cast<std::uint64_t>(options_.solicitation_delay_max.nanoseconds());
    link->next_solicitation = net.now() + duration::nanoseconds(static_cast<std::int64_t>(net.random().below(longest + 1)));
    arm_discovery(net);
}

template <class Net>
void ipv6::solicit_routers(Net& net, interface_state& link) {
    --link.solicitations_left;
    link.next_solicitation = net.now() + options_.solicitation_interval;
    const address source = link_local_on(link.index);
    const std::size_t room = headroom(net);
    packet_buffer skb = packet_buffer::allocate(net.packets(), room + wire::router_solicitation::size_max, room);
    if (!skb) return;
    mac_address station;
    with_interface(net, link.index, [&](auto& io) { station = io.link().address(); });
    const wire::router_solicitation message{.has_link_address = !source.is_any() && !station.is_any(), .link_address = station};
    skb->trim(message.encode(skb->put(wire::router_solicitation::size_max), source, all_routers));
    send_discovery(net, std::move(skb), source, all_routers, link.index);
}

template <class Net>
void ipv6::discovery_due(Net& net) {
    for (interface_state& link : interfaces_)
        if (link.solicitations_left != 0 && link.next_solicitation <= net.now()) solicit_routers(net, link);
    if (learnt_.forget_if(routes_, [&](const auto&, time_point until) { return until <= net.now(); }) != 0) ++generation_;
    arm_discovery(net);
}

template <class Net>
void ipv6::arm_discovery(Net& net) noexcept {
    time_point first = learnt_.next();
    for (const interface_state& link : interfaces_)
        if (link.solicitations_left != 0 && link.next_solicitation < first) first = link.next_solicitation;
    net.timers().arm(discovery_timer_, first);
}

}  // namespace weld::inline v0::stack
