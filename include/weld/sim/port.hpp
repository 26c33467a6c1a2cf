// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_queue.hpp>
#include <weld/sim/path.hpp>
#include <weld/sim/virtual_clock.hpp>
#include <weld/socket/address/address4.hpp>
#include <weld/socket/address/address6.hpp>
#include <weld/socket/device.hpp>

#include <utility>

namespace weld::inline v0::sim {

class network;

/// Where a device of a host is plugged into a network; it stays while the host comes and goes.
struct alignas(64) port {
    port(network& of, std::size_t of_host, text host_name, virtual_clock& host_clock, std::uint32_t in_network, link_type kind) noexcept
        : on{&of}, clock{&host_clock}, name{host_name}, host{static_cast<std::uint32_t>(of_host)}, number{in_network}, link{kind} {}

    network* on;
    virtual_clock* clock;        // the host's
    run_queue* ready = nullptr;  // while a device is attached
    text name;                   // the host's
    std::uint32_t host;          // its number in the world
    std::uint32_t number;        // in its network, in the order of plugging in
    address4 address{};          // what the world gave it
    link_type link;
    bool host_is_up = false;
    bool carrier = true;         // its cable is plugged in

    wait_queue waiters;
    packet_queue arrived;
    port_options options;
    pipe last_hop;
    address6 of_version_6{};     // the same of IPv6

    /// Pulls the cable out, or puts it in again. What has come for the host stays.
    void set_carrier(bool there) noexcept {
        if (std::exchange(carrier, there) == there || waiters.empty()) return;
        waiters.wake(events::always, *ready);
        clock->wake();
    }
    /// What has come for the host is handed to it, which runs when it is its turn.
    void deliver(packet_buffer frame) noexcept {
        arrived.push_back(std::move(frame));
        if (waiters.empty()) return;
        waiters.wake(events::readable, *ready);
        clock->wake();
    }
};

}  // namespace weld::inline v0::sim
