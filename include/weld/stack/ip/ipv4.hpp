// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/context.hpp>
#include <weld/stack/ip/address_table.hpp>
#include <weld/stack/ip/fragments.hpp>
#include <weld/stack/ip/identification.hpp>
#include <weld/stack/ip/igmp.hpp>
#include <weld/stack/ip/network_base.hpp>
#include <weld/stack/ip/path_mtu.hpp>
#include <weld/stack/ip/protocols.hpp>
#include <weld/stack/ip/reassembly.hpp>
#include <weld/stack/ip/route_table.hpp>
#include <weld/stack/wire/icmp4.hpp>
#include <weld/stack/wire/ipv4.hpp>
#include <weld/stack/wire/ipv4_options.hpp>

namespace weld::inline v0::stack {

/// What IPv4 is made with.
struct ipv4_options {
    bool forward = false;                    ///< pass on what is for others, between the interfaces (net.ipv4.ip_forward)
    std::size_t loop_queue_length = 1000;    ///< packets to ourselves that wait for their turn (netdev_max_backlog)
    reassembly_options reassembly{};         ///< how much fragments may take, and for how long
    path_mtu_options path_mtu{};             ///< how much is remembered of paths, and for how long
};

/// What IPv4 did. Names as in the kernel's /proc/net/snmp and netstat: IpInReceives is in_receives. Source: RFC 4293.
struct ipv4_counters {
    std::uint64_t in_receives = 0, in_header_errors = 0, in_address_errors = 0, in_martians = 0, in_unknown_protocols = 0,
                  in_delivers = 0, forwarded = 0, out_requests = 0, out_discards = 0, out_no_routes = 0,
                  fragments_ok = 0, fragments_fail = 0, fragments_created = 0;
};

/// Internet Protocol version 4. In the kernel: net/ipv4/ip_input.c, ip_output.c, ip_forward.c, route.c.
/// Source: RFC 791, RFC 1122 section 3, RFC 1191.
class ipv4 : public network_base<ipv4, ip4> {
    friend network_base<ipv4, ip4>;

public:
    using role = role::network_layer;
    using net_context = context;
    using version = ip4;
    using address = address4;
    static constexpr std::uint16_t ether_type = wire::ether_type::ipv4;

    explicit ipv4(ipv4_options options = {}) noexcept
        : options_{options}, path_mtus_{options.path_mtu}, reassembly_{options.reassembly} {}

    template <class Net>
    result<> start(Net& net);
    template <class Net>
    void stop(Net&) noexcept {
        stop_loop();
        reassembly_.stop();
        igmp_.stop();
        path_mtu_timer_.cancel();
    }

    // --- the joint with transports: ip/network.hpp; some of it is network_base's
    template <class Net>
    result<route<ip4>> route_to(Net& net, address to, address source = {}, std::uint32_t interface = 0);
    template <class Net>
    result<> send(Net& net, packet_buffer skb, const ip_header<ip4>& header, const route<ip4>& way);
    template <class Net>
    bool is_local(Net&, address of) const noexcept { return of.is_loopback() || addresses_.find(of) != nullptr; }
    template <class Net>
    bool is_broadcast(Net&, address to) const noexcept { return is_broadcast(to); }
    std::uint32_t generation() const noexcept { return generation_; }
    template <class Net>
    void path_mtu(Net& net, address destination, std::size_t mtu);

    // --- the joint with interfaces
    template <class Net>
    rcv_result rcv(Net& net, packet_buffer&& skb, const frame_info& info);
    /// A neighbour did not answer: this packet of ours, or of another's, went nowhere.
    template <class Net>
    void unreachable(Net& net, packet_buffer skb);
    template <class Net>
    void interface_down(Net& net, std::uint32_t interface);
    template <class Net>
    void carrier_down(Net& net, std::uint32_t interface);
    template <class Net>
    void carrier_up(Net& net, std::uint32_t interface);

