// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/context.hpp>
#include <weld/stack/icmp/icmp_errors.hpp>
#include <weld/stack/icmp/ping_sock.hpp>
#include <weld/stack/icmp/rate_limit.hpp>
#include <weld/stack/ip/protocols.hpp>
#include <weld/stack/wire/ipv4.hpp>

namespace weld::inline v0::stack {

/// What ICMP answers, and how often.
struct icmp_options {
    std::uint32_t errors_per_second = 1000;  ///< that we send (net.ipv4.icmp_msgs_per_sec)
    std::uint32_t errors_burst = 50;         ///< (net.ipv4.icmp_msgs_burst)
    bool answer_echo = true;
    bool answer_broadcast_echo = false;      ///< (net.ipv4.icmp_echo_ignore_broadcasts)
};

/// In the kernel: IcmpInMsgs and so on, /proc/net/snmp.
struct icmp_counters {
    std::uint64_t in_messages = 0, in_errors = 0, in_checksum_errors = 0, in_echos = 0, in_echo_replies = 0, in_unreachables = 0,
                  in_time_exceeded = 0, out_messages = 0, out_echo_replies = 0, out_errors = 0, out_rate_limited = 0;
};

/// Internet Control Message Protocol: answers echo, tells senders what is wrong and transports what was wrong, and
/// serves weld::ping. In the kernel: net/ipv4/icmp.c, ping.c. Source: RFC 792, RFC 1122 section 3.2.2, RFC 1812
/// section 4.3.
class icmp : public ping_sockets<icmp> {
public:
    using role = role::protocol;
    using net_context = context;
    using over = ip4;
    using protosw = protosw_table<entry<weld::ping, datagram_ops<icmp>>>;
    static constexpr std::uint8_t ip_protocol = wire::ip_protocol::icmp;

    explicit icmp(icmp_options options = {}) noexcept : options_{options}, limit_{options.errors_per_second, options.errors_burst} {}

    template <class Net>
    rcv_result rcv(Net& net, packet_buffer&& skb, const ip_info<ip4>& info);
    /// Tells the sender of `about`, where that is allowed. `about.network_header()` is where its IP header stands.
    template <class Net>
    void send_error(Net& net, packet& about, const wire::icmp4_header& what);
    const icmp_counters& stats() const noexcept { return stats_; }

private:
    template <class Net>
    void answer_echo(Net& net, packet_buffer skb, const ip_info<ip4>& info);
    template <class Net>
    void hear_error(Net& net, const wire::icmp4_view& message, const ip_info<ip4>& info);
    static bool may_answer(const packet& about, const wire::ipv4_view& ip) noexcept;

