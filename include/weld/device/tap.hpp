// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_queue.hpp>
#include <weld/device/descriptor_place.hpp>
#include <weld/device/host_carrier.hpp>
#include <weld/device/virtio_header.hpp>
#include <weld/io/epoll.hpp>
#include <weld/socket/device.hpp>
#include <weld/sys/descriptor.hpp>

namespace weld::inline v0::device {

/// How a tap or tun interface is to be. Where nothing is said it stays as it is.
struct tap_options {
    bool offloads = true;        ///< the kernel sums and splits for us, and we for it: super-segments both ways
    bool udp_segments = false;   ///< super-datagrams too (UDP_SEGMENT on the host's side): Linux 6.2
    bool up = false;             ///< brings the host's side up
    bool persistent = false;     ///< the interface stays when the program ends
    bool exclusive = false;      ///< fails where the interface exists
    bool multi_queue = false;    ///< several programs, or nets, may open it: the host spreads flows over them
    int owner = -1, group = -1;  ///< who may open the interface without rights from now on
    std::size_t mtu = 0;         ///< without the link header
    prefix4 host_address{};      ///< of the host's side; nothing: none
    mac_address host_station{};  ///< of the host's side; not ours
};

/// An interface of the host of which the other side is a net of weld. `tap` carries Ethernet frames, `tun` bare IP.
/// The host's side is an ordinary interface, which `ip link` shows.
///
///     auto tap = weld::device::tap::open("tap0", {.up = true, .host_address = {address4{10, 0, 0, 1}, 24}});
///     weld::net mine{own::interface{"eth0", own::ethernet{std::move(*tap)}, "10.0.0.2/24"}, ...};
///
/// One system call per frame each way; with offloads a frame is up to 64 KiB, which is what makes it fast.
/// The carrier is lost while the host's side is down, which is noticed by sending.
/// Source: Documentation/networking/tuntap.rst, drivers/net/tun.c.
template <link_type Link, sys::entry_policy Sys = sys::direct>
class basic_tap {
public:
    static constexpr link_type link = Link;
    static constexpr std::size_t headroom = virtio_header::size;  // so that one piece is written, not two
    static constexpr bool transmits_one_by_one = true;            // a call for each: an interface need not collect them
    using default_system_calls = Sys;
    template <class SystemCalls>
    using default_event_source = io::basic_epoll<SystemCalls>;

    /// Makes the interface, or takes one that exists and that nobody has. An empty name, or one with "%d", lets the
    /// kernel choose. Errors: no_such_file_or_directory (no tun driver), operation_not_permitted (CAP_NET_ADMIN, or be
    /// its owner), device_or_resource_busy, invalid_argument (a name too long, an interface of another kind).
    static result<basic_tap> open(text name, tap_options options = {}, Sys sys = {}) noexcept;

    text name() const noexcept { return host().name(); }
    std::size_t mtu() const noexcept { return mtu_; }
    device_features features() const noexcept { return features_; }
    errc error() const noexcept { return carrier_.error(); }
    /// The host's side: its station is not ours, its mtu is, once it is told here by set_mtu().
    const host_interface<Sys>& host() const noexcept { return carrier_.host(); }
    /// Brings the host's side up. Errors: operation_not_permitted, no_such_device.
    result<> up() noexcept { return carrier_.host().set_up(true); }
    /// Takes it down, as `ip link set down` does.
    result<> down() noexcept { return carrier_.host().set_up(false); }
    /// Without the link header. Errors: invalid_argument, operation_not_permitted, no_such_device.
    result<> set_mtu(std::size_t mtu) noexcept {
        const result<> done = carrier_.host().set_mtu(mtu);
        if (done) mtu_ = mtu;
        return done;
    }

    /// What the device itself has counted.
    struct counters {
        std::uint64_t malformed = 0;  ///< received with a header that contradicts the frame
        std::uint64_t dropped = 0;    ///< received when there was no memory for it
        std::uint64_t refused = 0;    ///< the kernel would not take it: it contradicts itself, or there was no memory
    };
    const counters& stats() const noexcept { return stats_; }

    template <event_source Source>
    result<> attach(Source& source) noexcept {
        carrier_.attach(source, place_);
        return place_.attach(source, tun_.fd());
    }
    void detach() noexcept {
        carrier_.detach();
        place_.release();
    }
    std::size_t transmit(span<packet_buffer> frames) noexcept;
    std::size_t transmit(packet_queue& frames) noexcept;
    std::size_t receive(packet_pool& packets, span<packet_buffer> frames) noexcept;
    result<> wait(wait_entry& entry) noexcept { return error() == device_gone ? device_gone : place_.wait(entry); }

private:
    static constexpr std::size_t room_before = 64;            // so that a received frame may be sent on by a longer header
    static constexpr std::size_t small = 2048 - room_before;  // most frames; larger ones cost a copy of so many bytes
    static constexpr std::size_t frame_max = 65600;           // the largest IP packet and its link header

