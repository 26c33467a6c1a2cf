// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_buffer.hpp>
#include <weld/stack/ip/network.hpp>
#include <weld/stack/ip/ip4.hpp>
#include <weld/stack/part_timer.hpp>
#include <weld/stack/wire/igmp.hpp>
#include <weld/stack/wire/ipv4.hpp>

#include <array>

namespace weld::inline v0::stack {

/// The multicast groups this host listens to, and what routers are told of them; part of ipv4.
/// In the kernel: net/ipv4/igmp.c. Source: RFC 2236; RFC 1112 section 7.
class igmp {
public:
    static constexpr std::size_t groups_max = 64;  // net.ipv4.igmp_max_memberships, for all socks together
    static constexpr address4 all_systems{{224, 0, 0, 1}}, all_routers{{224, 0, 0, 2}};

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
    result<> join(Net& net, Ip& ip, address4 group, std::uint32_t interface);
    /// Errors: address_not_available (not a member).
    template <class Net, class Ip>
    result<> leave(Net& net, Ip& ip, address4 group, std::uint32_t interface);
    /// Every host is one of all_systems.
    bool is_member(address4 group, std::uint32_t interface) const noexcept {
        if (group == all_systems) return true;
        for (const membership& each : memberships_)
            if (each.users != 0 && each.group == group && each.interface == interface) return true;
        return false;
    }
    /// The interface is gone, and its memberships with it.
    void forget(std::uint32_t interface) noexcept {
        for (membership& each : memberships_)
            if (each.users != 0 && each.interface == interface) each.timer.cancel(), each.users = 0;
    }

    /// The interface is there again, and routers may have forgotten us.
    template <class Net, class Ip>
    void tell_again(Net& net, Ip& ip, std::uint32_t interface) {
        for (membership& each : memberships_)
            if (each.users != 0 && each.interface == interface && each.group != all_systems) begin_to_tell(net, ip, each);
    }

    /// A message, its IP header pulled.
    template <class Net, class Ip>
    void rcv(Net& net, Ip& ip, const packet& skb, const ip_info<ip4>& info);
    template <class Net, class Ip>
    void report_due(Net& net, Ip& ip, part_timer& timer);

private:
    static constexpr duration unsolicited_interval = duration::seconds(10);     // RFC 2236 section 8.10
    static constexpr duration version1_timeout = duration::seconds(400);        // RFC 2236 section 8.11
    struct membership {
        address4 group{};
        std::uint32_t interface = 0;
        std::uint32_t users = 0;
        bool last_reporter = false;   // RFC 2236 section 3: only such a one tells that it leaves
        std::uint8_t repeats = 0;
        part_timer timer;
    };

    membership* find(address4 group, std::uint32_t interface) noexcept {
        for (membership& each : memberships_)
            if (each.users != 0 && each.group == group && each.interface == interface) return &each;
        return nullptr;
    }
    template <class Net>
    void arm(Net& net, membership& of, duration within) noexcept {
        const auto longest = static_cast<std::uint64_t>(within.nanoseconds());
        net.timers().arm(of.timer, net.now() + duration::nanoseconds(static_cast<std::int64_t>(net.random().below(longest + 1))));
    }
    /// At once, and once more soon. Source: RFC 2236 section 3.
    template <class Net, class Ip>
    void begin_to_tell(Net& net, Ip& ip, membership& of) {
        of.repeats = 1;
        send_report(net, ip, of);
        arm(net, of, unsolicited_interval);
    }
    template <class Net, class Ip>
    void send_report(Net& net, Ip& ip, membership& of) {
        const bool version1 = net.now() < version1_until_;
        of.last_reporter = true;
        send(net, ip, {.type = version1 ? wire::igmp_type::membership_report1 : wire::igmp_type::membership_report2, .group = of.group}, of.group, of.interface);
    }
    template <class Net, class Ip>
    void send(Net& net, Ip& ip, const wire::igmp_header& message, address4 to, std::uint32_t interface);

