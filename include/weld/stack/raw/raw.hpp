// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/protosw.hpp>
#include <weld/stack/ip/inet_proto.hpp>
#include <weld/stack/ip/ip4.hpp>
#include <weld/stack/ip/ip6.hpp>
#include <weld/stack/link/gro.hpp>
#include <weld/stack/raw/raw_rules.hpp>

namespace weld::inline v0::stack {

/// In the kernel: struct raw_sock, struct raw6_sock.
template <class Ip>
struct raw_sock : inet_sock<Ip> {
    raw_sock* next_free = nullptr;
    std::uint8_t number = 0;                // the protocol
    typename raw_rules<Ip>::filter filter{};  // ICMP_FILTER, ICMPV6_FILTER: a bit for each type that is not wanted
    int checksum_at = -1;                   // IPV6_CHECKSUM: where a checksum lies that is filled in, and looked at; negative: nowhere

    typename Ip::endpoint local() const noexcept {
        return endpoint_at<Ip>(this->connected ? this->sends_from : this->address, number, this->options.bound_interface);
    }
};

/// Raw sockets are made for one protocol, which the call names. Errors: protocol_not_supported (0), invalid_argument.
template <class Proto>
struct raw_ops : datagram_ops<Proto> {
    template <class Net, class Description>
    static auto create(Net& net, Description, int number) { return raw_ops::proto(net).create(net, number); }
};

/// Raw IP: copies of every packet of a protocol before a transport has it, with IPv4 its header included; and packets of any
/// protocol, with a header of one's own where `header_included` is set. In the kernel: net/ipv4/raw.c, net/ipv6/raw.c.
/// Source: raw(7), ipv6(7), RFC 3542 sections 3 and 3.1.
template <class Ip>
class basic_raw : public inet_proto<Ip, raw_sock<Ip>> {
    using base = inet_proto<Ip, raw_sock<Ip>>;
    using rules = raw_rules<Ip>;

public:
    using role = role::protocol;
    using net_context = context;
    using typename base::sock;
    using typename base::endpoint;
    using typename base::message_control;
    using protosw = protosw_table<entry<Ip::raw, raw_ops<basic_raw>>>;
    static constexpr int sends_only = 255;  // IPPROTO_RAW: has its own headers, and receives nothing

    template <class Net>
    result<sock*> create(Net& net, int number) {
        if (number == 0) return errc::protocol_not_supported;
        if (number < 0 || number > 255) return errc::invalid_argument;
        const auto made = base::create(net);
        if (!made) return made;
        (*made)->number = static_cast<std::uint8_t>(number);
        (*made)->ip.header_included = number == sends_only;
        if (number == rules::icmp) (*made)->checksum_at = rules::icmp_checksum_at;
        return made;
    }
    /// Errors: invalid_argument (bound already), address_not_available.
    template <class Net>
    result<> bind(Net& net, sock& sk, const endpoint& local) { return check_bind_address<Ip>(net, sk, local); }
    template <class Net>
    result<std::size_t> send(Net& net, sock& sk, gathered data, const endpoint* to, const message_control& asks, message_flags flags);
    template <class Net>
    result<> set_option(Net& net, sock& sk, int level, int name, const_bytes value);
    template <class Net>
    result<std::size_t> get_option(Net& net, sock& sk, int level, int name, mutable_bytes value);

