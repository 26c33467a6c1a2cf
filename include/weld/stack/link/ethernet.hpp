// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/secret_random.hpp>
#include <weld/socket/device.hpp>
#include <weld/stack/link/arp.hpp>
#include <weld/stack/link/frame_info.hpp>
#include <weld/stack/link/ndp.hpp>
#include <weld/stack/wire/ethernet.hpp>

namespace weld::inline v0::stack {

/// Ethernet over a device. The station's address is the one given, else the device's own, else one made up.
/// In the kernel: net/ethernet/eth.c. Source: IEEE 802.3 section 3, RFC 894, RFC 1112 section 6.4, RFC 2464.
template <net_device Device>
class ethernet {
    static_assert(Device::link == link_type::ethernet, "stack: ethernet needs a device whose frames have a link header; put own::bare_ip over this one");

public:
    using device_type = Device;
    static constexpr std::size_t header_size = wire::ethernet_header::size;
    static constexpr std::uint16_t hardware_type = 1;  // ARPHRD_ETHER

    explicit ethernet(Device over, mac_address address = {}, neighbour_options neighbours = {}) noexcept
        : device_{std::move(over)}, address_{address}, arp_{neighbours}, ndp_{neighbours} {}

    Device& device() noexcept { return device_; }
    mac_address address() const noexcept { return address_; }
    /// Its neighbours, and who finds them.
    stack::arp& arp() noexcept { return arp_; }
    stack::ndp& ndp() noexcept { return ndp_; }
    neighbour_table<address4>& neighbours(address4) noexcept { return arp_.table; }
    neighbour_table<address6>& neighbours(const address6&) noexcept { return ndp_.table; }

    template <class Net, class Io>
    void start(Net& net, Io&) {
        if constexpr (requires { device_.hardware_address(); })
            if (address_.is_any()) address_ = device_.hardware_address();
        if (address_.is_any()) address_ = made_up(net.random());
        arp_.table.start(net);
        if constexpr (has_network<ip6, Net>) ndp_.table.start(net);
    }
    void stop() noexcept {
        arp_.table.stop();
        ndp_.table.stop();
    }
    /// An address of ours is new here.
    template <class Net, class Io>
    void announce(Net& net, Io& io, address4 own) { arp_.announce(net, io, own); }
    template <class Net, class Io>
    void announce(Net& net, Io& io, const address6& own) { ndp_.announce(net, io, own); }
    /// We would like to have an address: whether anybody has it.
    template <class Net, class Io>
    void probe(Net& net, Io& io, const address6& wanted) { ndp_.probe(net, io, wanted); }

    /// Looks at a frame and leaves it as it is. Errors: bad_message (short, a multicast source), protocol_not_supported
    /// (for another VLAN, or with a length instead of a type).
    result<frame_info> parse(const packet& frame) const noexcept {
        const auto header = wire::ethernet_view::parse(frame.bytes());
        if (!header || header->source().is_multicast()) return errc::bad_message;
        if (header->vlan() != 0 || header->type() < wire::ether_type::smallest) return errc::protocol_not_supported;
        return frame_info{header->source(), header->destination(), header->type(), 0, type_of(header->destination())};
    }
    /// Takes the header off a frame that parse() has accepted.
    void pull_header(packet& frame) const noexcept {
        frame.reset_mac_header();
        frame.pull(wire::ethernet_view::parse(frame.bytes())->header_size());
        frame.reset_network_header();
    }
    /// Errors: not_enough_memory.
    result<> push_header(packet& skb, const mac_address& to, std::uint16_t ether_type) const noexcept {
        if (const result<> room = skb.cow_head(header_size); !room) return room;
        wire::ethernet_header{to, address_, ether_type}.encode(skb.push(header_size));
        skb.reset_mac_header();
        skb.type = packet_type::outgoing;
        return {};
    }

