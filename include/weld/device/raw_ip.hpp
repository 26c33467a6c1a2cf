// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/host_carrier.hpp>
#include <weld/device/packet/frame_ring.hpp>
#include <weld/device/packet/receiver.hpp>
#include <weld/io/epoll.hpp>
#include <weld/socket/device.hpp>

#include <netinet/in.h>

#include <optional>

namespace weld::inline v0::device {

/// What a raw socket as a device is opened with.
struct raw_ip_options {
    text interface_name{};       ///< receive only what comes by this one; nothing: by any
    int protocol = IPPROTO_RAW;  ///< of IP, if it is a single one: then the host does not answer that it is unknown
    std::size_t ring = std::size_t{2} << 20;             ///< bytes that received packets wait in
    std::size_t receive_buffer = std::size_t{4} << 20;   ///< for large ones
    std::size_t send_buffer = std::size_t{4} << 20;
};

/// IPv4 packets through the host's own routing, neighbours and link: for a transport of one's own that needs neither an
/// interface nor an address of its own. The net's address is one of the host's, and the host's protocols go on: of TCP
/// and UDP it refuses what it has no socket for, so those belong on a tap or a packet_ring.
/// Packets are sent by a raw socket with IP_HDRINCL (none over the mtu of the way), and received by a packet socket,
/// which sees every protocol where a raw socket sees one, and before the host's reassembly and firewall.
/// Over one interface the carrier is lost with that interface's; over any, what has no way is dropped.
/// Source: raw(7), packet(7).
template <sys::entry_policy Sys = sys::direct>
class basic_raw_ip {
public:
    static constexpr link_type link = link_type::bare_ip;
    using default_system_calls = Sys;
    template <class SystemCalls>
    using default_event_source = io::basic_epoll<SystemCalls>;

    /// Errors: operation_not_permitted (CAP_NET_RAW), no_such_device, not_enough_memory.
    static result<basic_raw_ip> open(raw_ip_options options = {}, Sys sys = {}) noexcept;

    std::size_t mtu() const noexcept { return mtu_; }
    device_features features() const noexcept { return {}; }
    errc error() const noexcept { return carrier_ ? carrier_->error() : errc{}; }
    const packet_counters& stats() noexcept {
        receiver_.count_drops();
        return receiver_.counters();
    }

    template <event_source Source>
    result<> attach(Source& source) noexcept {
        if (carrier_) carrier_->attach(source, receiver_.place());
        if (const result<> attached = place_.attach(source, sender_.fd()); !attached) return attached;
        return receiver_.place().attach(source, receiver_.fd());
    }
    void detach() noexcept {
        if (carrier_) carrier_->detach();
        place_.release();
        receiver_.place().release();
    }
    std::size_t transmit(span<packet_buffer> packets) noexcept;
    std::size_t receive(packet_pool& pool, span<packet_buffer> packets) noexcept;
    result<> wait(wait_entry& entry) noexcept {
        if (error() == device_gone) return device_gone;
        return entry.wants(events::readable) ? receiver_.place().wait(entry) : place_.wait(entry);
    }

private:
    using receiver = detail::packet_receiver<link, frame_ring<Sys>, Sys>;
    basic_raw_ip(receiver in, sys::basic_descriptor<Sys> sender, Sys sys) noexcept
        : sys_{sys}, receiver_{std::move(in)}, sender_{std::move(sender)} {}

    [[no_unique_address]] Sys sys_;
    receiver receiver_;
    sys::basic_descriptor<Sys> sender_;
    detail::descriptor_place place_;  // of the sender; ends before that is closed
    std::size_t mtu_ = 1500;
    std::optional<detail::host_carrier<Sys>> carrier_;  // of the one interface, if it is one
};

template <sys::entry_policy Sys>
auto basic_raw_ip<Sys>::open(raw_ip_options options, Sys sys) noexcept -> result<basic_raw_ip> {
    auto in = receiver::open(sys, options.ring, options.receive_buffer);
    if (!in) return in.error();
    const auto opened = sys::socket(sys, AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, options.protocol);
    if (!opened) return opened.error();
    basic_raw_ip made{std::move(*in), sys::basic_descriptor<Sys>{*opened, sys}, sys};
    const int on = 1;
    const auto header_included = sys::setsockopt(sys, *opened, IPPROTO_IP, IP_HDRINCL, object_bytes(on));
    if (!header_included) return header_included.error();
    sys::set_buffer(sys, *opened, SO_SNDBUF, options.send_buffer);
    sys::set_buffer(sys, *opened, SO_RCVBUF, 0);  // what arrives there nobody reads
    int index = 0;
    if (!options.interface_name.empty()) {
        const auto host = host_interface<Sys>::named(options.interface_name, sys);
        if (!host) return host.error();
        const auto found = host->index();
        if (!found) return found.error();
        index = *found;
        made.carrier_.emplace(*host, index, sys);
        if (const auto mtu = host->mtu()) made.mtu_ = *mtu < 65535 ? *mtu : 65535;
    }
    if (const result<> bound = sys::bind_packet(sys, made.receiver_.fd(), index, 0x0800); !bound) return bound.error();
    return made;
}

template <sys::entry_policy Sys>
std::size_t basic_raw_ip<Sys>::receive(packet_pool& pool, span<packet_buffer> packets) noexcept {
    const bool failed = receiver_.place().failed();
    const auto ours = [](const auto& frame) { return frame.type() <= packet_type::multicast; };
    const std::size_t count = receiver_.receive(pool, packets, ours);
    if (failed) [[unlikely]] {
        static_cast<void>(sys::pending_error(sys_, receiver_.fd()));
        receiver_.place().drained(events::none);
        if (carrier_) carrier_->look();
    }
    return count;
}

template <sys::entry_policy Sys>
std::size_t basic_raw_ip<Sys>::transmit(span<packet_buffer> packets) noexcept {
    constexpr std::size_t capacity = 32;
    std::size_t sent = 0;
    while (sent < packets.size()) {
        ::sockaddr_in to[capacity]{};
        ::iovec pieces[capacity];
        ::mmsghdr messages[capacity]{};
        std::size_t count = 0;
        for (; count < capacity && sent + count < packets.size(); ++count) {
            const packet& skb = *packets[sent + count];
            to[count].sin_family = AF_INET;
            if (skb.size() >= 20) __builtin_memcpy(&to[count].sin_addr, skb.data() + 16, 4);
            pieces[count] = {skb.data(), skb.size()};
            messages[count].msg_hdr.msg_name = &to[count];
            messages[count].msg_hdr.msg_namelen = sizeof to[count];
            messages[count].msg_hdr.msg_iov = &pieces[count];
            messages[count].msg_hdr.msg_iovlen = 1;
        }
        const auto taken = sys::sendmmsg(sys_, sender_.fd(), span{messages}.first(count), MSG_DONTWAIT);
        if (taken) [[likely]] {
            for (std::size_t i = 0; i < *taken; ++i) packets[sent++].reset();
        } else if (would_block(taken.error())) {
            place_.drained(events::writable);
            break;
        } else {  // no route, too large, forbidden: as a router on the way would
            ++receiver_.counters().refused;
            packets[sent++].reset();
        }
    }
    return sent;
}

/// The usual choice.
using raw_ip = basic_raw_ip<>;
static_assert(net_device<raw_ip>);

}  // namespace weld::inline v0::device
