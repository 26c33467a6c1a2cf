// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "arguments.hpp"

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
    given.fail("--net %s: there is no such net; there are: host, faulty:SEED", given.net());
}

}  // namespace examples
