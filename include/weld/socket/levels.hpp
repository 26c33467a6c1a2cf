// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Who an option or a piece of ancillary data is meant for, with setsockopt(2)'s numbers: SOL_SOCKET, SOL_IP, ...
/// A protocol's description lists those that its sockets understand.
namespace weld::inline v0::levels {

/// The first argument of setsockopt(2) after the descriptor, IPPROTO_* and SOL_*.
inline constexpr int ip = 0, socket = 1, tcp = 6, udp = 17, ipv6 = 41, icmpv6 = 58, raw = 255, packet = 263;

/// True where `level` is in the list.
template <decltype(sizeof(0)) Count>
consteval bool among(const int (&list)[Count], int level) {
    for (const int one : list)
        if (one == level) return true;
    return false;
}

}  // namespace weld::inline v0::levels
