// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/any_message.hpp>

/// How a sockaddr of any length becomes a protocol's own address: which lengths and families a call takes, with Linux's
/// errno for the others. Families of the host get the bytes as they are, and check them themselves.
namespace weld::inline v0::sockaddr_rules {

/// Whether an ops takes a sockaddr as it is, since the kernel below checks it.
template <class Ops> inline constexpr bool raw = requires { requires Ops::takes_raw_sockaddr; };

/// The type of addresses that an ops takes: the description's, or a sockaddr as it is.
template <auto Protocol, class Ops>
struct address_of { using type = typename decltype(Protocol)::address; };
template <auto Protocol, class Ops>
    requires raw<Ops>
struct address_of<Protocol, Ops> { using type = raw_sockaddr; };
template <auto Protocol, class Ops>
using address = typename address_of<Protocol, Ops>::type;

/// AF_UNSPEC, of which bind and sendto make AF_INET where it has an AF_INET address's length.
template <class Address>
constexpr result<Address> load(const generic_address& from) {
    if constexpr (std::is_same_v<Address, raw_sockaddr>) return raw_sockaddr{from};
    else return Address::load(from.bytes());
}

/// AF_UNSPEC is AF_INET to bind where the address is 0.0.0.0. Source: __inet_bind, net/ipv4/af_inet.c.
template <auto Protocol, class Ops>
constexpr auto to_bind(const generic_address& from) -> result<address<Protocol, Ops>> {
    using address_type = address<Protocol, Ops>;
    if constexpr (std::is_same_v<address_type, endpoint4>) {
        if (from.family() == 0 && from.bytes().size() >= endpoint4::sockaddr_size_max) {
            const auto meant = detail::load_sockaddr<endpoint4>(from.bytes());
            if (meant.address().is_any()) return endpoint4{meant.address(), meant.port()};
        }
    }
    return load<address_type>(from);
}

/// AF_UNSPEC ends a connection. Source: inet_stream_connect, inet_dgram_connect, unix_dgram_connect.
template <class Ops>
constexpr bool is_disconnect(const generic_address& to) noexcept {
    return !raw<Ops> && to.bytes().size() >= 2 && to.family() == 0;
}
template <auto Protocol, class Ops>
constexpr auto to_connect(const generic_address& to) -> result<address<Protocol, Ops>> {
    return load<address<Protocol, Ops>>(to);
}

/// AF_UNSPEC is AF_INET to sendto, for old programs. Source: udp_sendmsg, net/ipv4/udp.c.
template <auto Protocol, class Ops>
constexpr auto to_send(const generic_address& to) -> result<address<Protocol, Ops>> {
    using address_type = address<Protocol, Ops>;
    if constexpr (std::is_same_v<address_type, endpoint4>) {
        if (to.family() == 0 && to.bytes().size() >= endpoint4::sockaddr_size_max) {
            const auto meant = detail::load_sockaddr<endpoint4>(to.bytes());
            return endpoint4{meant.address(), meant.port()};
        }
    }
    return load<address_type>(to);
}

}  // namespace weld::inline v0::sockaddr_rules
