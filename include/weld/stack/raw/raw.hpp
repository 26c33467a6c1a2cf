// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/protosw.hpp>
#include <weld/stack/ip/inet_proto.hpp>
#include <weld/stack/ip/ip4.hpp>
#include <weld/stack/link/gro.hpp>
#include <weld/stack/wire/icmp4.hpp>
#include <weld/stack/wire/ipv4.hpp>

namespace weld::inline v0::stack {

/// In the kernel: struct raw_sock.
struct raw_sock : inet_sock<ip4> {
    raw_sock* next_free = nullptr;
    std::uint8_t number = 0;           // the IP protocol
    std::uint32_t icmp_filter = 0;     // ICMP_FILTER: a bit for each type that is not wanted

    endpoint4 local() const noexcept { return {connected ? sends_from : address, number}; }
};

/// Raw sockets are made for one protocol, which the call names. Errors: protocol_not_supported (0), invalid_argument.
template <class Proto>
struct raw_ops : datagram_ops<Proto> {
    template <class Net, class Description>
    static auto create(Net& net, Description, int number) { return raw_ops::proto(net).create(net, number); }
};

/// Raw IP: copies of every packet of a protocol, IP header included, before a transport has it; and packets of any
/// protocol, with a header of one's own where `header_included` is set. In the kernel: net/ipv4/raw.c. Source: raw(7).
class raw : public inet_proto<ip4, raw_sock> {
public:
    using role = role::protocol;
    using net_context = context;
    using protosw = protosw_table<entry<weld::raw, raw_ops<raw>>>;
    static constexpr int sends_only = 255;  // IPPROTO_RAW: has its own headers, and receives nothing

    template <class Net>
    result<sock*> create(Net& net, int number) {
        if (number == 0) return errc::protocol_not_supported;
        if (number < 0 || number > 255) return errc::invalid_argument;
        const auto made = inet_proto::create(net);
        if (!made) return made;
        (*made)->number = static_cast<std::uint8_t>(number);
        (*made)->ip.header_included = number == sends_only;
        return made;
    }
    /// Errors: invalid_argument (bound already), address_not_available.
    template <class Net>
    result<> bind(Net& net, sock& sk, const endpoint4& local) { return check_bind_address<ip4>(net, sk, local.address()); }
    template <class Net>
    result<std::size_t> send(Net& net, sock& sk, gathered data, const endpoint4* to, const message_control& asks, message_flags flags);
    template <class Net>
    result<> set_option(Net& net, sock& sk, int level, int name, const_bytes value);
    template <class Net>
    result<std::size_t> get_option(Net& net, sock& sk, int level, int name, mutable_bytes value);

