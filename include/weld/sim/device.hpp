// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sim/network.hpp>

#include <utility>

namespace weld::inline v0::sim {

/// A host's network device in simulation: what it transmits travels through the network that its port is on. It takes
/// everything; queues, limits and faults are the network's. Frames have no link header unless asked for.
template <link_type Link = link_type::bare_ip>
class device {
public:
    static constexpr link_type link = Link;

    explicit device(port& into) noexcept : port_{&into} {}
    device(device&& other) noexcept : port_{std::exchange(other.port_, nullptr)} {}
    device& operator=(device&& other) noexcept {
        std::swap(port_, other.port_);
        return *this;
    }
    /// Unplugs: what has arrived is lost.
    ~device() {
        if (port_ == nullptr) return;
        port_->ready = nullptr;
        port_->arrived.clear();
    }

    std::size_t mtu() const noexcept { return port_->on->options().mtu; }
    device_features features() const noexcept { return {}; }
    errc error() const noexcept { return port_->carrier ? errc{} : carrier_lost; }
    /// All of a world's packets come from here: they outlive the host that sent them.
    packet_pool& lent_pool() const noexcept { return port_->on->in().packets; }

    template <event_source Source>
    result<> attach(Source& source) noexcept {
        port_->ready = &source.runnable();
        return {};
    }
    std::size_t transmit(span<packet_buffer> frames) noexcept {
        if (!port_->carrier) return 0;
        for (packet_buffer& frame : frames) port_->on->transmit(*port_, std::move(frame));
        return frames.size();
    }
    std::size_t receive(packet_pool&, span<packet_buffer> frames) noexcept {
        std::size_t count = 0;
        while (count < frames.size() && !port_->arrived.empty()) {
            port_->on->in().log.arrived(port_->arrived.front()->bytes());
            frames[count++] = port_->arrived.pop_front();
        }
        return count;
    }
    result<> wait(wait_entry& entry) noexcept {
        const bool ready = (entry.wants(events::writable) && port_->carrier) || (entry.wants(events::readable) && !port_->arrived.empty());
        if (ready) port_->ready->push(entry);
        else port_->waiters.add(entry);
        return {};
    }

private:
    port* port_;
};

static_assert(net_device<device<>> && net_device<device<link_type::ethernet>>);

}  // namespace weld::inline v0::sim
