// SPDX-License-Identifier: BSL-1.0
// The same programs over weld's own TCP and UDP: over its loopback device, in real time.
#pragma once

#include "both.hpp"

#include <weld/device/loopback.hpp>
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/tcp/tcp.hpp>
#include <weld/stack/udp/udp.hpp>

namespace both {

/// Over the kernel, and then over a net of these parts, in real time.
template <class Program, class... Parts>
void over_kernel_and_parts(Program program, Parts... parts) {
    notes expected, found;
    kernel calls;
    program(calls, expected);
    weld::net net{std::move(parts)..., weld::io::epoll{}};
    {
        weld::posix::process os{net};
        program(os, found);
    }
    INFO("own stack");
    compare(expected, found);
    CHECK(net.stats().files == 0);
    CHECK(net.stats().sockets == 0);
}
template <class Program>
void over_kernel_and_own(Program program) {
    namespace own = weld::stack;
    over_kernel_and_parts(program, own::interface{"lo", own::bare_ip{weld::device::loopback{}}, "127.0.0.1/8"}, own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{});
}

}  // namespace both
