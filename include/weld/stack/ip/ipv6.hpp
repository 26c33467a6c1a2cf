// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/context.hpp>
#include <weld/stack/ip/extension_headers.hpp>
#include <weld/stack/ip/fragments6.hpp>
#include <weld/stack/ip/identification.hpp>
#include <weld/stack/ip/learnt_routes.hpp>
#include <weld/stack/ip/mld.hpp>
#include <weld/stack/ip/network_base.hpp>
#include <weld/stack/ip/path_mtu.hpp>
#include <weld/stack/ip/protocols.hpp>
#include <weld/stack/ip/reassembly.hpp>
#include <weld/stack/ip/route_table.hpp>
#include <weld/stack/ip/source_selection.hpp>
#include <weld/stack/wire/icmp6.hpp>
#include <weld/stack/wire/ipv6.hpp>
#include <weld/stack/wire/router_discovery.hpp>

namespace weld::inline v0::stack {

/// What IPv6 is made with.
struct ipv6_options {
    bool forward = false;                    ///< pass on what is for others, between the interfaces (net.ipv6.conf.all.forwarding)
    std::size_t loop_queue_length = 1000;    ///< packets to ourselves that wait for their turn (netdev_max_backlog)
    std::uint8_t dad_transmits = 1;          ///< how often to ask whether an address is free; 0: it is taken as it is
    duration dad_delay_max = duration::seconds(1);   ///< the first question waits so long at the most, by chance: RFC 4862 section 5.4.2
    duration dad_interval = duration::seconds(1);    ///< what an answer has time for (RetransTimer)
    bool link_local = true;                  ///< an interface without one is given a link-local address (net.ipv6.conf.*.addr_gen_mode)
    bool believe_routers = true;             ///< where it does not forward: their prefixes, ways, MTU (net.ipv6.conf.all.accept_ra)
    std::uint8_t router_solicitations = 3;   ///< how often to ask for a router (net.ipv6.conf.all.router_solicitations)
    duration solicitation_delay_max = duration::seconds(1);
    duration solicitation_interval = duration::seconds(4);
    extension_limits extensions{};           ///< how much is looked at before a packet's payload
    reassembly_options reassembly{.timeout = duration::seconds(60)};  ///< how much fragments may take, and for how long (net.ipv6.ip6frag_time)
    path_mtu_options path_mtu{.mtu_min = ip6::mtu_min};  ///< how much is remembered of paths, and for how long
};

/// What IPv6 did. Names as in the kernel's /proc/net/snmp6: Ip6InReceives is in_receives. Source: RFC 4293.
struct ipv6_counters {
    std::uint64_t in_receives = 0, in_header_errors = 0, in_address_errors = 0, in_martians = 0, in_unknown_protocols = 0,
                  in_delivers = 0, forwarded = 0, in_too_big = 0, out_requests = 0, out_discards = 0, out_no_routes = 0,
                  fragments_ok = 0, fragments_fail = 0, fragments_created = 0;
};

/// Internet Protocol version 6, with neighbour discovery's part that is not the link's. In the kernel: net/ipv6/ip6_input.c,
/// ip6_output.c, route.c, addrconf.c. Source: RFC 8200, RFC 4291, RFC 4861, RFC 4862, RFC 6724,
/// RFC 8201.
class ipv6 : public network_base<ipv6, ip6> {
    friend network_base<ipv6, ip6>;

public:
    using role = role::network_layer;
    using net_context = context;
    using version = ip6;
    using address = address6;
    /// An address of ours: its interface, how long it is good for, whether it may be used.
    using address_entry = address6_table::entry;
    static constexpr std::uint16_t ether_type = wire::ether_type::ipv6;

    explicit ipv6(ipv6_options options = {}) noexcept 
        : options_{options}, path_mtus_{options.path_mtu}, reassembly_{options.reassembly} {}

    template <class Net>
    result<> start(Net& net);
    template <class Net>
    void stop(Net&) noexcept {
        stop_loop();
        reassembly_.stop();
        mld_.stop();
        address_timer_.cancel();
        discovery_timer_.cancel();
        path_mtu_timer_.cancel();
    }

    // --- the joint with transports: ip/network.hpp; some of it is network_base's
    template <class Net>
    result<route<ip6>> route_to(Net& net, address to, address source = {}, std::uint32_t interface = 0);
    template <class Net>
    result<> send(Net& net, packet_buffer skb, const ip_header<ip6>& header, const route<ip6>& way);
    /// An address of ours that may be used, ::1 included.
    template <class Net>
    bool is_local(Net&, const address& of) const noexcept { return of.is_loopback() || usable(of) != nullptr; }
    template <class Net>
    bool is_broadcast(Net&, const address&) const noexcept { return false; }
    std::uint32_t generation() const noexcept { return generation_; }
    template <class Net>
    void path_mtu(Net& net, const address& destination, std::size_t mtu);