    /// A packet whose IP header is pulled: whoever wants it gets a copy. Source: raw_v4_input, ipv6_raw_deliver.
    template <class Net>
    rcv_result rcv_copy(Net& net, const packet& skb, const ip_info<Ip>& info);
    template <class Net>
    void error_copy(Net& net, std::uint8_t protocol, const icmp_error<Ip>& error);

private:
    static bool wants(const sock& sk, const packet& skb, const ip_info<Ip>& info) noexcept;
    static bool is_intact(const sock& sk, const packet& skb, const ip_info<Ip>& info) noexcept;
    static result<> sum_up(const sock& sk, packet& skb, const ip_header<Ip>& header) noexcept;
};

/// Raw sockets of IPv4: weld::raw.
using raw = basic_raw<ip4>;
/// Of IPv6: weld::raw6.
using raw6 = basic_raw<ip6>;

template <class Ip>
bool basic_raw<Ip>::wants(const sock& sk, const packet& skb, const ip_info<Ip>& info) noexcept {
    if (sk.number != info.protocol || sk.number == sends_only) return false;
    if (!sk.address.is_any() && sk.address != info.destination) return false;
    if (sk.connected && sk.peer != info.source) return false;
    if (sk.options.bound_interface != 0 && sk.options.bound_interface != info.interface) return false;
    if (info.destination.is_multicast() && !sk.wants_multicast(info.destination, info.source, info.interface)) return false;
    return sk.number != rules::icmp || skb.empty() || !rules::blocks(sk.filter, static_cast<unsigned>(skb.bytes()[0]));
}

/// What is asked to have a checksum, and has a wrong one, is nobody's. Source: rawv6_rcv.
template <class Ip>
bool basic_raw<Ip>::is_intact(const sock& sk, const packet& skb, const ip_info<Ip>& info) noexcept {
    if (sk.checksum_at < 0 || skb.checksum == checksum_state::unnecessary || skb.checksum == checksum_state::partial) return true;
    const auto size = static_cast<std::uint32_t>(skb.size() + skb.fragment_bytes());
    std::uint32_t sum = checksum::add(checksum::pseudo_header(info.source, info.destination, info.protocol, size), checksum::sum(skb.bytes()));
    return checksum::valid(sum);
}

template <class Ip>
template <class Net>
rcv_result basic_raw<Ip>::rcv_copy(Net& net, const packet& skb, const ip_info<Ip>& info) {
    rcv_result answer = rcv_result::no_protocol;
    for (open_sock& at : this->open_) {
        auto& sk = static_cast<sock&>(at);
        if (!wants(sk, skb, info)) continue;
        answer = rcv_result::handled;
        if (!is_intact(sk, skb, info)) continue;
        packet_buffer copy = skb.has_fragments() ? gro::gather(skb) : skb.clone();
        if (!copy) continue;
        if constexpr (rules::shows_header) copy->push(static_cast<std::size_t>(-skb.network_offset()));  // it is still there
        base::deliver(net, sk, std::move(copy), info, 0);
    }
    return answer;
}

/// Source: raw_err, rawv6_err.
template <class Ip>
template <class Net>
void basic_raw<Ip>::error_copy(Net& net, std::uint8_t protocol, const icmp_error<Ip>& error) {
    for (open_sock& at : this->open_) {
        auto& sk = static_cast<sock&>(at);
        if (sk.number != protocol || (sk.connected && sk.peer != error.destination)) continue;
        if (!sk.address.is_any() && sk.address != error.source) continue;
        const bool hard = error.hard || error.mtu != 0;
        if (error.mtu != 0) network<Ip>(net).path_mtu(net, error.destination, error.mtu);
        if (sk.ip.receive_errors) keep_report<Ip>(net, sk, error, error.transport, 0);
        if (sk.ip.receive_errors || (hard && sk.connected)) sk.report(error.error, net.runnable());
    }
}

/// Source: raw_sendmsg, rawv6_sendmsg, their checks in their order.
template <class Ip>
template <class Net>
result<std::size_t> basic_raw<Ip>::send(Net& net, sock& sk, gathered data, const endpoint* to, const message_control& asks, message_flags) {
    const std::size_t size = size_of(data);
    if (size > 0xffff) return errc::message_size;
    if (to == nullptr && !sk.connected) return errc::destination_address_required;
    if (to != nullptr && !rules::may_send_to(*to, sk.number)) return errc::invalid_argument;
    typename Ip::address destination = to != nullptr ? to->address() : sk.peer;
    const std::uint32_t by = asks.interface != 0 || to == nullptr ? asks.interface : scope_of<Ip>(*to);
    const auto way = route_for<Ip>(net, sk, destination, asks.source, by);
    if (!way) return way.error();
    if (sk.error != errc{}) return sk.take_error();
    if (sk.send_shut) return errc::broken_pipe;
    if (destination.is_any()) destination = way->next_hop;
    if (!has_room<Ip>(net, sk, *way)) return errc::resource_unavailable_try_again;
    auto& ip = network<Ip>(net);
    packet_buffer skb = packet_buffer::allocate(net.packets(), ip.headroom(net) + size, ip.headroom(net));
    if (!skb) return errc::no_buffer_space;
    collect(skb->put(size), data);
    const ip_header<Ip> header = header_for<Ip>(sk, *way, destination, sk.number, size, asks);
    if (!sk.ip.header_included)
        if (const result<> summed = sum_up(sk, *skb, header); !summed) return summed.error();
    const result<> sent = sk.ip.header_included ? rules::send_with_header(net, std::move(skb), *way) : ip.send(net, std::move(skb), header, *way);
    if (!sent && sent.error() != errc::no_buffer_space) return sent.error();
    return size;
}

/// Errors: invalid_argument (the message has no such place). Source: RFC 3542 section 3.1; rawv6_push_pending_frames.
template <class Ip>
result<> basic_raw<Ip>::sum_up(const sock& sk, packet& skb, const ip_header<Ip>& header) noexcept {
    if (sk.checksum_at < 0) return {};
    const auto at = static_cast<std::size_t>(sk.checksum_at);
    if (at + 2 > skb.size()) return errc::invalid_argument;
    store_be<std::uint16_t>(skb.bytes(), at, 0);
    const std::uint32_t pseudo = checksum::pseudo_header(header.source, header.destination, sk.number, static_cast<std::uint32_t>(skb.size()));
    const std::uint16_t sum = checksum::finish(checksum::add(pseudo, checksum::sum(skb.bytes())));
    store_be<std::uint16_t>(skb.bytes(), at, sum == 0 && sk.number == wire::ip_protocol::udp ? 0xffff : sum);
    return {};
}

template <class Ip>
template <class Net>
result<> basic_raw<Ip>::set_option(Net& net, sock& sk, int level, int name, const_bytes value) {
    if (rules::is_checksum_option(level, name)) return rules::set_checksum(sk, level, value);
    if (level == rules::filter_level && name == rules::filter_name) {
        if (sk.number != rules::icmp) return errc::operation_not_supported;
        copy({reinterpret_cast<std::byte*>(&sk.filter), sizeof sk.filter}, value);
        return {};
    }
    return base::set_option(net, sk, level, name, value);
}
template <class Ip>
template <class Net>
result<std::size_t> basic_raw<Ip>::get_option(Net& net, sock& sk, int level, int name, mutable_bytes value) {
    if (rules::is_checksum_option(level, name)) return copy(value, object_bytes(sk.checksum_at));
    if (level == rules::filter_level && name == rules::filter_name) {
        if (sk.number != rules::icmp) return errc::operation_not_supported;
        return copy(value, object_bytes(sk.filter));
    }
    return base::get_option(net, sk, level, name, value);
}

}  // namespace weld::inline v0::stack
