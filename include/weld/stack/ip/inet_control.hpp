// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/control/ip.hpp>
#include <weld/socket/control/socket_level.hpp>
#include <weld/socket/control/udp.hpp>
#include <weld/stack/ip/inet_sock.hpp>
#include <weld/stack/ip/ip_option_names.hpp>

namespace weld::inline v0::stack {

/// The items that mean the same to either version of IP.
template <class Ip>
using packet_info_of = std::conditional_t<has_scopes<Ip>, packet_info6, packet_info>;
template <class Ip>
using hops_of = std::conditional_t<has_scopes<Ip>, hop_limit, ip_ttl>;
template <class Ip>
using traffic_class_of = std::conditional_t<has_scopes<Ip>, ipv6_traffic_class, ip_tos>;

/// What ancillary data asks of one message. In the kernel: struct ipcm_cookie.
template <class Ip>
struct inet_control {
    typename Ip::address source{};
    std::uint32_t interface = 0;
    int ttl = -1;
    int tos = -1;
    int segment_size = -1;
};

/// Errors: invalid_argument (what nobody here knows, or a value out of range). Source: ip_cmsg_send.
template <class Ip, class Item>
result<> attach_item(inet_control<Ip>& to, const Item& item) noexcept {
    if constexpr (std::is_same_v<Item, packet_info_of<Ip>>) {
        to.source = item.value.local;
        to.interface = item.value.interface;
    } else if constexpr (std::is_same_v<Item, hops_of<Ip>>) {
        if (item.value < ip_option_names<Ip>::hops_min || item.value > 255) return errc::invalid_argument;
        to.ttl = item.value;
    } else if constexpr (std::is_same_v<Item, traffic_class_of<Ip>>) {
        if (item.value < 0 || item.value > 255) return errc::invalid_argument;
        to.tos = item.value;
    } else if constexpr (std::is_same_v<Item, segment_size>) {
        to.segment_size = item.value;
    } else {
        return errc::invalid_argument;
    }
    return {};
}

/// An item that came with a message, where the sock's options ask for it: calls `put(value)`.
template <class Item, class Ip, class Put>
void tell_item(const inet_sock<Ip>& sk, packet& skb, Put&& put) noexcept {
    const auto& message = skb.template control<inet_message<Ip>>();
    if constexpr (std::is_same_v<Item, packet_info_of<Ip>>) {
        using info = typename Item::info;
        if (!sk.ip.receive_packet_info || message.error != 0) return;
        if constexpr (has_scopes<Ip>) put(info{message.to, message.interface});
        else put(info{message.interface, message.to, message.to});
    } else if constexpr (std::is_same_v<Item, hops_of<Ip>>) {
        if (sk.ip.receive_ttl && message.error == 0) put(int{message.ttl});
    } else if constexpr (std::is_same_v<Item, traffic_class_of<Ip>>) {
        if (sk.ip.receive_tos && message.error == 0) put(int{message.tos});
    } else if constexpr (std::is_same_v<Item, drops>) {
        if (sk.receive_drops && sk.drops != 0 && message.error == 0) put(static_cast<std::uint32_t>(sk.drops));
    } else if constexpr (std::is_same_v<Item, merged_size>) {
        if (skb.gso_size != 0) put(int{skb.gso_size});
    } else if constexpr (std::is_same_v<Item, timestamp>) {
        if (sk.receive_timestamp && message.error == 0) put(skb.timestamp.since_start());
    } else if constexpr (requires { Item::from_kernel(typename Item::raw{}).offender; }) {
        if (message.error == 0) return;
        using report = std::remove_cvref_t<decltype(Item::from_kernel(typename Item::raw{}))>;
        if constexpr (std::is_same_v<decltype(report::offender), typename Ip::endpoint>)
            put(report{static_cast<errc>(message.error), static_cast<typename report::origin>(message.origin), message.icmp_type, message.icmp_code,
                       message.info, 0, endpoint_at<Ip>(message.to, 0, message.interface)});
    }
}

/// How many items came with a message.
template <class Ip>
std::size_t items_with(const inet_sock<Ip>& sk, packet& skb) noexcept {
    if (skb.template control<inet_message<Ip>>().error != 0) return 1;
    return std::size_t{sk.ip.receive_packet_info} + sk.ip.receive_ttl + sk.ip.receive_tos + sk.receive_timestamp +
           (sk.receive_drops && sk.drops != 0) + (skb.gso_size != 0);
}

/// Keeps what ICMP said about a message of a sock that wants to know. Source: ip_icmp_error.
template <class Ip, class Net>
void keep_report(Net& net, inet_sock<Ip>& sk, const icmp_error<Ip>& error, const_bytes payload, std::uint16_t to_port) {
    using origin = typename error_report<typename Ip::endpoint>::origin;
    packet_buffer skb = packet_buffer::allocate(net.packets(), payload.size());
    if (!skb) return;
    copy(skb->put(payload.size()), payload);
    skb->template control<inet_message<Ip>>() = {.from = error.destination, .to = error.reporter, .info = static_cast<std::uint32_t>(error.mtu),
                                                 .from_port = to_port, .error = static_cast<std::uint8_t>(error.error),
                                                 .origin = static_cast<std::uint8_t>(has_scopes<Ip> ? origin::icmp6 : origin::icmp),
                                                 .icmp_type = error.type, .icmp_code = error.code};
    sk.deliver_error(std::move(skb));
}

}  // namespace weld::inline v0::stack
