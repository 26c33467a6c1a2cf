// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/address4.hpp>

#include <cstdio>
#include <cstdlib>

#include <netdb.h>

namespace examples {

/// An address, or a name that this machine's resolver knows. Where it is neither, says so and ends the program with
/// status 2, as ping does.
inline weld::address4 resolve(const char* program, const char* host) {
    if (const auto address = weld::address4::parse(host)) return *address;
    ::addrinfo wanted{}, *found = nullptr;
    wanted.ai_family = AF_INET;
    wanted.ai_socktype = SOCK_STREAM;
    if (const int why = ::getaddrinfo(host, nullptr, &wanted, &found); why != 0) {
        std::fprintf(stderr, "%s: %s: %s\n", program, host, ::gai_strerror(why));
        std::exit(2);
    }
    const auto* const first = reinterpret_cast<const ::sockaddr_in*>(found->ai_addr);
    const weld::address4 address = weld::address4::from_uint32(ntohl(first->sin_addr.s_addr));
    ::freeaddrinfo(found);
    return address;
}

}  // namespace examples
