// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/host_carrier.hpp>
#include <weld/device/packet/block_ring.hpp>
#include <weld/device/packet/frame_ring.hpp>
#include <weld/device/packet/receiver.hpp>
#include <weld/device/transmit/batch.hpp>
#include <weld/device/transmit/ring.hpp>
#include <weld/io/epoll.hpp>
#include <weld/socket/device.hpp>

namespace weld::inline v0::device {

/// Which of the sockets that share an interface gets a frame. Source: packet(7), PACKET_FANOUT.
struct fanout {
    int group = -1;           ///< of those who share, up to 65535; -1: nobody does
    std::uint16_t mode = 0;   ///< PACKET_FANOUT_HASH by default: a flow's frames go to one socket
};

/// What a packet socket's ring is opened with.
struct packet_ring_options {
    bool offloads = true;           ///< we send super-segments and leave checksums to the interface
    bool promiscuous = false;       ///< frames for others as well
    bool all_multicast = false;
    bool qdisc_bypass = true;       ///< frames go straight to the driver; tc and other captures do not see them. Given up
                                    ///< where the driver takes no super-segments: then the kernel splits them
    mac_address station{};          ///< ours, beside the interface's own; nothing: the interface's own
    device::fanout fanout{};
    std::size_t ring = std::size_t{4} << 20;             ///< bytes that received frames wait in
    std::size_t receive_buffer = std::size_t{16} << 20;  ///< for received super-segments
    std::size_t send_buffer = std::size_t{4} << 20;
    bool send_from_ring = false;    ///< transmit::ring, of a card: its driver reads the slots; see there
};

/// An interface of the host, shared with its kernel: what comes in we see too, what we send goes out. The host's own
/// protocols go on, and should have no address that ours have.
///
///     auto eth0 = weld::device::packet_ring::open("eth0");
///     weld::net mine{own::interface{"eth0", own::ethernet{std::move(*eth0)}, "10.0.0.2/24"}, ...};
///
/// How frames are received and sent are policies: a ring of slots or of blocks, transmit::batch or transmit::ring. The
/// usual names have those that were measured to be the fastest (docs/performance.md).
/// The carrier is lost while the interface is down, which the kernel tells, or has none, which is noticed by sending.
/// Source: packet(7), net/packet/af_packet.c.
template <receive_ring Ring, sys::entry_policy Sys = sys::direct, transmitter Transmitter = transmit::ring<Sys>>
class basic_packet_ring {
public:
    static constexpr link_type link = link_type::ethernet;
    using default_system_calls = Sys;
    template <class SystemCalls>
    using default_event_source = io::basic_epoll<SystemCalls>;

    /// Errors: operation_not_permitted (CAP_NET_RAW), no_such_device, not_enough_memory, network_down.
    static result<basic_packet_ring> open(text interface_name, packet_ring_options options = {}, Sys sys = {}) noexcept;

    text name() const noexcept { return host().name(); }
    std::size_t mtu() const noexcept { return mtu_; }
    device_features features() const noexcept { return features_; }
    errc error() const noexcept { return carrier_.error(); }
    mac_address hardware_address() const noexcept { return station_; }
    const host_interface<Sys>& host() const noexcept { return carrier_.host(); }
    const packet_counters& stats() noexcept {
        receiver_.count_drops();
        return receiver_.counters();
    }

    template <event_source Source>
    result<> attach(Source& source) noexcept {
        carrier_.attach(source, receiver_.place());
        if (const result<> attached = sender_.attach(source); !attached) return attached;
        return receiver_.place().attach(source, receiver_.fd());
    }
    void detach() noexcept {
        carrier_.detach();
        sender_.detach();
        receiver_.place().release();
    }
    std::size_t transmit(span<packet_buffer> frames) noexcept;
    std::size_t receive(packet_pool& packets, span<packet_buffer> frames) noexcept;
    result<> wait(wait_entry& entry) noexcept {
        if (error() == device_gone) return device_gone;
        if (error() == errc{}) return entry.wants(events::readable) ? receiver_.place().wait(entry) : sender_.place(receiver_.place()).wait(entry);
        receiver_.place().park(entry);  // to the kernel a socket without a carrier is writable
        return {};
    }

private:
    using receiver = detail::packet_receiver<link, Ring, Sys>;
    basic_packet_ring(receiver in, Transmitter out, const host_interface<Sys>& host, int index) noexcept
        : receiver_{std::move(in)}, sender_{std::move(out)}, carrier_{host, index, receiver_.system_calls()}, index_{index} {}
    result<> configure(const packet_ring_options& options) noexcept;
    result<> join(unsigned short membership, const mac_address& station) noexcept;
    bool went_down(errc why) noexcept;

