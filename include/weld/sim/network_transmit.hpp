// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sim/network.hpp>

namespace weld::inline v0::sim {

inline detail::flight::flight() noexcept
    : timer{+[](weld::runnable& entry) {
          auto& self = static_cast<flight&>(static_cast<timer&>(entry));
          self.to->on->land(self);
      }} {}

/// To the port whose station it is for, to all for many, and to all as well where nobody knows the station.
inline void network::transmit(port& from, packet_buffer frame) {
    ++fabric_->sent;
    frame->checksum = checksum_state::none;  // what the sender knew of it stays behind
    const_bytes bytes = frame->bytes();
    if (const std::uint64_t sender = source(from.link, bytes); sender != 0 && stations_.find(sender) != &from) stations_.set(sender, from);
    station goal = destination(from.link, bytes);
    if (from.link == link_type::bare_ip && goal.key == options_.prefix.broadcast().to_uint32()) goal.many = true;
    port* to = goal.many ? nullptr : stations_.find(goal.key);
    if (to == nullptr) to = other_end(from);
    if (to != nullptr) return send(from, *to, std::move(frame));
    if (!goal.many && from.link == link_type::bare_ip) return fabric_->log.packet(happening::nobody, seen(from, nullptr, *frame));
    for (port& each : ports_)
        if (&each != &from)
            if (packet_buffer twin = frame->copy()) send(from, each, std::move(twin));
}

inline void network::send(port& from, port& to, packet_buffer frame) {
    event_log& log = fabric_->log;
    const sighting packet = seen(from, &to, *frame);
    if (!from.host_is_up) return log.packet(happening::host_down, packet);
    if (fabric_->cuts.part(from.host, to.host)) return log.packet(happening::cut_off, packet);
    const verdict ruled = fabric_->rules.empty() ? pass : fabric_->rules.judge(packet);
    if (ruled.is == verdict::kind::drop) return log.packet(happening::dropped, packet);
    path& way = between(from, to);
    ++way.packets;
    const passage how = way.send(fabric_->time.now(), frame->size());
    if (how.is == passage::fate::lost) return log.packet(happening::lost, packet);
    if (how.is == passage::fate::queue_full) return log.packet(happening::queue_full, packet);
    const bool corrupted = how.corrupted || ruled.is == verdict::kind::corrupt;
    const time_point arrives = how.arrives + ruled.by;
    log.packet(corrupted ? happening::corrupted : ruled.by > duration{} ? happening::held_back : happening::travels, packet, arrives);
    if (how.duplicated)
        if (packet_buffer twin = frame->copy()) {
            log.packet(happening::duplicated, packet, how.arrives_again);
            take_off(from, to, std::move(twin), how.arrives_again);
        }
    if (corrupted) turn_a_bit(frame, way.chance());
    if (frame) take_off(from, to, std::move(frame), arrives);
}

inline void network::take_off(port& from, port& to, packet_buffer frame, time_point arrives) {
    detail::flight* const fresh = fabric_->flights.acquire();
    if (fresh == nullptr) return;
    fresh->frame = std::move(frame);
    fresh->from = &from;
    fresh->to = &to;
    fresh->at_the_door = false;
    fabric_->time.at(arrives, *fresh);
}

inline void network::land(detail::flight& arrived) {
    port& to = *arrived.to;
    const auto gone = [&](happening why) {
        fabric_->log.packet(why, seen(*arrived.from, &to, *arrived.frame));
        arrived.frame.reset();
        fabric_->flights.release(arrived);
    };
    if (!to.carrier || fabric_->cuts.part(arrived.from->host, to.host)) return gone(happening::cut_off);
    if (!to.host_is_up || to.ready == nullptr) return gone(happening::host_down);
    if (to.options.bandwidth != 0 && !arrived.at_the_door) {
        const time_point now = fabric_->time.now();
        const time_point through = to.last_hop.send(now, arrived.frame->size(), to.options.bandwidth, to.options.queue_limit);
        if (through == time_point::never()) return gone(happening::queue_full);
        arrived.at_the_door = true;
        return fabric_->time.at(through, arrived);
    }
    packet_buffer frame = std::move(arrived.frame);
    fabric_->flights.release(arrived);
    struct nothing { unsigned char bytes[48]; };
    frame->control<nothing>() = {};
    to.deliver(std::move(frame));
}

inline bool network::is_version_6(const_bytes frame) noexcept {
    return frame.size() >= wire::ipv6_header::size && static_cast<unsigned>(frame[0]) >> 4 == 6;
}
inline network::station network::destination(link_type link, const_bytes frame) noexcept {
    if (link == link_type::ethernet) {
        if (frame.size() < wire::ethernet_header::size) return {0, false};
        return {load_be<std::uint64_t>(frame) >> 16, (static_cast<unsigned>(frame[0]) & 1) != 0};
    }
    if (is_version_6(frame)) {
        const auto to = wire::load_address<address6>(frame.data() + 24);
        return {key_of(to), to.is_multicast()};
    }
    const auto ip = wire::ipv4_view::parse(frame);
    if (!ip) return {0, false};
    const address4 to = ip->destination();
    return {to.to_uint32(), to.is_multicast() || to.is_broadcast()};
}
inline std::uint64_t network::source(link_type link, const_bytes frame) noexcept {
    if (link == link_type::ethernet) return frame.size() < wire::ethernet_header::size ? 0 : load_be<std::uint64_t>(frame, 6) >> 16;
    if (is_version_6(frame)) {
        const auto from = wire::load_address<address6>(frame.data() + 8);
        return from.is_any() ? 0 : key_of(from);
    }
    return frame.size() < wire::ipv4_header::size ? 0 : load_be<std::uint32_t>(frame, 12);
}

inline void network::turn_a_bit(packet_buffer& frame, random_generator& chance) noexcept {
    if (frame->empty()) return;
    if (!frame->unshare()) return frame.reset();
    const std::uint64_t bit = chance.below(8 * frame->size());
    frame->bytes()[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
}

}  // namespace weld::inline v0::sim
