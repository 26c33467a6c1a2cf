// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_buffer.hpp>
#include <weld/core/span.hpp>
#include <weld/socket/event_source.hpp>
#include <weld/socket/wait_queue.hpp>

#include <concepts>

namespace weld::inline v0 {

/// What a device's frames begin with.
enum class link_type : std::uint8_t { ethernet, bare_ip };

/// What a device does itself, so that nobody above it has to. In the kernel: netdev_features_t.
struct device_features {
    bool checksum = false;        // fills in partial checksums (checksum_state::partial), vouches for received ones
    std::size_t gso_size_max = 0; // takes super-segments of up to so many bytes, headers included; 0: none
};

/// What error() says of a device that is there and has no carrier: a cable is unplugged, an interface is down. Frames
/// may pass again. In the kernel: netif_carrier_off; ENETDOWN of a packet socket.
inline constexpr errc carrier_lost = errc::network_down;
/// What it says of a device that was deleted. It does not come back. In the kernel: NETDEV_UNREGISTER.
inline constexpr errc device_gone = errc::no_such_device;

/// Something that takes frames and gives frames, in batches. In the kernel: struct net_device and its net_device_ops.
/// Models, in namespace device: tap, tun, packet_ring, raw_ip, memory, loopback.
/// The compiler cannot check that
///   - transmit() moves from the frames it takes, a prefix of the batch, and answers how many; what it leaves stays
///     the caller's, who waits for events::writable and tries again;
///   - receive() fills a prefix with whole frames and answers how many; fewer than asked for: nothing is left;
///   - a super-segment that transmit() gets has its checksum `partial`;
///   - a received frame whose checksum is `partial` never left this machine, and is right; only what sends it on has
///     to fill that in, by features().checksum or by itself. It may be a super-segment up to features().gso_size_max;
///   - wait() wakes the entry once, when what it wants may be there, as a wait_queue does; never before
///     attach(), and nothing after the entry was unlinked;
///   - error() is errc{} while frames can pass, carrier_lost while they cannot and may again; any other is for good,
///     device_gone where nothing says more. Whenever it changes, whoever waits is woken, whatever for. A loss may be
///     noticed only by sending, a return is noticed by itself;
///   - without a carrier transmit() takes nothing, receive() gives what had come before, and wait() goes on: it wakes
///     when the carrier is back. Of a device that has failed for good, wait() answers error().
template <class Device>
concept net_device = std::move_constructible<Device> &&
    requires(Device& d, const Device& settled, span<packet_buffer> frames, packet_pool& packets, wait_entry& waiter) {
        { settled.mtu() }                 noexcept -> std::same_as<std::size_t>;  // of what the link carries, without its header
        { settled.features() }            noexcept -> std::same_as<device_features>;
        { Device::link }                           -> std::convertible_to<link_type>;
        { d.transmit(frames) }            noexcept -> std::same_as<std::size_t>;
        { d.receive(packets, frames) }    noexcept -> std::same_as<std::size_t>;
        { d.wait(waiter) }                noexcept -> std::same_as<result<>>;
        { settled.error() }               noexcept -> std::same_as<errc>;
    };
// beside these: template <event_source Source> result<> attach(Source&), called once before anything else, and, where
// the device holds something of the source's, void detach(): called while the source is still there and nobody waits.
// It may have std::size_t transmit(packet_queue&), which does the same from a queue's front; and then say, by
// `static constexpr bool transmits_one_by_one = true`, that it makes a call for each frame: it is not kept waiting for more.

}  // namespace weld::inline v0
