// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <concepts>

namespace weld::inline v0 {

/// What applications name when they ask for a socket: `net.socket(weld::tcp)`. A description has no code and no
/// state: the net maps it to the part that implements it, the host kernel's or one of weld's own. It tells
///   - family, type, number: what socket(2) would be given (a negative number: given with the call, as for raw);
///   - address: the family's address type;
///   - what is legal: the kind of conversation (below), and the levels of its options and of its ancillary data
///     (option_levels, control_levels; without them it is SOL_SOCKET alone).
/// Those that there are: socket/protocol/. A user's own protocol is described by such a struct, too.
template <class Description>
concept protocol_description = requires {
    typename Description::address;
    { Description::name } -> std::convertible_to<const char*>;
    { Description::family } -> std::convertible_to<int>;
    { Description::type } -> std::convertible_to<int>;
    { Description::number } -> std::convertible_to<int>;
    { Description::is_stream } -> std::convertible_to<bool>;
    { Description::connects } -> std::convertible_to<bool>;
    { Description::listens } -> std::convertible_to<bool>;
    { Description::addressed } -> std::convertible_to<bool>;
};

/// The kinds of conversation. Stream: bytes in order, no borders. Seqpacket: connected, keeps borders. Datagram:
/// borders, and each message may name its own peer.
struct stream_description {
    static constexpr int type = 1;  // SOCK_STREAM
    static constexpr bool is_stream = true, connects = true, listens = true, addressed = false;
};
struct seqpacket_description {
    static constexpr int type = 5;  // SOCK_SEQPACKET
    static constexpr bool is_stream = false, connects = true, listens = true, addressed = false;
};
struct datagram_description {
    static constexpr int type = 2;  // SOCK_DGRAM
    static constexpr bool is_stream = false, connects = true, listens = false, addressed = true;
};
struct raw_description {
    static constexpr int type = 3;  // SOCK_RAW
    static constexpr bool is_stream = false, connects = true, listens = false, addressed = true;
};

/// What a description's sockets can do; the operations of `socket` ask these.
template <auto Protocol> concept stream_protocol = decltype(Protocol)::is_stream;
template <auto Protocol> concept connecting_protocol = decltype(Protocol)::connects;
template <auto Protocol> concept listening_protocol = decltype(Protocol)::listens;
template <auto Protocol> concept addressed_protocol = decltype(Protocol)::addressed;
/// Sockets that socketpair(2) can make.
template <class Description> concept pairing_description = protocol_description<Description> && requires { requires Description::pairs; };

}  // namespace weld::inline v0
