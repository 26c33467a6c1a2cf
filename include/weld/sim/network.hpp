// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sim/fabric.hpp>
#include <weld/sim/port.hpp>
#include <weld/sim/table.hpp>
#include <weld/core/siphash.hpp>
#include <weld/socket/address/prefix4.hpp>
#include <weld/socket/address/prefix6.hpp>

#include <deque>
#include <string>

namespace weld::inline v0::sim {

/// What a network and its links are like.
struct network_options {
    prefix4 prefix{address4{{10, 0, 0, 0}}, 8};  ///< hosts are given its addresses, from the first on
    weld::prefix6 prefix6{address6::from_groups({0xfd00, 0, 0, 0, 0, 0, 0, 0}), 64};  ///< the same for hosts of IPv6
    link_options link{};                         ///< between any two that no other options were set for
    std::size_t mtu = 1500;                      ///< without the link's header
};

/// One segment: a switch with a port for each host, and between each two ports that talk a path of its own, made when
/// the first packet needs it. Two ports are a point-to-point link. Without link headers it finds a host by the
/// destination's IP address, so nobody asks who has it; with them it learns as a switch does. Sending costs the same
/// whatever the number of hosts.
class network {
public:
    network(fabric& in, text name, const network_options& options)
        : options_{options}, fabric_{&in}, name_{name.data(), name.size()} {}
    network(const network&) = delete;
    network& operator=(const network&) = delete;

    text name() const noexcept { return name_; }
    const network_options& options() const noexcept { return options_; }
    /// What all networks of a world share.
    fabric& in() const noexcept { return *fabric_; }

    /// A place for a machine's device.
    port& plug(std::size_t host, text name, virtual_clock& clock, link_type link) {
        port& fresh = ports_.emplace_back(*this, host, name, clock, static_cast<std::uint32_t>(ports_.size()), link);
        fresh.address = address4::from_uint32(options_.prefix.network().address().to_uint32() + static_cast<std::uint32_t>(ports_.size()));
        const address6 first = options_.prefix6.network().address();
        fresh.of_version_6 = address6::from_halves(first.high(), first.low() + ports_.size());
        if (link == link_type::bare_ip) {
            stations_.set(fresh.address.to_uint32(), fresh);
            stations_.set(key_of(fresh.of_version_6), fresh);
        }
        return fresh;
    }
    /// The path from one port to another.
    path& between(const port& from, const port& to) {
        const std::uint64_t key = std::uint64_t{from.number} << 32 | to.number;
        if (path* const known = paths_by_ports_.find(key)) return *known;
        path& fresh = paths_.emplace_back(options_.link, fabric_->chance_seed ^ (key + 1) * 0xd1342543de82ef95);
        paths_by_ports_.set(key, fresh);
        return fresh;
    }
    /// What paths that are made from now on are like.
    void set_link(const link_options& conditions) noexcept { options_.link = conditions; }
    std::size_t paths() const noexcept { return paths_.size(); }
    std::size_t ports() const noexcept { return ports_.size(); }

    /// Takes a frame from a device.
    void transmit(port& from, packet_buffer frame);
    /// Calls visitor(port) for each that a host is plugged into.
    template <class Visitor>
    void for_each_port(Visitor&& visitor) {
        for (port& each : ports_) visitor(each);
    }

private:
    friend detail::flight;
    struct station {
        std::uint64_t key;
        bool many;
    };
    /// Never one of IPv4's, which have 32 bits.
    static std::uint64_t key_of(const address6& address) noexcept { return siphash13({3, 4}, object_bytes(address)) | std::uint64_t{1} << 63; }
    static bool is_version_6(const_bytes frame) noexcept;
    static station destination(link_type link, const_bytes frame) noexcept;
    static std::uint64_t source(link_type link, const_bytes frame) noexcept;
    port* other_end(const port& from) noexcept { return ports_.size() == 2 ? &ports_[from.number == 0 ? 1 : 0] : nullptr; }
    void send(port& from, port& to, packet_buffer frame);
    void take_off(port& from, port& to, packet_buffer frame, time_point arrives);
    void land(detail::flight& arrived);
    sighting seen(const port& from, const port* to, const packet& frame) const noexcept {
        return {fabric_->time.now(), fabric_->sent, from.name, to != nullptr ? to->name : text{"nobody"}, from.link, frame.bytes()};
    }
    static void turn_a_bit(packet_buffer& frame, random_generator& chance) noexcept;

    network_options options_;
    fabric* fabric_;
    std::string name_;
    std::deque<port> ports_;
    std::deque<path> paths_;
    detail::table<path> paths_by_ports_;
    detail::table<port> stations_;
};

}  // namespace weld::inline v0::sim

#include <weld/sim/network_transmit.hpp>
