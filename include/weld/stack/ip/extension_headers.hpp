// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/stack/ip/ip6.hpp>
#include <weld/stack/wire/icmp6.hpp>
#include <weld/stack/wire/ipv6.hpp>
#include <weld/stack/wire/ipv6_options.hpp>

namespace weld::inline v0::stack {

/// How much a host looks at before a packet's payload. In the kernel: net.ipv6.max_hbh_opts_number and its like.
/// Source: RFC 8504 section 5.3.
struct extension_limits {
    std::size_t headers_max = 8;   ///< extension headers of one packet; more are dropped
    std::size_t options_max = 8;   ///< options of one header, without padding
    std::size_t padding_max = 7;   ///< bytes of padding in a row
};

/// Where a walk over a packet's headers has come to. Nothing before it is looked at again.
struct header_walk {
    std::uint8_t next = 0;      // what stands at `at`
    std::size_t at = ip6::header_size;
    std::size_t told_at = 6;    // the byte that says so
    std::size_t headers = 0;

    /// Past a header of this size.
    void step(const_bytes packet, std::size_t size) noexcept {
        next = static_cast<std::uint8_t>(packet[at]);
        told_at = at;
        at += size;
        ++headers;
    }
};

/// What is wrong with a packet, and who is to hear of it.
struct header_verdict {
    /// What is to be done with it.
    enum kind : std::uint8_t { good, dropped, reported } what = good;
    wire::icmp6_header report{};

    /// Nobody hears of it.
    static constexpr header_verdict drop() noexcept { return {dropped, {}}; }
    /// `pointer`: the byte that is wrong. Source: RFC 4443 section 3.4.
    static constexpr header_verdict problem(std::uint8_t code, std::size_t pointer) noexcept {
        return {reported, wire::icmp6_header::parameter_problem(code, static_cast<std::uint32_t>(pointer))};
    }
};

/// What precedes the payload, and a walk has to step over.
constexpr bool is_extension_header(std::uint8_t next) noexcept {
    return next == wire::ip_protocol::hop_by_hop || next == wire::ip_protocol::routing || next == wire::ip_protocol::fragment ||
           next == wire::ip_protocol::destination_options;
}

/// An options header: known options and those that may be skipped are, of the others each says what it wants.
/// Source: RFC 8200 section 4.2; ip6_parse_tlv.
inline header_verdict check_options(const_bytes packet, std::size_t at, std::size_t size, const extension_limits& limits) noexcept {
    using otherwise = wire::ipv6_option::otherwise;
    wire::ipv6_options options{packet.subspan(at + 2, size - 2)};
    wire::ipv6_option option;
    std::size_t count = 0, padding = 0;
    const bool to_many = packet[24] == std::byte{0xff};
    while (options.next(option)) {
        if (option.is_padding()) {
            padding += option.type == wire::ipv6_option::pad1 ? 1 : 2 + option.data.size();
            if (padding > limits.padding_max) return header_verdict::drop();
            for (const std::byte each : option.data)
                if (each != std::byte{0}) return header_verdict::drop();
            continue;
        }
        padding = 0;
        if (++count > limits.options_max) return header_verdict::drop();
        const bool known = option.type == wire::ipv6_option::router_alert && option.data.size() == 2;
        if (known || option.if_unknown() == otherwise::skip) continue;
        if (option.if_unknown() == otherwise::discard || (option.if_unknown() == otherwise::report_unless_multicast && to_many)) return header_verdict::drop();
        return header_verdict::problem(2, at + 2 + option.at);
    }
    return options.malformed() ? header_verdict::drop() : header_verdict{};
}

/// Looks at the header at `walk.at`, which is an extension's other than a fragment's, and steps over it.
/// Source: RFC 8200 sections 4.1 to 4.6; RFC 5095 (what used to be a source route is refused).
inline header_verdict take_extension(const_bytes packet, header_walk& walk, const extension_limits& limits) noexcept {
    if (walk.headers >= limits.headers_max) return header_verdict::drop();
    if (walk.next == wire::ip_protocol::hop_by_hop && walk.headers != 0) return header_verdict::problem(1, walk.told_at);
    const const_bytes rest = packet.subspan(walk.at);
    const std::size_t size = rest.size() < 8 ? 0 : (static_cast<std::size_t>(rest[1]) + 1) * 8;
    if (size == 0 || size > rest.size()) return header_verdict::drop();
    if (walk.next == wire::ip_protocol::routing) {
        if (rest[3] != std::byte{0}) return header_verdict::problem(0, walk.at + 2);  // segments left, of a type nobody knows
    } else if (const header_verdict options = check_options(packet, walk.at, size, limits); options.what != header_verdict::good) {
        return options;
    }
    walk.step(packet, size);
    return {};
}

/// Whether a first fragment holds all headers, the transport's included. Source: RFC 8200 section 4.5; RFC 7112 section 5.
inline bool has_all_headers(const_bytes packet, header_walk walk) noexcept {
    while (is_extension_header(walk.next)) {
        const const_bytes rest = packet.subspan(walk.at);
        const std::size_t size = rest.size() < 8 ? 0 : walk.next == wire::ip_protocol::fragment ? 8 : (static_cast<std::size_t>(rest[1]) + 1) * 8;
        if (size == 0 || size > rest.size()) return false;
        walk.step(packet, size);
    }
    const std::size_t left = packet.size() - walk.at;
    if (walk.next == wire::ip_protocol::no_next_header) return true;
    if (walk.next == wire::ip_protocol::tcp) return left >= 20;
    return left >= (walk.next == wire::ip_protocol::udp || walk.next == wire::ip_protocol::icmp6 ? 8u : 1u);
}

}  // namespace weld::inline v0::stack