    std::array<membership, groups_max> memberships_{};
    time_point version1_until_{};  // a version 1 router is here: RFC 2236 section 4
};

template <class Net, class Ip>
result<> igmp::join(Net& net, Ip& ip, address4 group, std::uint32_t interface) {
    if (!group.is_multicast()) return errc::invalid_argument;
    if (membership* known = find(group, interface); known != nullptr) return ++known->users, result<>{};
    for (membership& each : memberships_) {
        if (each.users != 0) continue;
        each.group = group;
        each.interface = interface;
        each.users = 1;
        each.last_reporter = false;
        if (group == all_systems || interface == 0) return {};
        begin_to_tell(net, ip, each);
        return {};
    }
    return errc::no_buffer_space;
}

template <class Net, class Ip>
result<> igmp::leave(Net& net, Ip& ip, address4 group, std::uint32_t interface) {
    membership* known = find(group, interface);
    if (known == nullptr) return errc::address_not_available;
    if (--known->users != 0) return {};
    known->timer.cancel();
    if (known->last_reporter && interface != 0 && net.now() >= version1_until_)
        send(net, ip, {.type = wire::igmp_type::leave_group, .group = group}, all_routers, interface);
    return {};
}

/// Source: RFC 2236 section 3 and section 6, the figure.
template <class Net, class Ip>
void igmp::rcv(Net& net, Ip&, const packet& skb, const ip_info<ip4>& info) {
    const auto message = wire::igmp_view::parse(skb.bytes());
    if (!message || !message->checksum_valid()) return;
    if (message->type() == wire::igmp_type::membership_query) {
        if (message->query_version() == 1) version1_until_ = net.now() + version1_timeout;
        const duration within = message->max_response_time() == 0 ? unsolicited_interval : duration::milliseconds(100) * message->max_response_time();
        for (membership& each : memberships_) {
            const bool asked = message->group().is_any() || message->group() == each.group;
            if (each.users == 0 || each.interface != info.interface || !asked || each.group == all_systems) continue;
            if (each.timer.armed() && each.timer.deadline <= net.now() + within) continue;
            arm(net, each, within);
        }
    } else if (message->type() == wire::igmp_type::membership_report1 || message->type() == wire::igmp_type::membership_report2) {
        membership* ours = find(message->group(), info.interface);
        if (ours == nullptr) return;
        ours->timer.cancel();
        ours->last_reporter = false;
    }
}

template <class Net, class Ip>
void igmp::report_due(Net& net, Ip& ip, part_timer& timer) {
    for (membership& each : memberships_) {
        if (&each.timer != &timer) continue;
        send_report(net, ip, each);
        if (each.repeats == 0) return;
        --each.repeats;
        return;
    }
}

/// To the link alone, and marked for routers to look at. Source: RFC 2236 section 2; RFC 2113.
template <class Net, class Ip>
void igmp::send(Net& net, Ip& ip, const wire::igmp_header& message, address4 to, std::uint32_t interface) {
    const auto way = ip.route_to(net, to, {}, interface);
    if (!way) return;
    constexpr std::array router_alert{std::byte{148}, std::byte{4}, std::byte{0}, std::byte{0}};
    const std::size_t room = ip.headroom(net) + router_alert.size();
    packet_buffer skb = packet_buffer::allocate(net.packets(), room + wire::igmp_header::size, room);
    if (!skb) return;
    message.encode(skb->put(wire::igmp_header::size));
    skb->reset_transport_header();
    constexpr std::size_t header_size = wire::ipv4_header::size + router_alert.size();
    wire::ipv4_header{.dscp = 48, .total_length = static_cast<std::uint16_t>(header_size + wire::igmp_header::size), .dont_fragment = true,
                      .ttl = 1, .protocol = wire::ip_protocol::igmp, .source = way->source, .destination = to}
        .encode(skb->push(header_size), router_alert);
    static_cast<void>(ip.output(net, std::move(skb), *way, false));
}

}  // namespace weld::inline v0::stack
