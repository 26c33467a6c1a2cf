// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_queue.hpp>
#include <weld/socket/crossing.hpp>
#include <weld/stack/claims.hpp>
#include <weld/stack/context.hpp>
#include <weld/stack/ip/ip4.hpp>
#include <weld/stack/ip/ip6.hpp>
#include <weld/stack/link/bare_ip.hpp>
#include <weld/stack/link/ethernet.hpp>
#include <weld/stack/link/gro.hpp>
#include <weld/stack/link/gso.hpp>
#include <weld/stack/link/interface_settings.hpp>
#include <weld/stack/part_timer.hpp>

#include <array>

namespace weld::inline v0::stack {

/// What went through an interface. In the kernel: struct rtnl_link_stats64, by whose names it goes.
struct interface_counters {
    std::uint64_t rx_packets = 0, rx_bytes = 0, rx_errors = 0, rx_nohandler = 0, rx_merged = 0;
    std::uint64_t tx_packets = 0, tx_bytes = 0, tx_dropped = 0, tx_split = 0;
};

/// A link over a device, with a name and addresses: `interface{"tap0", ethernet{std::move(*tap)}, "10.0.0.2/24"}`.
/// Behind the link come, in any order: addresses (prefix4, prefix6, or text), `gateway`s, an `mtu`, an `interface_options`.
/// Text may name the gateway too: "10.0.0.2/24,10.0.0.1". In a net with IPv6 it has a link-local address besides. A net may have several; the first has index 1.
/// In the kernel: struct net_device with its qdisc (pfifo) and its NAPI.
template <class Link>
class interface : public detail::device_defaults<typename Link::device_type> {
public:
    using role = role::interface;
    using net_context = context;
    /// The type of its link.
    using link_type = Link;
    using device_type = typename Link::device_type;

    template <interface_setting... Settings>
    interface(text name, Link link, const Settings&... settings) noexcept : settings_{name}, link_{std::move(link)} {
        (settings_.add(settings), ...);
    }

    text name() const noexcept { return settings_.name; }
    std::uint32_t index() const noexcept { return index_; }
    std::size_t mtu() const noexcept { return mtu_; }
    const device_features& features() const noexcept { return features_; }
    /// Its device makes a call for each frame, and takes a queue of them.
    static constexpr bool transmits_one_by_one = requires(device_type& device, packet_queue& frames) {
        requires device_type::transmits_one_by_one;
        device.transmit(frames);
    };
    /// What may be handed to it: what the device does not do, link/gso.hpp does, for a whole super-segment at once.
    device_features offloads() const noexcept {
        if (!settings_.options.split_transmitted) return features_;
        return {.checksum = true, .gso_size_max = features_.gso_size_max != 0 ? features_.gso_size_max : 65536};
    }
    Link& link() noexcept { return link_; }
    device_type& device() noexcept { return link_.device(); }
    const interface_counters& stats() const noexcept { return stats_; }
    /// False while the device has no carrier, and once it has failed; error() says why: carrier_lost, or what is for good.
    bool is_up() const noexcept { return error_ == errc{}; }
    errc error() const noexcept { return error_; }
    /// What stands before a network header here.
    static constexpr std::size_t headroom() noexcept { return Link::header_size + detail::device_headroom<device_type>; }

    /// Errors: those of the device, invalid_argument (an address that is none), no_buffer_space (too many).
    template <class Net>
    result<> start(Net& net);
    template <class Net>
    void stop(Net&) noexcept {
        link_.stop();
        clear();
        if constexpr (requires { device().detach(); }) device().detach();
    }