    // --- the joint with interfaces
    template <class Net>
    rcv_result rcv(Net& net, packet_buffer&& skb, const frame_info& info);
    /// A neighbour did not answer: this packet of ours, or of another's, went nowhere.
    template <class Net>
    void unreachable(Net& net, packet_buffer skb);
    /// An interface is there: it gets a link-local address, where it was given none.
    template <class Net, class Io>
    result<> interface_up(Net& net, Io& io);
    template <class Net>
    void interface_down(Net& net, std::uint32_t interface);
    template <class Net>
    void carrier_down(Net& net, std::uint32_t interface);
    template <class Net>
    void carrier_up(Net& net, std::uint32_t interface);

    // --- the joint with neighbour discovery: link/ndp.hpp
    /// Ours on this interface, tentative or not; null where it is not ours.
    const address_entry* address_on(const address& of, std::uint32_t interface) const noexcept {
        for (const address_entry& each : addresses_.entries())
            if (each.interface == interface && each.address() == of) return &each;
        return nullptr;
    }
    /// Somebody else has an address that we wanted: it is given up. Source: RFC 4862 section 5.4.5.
    template <class Net>
    void duplicate(Net& net, const address& of, std::uint32_t interface);
    /// A router does not answer: others are used while there are any.
    template <class Net>
    void router_silent(Net& net, const address& router, std::uint32_t interface);
    /// It says that it is a router no more.
    template <class Net>
    void router_no_more(Net& net, const address& router, std::uint32_t interface);
    bool is_router() const noexcept { return options_.forward; }
    /// Sends what is for the link alone, by an interface, whatever the routes say; :: may send.
    template <class Net>
    void send_to_link(Net& net, packet_buffer skb, const ip_header<ip6>& header, std::uint32_t interface);
    /// A message of neighbour discovery, its checksum filled in. Source: RFC 4861 section 4.
    template <class Net>
    void send_discovery(Net& net, packet_buffer skb, const address& source, const address& to, std::uint32_t interface) {
        send_to_link(net, std::move(skb), {.source = source, .destination = to, .protocol = wire::ip_protocol::icmp6, .ttl = 255, .multicast_loop = false}, interface);
    }
    /// The interface's link-local address, :: while it has none that may be used.
    address link_local_on(std::uint32_t interface) const noexcept {
        for (const address_entry& each : addresses_.entries())
            if (each.interface == interface && each.address().is_link_local() && each.state.is_usable()) return each.address();
        return {};
    }

    // --- addresses, routes, groups
    /// Gives an interface an address, and the route to its network. On a link with neighbours it is tentative at first.
    /// Errors: file_exists, no_buffer_space, invalid_argument (not a host's address).
    template <class Net>
    result<> add_address(Net& net, const prefix6& address, std::uint32_t interface);
    template <class Net>
    result<> remove_address(Net& net, const prefix6& address, std::uint32_t interface);
    /// Errors: file_exists, no_buffer_space, network_unreachable (the gateway is on no link of ours).
    template <class Net>
    result<> add_route(Net& net, route_entry<ip6> entry);
    template <class Net>
    result<> remove_route(Net&, const route_entry<ip6>& entry) noexcept { return (++generation_, routes_.remove(entry)); }
    const route_table<ip6>& routes() const noexcept { return routes_; }
    const address6_table& addresses() const noexcept { return addresses_; }
    /// Multicast groups that this host listens to: join and leave count. Errors: those of mld.
    template <class Net>
    result<> join(Net& net, const address& group, std::uint32_t interface) { return mld_.join(net, *this, group, interface); }
    template <class Net>
    result<> leave(Net& net, const address& group, std::uint32_t interface) { return mld_.leave(net, *this, group, interface); }
    bool is_member(const address& group, std::uint32_t interface) const noexcept { return mld_.is_member(group, interface); }

    /// Sends a packet that has its IP header already, as raw sockets with IPV6_HDRINCL do. Errors: as send().
    template <class Net>
    result<> output(Net& net, packet_buffer skb, const route<ip6>& way, bool multicast_loop = true);
    /// Asks ICMPv6, where the net has it, to tell the sender of a packet what is wrong with it.
    template <class Net>
    void report(Net& net, packet& about, const wire::icmp6_header& what) {
        net.for_each_part([&](auto& part) {
            if constexpr (requires { part.send_error(net, about, what); }) part.send_error(net, about, what);
        });
    }

    // --- for its helpers' timers
    /// The groups that interfaces are members of.
    mld& groups() noexcept { return mld_; }
    /// Fragments that wait for others.
    reassembly<ip6>& reassembler() noexcept { return reassembly_; }
    /// A packet did not become whole in time: its sender is told.
    template <class Net>
    void reassembly_timeout(Net& net, packet& first) { report(net, first, wire::icmp6_header::time_exceeded(1)); }

