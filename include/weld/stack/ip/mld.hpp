// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_buffer.hpp>
#include <weld/stack/ip/network.hpp>
#include <weld/stack/ip/ip6.hpp>
#include <weld/stack/ip/scope6.hpp>
#include <weld/stack/part_timer.hpp>
#include <weld/stack/wire/ipv6.hpp>
#include <weld/stack/wire/mld.hpp>

#include <array>

namespace weld::inline v0::stack {

/// The multicast groups this host listens to, and what routers are told of them; part of ipv6, as igmp is of ipv4. It speaks
/// version 2, and version 1 while a querier of that version is heard. In the kernel: net/ipv6/mcast.c.
/// Source: RFC 3810 sections 5, 6 and 8; RFC 2710.
class mld {
public:
    static constexpr std::size_t groups_max = 64;  // for all socks and addresses together
    static constexpr address6 version2_routers = address6::from_groups({0xff02, 0, 0, 0, 0, 0, 0, 0x16});

    template <class Net, class Ip>
    void start(Net& net, Ip& ip) noexcept {
        for (membership& each : memberships_)
            each.timer.bind(net, ip, [](auto& in, auto& of, part_timer& timer) { of.groups().report_due(in, of, timer); });
    }
    void stop() noexcept {
        for (membership& each : memberships_) each.timer.cancel();
    }

    /// Errors: invalid_argument (no group), no_buffer_space (too many).
    template <class Net, class Ip>
    result<> join(Net& net, Ip& ip, const address6& group, std::uint32_t interface);
    /// Errors: address_not_available (not a member).
    template <class Net, class Ip>
    result<> leave(Net& net, Ip& ip, const address6& group, std::uint32_t interface);
    /// Every host is one of all_nodes.
    bool is_member(const address6& group, std::uint32_t interface) const noexcept {
        if (group == all_nodes) return true;
        for (const membership& each : memberships_)
            if (each.users != 0 && each.group == group && each.interface == interface) return true;
        return false;
    }
    /// The interface is gone, and its memberships with it.
    void forget(std::uint32_t interface) noexcept {
        for (membership& each : memberships_)
            if (each.interface == interface) each.timer.cancel(), each.users = 0, each.repeats = 0;
    }
    /// The interface is there again, or has an address to speak from at last: routers may know nothing of us.
    template <class Net, class Ip>
    void tell_again(Net& net, Ip& ip, std::uint32_t interface) {
        for (membership& each : memberships_)
            if (each.users != 0 && each.interface == interface && is_reported(each.group)) begin_to_tell(net, ip, each);
    }

    /// A query, or somebody's report or farewell. Its checksum was right.
    template <class Net, class Ip>
    void rcv(Net& net, Ip& ip, const wire::icmp6_view& message, const ip_info<ip6>& info);
    template <class Net, class Ip>
    void report_due(Net& net, Ip& ip, part_timer& timer);

private:
    static constexpr std::uint8_t robustness = 2;                              // RFC 3810 section 9.1
    static constexpr duration unsolicited_interval = duration::seconds(1);     // RFC 3810 section 9.11
    static constexpr duration version1_interval = duration::seconds(10);       // RFC 2710 section 7.10
    static constexpr duration version1_timeout = duration::seconds(260);       // RFC 3810 section 9.12
    struct membership {
        address6 group{};
        std::uint32_t interface = 0;
        std::uint32_t users = 0;
        bool last_reporter = false;   // RFC 2710 section 4: only such a one tells that it leaves
        bool answers = false;         // what is due is an answer to a query
        std::uint8_t repeats = 0;     // of a change; while users is zero, of the farewell
        part_timer timer;
    };

    /// Not what stays on this host, nor the group that all are in. Source: RFC 3810 section 6.
    static bool is_reported(const address6& group) noexcept { return scope6::of(group) > scope6::interface_local && group != all_nodes; }
    bool version1(time_point now) const noexcept { return now < version1_until_; }
    membership* find(const address6& group, std::uint32_t interface) noexcept {
        for (membership& each : memberships_)
            if (each.users != 0 && each.group == group && each.interface == interface) return &each;
        return nullptr;
    }
    membership* place_for(const address6& group, std::uint32_t interface) noexcept {
        membership* free = nullptr;
        for (membership& each : memberships_) {
            if (each.users != 0) continue;
            if (each.group == group && each.interface == interface) return &each;  // and its farewell is not repeated
            if (free == nullptr || (free->repeats != 0 && each.repeats == 0)) free = &each;
        }
        return free;
    }
    template <class Net>
    void arm(Net& net, membership& of, duration within) noexcept {
        const auto longest = static_cast<std::uint64_t>(within.nanoseconds());
        net.timers().arm(of.timer, net.now() + duration::nanoseconds(static_cast<std::int64_t>(net.random().below(longest + 1))));
    }
    /// A change is told at once, and again soon. Source: RFC 3810 section 6.1.
    template <class Net, class Ip>
    void begin_to_tell(Net& net, Ip& ip, membership& of) {
        of.repeats = robustness - 1;
        of.answers = false;
        send_change(net, ip, of);
        arm(net, of, version1(net.now()) ? version1_interval : unsolicited_interval);
    }
    template <class Net, class Ip>
    void send_change(Net& net, Ip& ip, membership& of) {
        send(net, ip, of, of.users != 0 ? wire::listener_report::to_excluding : wire::listener_report::to_including);
    }
    template <class Net, class Ip>
    void send(Net& net, Ip& ip, membership& of, std::uint8_t record_type);
    template <class Net, class Ip>
    void hear_query(Net& net, Ip& ip, const wire::listener_header& query, int version, const ip_info<ip6>& info);