    /// Sends a packet of a network layer to a neighbour; skb.protocol is its EtherType, skb.type whether it is for many.
    /// Errors: network_down, no_buffer_space (the queue is full; the packet is gone).
    template <class Net, class Address>
    result<> output(Net& net, packet_buffer skb, const Address& next_hop) {
        return link_.output(net, *this, std::move(skb), next_hop);
    }
    /// Sends what stands in the packet as the payload of a frame. Errors: as output, and not_enough_memory.
    template <class Net>
    result<> send_frame(Net& net, packet_buffer skb, const mac_address& to, std::uint16_t ether_type) {
        skb->protocol = ether_type;
        if (const result<> pushed = link_.push_header(*skb, to, ether_type); !pushed) return pushed;
        return queue(net, std::move(skb));
    }
    /// Sends a frame that has its link header; mac_header() and network_header() tell where they stand. Errors: as output.
    template <class Net>
    result<> queue(Net& net, packet_buffer frame);
    /// The same for a frame that somebody else has written. Errors: bad_message, and as output.
    template <class Net>
    result<> queue_raw(Net& net, packet_buffer frame) {
        const auto info = link_.parse(*frame);
        if (info.error() == errc::bad_message) return info.error();
        if (info) frame->protocol = info->ether_type;
        const std::size_t whole = frame->size();
        link_.pull_header(*frame);
        frame->push(whole - frame->size());
        frame->type = packet_type::outgoing;
        return queue(net, std::move(frame));
    }
    /// Whether a packet would be taken now; where not, parts are told by `write_space(net, index)` when it would.
    bool has_room() noexcept {
        const bool room = queue_.size() < settings_.options.transmit_queue_length;
        starved_ |= !room;
        return room;
    }

private:
    template <class Net>
    void receive(Net& net);
    template <class Ip, class Format, class Net>
    [[gnu::always_inline]] void merge(Net& net, std::size_t count) {
        constexpr auto how = Net::template lists<detail::takes_tcp_fragments<Ip>> ? gro::merging::as_fragments : gro::merging::copied;
        stats_.rx_merged += gro::merger<batch_max, Format>{}.merge(net.packets(), span{batch_}.first(count), Link::header_size, headroom(), how);
    }
    template <class Net>
    void input(Net& net, packet_buffer frame);
    template <class Net>
    void transmit(Net& net);
    template <class Net>
    void transmit_train(Net& net);
    template <class Net>
    bool hand_over(Net& net);
    template <class Net>
    void wait_for(Net& net, wait_entry& entry) {
        if (const errc now = device().error(); now != error_) [[unlikely]] change(net, now);
        if (has_failed()) [[unlikely]] return;
        if (const result<> waits = device().wait(entry); !waits) fail(net, waits.error());
    }
    bool has_failed() const noexcept { return error_ != errc{} && error_ != carrier_lost; }
    void clear() noexcept {
        queue_.clear();
        receiver_.unlink();
        transmitter_.unlink();
    }
    template <class Net>
    void change(Net& net, errc now);
    template <class Net>
    void go_down(Net& net);
    template <class Net>
    void come_up(Net& net);
    template <class Net>
    void fail(Net& net, errc why);
    template <class Net>
    void tell_of_room(Net& net);
    template <class Net>
    void add_addresses(Net& net, result<>& status);