    /// A packet whose IP header is pulled: whoever wants it gets a copy. Source: raw_v4_input.
    template <class Net>
    rcv_result rcv_copy(Net& net, const packet& skb, const ip_info<ip4>& info);
    template <class Net>
    void error_copy(Net& net, std::uint8_t protocol, const icmp_error<ip4>& error);

private:
    static bool wants(const sock& sk, const packet& skb, const ip_info<ip4>& info) noexcept;
    template <class Net>
    result<> send_with_header(Net& net, sock& sk, packet_buffer skb, const route<ip4>& way);
};

inline bool raw::wants(const sock& sk, const packet& skb, const ip_info<ip4>& info) noexcept {
    if (sk.number != info.protocol || sk.number == sends_only) return false;
    if (!sk.address.is_any() && sk.address != info.destination) return false;
    if (sk.connected && sk.peer != info.source) return false;
    if (sk.options.bound_interface != 0 && sk.options.bound_interface != info.interface) return false;
    if (info.destination.is_multicast() && !sk.wants_multicast(info.destination, info.source, info.interface)) return false;
    if (sk.number != wire::ip_protocol::icmp || skb.empty()) return true;
    const auto type = static_cast<unsigned>(skb.bytes()[0]);
    return type >= 32 || (sk.icmp_filter >> type & 1) == 0;
}

template <class Net>
rcv_result raw::rcv_copy(Net& net, const packet& skb, const ip_info<ip4>& info) {
    rcv_result answer = rcv_result::no_protocol;
    for (open_sock& at : open_) {
        auto& sk = static_cast<sock&>(at);
        if (!wants(sk, skb, info)) continue;
        answer = rcv_result::handled;
        packet_buffer copy = skb.has_fragments() ? gro::gather(skb) : skb.clone();
        if (!copy) continue;
        copy->push(static_cast<std::size_t>(-skb.network_offset()));  // its IP header is still there
        deliver(net, sk, std::move(copy), info, 0, 0);
    }
    return answer;
}

/// Source: raw_err.
template <class Net>
void raw::error_copy(Net& net, std::uint8_t protocol, const icmp_error<ip4>& error) {
    for (open_sock& at : open_) {
        auto& sk = static_cast<sock&>(at);
        if (sk.number != protocol || (sk.connected && sk.peer != error.destination)) continue;
        if (!sk.address.is_any() && sk.address != error.source) continue;
        const bool hard = error.hard || error.mtu != 0;
        if (error.mtu != 0) network<ip4>(net).path_mtu(net, error.destination, error.mtu);
        if (sk.ip.receive_errors) keep_report<ip4>(net, sk, error, error.transport, 0);
        if (sk.ip.receive_errors || (hard && sk.connected)) sk.report(error.error, net.runnable());
    }
}

/// Source: raw_sendmsg, its checks in its order.
template <class Net>
result<std::size_t> raw::send(Net& net, sock& sk, gathered data, const endpoint4* to, const message_control& asks, message_flags) {
    const std::size_t size = size_of(data);
    if (size > wire::ipv4_header::total_length_max) return errc::message_size;
    if (to == nullptr && !sk.connected) return errc::destination_address_required;
    address4 destination = to != nullptr ? to->address() : sk.peer;
    const auto way = route_for<ip4>(net, sk, destination, asks.source, asks.interface);
    if (!way) return way.error();
    if (sk.error != errc{}) return sk.take_error();
    if (sk.send_shut) return errc::broken_pipe;
    if (destination.is_any()) destination = way->next_hop;
    if (!has_room<ip4>(net, sk, *way)) return errc::resource_unavailable_try_again;
    auto& ip = network<ip4>(net);
    packet_buffer skb = packet_buffer::allocate(net.packets(), ip.headroom(net) + size, ip.headroom(net));
    if (!skb) return errc::no_buffer_space;
    collect(skb->put(size), data);
    const ip_header<ip4> header = header_for<ip4>(sk, *way, destination, sk.number, size, asks);
    const result<> sent = sk.ip.header_included ? send_with_header(net, sk, std::move(skb), *way) : ip.send(net, std::move(skb), header, *way);
    if (!sent && sent.error() != errc::no_buffer_space) return sent.error();
    return size;
}

/// What its sender left at zero is filled in: length and checksum always, identification and source where they are 0.
/// Source: raw(7); raw_send_hdrinc.
template <class Net>
result<> raw::send_with_header(Net& net, sock&, packet_buffer skb, const route<ip4>& way) {
    if (skb->size() < wire::ipv4_header::size) return errc::invalid_argument;
    if (skb->size() > way.mtu) return errc::message_size;
    const mutable_bytes bytes = skb->bytes();
    const std::size_t header_size = (static_cast<std::size_t>(bytes[0]) & 0xf) * 4;
    if (header_size < wire::ipv4_header::size || header_size > bytes.size() || static_cast<unsigned>(bytes[0]) >> 4 != 4) return errc::invalid_argument;
    auto& ip = network<ip4>(net);
    store_be(bytes, 2, static_cast<std::uint16_t>(bytes.size()));
    if (load_be<std::uint32_t>(bytes, 12) == 0) wire::store_address(bytes.data() + 12, way.source);
    const auto view = *wire::ipv4_view::parse(bytes);
    if (view.identification() == 0) store_be(bytes, 4, ip.identification().take(view.source(), view.destination(), view.protocol()));
    store_be<std::uint16_t>(bytes, 10, 0);
    store_be(bytes, 10, checksum::finish(checksum::sum(bytes.first(header_size))));
    return ip.output(net, std::move(skb), way);
}

template <class Net>
result<> raw::set_option(Net& net, sock& sk, int level, int name, const_bytes value) {
    if (level != levels::raw) return inet_proto::set_option(net, sk, level, name, value);
    if (name != weld::icmp_filter::name) return errc::no_protocol_option;
    if (sk.number != wire::ip_protocol::icmp) return errc::operation_not_supported;
    copy({reinterpret_cast<std::byte*>(&sk.icmp_filter), sizeof sk.icmp_filter}, value);
    return {};
}
template <class Net>
result<std::size_t> raw::get_option(Net& net, sock& sk, int level, int name, mutable_bytes value) {
    if (level != levels::raw) return inet_proto::get_option(net, sk, level, name, value);
    if (name != weld::icmp_filter::name) return errc::no_protocol_option;
    if (sk.number != wire::ip_protocol::icmp) return errc::operation_not_supported;
    return copy(value, object_bytes(sk.icmp_filter));
}

}  // namespace weld::inline v0::stack