    basic_tap(sys::basic_descriptor<Sys> tun, const host_interface<Sys>& host, Sys sys) noexcept
        : sys_{sys}, tun_{std::move(tun)}, carrier_{host, 0, sys} {}
    result<> configure(const tap_options& options) noexcept;
    result<> set_offloads(const tap_options& options) noexcept;
    bool transmit_one(packet& frame) noexcept;
    static void prefetch_small(const packet& frame) noexcept;
    result<std::size_t> write_with_header(packet& frame) noexcept;
    result<packet_buffer> receive_one(packet_pool& packets, packet_buffer& large) noexcept;
    bool went_down(errc why) noexcept;

    [[no_unique_address]] Sys sys_;
    sys::basic_descriptor<Sys> tun_;
    detail::descriptor_place place_;  // ends before the descriptor is closed
    detail::host_carrier<Sys> carrier_;
    std::size_t mtu_ = 1500;
    device_features features_{};
    bool has_virtio_header_ = false;
    counters stats_{};
};

template <link_type Link, sys::entry_policy Sys>
auto basic_tap<Link, Sys>::open(text name, tap_options options, Sys sys) noexcept -> result<basic_tap> {
    const auto wanted = host_interface<Sys>::named(name, sys);
    if (!wanted) return wanted.error();
    const auto opened = sys::open_tun(sys);
    if (!opened) return opened.error();
    sys::basic_descriptor<Sys> tun{*opened, sys};
    sys::interface_request request = wanted->request();
    request.number = (Link == link_type::ethernet ? IFF_TAP : IFF_TUN) | IFF_NO_PI | (options.offloads ? IFF_VNET_HDR : 0) |
                     (options.exclusive ? IFF_TUN_EXCL : 0) | (options.multi_queue ? IFF_MULTI_QUEUE : 0);
    if (const result<> attached = sys::tun_attach(sys, tun.fd(), request); !attached) return attached.error();
    basic_tap made{std::move(tun), *host_interface<Sys>::named(text{request.name}, sys), sys};
    if (const result<> done = made.configure(options); !done) return done.error();
    return made;
}

template <link_type Link, sys::entry_policy Sys>
result<> basic_tap<Link, Sys>::configure(const tap_options& options) noexcept {
    host_interface<Sys>& host = carrier_.host();
    const auto set = [&](unsigned long what, int value) {
        return sys::tun_set(sys_, tun_.fd(), what, static_cast<unsigned long>(value));
    };
    if (options.offloads)
        if (const result<> done = set_offloads(options); !done) return done;
    if (options.owner >= 0)
        if (const result<> done = set(TUNSETOWNER, options.owner); !done) return done;
    if (options.group >= 0)
        if (const result<> done = set(TUNSETGROUP, options.group); !done) return done;
    if (options.persistent)
        if (const result<> done = set(TUNSETPERSIST, 1); !done) return done;
    if (!options.host_station.is_any())
        if (const result<> done = host.set_station(options.host_station); !done) return done;
    if (options.host_address != prefix4{})
        if (const result<> done = host.set_address(options.host_address); !done) return done;
    if (options.mtu != 0)
        if (const result<> done = host.set_mtu(options.mtu); !done) return done;
    if (options.up)
        if (const result<> done = host.set_up(true); !done) return done;
    const auto mtu = host.mtu();
    if (mtu) mtu_ = *mtu;
    return mtu.error();
}

template <link_type Link, sys::entry_policy Sys>
result<> basic_tap<Link, Sys>::set_offloads(const tap_options& options) noexcept {
    int header = virtio_header::size;
    if (const result<> done = sys::tun_set_at(sys_, tun_.fd(), TUNSETVNETHDRSZ, header); !done) return done;
    const unsigned long segments = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6, datagrams = 0x20 | 0x40;  // TUN_F_USO4, TUN_F_USO6
    result<> done = errc::invalid_argument;
    if (options.udp_segments) done = sys::tun_set(sys_, tun_.fd(), TUNSETOFFLOAD, segments | datagrams);
    if (!done) done = sys::tun_set(sys_, tun_.fd(), TUNSETOFFLOAD, segments);
    has_virtio_header_ = true;
    features_ = {.checksum = true, .gso_size_max = 65536};
    return done;
}

/// Whether the frames cannot go on: the interface is down, or there is none any more.
template <link_type Link, sys::entry_policy Sys>
bool basic_tap<Link, Sys>::went_down(errc why) noexcept {
    constexpr auto bad_state = static_cast<errc>(77);  // EBADFD
    const bool deleted = why == bad_state || why == errc::bad_address;  // Source: tun_chr_read_iter
    if (!deleted && why != errc::io_error) return false;                // else the host's side is down
    place_.drained(events::writable);
    if (deleted) carrier_.gone();
    else carrier_.lost();
    return true;
}

/// False where the frame has to wait.
template <link_type Link, sys::entry_policy Sys>
bool basic_tap<Link, Sys>::transmit_one(packet& frame) noexcept {
    const auto sent = has_virtio_header_ ? write_with_header(frame) : sys::write(sys_, tun_.fd(), frame.bytes());
    if (sent) [[likely]] {
        carrier_.back();
    } else if (would_block(sent.error())) {
        place_.drained(events::writable);
        return false;
    } else if (went_down(sent.error())) {
        return false;
    } else {
        ++stats_.refused;
    }
    return true;
}

template <link_type Link, sys::entry_policy Sys>
std::size_t basic_tap<Link, Sys>::transmit(span<packet_buffer> frames) noexcept {
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (!transmit_one(*frames[i])) return i;
        frames[i].reset();
    }
    return frames.size();
}
/// The kernel copies a small frame slowly where it is not in the nearest cache.
template <link_type Link, sys::entry_policy Sys>
void basic_tap<Link, Sys>::prefetch_small(const packet& frame) noexcept {
    for (std::size_t at = 0; at < frame.size() && at < small; at += 64) __builtin_prefetch(frame.data() + at);
}
template <link_type Link, sys::entry_policy Sys>
std::size_t basic_tap<Link, Sys>::transmit(packet_queue& frames) noexcept {
    std::size_t count = 0;
    for (; !frames.empty(); ++count) {
        if (const packet* const next = packet_queue::after(*frames.front())) prefetch_small(*next);
        if (!transmit_one(*frames.front())) break;
        frames.pop_front().reset();
    }
    return count;
}