    // --- addresses, routes, groups
    /// Gives an interface an address, and the route to its network. Errors: file_exists, no_buffer_space,
    /// invalid_argument (not a host's address).
    template <class Net>
    result<> add_address(Net& net, const prefix4& address, std::uint32_t interface);
    template <class Net>
    result<> remove_address(Net& net, const prefix4& address, std::uint32_t interface);
    /// Errors: file_exists, no_buffer_space, network_unreachable (the gateway is on no link of ours).
    template <class Net>
    result<> add_route(Net& net, route_entry<ip4> entry);
    template <class Net>
    result<> remove_route(Net&, const route_entry<ip4>& entry) noexcept { return (++generation_, routes_.remove(entry)); }
    const route_table<ip4>& routes() const noexcept { return routes_; }
    const address_table<ip4>& addresses() const noexcept { return addresses_; }
    /// Multicast groups that this host listens to: join and leave count. Errors: those of igmp.
    template <class Net>
    result<> join(Net& net, address group, std::uint32_t interface) { return igmp_.join(net, *this, group, interface); }
    template <class Net>
    result<> leave(Net& net, address group, std::uint32_t interface) { return igmp_.leave(net, *this, group, interface); }
    bool is_member(address group, std::uint32_t interface) const noexcept { return igmp_.is_member(group, interface); }

    /// Sends a packet that has its IP header already, as raw sockets with IP_HDRINCL do. Errors: as send().
    template <class Net>
    result<> output(Net& net, packet_buffer skb, const route<ip4>& way, bool multicast_loop = true);
    /// Asks ICMP, where the net has it, to tell the sender of a packet what is wrong with it.
    template <class Net>
    void report(Net& net, packet& about, const wire::icmp4_header& what) {
        net.for_each_part([&](auto& part) {
            if constexpr (requires { part.send_error(net, about, what); }) part.send_error(net, about, what);
        });
    }

    // --- for its helpers' timers
    /// The groups that interfaces are members of.
    igmp& groups() noexcept { return igmp_; }
    /// Fragments that wait for others.
    reassembly<ip4>& reassembler() noexcept { return reassembly_; }
    /// A datagram did not become whole in time: its sender is told.
    template <class Net>
    void reassembly_timeout(Net& net, packet& first) { report(net, first, wire::icmp4_header::time_exceeded(1)); }

    const ipv4_counters& stats() const noexcept { return stats_; }
    /// What reassembly has counted.
    const reassembly_counters& reassembly_stats() const noexcept { return reassembly_.stats(); }
    /// Where the identification field comes from.
    identification_source<std::uint16_t>& identification() noexcept { return identification_; }

private:
    bool is_broadcast(address to) const noexcept {
        if (to.is_broadcast()) return true;
        for (const auto& own : addresses_.entries())
            if (own.prefix.length() < 31 && own.prefix.broadcast() == to) return true;
        return false;
    }
    route<ip4> route_to_self(address to, address source) const noexcept;
    std::uint32_t interface_of(address source) const noexcept {
        const auto* own = addresses_.find(source);
        return own != nullptr ? own->interface : 0;
    }

    static void write_header(std::byte* to, const ip_header<ip4>& header, std::uint16_t size, std::uint16_t id, bool dont_fragment) noexcept;
    template <class Net>
    bool accept_options(Net& net, packet& skb, const wire::ipv4_view& ip);
    bool is_martian(const wire::ipv4_view& ip) const noexcept;
    bool is_for_us(address to, std::uint32_t interface, bool looped) const noexcept;
    template <class Net>
    rcv_result input(Net& net, packet_buffer skb, const frame_info& info, bool looped);
    template <class Net>
    rcv_result deliver(Net& net, packet_buffer skb, const frame_info& info);
    template <class Net>
    void forward(Net& net, packet_buffer skb, const frame_info& info);
    template <class Net>
    result<> fragment(Net& net, packet_buffer skb, const route<ip4>& way);

    ipv4_options options_;
    std::uint32_t generation_ = 1;
    ipv4_counters stats_{};  // here, since each packet touches what is before and behind it
    address_table<ip4> addresses_;
    route_table<ip4> routes_;
    path_mtu_cache<ip4> path_mtus_;
    part_timer path_mtu_timer_;
    identification_source<std::uint16_t> identification_;
    reassembly<ip4> reassembly_;
    igmp igmp_;
};

}  // namespace weld::inline v0::stack

#include <weld/stack/ip/ipv4_input.hpp>
#include <weld/stack/ip/ipv4_output.hpp>
#include <weld/stack/ip/ipv4_routes.hpp>