    const ipv6_counters& stats() const noexcept { return stats_; }
    /// What reassembly has counted.
    const reassembly_counters& reassembly_stats() const noexcept { return reassembly_.stats(); }

private:
    static constexpr std::size_t interfaces_max = 16;        // that have an MTU and a hop limit of their own, and ask for routers
    static constexpr int router_metric = 1024;               // of what routers tell: IP6_RT_PRIO_USER
    static constexpr std::uint32_t silent_metric = 1u << 16; // more, while the router does not answer
    /// What is known of a link. In the kernel: struct inet6_dev.
    struct interface_state {
        std::uint32_t index = 0;             // 0: not there
        std::size_t mtu = 0;                 // as a router says; 0: the interface's
        std::uint8_t hop_limit = 64;
        std::uint8_t solicitations_left = 0;
        time_point next_solicitation{};
    };
    interface_state* state_of(std::uint32_t interface) noexcept {
        return interface != 0 && interface <= interfaces_max ? &interfaces_[interface - 1] : nullptr;
    }

    const address_entry* usable(const address& of) const noexcept {
        for (const address_entry& each : addresses_.entries())
            if (each.address() == of && each.state.is_usable()) return &each;
        return nullptr;
    }
    address_entry* find(const address& of, std::uint32_t interface) noexcept { return const_cast<address_entry*>(address_on(of, interface)); }
    route<ip6> route_to_self(const address& to, const address& source) const noexcept;
    template <class Net>
    std::uint32_t first_interface(Net& net, const address& source) const noexcept;
    template <class Net>
    errc describe(Net& net, route<ip6>& way) noexcept;

    // addresses: ipv6_addresses.hpp
    template <class Net>
    void begin_interface(Net& net, std::uint32_t interface);
    template <class Net>
    result<> insert_address(Net& net, const prefix6& address, std::uint32_t interface, address6_state state);
    template <class Net>
    bool asks_first(Net& net, const prefix6& address, std::uint32_t interface);
    template <class Net>
    void begin_probing(Net& net, address_entry& own);
    template <class Net>
    void end_probing(Net& net, address_entry& own);
    template <class Net>
    void probe_again(Net& net, address_entry& own);
    template <class Net>
    void addresses_due(Net& net);
    template <class Net>
    void arm_addresses(Net& net) noexcept;

    // routers: ipv6_discovery.hpp
    template <class Net>
    bool take_discovery(Net& net, const packet& skb, const ip_info<ip6>& info);
    template <class Net>
    void hear_router(Net& net, const_bytes message, const ip_info<ip6>& info);
    template <class Net>
    void hear_redirect(Net& net, const_bytes message, const ip_info<ip6>& info);
    template <class Net>
    void learn_station(Net& net, const address& of, const_bytes options, std::uint8_t type, std::uint32_t interface, bool is_router);
    template <class Net>
    void learn_router(Net& net, const address& router, int preference, duration lifetime, std::uint32_t interface);
    template <class Net>
    void learn_prefix(Net& net, const wire::prefix_information& told, std::uint32_t interface);
    template <class Net>
    void learn_mtu(Net& net, interface_state& link, std::size_t mtu);
    template <class Net>
    void autoconfigure(Net& net, const wire::prefix_information& told, std::uint32_t interface);
    template <class Net>
    std::uint64_t identifier_on(Net& net, std::uint32_t interface) const noexcept;
    template <class Net>
    void begin_soliciting(Net& net, std::uint32_t interface);
    template <class Net>
    void solicit_routers(Net& net, interface_state& link);
    template <class Net>
    void discovery_due(Net& net);
    template <class Net>
    void arm_discovery(Net& net) noexcept;

    // receiving and sending
    bool is_martian(const address& from, const address& to) const noexcept;
    bool is_for_us(const address& to, std::uint32_t interface, bool looped) const noexcept;
    template <class Net>
    rcv_result input(Net& net, packet_buffer skb, const frame_info& info, bool looped);
    template <class Net>
    rcv_result deliver(Net& net, packet_buffer skb, const frame_info& info);
    template <class Net>
    bool take_headers(Net& net, packet_buffer& skb, header_walk& walk);
    template <class Net>
    header_verdict take_fragment(Net& net, packet_buffer& skb, header_walk& walk);
    template <class Net>
    void forward(Net& net, packet_buffer skb, const frame_info& info);
    template <class Net>
    result<> fragment(Net& net, packet_buffer skb, const route<ip6>& way, bool multicast_loop);

    ipv6_options options_;
    std::uint32_t generation_ = 1;
    bool started_ = false;
    address6_table addresses_;
    part_timer address_timer_;
    route_table<ip6> routes_;
    std::array<interface_state, interfaces_max> interfaces_{};
    learnt_routes learnt_;
    part_timer discovery_timer_;
    path_mtu_cache<ip6> path_mtus_;
    part_timer path_mtu_timer_;
    identification_source<std::uint32_t> identification_;
    reassembly<ip6> reassembly_;
    mld mld_;
    ipv6_counters stats_{};
};

}  // namespace weld::inline v0::stack

#include <weld/stack/ip/ipv6_addresses.hpp>
#include <weld/stack/ip/ipv6_discovery.hpp>
#include <weld/stack/ip/ipv6_input.hpp>
#include <weld/stack/ip/ipv6_output.hpp>
#include <weld/stack/ip/ipv6_routes.hpp>
