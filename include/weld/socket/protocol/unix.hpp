// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/unix_address.hpp>
#include <weld/socket/levels.hpp>
#include <weld/socket/protocol.hpp>

namespace weld::inline v0 {

/// The half of a description that is the family's: AF_UNIX.
struct unix_description {
    static constexpr int family = 1;  // AF_UNIX
    static constexpr int number = 0;
    static constexpr bool pairs = true;
    using address = unix_address;
    static constexpr int option_levels[] = {levels::socket};
    static constexpr int control_levels[] = {levels::socket};
};

/// Streams of one machine.
struct unix_stream_description : unix_description, stream_description {
    static constexpr const char* name = "unix_stream";
};
/// Datagrams of one machine: reliable, in order.
struct unix_datagram_description : unix_description, datagram_description {
    static constexpr const char* name = "unix_datagram";
};
/// Connected messages of one machine.
struct unix_seqpacket_description : unix_description, seqpacket_description {
    static constexpr const char* name = "unix_seqpacket";
};
/// Sockets of one machine, by path or abstract name. Source: unix(7).
inline constexpr unix_stream_description unix_stream{};
inline constexpr unix_datagram_description unix_datagram{};
inline constexpr unix_seqpacket_description unix_seqpacket{};

}  // namespace weld::inline v0
