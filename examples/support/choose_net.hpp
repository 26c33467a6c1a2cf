// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "arguments.hpp"
#include "own_net.hpp"

#include <weld/host/all.hpp>
#include <weld/sys/faulty.hpp>

#include <csignal>
#include <cstdlib>
#include <cstring>

namespace examples {

/// Makes the net that `--net` names and answers `program(net)`. It is the only place in the examples that knows what
/// lies underneath; the program gets it as a type and is compiled for each. Sees to it that nothing is left over on
/// the command line.
///
///     host           sockets of this machine's kernel, through epoll (the default)
///     faulty:SEED    the same on a bad day: calls are interrupted, do half of what they were asked for, find no memory
///
/// or weld's own TCP/IP below the same program, with an address of its own beside the host's:
///
///     tap:NAME,ADDRESS/PREFIX[,GATEWAY]        over a tap interface, of which the host has the other side
///     packet:IFACE,ADDRESS/PREFIX[,GATEWAY]    over an interface that is shared with the host, by a packet socket
///     tun:... raw:...                          over bare IP: a tun interface, or the host's routing
///
/// An address may be of IPv6, and there may be several, with a gateway of each version: tap:tap0,10.0.0.2/24,fd00::2/64
///
/// `,offloads=no` leaves checksums and segments to us; `,lose=0.01`, reorder=, duplicate=, corrupt= and seed= make the
/// wire a bad one, both ways.
template <class Program>
int choose_net(arguments& given, Program program) {
    given.end();
    std::signal(SIGPIPE, SIG_IGN);  // sockets never send it; who reads our output may still go away
    if (std::strcmp(given.net(), "host") == 0) {
        weld::net net{weld::host::all{}};
        return program(net);
    }
    if (std::strncmp(given.net(), "faulty:", 7) == 0) {
        weld::net net{weld::host::all{}, weld::sys::faulty<>{std::strtoull(given.net() + 7, nullptr, 10)}};
        return program(net);
    }
    if (own_net::is_meant(given.net())) return own_net{given}.run(program);
    given.fail("--net %s: there is no such net; there are: host, faulty:SEED, and tap: packet: tun: raw: with INTERFACE,ADDRESS/PREFIX[,GATEWAY]",
               given.net());
}

}  // namespace examples
