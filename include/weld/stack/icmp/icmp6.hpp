// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/context.hpp>
#include <weld/stack/icmp/icmp6_errors.hpp>
#include <weld/stack/icmp/ping_sock.hpp>
#include <weld/stack/icmp/rate_limit.hpp>
#include <weld/stack/ip/ip6.hpp>
#include <weld/stack/ip/protocols.hpp>
#include <weld/stack/ip/scope6.hpp>
#include <weld/stack/wire/icmp6.hpp>
#include <weld/stack/wire/ipv6.hpp>

namespace weld::inline v0::stack {

/// What ICMPv6 answers, and how often.
struct icmp6_options {
    std::uint32_t errors_per_second = 1000;  ///< that we send (net.ipv6.icmp.ratelimit)
    std::uint32_t errors_burst = 50;
    bool answer_echo = true;
    bool answer_multicast_echo = true;       ///< RFC 4443 section 4.2 (net.ipv6.icmp.echo_ignore_multicast)
};

/// In the kernel: Icmp6InMsgs and so on, /proc/net/snmp6.
struct icmp6_counters {
    std::uint64_t in_messages = 0, in_errors = 0, in_checksum_errors = 0, in_echos = 0, in_echo_replies = 0, in_unreachables = 0,
                  in_packets_too_big = 0, in_time_exceeded = 0, in_parameter_problems = 0, out_messages = 0, out_echo_replies = 0,
                  out_errors = 0, out_rate_limited = 0;
};

/// Internet Control Message Protocol version 6: answers echo, tells senders what is wrong and transports what was wrong, and
/// serves weld::ping6. Neighbour discovery and multicast listeners are ipv6's own. In the kernel: net/ipv6/icmp.c, ping.c.
/// Source: RFC 4443.
class icmp6 : public ping_sockets<icmp6, ip6> {
public:
    using role = role::protocol;
    using net_context = context;
    using over = ip6;
    using protosw = protosw_table<entry<weld::ping6, datagram_ops<icmp6>>>;
    static constexpr std::uint8_t ip_protocol = wire::ip_protocol::icmp6;

    explicit icmp6(icmp6_options options = {}) noexcept : options_{options}, limit_{options.errors_per_second, options.errors_burst} {}

    template <class Net>
    rcv_result rcv(Net& net, packet_buffer&& skb, const ip_info<ip6>& info);
    /// Tells the sender of `about`, where that is allowed. `about.network_header()` is where its IP header stands.
    template <class Net>
    void send_error(Net& net, packet& about, const wire::icmp6_header& what);
    const icmp6_counters& stats() const noexcept { return stats_; }

private:
    template <class Net>
    void answer_echo(Net& net, packet_buffer skb, const ip_info<ip6>& info);
    template <class Net>
    void hear_error(Net& net, const wire::icmp6_view& message, const ip_info<ip6>& info);
    static bool may_answer(const packet& about, const wire::ipv6_view& ip, const wire::icmp6_header& what) noexcept;