    receiver receiver_;
    Transmitter sender_;
    detail::host_carrier<Sys> carrier_;
    int index_;
    std::size_t mtu_ = 1500;
    device_features features_{};
    mac_address station_{};
    bool bypasses_ = false;
};

template <receive_ring Ring, sys::entry_policy Sys, transmitter Transmitter>
auto basic_packet_ring<Ring, Sys, Transmitter>::open(text interface_name, packet_ring_options options, Sys sys) noexcept
    -> result<basic_packet_ring> {
    const auto host = host_interface<Sys>::named(interface_name, sys);
    if (!host) return host.error();
    const auto index = host->index();
    if (!index) return index.error();
    auto in = receiver::open(sys, options.ring, options.receive_buffer);
    if (!in) return in.error();
    auto out = Transmitter::open(sys, in->fd(), {*index, options.qdisc_bypass, options.send_buffer, !options.send_from_ring});
    if (!out) return out.error();
    basic_packet_ring made{std::move(*in), std::move(*out), *host, *index};
    if (const result<> done = made.configure(options); !done) return done.error();
    return made;
}

template <receive_ring Ring, sys::entry_policy Sys, transmitter Transmitter>
result<> basic_packet_ring<Ring, Sys, Transmitter>::configure(const packet_ring_options& options) noexcept {
    const Sys sys = receiver_.system_calls();
    const int fd = receiver_.fd();
    const auto mtu = host().mtu();
    if (!mtu) return mtu.error();
    mtu_ = *mtu;
    const auto own = host().station();
    if (!own) return own.error();
    station_ = options.station.is_any() ? *own : options.station;
    bypasses_ = options.qdisc_bypass;
    if (options.offloads) features_ = {.checksum = true, .gso_size_max = 65536};
    if (const result<> done = sys::bind_packet(sys, fd, index_, 3); !done) return done;  // ETH_P_ALL
    if (options.promiscuous)
        if (const result<> done = join(PACKET_MR_PROMISC, {}); !done) return done;
    if (options.all_multicast)
        if (const result<> done = join(PACKET_MR_ALLMULTI, {}); !done) return done;
    if (station_ != *own)
        if (const result<> done = join(PACKET_MR_UNICAST, station_); !done) return done;
    if (options.fanout.group < 0) return {};
    return sys::packet_option(sys, fd, PACKET_FANOUT, options.fanout.group | options.fanout.mode << 16);
}

template <receive_ring Ring, sys::entry_policy Sys, transmitter Transmitter>
result<> basic_packet_ring<Ring, Sys, Transmitter>::join(unsigned short membership, const mac_address& station) noexcept {
    ::packet_mreq request{};
    request.mr_ifindex = index_;
    request.mr_type = membership;
    request.mr_alen = sizeof station;
    __builtin_memcpy(request.mr_address, &station, sizeof station);
    return sys::packet_option(receiver_.system_calls(), receiver_.fd(), PACKET_ADD_MEMBERSHIP, request);
}

/// Whether the frames cannot go on: the interface is down, without a carrier, or there is none any more.
template <receive_ring Ring, sys::entry_policy Sys, transmitter Transmitter>
bool basic_packet_ring<Ring, Sys, Transmitter>::went_down(errc why) noexcept {
    const bool full = why == errc::no_buffer_space;  // the driver's queue is, unless it cannot send at all
    const bool down = why == errc::network_down || why == errc::no_such_device || why == errc::no_such_device_or_address;
    if (full || down) carrier_.look();
    if (error() == errc{} && down) carrier_.lost();  // it has come up since: asked once more, a little later
    if (error() == errc{}) return false;
    sender_.place(receiver_.place()).drained(events::writable);
    sender_.place(receiver_.place()).wake_all();
    return true;
}

template <receive_ring Ring, sys::entry_policy Sys, transmitter Transmitter>
std::size_t basic_packet_ring<Ring, Sys, Transmitter>::receive(packet_pool& packets, span<packet_buffer> frames) noexcept {
    const bool failed = receiver_.place().failed();
    const std::size_t count = receiver_.receive(packets, frames, [](const auto&) { return true; });
    if (failed) [[unlikely]] {
        static_cast<void>(sys::pending_error(receiver_.system_calls(), receiver_.fd()));
        receiver_.place().drained(events::none);
        carrier_.look();
    } else if (count != 0 && error() == carrier_lost) [[unlikely]] {
        carrier_.look();
    }
    return count;
}

template <receive_ring Ring, sys::entry_policy Sys, transmitter Transmitter>
std::size_t basic_packet_ring<Ring, Sys, Transmitter>::transmit(span<packet_buffer> frames) noexcept {
    std::size_t sent = 0;
    while (sent < frames.size()) {
        const transmitted some = sender_.send(frames.subspan(sent));
        sent += some.count;
        if (some.count != 0) carrier_.back();
        if (some.error == errc{}) return sent;
        if (would_block(some.error)) {
            sender_.place(receiver_.place()).drained(events::writable);
            return sent;
        }
        if (some.error == errc::no_buffer_space && bypasses_ && frames[sent]->gso_size != 0) {
            // Past the queueing discipline nobody splits for a driver that does not. Source: __dev_direct_xmit.
            bypasses_ = false;
            if (sender_.use_qdisc()) continue;
        }
        if (went_down(some.error)) return sent;
        ++receiver_.counters().refused;
        frames[sent++].reset();
    }
    return sent;
}

/// The usual choice.
using packet_ring = basic_packet_ring<frame_ring<>, sys::direct, transmit::ring<>>;
/// The same for monitors and floods: frames come by the block, up to a millisecond late.
using packet_block_ring = basic_packet_ring<block_ring<>, sys::direct, transmit::ring<>>;
/// The same without eight megabytes for what is sent: sendmmsg takes it from where it is.
using packet_batch_ring = basic_packet_ring<frame_ring<>, sys::direct, transmit::batch<>>;
static_assert(net_device<packet_ring> && net_device<packet_block_ring> && net_device<packet_batch_ring>);

}  // namespace weld::inline v0::device
