// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/core/span.hpp>
#include <weld/socket/served.hpp>


extern "C" int dprintf(int, const char*, ...);

/// Which line of the protosw tables serves (family, type, protocol), by the rules of each family's create, with the
/// errno that Linux gives where none does. Constant expressions: tests assert them.
namespace weld::inline v0::create_rules {

inline constexpr int af_unix = 1, af_inet = 2, af_inet6 = 10, af_packet = 17, af_max = 46;  // NPROTO, linux/socket.h
inline constexpr int sock_datagram = 2, sock_raw = 3, sock_packet = 10, sock_max = 11;      // SOCK_MAX, linux/net.h
inline constexpr int inet_protocol_max = 263;                                               // IPPROTO_MAX, linux/in.h

/// A line that was found: its place, the number to create with, and what SO_PROTOCOL answers.
struct line {
    unsigned index;
    int number, protocol;
};

/// In the kernel: the first checks of __sock_create.
constexpr result<> check_range(int family, int type) noexcept {
    if (family < 0 || family >= af_max) return errc::address_family_not_supported;
    if (type < 0 || type >= sock_max)   return errc::invalid_argument;
    return {};
}

/// (AF_INET, SOCK_PACKET) is what packet sockets were before Linux 2.2: it means AF_PACKET, and one warning.
constexpr bool is_obsolete(int family, int type) noexcept { return family == af_inet && type == sock_packet; }
inline void warn_once() noexcept {
    static bool warned = false;
    if (!warned) ::dprintf(2, "weld: this program uses obsolete (PF_INET,SOCK_PACKET)\n");
    warned = true;
}
/// What a family makes of an old type: unix's raw is a datagram, packet's SOCK_PACKET gives frames as raw does (their
/// addresses are sockaddr_ll here). Source: unix_create, net/unix/af_unix.c; packet_create, net/packet/af_packet.c.
constexpr int effective_type(int family, int type) noexcept {
    if (family == af_unix && type == sock_raw) return sock_datagram;
    if (family == af_packet && type == sock_packet) return sock_raw;
    return type;
}

namespace detail {
/// The exact protocol, or the type's own where 0 was asked for, or the line that takes any but 0. The type's own is TCP
/// or UDP, whatever the order of a net's parts, else the first. In the kernel: inet_create's walk along inetsw[type], in
/// which TCP and UDP stand first.
constexpr result<line> by_protocol(span<const protosw_line> lines, int family, int type, int protocol) noexcept {
    result<line> found = errc::socket_type_not_supported;
    for (unsigned i = 0; i < lines.size(); ++i) {
        const protosw_line& at = lines[i];
        if (at.family != family || at.type != type) continue;
        const bool is_default = at.number == 6 || at.number == 17;
        if (at.number >= 0 && (protocol == at.number || (protocol == 0 && is_default))) return line{i, at.number, at.number};
        if (at.number < 0 && protocol != 0 && !found) found = line{i, protocol, protocol};
        if (at.number >= 0 && protocol == 0 && !found) found = line{i, at.number, at.number};
        if (!found) found = errc::protocol_not_supported;
    }
    return found;
}
/// The type alone tells; the protocol is 0 or the family's own number. In the kernel: unix_create.
constexpr result<line> unix_line(span<const protosw_line> lines, int type, int protocol) noexcept {
    if (protocol != 0 && protocol != af_unix) return errc::protocol_not_supported;
    for (unsigned i = 0; i < lines.size(); ++i)
        if (lines[i].family == af_unix && lines[i].type == effective_type(af_unix, type)) return line{i, 0, 0};
    return errc::socket_type_not_supported;
}
/// The protocol is an EtherType in network order. In the kernel: packet_create.
constexpr result<line> packet_line(span<const protosw_line> lines, int type, int protocol) noexcept {
    const int ethertype = __builtin_bswap16(static_cast<std::uint16_t>(protocol));
    for (unsigned i = 0; i < lines.size(); ++i)
        if (lines[i].family == af_packet && lines[i].type == effective_type(af_packet, type)) return line{i, ethertype, protocol & 0xffff};
    return errc::socket_type_not_supported;
}
}  // namespace detail

/// Whether a net serves anything of a family.
constexpr bool lists_family(span<const protosw_line> lines, int family) noexcept {
    for (const protosw_line& at : lines)
        if (at.family == family) return true;
    return false;
}

/// Pre: check_range has passed.
constexpr result<line> find(span<const protosw_line> lines, int family, int type, int protocol) noexcept {
    if (!lists_family(lines, family)) return errc::address_family_not_supported;
    switch (family) {
        case af_unix: return detail::unix_line(lines, type, protocol);
        case af_packet: return detail::packet_line(lines, type, protocol);
        case af_inet:
        case af_inet6:
            if (protocol < 0 || protocol >= inet_protocol_max) return errc::invalid_argument;
            return detail::by_protocol(lines, family, type, protocol);
        default: return detail::by_protocol(lines, family, type, protocol);
    }
}

}  // namespace weld::inline v0::create_rules
