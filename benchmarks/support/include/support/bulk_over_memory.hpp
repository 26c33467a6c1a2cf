// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "bulk.hpp"

#include <weld/device/memory.hpp>
#include <weld/io/epoll.hpp>
#include <weld/socket/listen.hpp>
#include <weld/stack.hpp>

namespace bulk {

/// weld's own stack at both ends of a wire in memory with an MTU of 1500. Every octet is copied and summed twice: into a
/// packet and out of it, as between machines.
inline int over_memory(int count, char** words, weld::device_features features) {
    using namespace weld::literals;
    namespace own = weld::stack;
    weld::io::epoll loop;
    weld::device::memory_link wire{{.features = features}};
    weld::net near{own::interface{"eth0", own::ethernet{wire.left()}, "10.0.0.1/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}, weld::shared{loop}};
    weld::net far{own::interface{"eth0", own::ethernet{wire.right()}, "10.0.0.2/24"}, own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}, weld::shared{loop}};
    const weld::endpoint4 server{weld::address4{{10, 0, 0, 2}}, 7};
    auto listener = weld::listen(far, weld::tcp, server);
    auto from = near.socket(weld::tcp);
    if (!listener || !from || !from->connect(server, 5_s).blocking()) return 1;
    auto to = listener->accept(5_s).blocking();
    if (!to) return 1;
    return transfer(count, words, [&, rounds = 0u](const std::byte* data, std::size_t left, std::byte* room) mutable {
        progress step;
        if (left != 0) step.sent = from->try_send({data, left}).value_or(0);
        near.runnable().run(256);
        step.received = to->try_recv({room, chunk}).value_or(0);
        if (step.sent + step.received == 0) near.step();                      // nothing to do but what time brings
        else if (++rounds % 16 == 0) loop.wait(weld::time_point{});           // the clock goes on, by which buffers grow
        return step;
    });
}

}  // namespace bulk
