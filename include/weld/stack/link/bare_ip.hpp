// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/device.hpp>
#include <weld/stack/link/frame_info.hpp>
#include <weld/stack/wire/numbers.hpp>

namespace weld::inline v0::stack {

/// No link header at all: what a tun device, a raw IP socket or a loopback carries begins with its IP header, and
/// whoever is at the other end gets everything. In the kernel: ARPHRD_NONE.
template <net_device Device>
class bare_ip {
    static_assert(Device::link == link_type::bare_ip, "stack: this device's frames have a link header; put own::ethernet over it");

public:
    using device_type = Device;
    static constexpr std::size_t header_size = 0;
    static constexpr std::uint16_t hardware_type = 0xfffe;  // ARPHRD_NONE

    explicit bare_ip(Device over) noexcept : device_{std::move(over)} {}

    Device& device() noexcept { return device_; }
    mac_address address() const noexcept { return {}; }

    template <class Net, class Io>
    void start(Net&, Io&) noexcept {}
    void stop() noexcept {}
    template <class Net, class Io>
    void announce(Net&, Io&, const auto&) noexcept {}

    /// Errors: bad_message (of no version of IP).
    result<frame_info> parse(const packet& frame) const noexcept {
        const unsigned version = frame.empty() ? 0 : static_cast<unsigned>(*frame.data()) >> 4;
        if (version == 4) return frame_info{{}, {}, wire::ether_type::ipv4, 0, packet_type::host};
        if (version == 6) return frame_info{{}, {}, wire::ether_type::ipv6, 0, packet_type::host};
        return errc::bad_message;
    }
    void pull_header(packet& frame) const noexcept {
        frame.reset_mac_header();
        frame.reset_network_header();
    }
    result<> push_header(packet& skb, const mac_address&, std::uint16_t) const noexcept {
        skb.reset_mac_header();
        skb.type = packet_type::outgoing;
        return {};
    }

    template <class Net, class Io>
    bool rcv(Net&, Io&, packet&, const frame_info&) noexcept { return false; }
    template <class Net, class Io>
    result<> output(Net& net, Io& io, packet_buffer skb, const auto&) { return io.send_frame(net, std::move(skb), {}, 0); }
    template <class Net>
    void confirm(Net&, const auto&) noexcept {}

private:
    Device device_;
};

}  // namespace weld::inline v0::stack