/// In one piece where the packet has room before it: a tenth faster than in two, for frames that are not large.
template <link_type Link, sys::entry_policy Sys>
result<std::size_t> basic_tap<Link, Sys>::write_with_header(packet& frame) noexcept {
    const virtio_header header = virtio_header::of(frame);
    if (frame.headroom() < sizeof header || frame.header_shared()) [[unlikely]] {
        const ::iovec pieces[] = {{const_cast<virtio_header*>(&header), sizeof header}, {frame.data(), frame.size()}};
        return sys::writev(sys_, tun_.fd(), pieces);
    }
    copy(frame.push(sizeof header), object_bytes(header));
    const auto sent = sys::write(sys_, tun_.fd(), frame.bytes());
    frame.pull(sizeof header);
    return sent;
}

template <link_type Link, sys::entry_policy Sys>
std::size_t basic_tap<Link, Sys>::receive(packet_pool& packets, span<packet_buffer> frames) noexcept {
    packet_buffer large;  // lent to every read that might need it, and kept for the next where it was not needed
    std::size_t count = 0;
    for (std::size_t tries = 0; tries < 2 * frames.size() && count < frames.size(); ++tries) {
        auto frame = receive_one(packets, large);
        if (!frame) break;
        if (*frame) frames[count++] = std::move(*frame);
    }
    return count;
}

/// Reads into a small packet with a large one behind it; a frame that takes both moves into the large one. An empty
/// handle is a frame that is lost.
template <link_type Link, sys::entry_policy Sys>
result<packet_buffer> basic_tap<Link, Sys>::receive_one(packet_pool& packets, packet_buffer& large) noexcept {
    packet_buffer frame = packet_buffer::allocate(packets, room_before + small, room_before);
    if (!large) large = packet_buffer::allocate(packets, room_before + frame_max, room_before);
    const bool room_for_it = frame && large;
    virtio_header header;
    const ::iovec room[] = {{&header, sizeof header},
                            {room_for_it ? frame->data() : nullptr, room_for_it ? small : 0},
                            {room_for_it ? large->data() + small : nullptr, room_for_it ? frame_max - small : 0}};
    const auto got = sys::readv(sys_, tun_.fd(), span{room}.subspan(has_virtio_header_ ? 0 : 1));
    if (!got) {
        if (would_block(got.error())) place_.drained(events::readable);
        else went_down(got.error());
        return got.error();
    }
    if (!room_for_it) {
        ++stats_.dropped;
        return packet_buffer{};
    }
    const std::size_t size = *got - (has_virtio_header_ ? sizeof header : 0);
    if (size > small) {
        copy({large->data(), small}, {frame->data(), small});
        frame = std::move(large);
    }
    static_cast<void>(frame->put(size));
    if (has_virtio_header_ && !header.apply(*frame)) {
        ++stats_.malformed;
        return packet_buffer{};
    }
    return frame;
}

/// Frames with an Ethernet header, and bare IP packets. Source: the kernel's tuntap.rst.
using tap = basic_tap<link_type::ethernet>;
using tun = basic_tap<link_type::bare_ip>;
static_assert(net_device<tap> && net_device<tun>);

}  // namespace weld::inline v0::device
