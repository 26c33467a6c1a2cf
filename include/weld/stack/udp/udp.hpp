// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/siphash.hpp>
#include <weld/socket/protosw.hpp>
#include <weld/stack/ip/inet_proto.hpp>
#include <weld/stack/ip/ip4.hpp>
#include <weld/stack/ip/ip6.hpp>
#include <weld/stack/udp/udp_sock.hpp>
#include <weld/stack/wire/udp.hpp>

namespace weld::inline v0::stack {

/// What UDP is made with.
struct udp_options {
    port_range ephemeral{};                  ///< net.ipv4.ip_local_port_range
    std::uint16_t privileged_below = 0;      ///< ports that nobody may bind: permission_denied; own nets have none
};

/// In the kernel: UdpInDatagrams and so on, /proc/net/snmp.
struct udp_counters {
    std::uint64_t in_datagrams = 0, no_ports = 0, in_errors = 0, in_checksum_errors = 0, receive_buffer_errors = 0,
                  out_datagrams = 0, send_buffer_errors = 0;
};

/// User Datagram Protocol over one version of IP. In the kernel: net/ipv4/udp.c.
/// Source: RFC 768, RFC 1122 section 4.1, RFC 8085.
template <class Ip>
class basic_udp : public inet_proto<Ip, udp_sock<Ip>> {
    using base = inet_proto<Ip, udp_sock<Ip>>;

public:
    using role = role::protocol;
    using net_context = context;
    using over = Ip;
    using typename base::sock;
    using typename base::endpoint;
    using typename base::message_control;
    using address = typename Ip::address;
    using protosw = protosw_table<entry<Ip::udp, datagram_ops<basic_udp>>>;
    static constexpr std::uint8_t ip_protocol = wire::ip_protocol::udp;
    static constexpr std::size_t payload_max = Ip::payload_max - wire::udp_header::size;

    explicit basic_udp(udp_options options = {}) noexcept : options_{options} {}

    template <class Net>
    result<> start(Net& net) noexcept {
        this->ports_.start(net.random(), options_.ephemeral);
        key_ = siphash_key::from(net.random());
        return {};
    }

    template <class Net>
    void stop(Net& net) noexcept {
        for (open_sock& at : this->open_) static_cast<sock&>(at).corked.reset();
        base::stop(net);
    }

    // --- calls of socks; see datagram_ops
    template <class Net>
    void close(Net& net, sock& sk) {
        sk.corked.reset();
        base::close(net, sk);
    }
    /// Errors: invalid_argument (bound already), address_not_available, address_in_use.
    template <class Net>
    result<> bind(Net& net, sock& sk, const endpoint& local);
    template <class Net>
    result<> connect(Net& net, sock& sk, const endpoint& to);
    template <class Net>
    result<std::size_t> send(Net& net, sock& sk, gathered data, const endpoint* to, const message_control& asks, message_flags flags);
    template <class Net>
    result<> set_option(Net& net, sock& sk, int level, int name, const_bytes value);
    template <class Net>
    result<std::size_t> get_option(Net& net, sock& sk, int level, int name, mutable_bytes value);

    // --- the joint with the network layer
    template <class Net>
    rcv_result rcv(Net& net, packet_buffer&& skb, const ip_info<Ip>& info);
    template <class Net>
    void error(Net& net, const icmp_error<Ip>& error);

    const udp_counters& stats() const noexcept { return stats_; }

private:
    template <class Net>
    result<std::size_t> send_corked(Net& net, sock& sk, gathered data, const endpoint& to, const message_control& asks, bool more);
    template <class Net>
    result<> uncork(Net& net, sock& sk);
    template <class Net>
    result<> hold(Net& net, sock& sk, std::uint16_t port);
    template <class Net>
    result<> transmit(Net& net, sock& sk, gathered data, const endpoint& to, const route<Ip>& way, const message_control& asks, message_flags flags);
    static void write_header(packet& skb, const ip_header<Ip>& header, std::uint16_t from_port, std::uint16_t to_port, bool device_sums,
                             std::uint32_t sum) noexcept;
    static bool checksum_valid(const packet& skb, const wire::udp_view& datagram, const ip_info<Ip>& info) noexcept;
    sock* find(const address& from, std::uint16_t from_port, const address& to, std::uint16_t to_port, std::uint32_t interface) noexcept;
    sock& among_sharers(sock& first, const address& from, std::uint16_t from_port, const address& to) noexcept;
    template <class Net>
    void deliver_to_many(Net& net, packet_buffer skb, const ip_info<Ip>& info, std::uint16_t from_port, std::uint16_t to_port);
    /// A super-segment in pieces, for a sock that does not want them merged.
    template <class Net>
    void deliver_split(Net& net, sock& sk, const packet& whole, const ip_info<Ip>& info, std::uint16_t from_port);
    template <class Net>
    void deliver_to(Net& net, sock& sk, packet_buffer skb, const ip_info<Ip>& info, std::uint16_t from_port) {
        if (skb->gso_size != 0 && !sk.merges) return deliver_split(net, sk, *skb, info, from_port);
        if (this->deliver(net, sk, std::move(skb), info, from_port)) ++stats_.in_datagrams;
        else ++stats_.receive_buffer_errors, ++stats_.in_errors;
    }

    udp_options options_;
    siphash_key key_{};
    udp_counters stats_{};
};

/// UDP over IPv4.
using udp = basic_udp<ip4>;
/// UDP over IPv6: it serves weld::udp6.
using udp6 = basic_udp<ip6>;

}  // namespace weld::inline v0::stack

#include <weld/stack/udp/udp_cork.hpp>
#include <weld/stack/udp/udp_input.hpp>
#include <weld/stack/udp/udp_sock_options.hpp>
#include <weld/stack/udp/udp_output.hpp>