    std::array<membership, groups_max> memberships_{};
    time_point version1_until_{};
};

template <class Net, class Ip>
result<> mld::join(Net& net, Ip& ip, const address6& group, std::uint32_t interface) {
    if (!group.is_multicast()) return errc::invalid_argument;
    if (membership* known = find(group, interface); known != nullptr) return ++known->users, result<>{};
    membership* const fresh = place_for(group, interface);
    if (fresh == nullptr) return errc::no_buffer_space;
    fresh->timer.cancel();
    fresh->group = group;
    fresh->interface = interface;
    fresh->users = 1;
    fresh->repeats = 0;
    fresh->last_reporter = false;
    if (interface != 0 && is_reported(group)) begin_to_tell(net, ip, *fresh);
    return {};
}

template <class Net, class Ip>
result<> mld::leave(Net& net, Ip& ip, const address6& group, std::uint32_t interface) {
    membership* known = find(group, interface);
    if (known == nullptr) return errc::address_not_available;
    if (--known->users != 0) return {};
    known->timer.cancel();
    known->repeats = 0;
    if (interface == 0 || !is_reported(group)) return {};
    if (!version1(net.now())) begin_to_tell(net, ip, *known);
    else if (known->last_reporter) send_change(net, ip, *known);
    return {};
}

/// From a router of this link, or not at all. Source: RFC 3810 section 6.2; RFC 2710 section 4.
template <class Net, class Ip>
void mld::rcv(Net& net, Ip& ip, const wire::icmp6_view& message, const ip_info<ip6>& info) {
    const auto header = wire::listener_header::decode(message.bytes());
    if (!header || !info.source.is_link_local() || info.ttl != 1) return;
    if (header->type == wire::icmp6_type::listener_query) {
        hear_query(net, ip, *header, wire::listener_query_version(message.bytes().size()), info);
    } else if (header->type == wire::icmp6_type::listener_report) {
        membership* ours = find(header->group, info.interface);
        if (ours == nullptr || !version1(net.now())) return;
        ours->timer.cancel();
        ours->last_reporter = false;
    }
}

template <class Net, class Ip>
void mld::hear_query(Net& net, Ip&, const wire::listener_header& query, int version, const ip_info<ip6>& info) {
    if (version == 1) version1_until_ = net.now() + version1_timeout;
    const duration within = duration::milliseconds(wire::listener_response_time(query.max_response, version));
    for (membership& each : memberships_) {
        const bool asked = query.group.is_any() || query.group == each.group;
        if (each.users == 0 || each.interface != info.interface || !asked || !is_reported(each.group)) continue;
        if (each.timer.armed() && each.timer.deadline <= net.now() + within) continue;
        each.answers = true;
        arm(net, each, within);
    }
}

template <class Net, class Ip>
void mld::report_due(Net& net, Ip& ip, part_timer& timer) {
    for (membership& each : memberships_) {
        if (&each.timer != &timer) continue;
        if (each.answers && each.users != 0) send(net, ip, each, wire::listener_report::is_excluding);
        else send_change(net, ip, each);
        each.answers = false;
        if (each.repeats != 0 && --each.repeats != 0) arm(net, each, unsolicited_interval);
        return;
    }
}

/// To the link alone, and marked for routers to look at. Source: RFC 3810 section 5.2.13 and 5.2.14; RFC 2711.
template <class Net, class Ip>
void mld::send(Net& net, Ip& ip, membership& of, std::uint8_t record_type) {
    constexpr std::array router_alert{std::byte{wire::ip_protocol::icmp6}, std::byte{0}, std::byte{5}, std::byte{2},
                                      std::byte{0}, std::byte{0}, std::byte{1}, std::byte{0}};
    const bool old = version1(net.now());
    const bool leaves = record_type == wire::listener_report::to_including;
    const address6 to = !old ? version2_routers : leaves ? all_routers : of.group;
    const address6 source = ip.link_local_on(of.interface);
    const std::size_t size = old ? wire::listener_header::size : wire::listener_report::size;
    const std::size_t room = ip.headroom(net) + router_alert.size();
    packet_buffer skb = packet_buffer::allocate(net.packets(), room + size, room);
    if (!skb) return;
    if (old) {
        wire::listener_header{.type = leaves ? wire::icmp6_type::listener_done : wire::icmp6_type::listener_report, .group = of.group}.encode(skb->put(size), source, to);
    } else {
        wire::listener_report{.record_type = record_type, .group = of.group}.encode(skb->put(size), source, to);
    }
    of.last_reporter = !leaves;
    copy(skb->push(router_alert.size()), router_alert);
    ip.send_to_link(net, std::move(skb), {.source = source, .destination = to, .protocol = wire::ip_protocol::hop_by_hop, .ttl = 1, .multicast_loop = false}, of.interface);
}

}  // namespace weld::inline v0::stack
