// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/loopback.hpp>
#include <weld/sim.hpp>
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/tcp/tcp.hpp>
#include <weld/stack/udp/udp.hpp>
#include <weld/task.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

namespace support {

/// A machine that talks to itself, in virtual time: both ends of everything are in one net, which has the parts `More` too.
template <class... More>
struct lone_machine {
    explicit lone_machine(More... more)
        : net{weld::stack::interface{"lo", weld::stack::bare_ip{weld::device::loopback{}}, "127.0.0.1/8"},
              weld::stack::ipv4{},
              weld::stack::icmp{},
              weld::stack::tcp{},
              weld::stack::udp{},
              weld::shared{clock},
              weld::seed{1},
              std::move(more)...} {}

    weld::sim::timeline time;
    weld::sim::virtual_clock clock{time, 1};
    weld::net<weld::stack::interface<weld::stack::bare_ip<weld::device::loopback>>, weld::stack::ipv4, weld::stack::icmp, weld::stack::tcp,
              weld::stack::udp, weld::shared<weld::sim::virtual_clock>, weld::seed, More...>
        net;

    void rest(weld::duration how_long) { weld::block_on(net, weld::sleep(net, how_long)); }
};

inline sockaddr_in local(int port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(static_cast<std::uint16_t>(port));
    made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return made;
}

}  // namespace support