    interface_settings settings_;  // its last are what a packet meets first
    Link link_;
    std::uint32_t index_ = 0;
    std::size_t mtu_ = 0;
    device_features features_{};
    errc error_{};
    bool starved_ = false;
    bool has_super_segments_ = false;  // in what was received last
    static constexpr std::size_t batch_max = 64;
    static constexpr std::size_t super_batch_max = 4;  // super-segments: what is read next is then still in the cache
    packet_queue queue_;
    part_entry<events::readable> receiver_;
    part_entry<events::writable> transmitter_;
    interface_counters stats_{};
    std::array<packet_buffer, batch_max> batch_;  // empty but while frames pass to or from the device
};

/// Calls `visitor(interface)` for the interface with this index: a switch over the list. False where there is none.
template <class Net, class Visitor>
bool with_interface(Net& net, std::uint32_t index, Visitor&& visitor) {
    bool found = false;
    net.for_each_part([&]<class Part>(Part& part) {
        if constexpr (detail::is_interface<Part>)
            if (!found && part.index() == index) {
                found = true;
                visitor(part);
            }
    });
    return found;
}

/// True where an interface has no carrier, and may get it back.
template <class Net>
bool has_no_carrier(Net& net, std::uint32_t index) {
    bool without = false;
    with_interface(net, index, [&](auto& io) { without = io.error() == carrier_lost; });
    return without;
}

template <class Link>
template <class Net>
result<> interface<Link>::start(Net& net) {
    static_assert(ether_types_are_distinct<Net>, "stack: two parts of this net claim the same EtherType; drop one of them");
    std::uint32_t place = 0;
    net.for_each_part([&]<class Part>(Part& part) {
        if constexpr (detail::is_interface<Part>) {
            ++place;
            if (static_cast<void*>(&part) == static_cast<void*>(this)) index_ = place;
        }
    });
    receiver_.bind(net, *this, [](auto& in, auto& self) { self.receive(in); });
    transmitter_.bind(net, *this, [](auto& in, auto& self) { self.transmit(in); });
    if constexpr (requires { device().lent_pool(); }) net.context().lend(device().lent_pool());
    features_ = device().features();
    mtu_ = settings_.mtu != 0 ? settings_.mtu : device().mtu();
    result<> status = settings_.status;
    if (const result<> attached = device().attach(net.source()); !attached) {
        error_ = attached.error();
        return attached;
    }
    link_.start(net, *this);
    add_addresses(net, status);
    wait_for(net, receiver_);
    return status;
}

template <class Link>
template <class Net>
void interface<Link>::add_addresses(Net& net, result<>& status) {
    if constexpr (has_network<ip4, Net>) {
        auto& ip = network<ip4>(net);
        for (std::size_t i = 0; i < settings_.address_count; ++i)
            if (const result<> added = ip.add_address(net, settings_.addresses[i], index_); !added) status = added;
        if (!settings_.gateway.is_any())
            if (const result<> added = ip.add_route(net, {.to = {}, .gateway = settings_.gateway, .interface = index_}); !added) status = added;
    } else if (settings_.address_count != 0) {
        status = errc::address_family_not_supported;
    }
    if constexpr (has_network<ip6, Net>) {
        auto& ip = network<ip6>(net);
        for (std::size_t i = 0; i < settings_.address6_count; ++i)
            if (const result<> added = ip.add_address(net, settings_.addresses6[i], index_); !added) status = added;
        if (!settings_.gateway6.is_any())
            if (const result<> added = ip.add_route(net, {.to = {}, .gateway = settings_.gateway6, .interface = index_}); !added) status = added;
        if (const result<> begun = ip.interface_up(net, *this); !begun) status = begun;
    } else if (settings_.address6_count != 0) {
        status = errc::address_family_not_supported;
    }
}

template <class Link>
template <class Net>
void interface<Link>::receive(Net& net) {
    const std::size_t limit = has_super_segments_ ? super_batch_max : batch_max;
    const std::size_t count = device().receive(net.packets(), span{batch_}.first(limit));
    if (count != 0) has_super_segments_ = false;
    for (const packet_buffer& frame : span{batch_}.first(count)) has_super_segments_ |= frame->gso_size != 0;
    if (settings_.options.merge_received && count > 1 && !has_super_segments_) {
        if constexpr (has_network<ip4, Net>) merge<ip4, gro::format4>(net, count);
        if constexpr (has_network<ip6, Net>) merge<ip6, gro::format6>(net, count);
    }
    for (std::size_t i = 0; i < count; ++i)
        if (batch_[i]) input(net, std::move(batch_[i]));
    if (count == limit) net.runnable().push(receiver_);  // others have their turn before the rest
    else wait_for(net, receiver_);
}

template <class Link>
template <class Net>
void interface<Link>::input(Net& net, packet_buffer frame) {
    const auto crossing = cross(net, layer::interface, "interface::input", "netif_receive_skb", *frame);
    ++stats_.rx_packets;
    stats_.rx_bytes += frame->size() + frame->fragment_bytes();
    frame->timestamp = net.now();
    frame->interface = index_;
    frame->reset_mac_header();
    auto info = link_.parse(*frame);
    if (!info) {
        ++stats_.rx_errors;
        return;
    }
    info->interface = index_;
    frame->protocol = info->ether_type;
    frame->type = info->type;
    link_.pull_header(*frame);
    detail::show_frame(net, *frame, *info);
    if (info->type == packet_type::other_host) return;
    if (link_.rcv(net, *this, *frame, *info)) return;
    if (detail::demultiplex(net, std::move(frame), *info) == rcv_result::no_protocol) ++stats_.rx_nohandler;
}

template <class Link>
template <class Net>
result<> interface<Link>::queue(Net& net, packet_buffer frame) {
    const auto crossing = cross(net, layer::interface, "interface::queue", "dev_queue_xmit", *frame);
    if (!is_up()) return errc::network_down;
    if (!has_room()) {
        ++stats_.tx_dropped;
        return errc::no_buffer_space;
    }
    frame->timestamp = net.now();
    frame->interface = index_;
    if (frame->has_fragments()) {
        packet* at = frame.get();
        gso::unfold(std::move(frame), queue_);
        for (; at != nullptr; at = packet_queue::after(*at)) detail::show_frame(net, *at, {link_.address(), {}, at->protocol, index_, packet_type::outgoing});
        transmit_train(net);
        return {};
    }
    detail::show_frame(net, *frame, {link_.address(), {}, frame->protocol, index_, packet_type::outgoing});
    if (gso::ready(*frame, features_)) [[likely]] {
        queue_.push_back(std::move(frame));
    } else {
        ++stats_.tx_split;
        if (const result<> done = gso::prepare(net.packets(), std::move(frame), features_, queue_); !done) {
            ++stats_.tx_dropped;
            return errc::no_buffer_space;
        }
    }
    if (!transmitter_.linked()) net.runnable().push(transmitter_);
    return {};
}

template <class Link>
template <class Net>
void interface<Link>::transmit(Net& net) {
    if (!hand_over(net)) wait_for(net, transmitter_);
    else if (!queue_.empty()) net.runnable().push(transmitter_);
    if (!starved_ || queue_.size() > settings_.options.transmit_queue_length / 2) return;
    tell_of_room(net);
}

/// A device that makes a call for each frame gains nothing by waiting for more, and reads what send() has just written.
/// Whatever else there is to do has its turn: who hands a train down does not expect to be told of anything meanwhile.
template <class Link>
template <class Net>
void interface<Link>::transmit_train(Net& net) {
    if (transmitter_.linked()) return;
    if constexpr (transmits_one_by_one)
        if (!starved_ && hand_over(net)) return;
    net.runnable().push(transmitter_);
}

/// Gives the device what waits; false where it does not take all.
template <class Link>
template <class Net>
bool interface<Link>::hand_over(Net& net) {
    std::size_t count = 0;
    const std::size_t bytes = queue_.bytes();
    const auto crossing = cross(net, layer::device, "device::transmit", "ndo_start_xmit", queue_.size());
    std::size_t sent = 0;
    if constexpr (requires { device().transmit(queue_); }) {
        count = queue_.size();
        sent = device().transmit(queue_);
    } else {
        count = queue_.pop_front(span{batch_});
        sent = device().transmit(span{batch_}.first(count));
        for (std::size_t i = count; i > sent; --i) queue_.push_front(std::move(batch_[i - 1]));
    }
    stats_.tx_packets += sent;
    stats_.tx_bytes += bytes - queue_.bytes();
    return sent == count;
}

template <class Link>
template <class Net>
void interface<Link>::tell_of_room(Net& net) {
    starved_ = false;
    net.for_each_part([&](auto& part) {
        if constexpr (requires { part.write_space(net, index_); }) part.write_space(net, index_);
    });
}

/// The device says something else than before.
template <class Link>
template <class Net>
void interface<Link>::change(Net& net, errc now) {
    if (has_failed()) return;
    if (now == errc{}) come_up(net);
    else if (now == carrier_lost) go_down(net);
    else fail(net, now);
}

/// The carrier is lost: what waits to be sent is dropped, routes by this way rest, and parts tell their socks. It goes on
/// waiting for the device. In the kernel: netdev_state_change, linkwatch_do_dev, neigh_carrier_down.
template <class Link>
template <class Net>
void interface<Link>::go_down(Net& net) {
    error_ = carrier_lost;
    link_.stop();
    stats_.tx_dropped += queue_.size();
    queue_.clear();
    net.for_each_part([&](auto& part) {
        if constexpr (requires { part.carrier_down(net, index_); }) part.carrier_down(net, index_);
        else if constexpr (requires { part.interface_down(net, index_); }) part.interface_down(net, index_);
    });
    if (starved_) tell_of_room(net);
}

/// The carrier is back, and so are routes, addresses and groups. In the kernel: netdev_notify_peers.
template <class Link>
template <class Net>
void interface<Link>::come_up(Net& net) {
    error_ = errc{};
    net.for_each_part([&](auto& part) {
        if constexpr (requires { part.carrier_up(net, index_); }) part.carrier_up(net, index_);
    });
}

/// The device is gone for good: what lies here is dropped, routes by it are withdrawn, and parts tell their socks.
template <class Link>
template <class Net>
void interface<Link>::fail(Net& net, errc why) {
    if (has_failed()) return;
    error_ = why;
    link_.stop();
    clear();
    net.for_each_part([&](auto& part) {
        if constexpr (requires { part.interface_down(net, index_); }) part.interface_down(net, index_);
    });
    if (starved_) tell_of_room(net);
}

}  // namespace weld::inline v0::stack
