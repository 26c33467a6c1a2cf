// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "arguments.hpp"
#include "own_net.hpp"

#include <weld/socket/address/endpoint4.hpp>
#include <weld/socket/address/endpoint6.hpp>
#include <weld/socket/net.hpp>

#include <cstdio>
#include <cstring>

#include <netdb.h>

namespace examples {

/// Where to listen or whom to talk to, by IPv4 or by IPv6.
struct endpoint {
    endpoint(weld::endpoint4 at) : v4{at} {}
    endpoint(weld::endpoint6 at) : is6{true}, v6{at} {}

    /// Calls `program(protocol, address)` with weld::tcp or weld::tcp6: the same source serves both. Where the net does
    /// not have the one that is asked for, says so and answers 2.
    template <class Net, class Program>
    int with_tcp(Net&, Program program) const {
        if constexpr (weld::provides<Net, weld::tcp>)
            if (!is6) return program(weld::tcp, v4);
        if constexpr (weld::provides<Net, weld::tcp6>)
            if (is6) return program(weld::tcp6, v6);
        std::fprintf(stderr, "this net has no %s\n", is6 ? "tcp6" : "tcp");
        return 2;
    }

    bool is6 = false;
    weld::endpoint4 v4{};
    weld::endpoint6 v6{};
};

/// An address, fe80::1%2 with its interface, or a name that this machine's resolver knows, IPv4 first. Where it is none of
/// these, the program ends with status 2, as ping does.
inline endpoint resolve(const arguments& given, const char* host, std::uint16_t port = 0) {
    if (const auto v4 = weld::address4::parse(host)) return weld::endpoint4{*v4, port};
    if (const auto v6 = weld::address6::parse(host)) return weld::endpoint6{*v6, port};
    ::addrinfo wanted{}, *found = nullptr;
    wanted.ai_family = AF_INET;
    wanted.ai_socktype = SOCK_STREAM;
    int why = ::getaddrinfo(host, nullptr, &wanted, &found);
    if (why != 0) {
        wanted.ai_family = AF_INET6;
        why = ::getaddrinfo(host, nullptr, &wanted, &found);
    }
    if (why != 0) given.stop("%s: %s", host, ::gai_strerror(why));
    const weld::const_bytes bytes{reinterpret_cast<const std::byte*>(found->ai_addr), found->ai_addrlen};
    const endpoint first = found->ai_family == AF_INET ? endpoint{weld::endpoint4{weld::endpoint4::load(bytes)->address(), port}}
                                                       : endpoint{weld::endpoint6{weld::endpoint6::load(bytes)->address(), port, weld::endpoint6::load(bytes)->scope_id()}};
    ::freeaddrinfo(found);
    return first;
}

/// Where a server shall listen: `--port N [--address A]`. Where nothing is said: 127.0.0.1 on the host, the net's own
/// addresses elsewhere, those of IPv4 where it has any. On the host "::" takes both families.
inline endpoint listening_endpoint(arguments& given) {
    const std::uint16_t port = given.port("--port");
    const bool of_the_host = std::strncmp(given.net(), "host", 4) == 0 || std::strncmp(given.net(), "faulty", 6) == 0;
    const char* const address = given.value("--address", of_the_host ? "127.0.0.1" : own_net::speaks_only_6(given.net()) ? "::" : "0.0.0.0");
    if (const auto v4 = weld::address4::parse(address)) return weld::endpoint4{*v4, port};
    if (const auto v6 = weld::address6::parse(address)) return weld::endpoint6{*v6, port};
    given.fail("--address %s: not an address", address);
}

/// Whom a client shall talk to: `HOST PORT`.
inline endpoint peer_endpoint(arguments& given) {
    const char* const host = given.value("HOST");
    return resolve(given, host, given.port("PORT"));
}

}  // namespace examples