    /// What the link itself is about; true where it was that.
    template <class Net, class Io>
    bool rcv(Net& net, Io& io, packet& skb, const frame_info& info) {
        if (info.ether_type != stack::arp::ether_type) return false;
        if constexpr (has_network<ip4, Net>) arp_.rcv(net, io, skb);
        return true;
    }
    /// To the station that has the address; skb.type tells a broadcast or a multicast.
    template <class Net, class Io>
    result<> output(Net& net, Io& io, packet_buffer skb, const address4& next_hop) {
        if (skb->type == packet_type::broadcast) return transmit(net, io, std::move(skb), mac_address::broadcast());
        if (skb->type == packet_type::multicast) return transmit(net, io, std::move(skb), group(next_hop));
        return arp_.table.output(net, io, std::move(skb), next_hop);
    }
    template <class Net, class Io>
    result<> output(Net& net, Io& io, packet_buffer skb, const address6& next_hop) {
        if (skb->type == packet_type::multicast) return transmit(net, io, std::move(skb), group(next_hop));
        return ndp_.table.output(net, io, std::move(skb), next_hop);
    }
    template <class Net, class Io>
    result<> transmit(Net& net, Io& io, packet_buffer skb, const mac_address& to) {
        const std::uint16_t type = skb->protocol;
        return io.send_frame(net, std::move(skb), to, type);
    }
    template <class Net, class Io>
    void solicit(Net& net, Io& io, address4 address, const mac_address* known) { arp_.solicit(net, io, address, known); }
    template <class Net, class Io>
    void solicit(Net& net, Io& io, const address6& address, const mac_address* known) { ndp_.solicit(net, io, address, known != nullptr); }
    template <class Net, class Io>
    void unreachable(Net& net, Io&, packet_buffer skb) {
        if constexpr (has_network<ip6, Net>)
            if (skb->protocol == wire::ether_type::ipv6) return network<ip6>(net).unreachable(net, std::move(skb));
        if constexpr (has_network<ip4, Net>) network<ip4>(net).unreachable(net, std::move(skb));
    }
    /// A router of IPv6 does not answer, or is one no more.
    template <class Net, class Io>
    void router_silent(Net& net, Io& io, const address6& router) { network<ip6>(net).router_silent(net, router, io.index()); }
    template <class Net, class Io>
    void router_no_more(Net& net, Io& io, const address6& router) { network<ip6>(net).router_no_more(net, router, io.index()); }
    template <class Net>
    void confirm(Net& net, address4 next_hop) noexcept { arp_.table.confirm(net, next_hop); }
    template <class Net>
    void confirm(Net& net, const address6& next_hop) noexcept { ndp_.table.confirm(net, next_hop); }

private:
    packet_type type_of(const mac_address& to) const noexcept {
        if (to == address_) [[likely]] return packet_type::host;
        if (!to.is_multicast()) return packet_type::other_host;
        return to.is_broadcast() ? packet_type::broadcast : packet_type::multicast;
    }
    /// Source: RFC 1112 section 6.4.
    static mac_address group(address4 address) noexcept {
        return {{0x01, 0x00, 0x5e, static_cast<std::uint8_t>(address.bytes[1] & 0x7f), address.bytes[2], address.bytes[3]}};
    }
    /// Source: RFC 2464 section 7.
    static mac_address group(const address6& address) noexcept {
        return {{0x33, 0x33, address.bytes[12], address.bytes[13], address.bytes[14], address.bytes[15]}};
    }
    /// Of the kind that everybody may give: IEEE 802 section 8.4.
    static mac_address made_up(secret_generator& chance) noexcept {
        mac_address address;
        for (std::uint8_t& byte : address.bytes) byte = static_cast<std::uint8_t>(chance.next());
        address.bytes[0] = static_cast<std::uint8_t>((address.bytes[0] & 0xfc) | 2);
        return address;
    }

    Device device_;
    mac_address address_;
    stack::arp arp_;
    stack::ndp ndp_;
};

}  // namespace weld::inline v0::stack