    icmp_options options_;
    rate_limit limit_;
    icmp_counters stats_{};
};

/// Source: RFC 1122 section 3.2.2: unknown types are silently dropped.
template <class Net>
rcv_result icmp::rcv(Net& net, packet_buffer&& skb, const ip_info<ip4>& info) {
    ++stats_.in_messages;
    const auto message = wire::icmp4_view::parse(skb->bytes());
    if (!message || !message->checksum_valid()) {
        ++stats_.in_errors;
        if (message) ++stats_.in_checksum_errors;
        return rcv_result::handled;
    }
    switch (message->type()) {
        case wire::icmp4_type::echo_request: ++stats_.in_echos; answer_echo(net, std::move(skb), info); break;
        case wire::icmp4_type::echo_reply: ++stats_.in_echo_replies; deliver_echo(net, std::move(skb), info); break;
        case wire::icmp4_type::destination_unreachable: ++stats_.in_unreachables; hear_error(net, *message, info); break;
        case wire::icmp4_type::time_exceeded: ++stats_.in_time_exceeded; [[fallthrough]];
        case wire::icmp4_type::parameter_problem: hear_error(net, *message, info); break;
        default: break;
    }
    return rcv_result::handled;
}

/// The request itself is sent back. Source: RFC 1122 section 3.2.2.6.
template <class Net>
void icmp::answer_echo(Net& net, packet_buffer skb, const ip_info<ip4>& info) {
    if (!options_.answer_echo || (info.to_many && !options_.answer_broadcast_echo)) return;
    auto& ip = network<ip4>(net);
    const auto way = ip.route_to(net, info.source, info.to_many ? address4{} : info.destination);
    if (!way || way->type != packet_type::host || !skb->unshare()) return;
    const mutable_bytes message = skb->bytes();
    store_be(message, 2, checksum::update(load_be<std::uint16_t>(message, 2), load_be<std::uint16_t>(message, 0), std::uint16_t{0}));
    store_be<std::uint16_t>(message, 0, wire::icmp4_type::echo_reply << 8);
    skb->checksum = checksum_state::none;
    ++stats_.out_messages, ++stats_.out_echo_replies;
    static_cast<void>(ip.send(net, std::move(skb), {.source = way->source, .destination = info.source, .protocol = ip_protocol,
                                                    .tos = info.tos, .dont_fragment = false}, *way));
}

/// An error about a packet of ours, as somebody else says. Source: RFC 1122 section 3.2.2.1; icmp_unreach.
template <class Net>
void icmp::hear_error(Net& net, const wire::icmp4_view& message, const ip_info<ip4>& info) {
    const auto quoted = wire::ipv4_view::parse_quoted(message.payload());
    auto& ip = network<ip4>(net);
    if (!quoted || quoted->payload().size() < 8 || quoted->fragment_offset() != 0 || info.to_many || !ip.is_local(net, quoted->source())) {
        ++stats_.in_errors;
        return;
    }
    const icmp_meaning meaning = meaning_of(message.type(), message.code());
    std::size_t mtu = 0;
    if (message.type() == wire::icmp4_type::destination_unreachable && message.code() == wire::icmp4_unreachable::fragmentation_needed) {
        mtu = message.next_hop_mtu();
        if (mtu < ip4::mtu_min) mtu = next_plateau(quoted->total_length());
    }
    const icmp_error<ip4> error{.source = quoted->source(), .destination = quoted->destination(), .transport = quoted->payload(),
                                .error = meaning.error, .hard = meaning.hard, .mtu = mtu, .type = message.type(), .code = message.code(),
                                .reporter = info.source};
    if (quoted->protocol() == ip_protocol) ping_error(net, error);
    else deliver_error<ip4>(net, quoted->protocol(), error);
}

/// Never about an error, a fragment that is not the first, what was for many, or what came from nobody in particular.
/// Source: RFC 1122 section 3.2.2.
inline bool icmp::may_answer(const packet& about, const wire::ipv4_view& ip) noexcept {
    if (about.type != packet_type::host || ip.destination().is_multicast() || ip.destination().is_broadcast()) return false;
    if (ip.fragment_offset() != 0) return false;
    if (ip.source().is_any() || ip.source().is_multicast() || ip.source().is_broadcast()) return false;
    if (ip.protocol() != ip_protocol) return true;
    const auto message = wire::icmp4_view::parse(ip.payload());
    return message && (message->type() == wire::icmp4_type::echo_request || message->type() == wire::icmp4_type::echo_reply ||
                       message->type() == wire::icmp4_type::timestamp_request);
}

/// It quotes as much as goes into 576 bytes. Source: RFC 1812 section 4.3.2.3; __icmp_send.
template <class Net>
void icmp::send_error(Net& net, packet& about, const wire::icmp4_header& what) {
    constexpr std::size_t size_max = 576 - wire::ipv4_header::size - wire::icmp4_header::size;
    auto& ip = network<ip4>(net);
    const auto culprit = wire::ipv4_view::parse_quoted(about.network_header());
    if (!culprit || !may_answer(about, *culprit) || ip.is_broadcast(net, culprit->source()) || ip.is_broadcast(net, culprit->destination())) return;
    if (!limit_.allow(net.now())) {
        ++stats_.out_rate_limited;
        return;
    }
    const bool ours = ip.is_local(net, culprit->destination());
    const auto way = ip.route_to(net, culprit->source(), ours ? culprit->destination() : address4{});
    if (!way || way->type != packet_type::host) return;
    const const_bytes quote = slice(culprit->bytes(), 0, size_max);
    packet_buffer skb = packet_buffer::allocate(net.packets(), ip.headroom(net) + wire::icmp4_header::size + quote.size(), ip.headroom(net));
    if (!skb) return;
    copy(skb->put(wire::icmp4_header::size + quote.size()).subspan(wire::icmp4_header::size), quote);
    what.encode(skb->bytes());
    const auto tos = static_cast<std::uint8_t>((culprit->dscp() << 2 & 0x1e) | 0xc0);  // internetwork control: RFC 1812 section 4.3.2.5
    ++stats_.out_messages, ++stats_.out_errors;
    static_cast<void>(ip.send(net, std::move(skb), {.source = way->source, .destination = culprit->source(), .protocol = ip_protocol,
                                                    .tos = tos, .dont_fragment = false}, *way));
}

}  // namespace weld::inline v0::stack
