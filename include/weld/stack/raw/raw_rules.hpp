// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/socket/options/ip.hpp>
#include <weld/socket/options/ipv6.hpp>
#include <weld/stack/datagram_ops.hpp>
#include <weld/stack/ip/ip4.hpp>
#include <weld/stack/ip/ip6.hpp>
#include <weld/stack/ip/network.hpp>
#include <weld/stack/wire/ipv4.hpp>
#include <weld/stack/wire/ipv6.hpp>
#include <weld/stack/wire/numbers.hpp>

/// In what raw sockets of the two versions of IP differ.
namespace weld::inline v0::stack {

/// Has a specialisation for each version of IP.
template <class Ip>
struct raw_rules;

/// Source: raw(7).
template <>
struct raw_rules<ip4> {
    static constexpr bool shows_header = true;  // a received message begins with the IP header
    /// The protocol that has a filter.
    static constexpr std::uint8_t icmp = wire::ip_protocol::icmp;
    static constexpr int icmp_checksum_at = -1;  // its sender's affair

    /// ICMP_FILTER: of the first 32 types.
    using filter = std::uint32_t;
    static constexpr int filter_level = levels::raw, filter_name = weld::icmp_filter::name;
    static constexpr bool blocks(filter of, unsigned type) noexcept { return type < 32 && (of >> type & 1) != 0; }

    /// A port says nothing.
    static constexpr bool may_send_to(const endpoint4&, std::uint8_t) noexcept { return true; }
    /// There is no option that tells where a checksum lies.
    static constexpr bool is_checksum_option(int, int) noexcept { return false; }
    /// Errors: no_protocol_option, always.
    static result<> set_checksum(auto&, int, const_bytes) noexcept { return errc::no_protocol_option; }

    /// What its sender left at zero is filled in: length and checksum always, identification and source where they are 0.
    /// Errors: invalid_argument, message_size. Source: raw(7); raw_send_hdrinc.
    template <class Net>
    static result<> send_with_header(Net& net, packet_buffer skb, const route<ip4>& way) {
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
};

/// Source: RFC 3542.
template <>
struct raw_rules<ip6> {
    static constexpr bool shows_header = false;  // what it told stands in ancillary data: RFC 3542 section 3
    /// The protocol that has a filter, and a checksum that is always filled in.
    static constexpr std::uint8_t icmp = wire::ip_protocol::icmp6;
    static constexpr int icmp_checksum_at = 2;   // always filled in: RFC 3542 section 3.1

    /// ICMPV6_FILTER: of all types.
    using filter = weld::icmpv6_filter::raw;
    static constexpr int filter_level = levels::icmpv6, filter_name = weld::icmpv6_filter::name;
    static constexpr bool blocks(const filter& of, unsigned type) noexcept { return (of.blocked[type / 32] >> type % 32 & 1) != 0; }

    /// The port of an address is the protocol, or nothing. Source: rawv6_sendmsg.
    static constexpr bool may_send_to(const endpoint6& to, std::uint8_t number) noexcept { return to.port() == 0 || to.port() == number || number == 255; }
    static constexpr bool is_checksum_option(int level, int name) noexcept {
        return (level == levels::ipv6 || level == levels::raw) && name == ipv6_checksum::name;
    }
    /// Errors: invalid_argument (an odd place; ICMPv6, whose place is known). Source: do_rawv6_setsockopt.
    static result<> set_checksum(auto& sk, int level, const_bytes value) noexcept {
        const auto at = detail::read_int(value);
        if (!at) return at.error();
        if ((sk.number == icmp && level == levels::ipv6) || (*at > 0 && *at % 2 != 0)) return errc::invalid_argument;
        sk.checksum_at = *at < 0 ? -1 : *at;
        return {};
    }

    /// It goes as it is. Errors: invalid_argument, message_size. Source: rawv6_send_hdrinc.
    template <class Net>
    static result<> send_with_header(Net& net, packet_buffer skb, const route<ip6>& way) {
        if (skb->size() > way.mtu) return errc::message_size;
        if (!wire::ipv6_view::parse(skb->bytes())) return errc::invalid_argument;
        return network<ip6>(net).output(net, std::move(skb), way);
    }
};

}  // namespace weld::inline v0::stack
