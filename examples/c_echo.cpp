// SPDX-License-Identifier: BSL-1.0
// An echo server and its client, written in C for the kernel, side by side over weld's own TCP: two machines, a wire and a
// clock that exist in this process alone. support/c_echo.h is what a C programmer would write; the one line that differs
// from the kernel's version is `#define OS(name)`.
//
//     c_echo                 prints what the client found
#include <weld/device/memory.hpp>
#include <weld/posix.hpp>
#include <weld/posix/programs.hpp>
#include <weld/sim.hpp>
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/tcp/tcp.hpp>

#include <cstdio>

#define OS(name) weld::posix::name
#include "support/c_echo.h"

int main() {
    namespace own = weld::stack;
    weld::sim::timeline time;
    weld::sim::virtual_clock here{time, 1}, there{time, 2};
    weld::device::memory_link wire;
    weld::net near{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, weld::shared{here}};
    weld::net far{own::interface{"eth0", own::ethernet{wire.right()}, "10.0.0.2/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, weld::shared{there}};
    weld::posix::process server{near}, client{far};

    int served = -1, echoed = -1;
    weld::posix::programs programs;
    programs.start(server, [&] { served = echo_server("10.0.0.1", 7, 1); });
    programs.start(client, [&] { echoed = echo_client("10.0.0.1", 7, 1'000'000); });
    programs.run();
    std::printf("server: %d, client: %d, a million bytes there and back\n", served, echoed);
    return served != 0 || echoed != 0;
}
