// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/text_buffer.hpp>
#include <weld/stack/wire/arp.hpp>
#include <weld/stack/wire/ethernet.hpp>
#include <weld/stack/wire/icmp4.hpp>
#include <weld/stack/wire/icmp6.hpp>
#include <weld/stack/wire/igmp.hpp>
#include <weld/stack/wire/ipv4.hpp>
#include <weld/stack/wire/ipv6.hpp>
#include <weld/stack/wire/mld.hpp>
#include <weld/stack/wire/ndp.hpp>
#include <weld/stack/wire/router_discovery.hpp>
#include <weld/stack/wire/tcp.hpp>
#include <weld/stack/wire/udp.hpp>

#include <utility>

namespace weld::inline v0::wire {

/// A line about a packet. What does not fit is cut off.
class line {
public:
    constexpr line& operator<<(text characters) noexcept {
        for (const char c : characters)
            if (written_.size() < written_.capacity) written_.append(c);
        return *this;
    }
    constexpr line& operator<<(std::uint64_t number) noexcept {
        char digits[20]{};
        std::size_t at = sizeof digits;
        do digits[--at] = static_cast<char>('0' + number % 10);
        while ((number /= 10) != 0);
        return *this << text{digits + at, sizeof digits - at};
    }
    /// Appends a number in hexadecimal.
    constexpr line& hex(std::uint32_t number) noexcept { return *this << "0x" << text_buffer<8>{}.append_hex(number); }
    template <class Address>
        requires requires(const Address& address) { address.to_text(); }
    constexpr line& operator<<(const Address& address) noexcept { return *this << text{address.to_text()}; }

