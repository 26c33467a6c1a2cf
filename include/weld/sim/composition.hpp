// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sim/machine.hpp>
#include <weld/sim/watch.hpp>
#include <weld/socket/socket.hpp>
#include <weld/stack/icmp/icmp.hpp>
#include <weld/stack/icmp/icmp6.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/ipv4.hpp>
#include <weld/stack/ip/ipv6.hpp>
#include <weld/stack/link/bare_ip.hpp>
#include <weld/stack/tcp/tcp.hpp>
#include <weld/stack/udp/udp.hpp>

namespace weld::inline v0::sim {

/// What a host's net is made of where nobody says otherwise: the own stack, with TCP and UDP over IPv4.
struct usual_composition {
    auto operator()(place& here) const {
        auto nic = here.device();
        return weld::net{stack::interface{"eth0", stack::bare_ip{std::move(nic)}, here.prefix()},
                         stack::ipv4{}, stack::icmp{}, stack::tcp{}, stack::udp{}, here.clock(), here.names(), watch{}};
    }
};

/// The same over IPv6 alone: `world.host("server", sim::over_ipv6{})`.
struct over_ipv6 {
    auto operator()(place& here) const {
        auto nic = here.device();
        return weld::net{stack::interface{"eth0", stack::bare_ip{std::move(nic)}, here.prefix6()},
                         stack::ipv6{}, stack::icmp6{}, stack::tcp6{}, stack::udp6{}, here.clock(), here.names(), watch{}};
    }
};

}  // namespace weld::inline v0::sim