    icmp6_options options_;
    rate_limit limit_;
    icmp6_counters stats_{};
};

/// Unknown errors go up, unknown others are silently dropped. Source: RFC 4443 section 2.4 (a) and (b).
template <class Net>
rcv_result icmp6::rcv(Net& net, packet_buffer&& skb, const ip_info<ip6>& info) {
    ++stats_.in_messages;
    const auto message = wire::icmp6_view::parse(skb->bytes());
    const bool checked = skb->checksum == checksum_state::unnecessary || skb->checksum == checksum_state::partial;
    if (!message || (!checked && !message->checksum_valid(info.source, info.destination))) {
        ++stats_.in_errors;
        if (message) ++stats_.in_checksum_errors;
        return rcv_result::handled;
    }
    switch (message->type()) {
        case wire::icmp6_type::echo_request: ++stats_.in_echos; answer_echo(net, std::move(skb), info); break;
        case wire::icmp6_type::echo_reply: ++stats_.in_echo_replies; deliver_echo(net, std::move(skb), info); break;
        case wire::icmp6_type::destination_unreachable: ++stats_.in_unreachables; hear_error(net, *message, info); break;
        case wire::icmp6_type::packet_too_big: ++stats_.in_packets_too_big; hear_error(net, *message, info); break;
        case wire::icmp6_type::time_exceeded: ++stats_.in_time_exceeded; hear_error(net, *message, info); break;
        case wire::icmp6_type::parameter_problem: ++stats_.in_parameter_problems; hear_error(net, *message, info); break;
        default: if (message->is_error()) hear_error(net, *message, info); break;
    }
    return rcv_result::handled;
}

/// The request itself is sent back. Source: RFC 4443 section 4.2.
template <class Net>
void icmp6::answer_echo(Net& net, packet_buffer skb, const ip_info<ip6>& info) {
    if (!options_.answer_echo || (info.to_many && !options_.answer_multicast_echo)) return;
    auto& ip = network<ip6>(net);
    const auto way = ip.route_to(net, info.source, info.to_many ? address6{} : info.destination, scope6::needs_interface(info.source) ? info.interface : 0);
    if (!way || way->type != packet_type::host || !skb->unshare()) return;
    const mutable_bytes message = skb->bytes();
    store_be<std::uint16_t>(message, 0, wire::icmp6_type::echo_reply << 8);
    wire::icmp6_header{wire::icmp6_type::echo_reply, 0, 0, load_be<std::uint32_t>(message, 4)}.encode(message, way->source, info.source);
    skb->checksum = checksum_state::none;
    ++stats_.out_messages, ++stats_.out_echo_replies;
    static_cast<void>(ip.send(net, std::move(skb), {.source = way->source, .destination = info.source, .protocol = ip_protocol,
                                                    .ttl = way->hop_limit, .tos = info.tos, .dont_fragment = false}, *way));
}

/// An error about a packet of ours, as somebody else says. Source: RFC 4443 section 2.4 (d); icmpv6_notify.
template <class Net>
void icmp6::hear_error(Net& net, const wire::icmp6_view& message, const ip_info<ip6>& info) {
    const auto quoted = wire::ipv6_view::parse_quoted(message.payload());
    auto& ip = network<ip6>(net);
    const bool about_many = info.to_many && message.type() != wire::icmp6_type::packet_too_big;
    if (!quoted || quoted->payload().size() < 8 || quoted->fragment_offset() != 0 || about_many || !ip.is_local(net, quoted->source())) {
        ++stats_.in_errors;
        return;
    }
    const icmp_meaning meaning = meaning6_of(message.type(), message.code());
    std::size_t mtu = 0;
    if (message.type() == wire::icmp6_type::packet_too_big) mtu = message.mtu() < ip6::mtu_min ? ip6::mtu_min : message.mtu();
    const icmp_error<ip6> error{.source = quoted->source(), .destination = quoted->destination(), .transport = quoted->payload(),
                                .error = meaning.error, .hard = meaning.hard, .mtu = mtu, .type = message.type(),
                                .code = message.code(), .reporter = info.source, .interface = info.interface};
    if (quoted->protocol() == ip_protocol) ping_error(net, error);
    deliver_error<ip6>(net, quoted->protocol(), error);
}

/// Never about an error or a redirect, a fragment that is not the first, or what came from nobody in particular; about what was
/// for many only that it is too big, or has an option that says so. Source: RFC 4443 section 2.4 (e).
inline bool icmp6::may_answer(const packet& about, const wire::ipv6_view& ip, const wire::icmp6_header& what) noexcept {
    const bool of_many_too = what.type == wire::icmp6_type::packet_too_big || (what.type == wire::icmp6_type::parameter_problem && what.code == 2);
    if ((about.type != packet_type::host || ip.destination().is_multicast()) && !of_many_too) return false;
    if (ip.source().is_any() || ip.source().is_multicast() || ip.fragment_offset() != 0) return false;
    if (ip.protocol() != ip_protocol) return true;
    const auto message = wire::icmp6_view::parse(ip.payload());
    return message && !message->is_error() && message->type() != wire::icmp6_type::redirect;
}

/// It quotes as much as goes into the smallest MTU. Source: RFC 4443 sections 2.2, 2.4 (c) and 3; icmp6_send.
template <class Net>
void icmp6::send_error(Net& net, packet& about, const wire::icmp6_header& what) {
    constexpr std::size_t size_max = ip6::mtu_min - ip6::header_size - wire::icmp6_header::size;
    auto& ip = network<ip6>(net);
    const auto culprit = wire::ipv6_view::parse_quoted(about.network_header());
    if (!culprit || !may_answer(about, *culprit, what)) return;
    if (!limit_.allow(net.now())) {
        ++stats_.out_rate_limited;
        return;
    }
    const bool ours = ip.is_local(net, culprit->destination());
    const auto way = ip.route_to(net, culprit->source(), ours ? culprit->destination() : address6{}, scope6::needs_interface(culprit->source()) ? about.interface : 0);
    if (!way || way->type != packet_type::host) return;
    const const_bytes quote = slice(culprit->bytes(), 0, size_max);
    packet_buffer skb = packet_buffer::allocate(net.packets(), ip.headroom(net) + wire::icmp6_header::size + quote.size(), ip.headroom(net));
    if (!skb) return;
    copy(skb->put(wire::icmp6_header::size + quote.size()).subspan(wire::icmp6_header::size), quote);
    what.encode(skb->bytes(), way->source, culprit->source());
    ++stats_.out_messages, ++stats_.out_errors;
    static_cast<void>(ip.send(net, std::move(skb), {.source = way->source, .destination = culprit->source(), .protocol = ip_protocol,
                                                    .ttl = way->hop_limit, .dont_fragment = false}, *way));
}

}  // namespace weld::inline v0::stack