    /// What was written.
    constexpr operator text() const noexcept { return written_; }
    constexpr const text_buffer<240>& characters() const noexcept { return written_; }

private:
    text_buffer<240> written_;
};

namespace detail {

inline void describe_tcp_options(line& out, const_bytes list, bool syn) noexcept {
    const tcp_options options = tcp_options::parse(list, syn);
    text separator = ", options [";
    const auto next = [&]() -> line& { return out << std::exchange(separator, text{","}); };
    if (options.mss != 0) next() << "mss " << options.mss;
    if (options.sack_permitted) next() << "sackOK";
    if (options.has_timestamps) next() << "TS val " << options.tsval << " ecr " << options.tsecr;
    if (options.has_window_scale) next() << "wscale " << options.window_scale;
    for (std::size_t i = 0; i < options.sack_count; ++i) next() << "sack {" << options.sack[i].left << ":" << options.sack[i].right << "}";
    if (separator == ",") out << "]";
}

inline void describe_tcp(line& out, const tcp_view& segment) noexcept {
    out << "Flags [";
    if (segment.has(tcp_flags::fin)) out << "F";
    if (segment.has(tcp_flags::syn)) out << "S";
    if (segment.has(tcp_flags::rst)) out << "R";
    if (segment.has(tcp_flags::psh)) out << "P";
    if (segment.has(tcp_flags::urg)) out << "U";
    if (segment.has(tcp_flags::ece)) out << "E";
    if (segment.has(tcp_flags::cwr)) out << "W";
    out << (segment.has(tcp_flags::ack) ? "." : segment.flags() == tcp_flags::none ? "none" : "") << "]";
    const std::size_t length = segment.payload().size();
    out << ", seq " << segment.seq();
    if (length > 0) out << ":" << static_cast<std::uint32_t>(segment.seq() + length);
    if (segment.has(tcp_flags::ack)) out << ", ack " << segment.ack();
    out << ", win " << segment.window();
    if (segment.has(tcp_flags::urg)) out << ", urg " << segment.urgent_pointer();
    describe_tcp_options(out, segment.option_bytes(), segment.has(tcp_flags::syn));
    out << ", length " << length;
}

inline void describe_igmp(line& out, const_bytes bytes) noexcept {
    const auto message = igmp_view::parse(bytes);
    if (!message) out << "igmp, malformed";
    else if (message->type() == igmp_type::membership_query) out << "igmp query v" << static_cast<std::uint64_t>(message->query_version()) << ", group " << message->group();
    else if (message->type() == igmp_type::membership_report1) out << "igmp report v1, group " << message->group();
    else if (message->type() == igmp_type::membership_report2) out << "igmp report v2, group " << message->group();
    else if (message->type() == igmp_type::leave_group) out << "igmp leave, group " << message->group();
    else if (message->type() == igmp_type::membership_report3) out << "igmp report v3, length " << bytes.size();
    else out << "igmp type " << message->type() << ", length " << bytes.size();
}

inline void describe_icmp4(line& out, const_bytes message, int depth) noexcept;
inline void describe_icmp6(line& out, const_bytes message, int depth) noexcept;

/// What IP carries, behind "source > destination: " where it has ports. `depth`: inside how many ICMP errors.
template <class View>
void describe_ip(line& out, const View& packet, int depth) noexcept {
    const const_bytes payload = packet.payload();
    const bool whole = packet.fragment_offset() == 0;
    const bool ports = whole && payload.size() >= 4 && (packet.protocol() == ip_protocol::tcp || packet.protocol() == ip_protocol::udp);
    out << packet.source();
    if (ports) out << "." << load_be<std::uint16_t>(payload, 0);
    out << " > " << packet.destination();
    if (ports) out << "." << load_be<std::uint16_t>(payload, 2);
    out << ": ";
    if (packet.is_fragment())
        out << "frag " << packet.identification() << ":" << payload.size() << "@" << packet.fragment_offset() << (packet.more_fragments() ? "+ " : " ");
    if (!whole) {
        out << "protocol " << packet.protocol();
    } else if (packet.protocol() == ip_protocol::tcp) {
        const auto segment = tcp_view::parse(payload);
        if (segment) describe_tcp(out, *segment);
        else out << (depth > 0 ? "tcp" : "tcp, malformed");
    } else if (packet.protocol() == ip_protocol::udp) {
        if (payload.size() < udp_header::size) out << "udp, malformed";
        else out << "UDP, length " << load_be<std::uint16_t>(payload, 4) - std::uint64_t{udp_header::size};
    } else if (packet.protocol() == ip_protocol::icmp && View::version == 4) {
        describe_icmp4(out, payload, depth);
    } else if (packet.protocol() == ip_protocol::icmp6 && View::version == 6) {
        describe_icmp6(out, payload, depth);
    } else if (packet.protocol() == ip_protocol::igmp) {
        describe_igmp(out, payload);
    } else {
        out << "protocol " << packet.protocol() << ", length " << payload.size();
    }
}

inline void describe_icmp4(line& out, const_bytes bytes, int depth) noexcept {
    const auto message = icmp4_view::parse(bytes);
    if (!message) {
        out << "ICMP, malformed";
        return;
    }
    out << "ICMP ";
    switch (message->type()) {
        case icmp4_type::echo_request:
        case icmp4_type::echo_reply:
            out << (message->type() == icmp4_type::echo_request ? "echo request" : "echo reply") << ", id " << message->identifier() << ", seq " << message->sequence() << ", length " << bytes.size();
            return;
        case icmp4_type::destination_unreachable:
            out << "unreachable, code " << message->code();
            if (message->code() == icmp4_unreachable::fragmentation_needed) out << ", mtu " << message->next_hop_mtu();
            break;
        case icmp4_type::redirect: out << "redirect to " << message->gateway(); break;
        case icmp4_type::time_exceeded: out << "time exceeded, code " << message->code(); break;
        case icmp4_type::parameter_problem: out << "parameter problem at " << message->pointer(); break;
        default: out << "type " << message->type() << ", code " << message->code() << ", length " << bytes.size(); return;
    }
    const auto quoted = ipv4_view::parse_quoted(message->payload());
    if (!quoted || depth > 0) return;
    out << " [";
    describe_ip(out, *quoted, depth + 1);
    out << "]";
}

/// What a router says: its lifetime, and of its options prefixes and the MTU.
inline void describe_router(line& out, const router_advertisement_view& told) noexcept {
    out << "router advertisement, lifetime " << static_cast<std::uint64_t>(told.lifetime().nanoseconds() / 1'000'000'000);
    discovery_options options{told.options()};
    discovery_option option;
    while (options.next(option)) {
        if (const auto prefix = prefix_information::decode(option.bytes); option.type == discovery_option::prefix_information && prefix) out << ", prefix " << prefix->prefix;
        else if (option.type == discovery_option::mtu && option.bytes.size() == 8) out << ", mtu " << load_be<std::uint32_t>(option.bytes, 4);
    }
}

/// What is about other stations: neighbours, routers, listeners; false where it is something else.
inline bool describe_discovery(line& out, const_bytes bytes, std::uint8_t type) noexcept {
    const auto neighbor = neighbor_header::decode(bytes);
    const auto router = router_advertisement_view::parse(bytes);
    const auto better = redirect_view::parse(bytes);
    const auto listener = type >= icmp6_type::listener_query && type <= icmp6_type::listener_done ? listener_header::decode(bytes) : errc::bad_message;
    const auto report = type == icmp6_type::listener_report2 ? listener_report::decode(bytes) : errc::bad_message;
    if (neighbor) out << (neighbor->type == icmp6_type::neighbor_solicitation ? "neighbor solicitation, who has " : "neighbor advertisement, tgt is ") << neighbor->target;
    else if (router) describe_router(out, *router);
    else if (better) out << "redirect, " << better->destination() << " by " << better->target();
    else if (type == icmp6_type::router_solicitation) out << "router solicitation";
    else if (listener) out << (type == icmp6_type::listener_query ? "multicast listener query" : type == icmp6_type::listener_report ? "multicast listener report" : "multicast listener done") << ", group " << listener->group;
    else if (report) out << "multicast listener report v2, group " << report->group << (report->record_type == listener_report::to_including ? ", left" : "");
    else return false;
    return true;
}

inline void describe_icmp6(line& out, const_bytes bytes, int depth) noexcept {
    const auto message = icmp6_view::parse(bytes);
    if (!message) {
        out << "ICMP6, malformed";
        return;
    }
    out << "ICMP6 ";
    switch (message->type()) {
        case icmp6_type::echo_request:
        case icmp6_type::echo_reply:
            out << (message->type() == icmp6_type::echo_request ? "echo request" : "echo reply") << ", id " << message->identifier() << ", seq " << message->sequence();
            break;
        case icmp6_type::destination_unreachable: out << "unreachable, code " << message->code(); break;
        case icmp6_type::packet_too_big: out << "packet too big, mtu " << message->mtu(); break;
        case icmp6_type::time_exceeded: out << "time exceeded, code " << message->code(); break;
        case icmp6_type::parameter_problem: out << "parameter problem, code " << message->code() << ", at " << message->pointer(); break;
        default:
            if (!describe_discovery(out, bytes, message->type())) out << "type " << message->type() << ", code " << message->code();
            break;
    }
    out << ", length " << bytes.size();
    const auto quoted = message->is_error() ? ipv6_view::parse_quoted(message->payload()) : errc::bad_message;
    if (!quoted || depth > 0) return;
    out << " [";
    describe_ip(out, *quoted, depth + 1);
    out << "]";
}

inline void describe_arp(line& out, const_bytes packet) noexcept {
    const auto arp = arp_view::parse(packet);
    if (!arp) out << "ARP, malformed";
    else if (arp->is_request()) out << "ARP, Request who-has " << arp->target_protocol() << " tell " << arp->sender_protocol();
    else if (arp->is_reply()) out << "ARP, Reply " << arp->sender_protocol() << " is-at " << arp->sender_hardware();
    else out << "ARP, operation " << arp->operation();
}

}  // namespace detail

/// An IP packet of either version in one line, much as tcpdump(1) prints it; never fails, allocates nothing.
inline line describe_packet(const_bytes packet) noexcept {
    line out;
    const unsigned version = packet.empty() ? 0 : static_cast<unsigned>(packet[0]) >> 4;
    if (version == 4) {
        const auto ip = ipv4_view::parse(packet);
        out << "IP ";
        if (ip) detail::describe_ip(out, *ip, 0);
        else out << (ip.error() == errc::message_size ? "truncated" : "malformed") << ", length " << packet.size();
    } else if (version == 6) {
        const auto ip = ipv6_view::parse(packet);
        out << "IP6 ";
        if (ip) detail::describe_ip(out, *ip, 0);
        else out << (ip.error() == errc::message_size ? "truncated" : "malformed") << ", length " << packet.size();
    } else {
        out << "not IP, length " << packet.size();
    }
    return out;
}

/// The same for an Ethernet frame.
inline line describe_frame(const_bytes frame) noexcept {
    const auto ethernet = ethernet_view::parse(frame);
    line out;
    if (!ethernet) return out << "Ethernet, malformed, length " << frame.size();
    if (ethernet->type() == ether_type::ipv4 || ethernet->type() == ether_type::ipv6) return describe_packet(ethernet->payload());
    if (ethernet->type() == ether_type::arp) {
        detail::describe_arp(out, ethernet->payload());
        return out;
    }
    out << ethernet->source() << " > " << ethernet->destination() << ", ethertype ";
    return out.hex(ethernet->type()) << ", length " << frame.size();
}

}  // namespace weld::inline v0::wire
