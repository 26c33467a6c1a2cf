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
///   - a device that has failed says so by error(), wakes whoever waits and takes and gives nothing any more.
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

}  // namespace weld::inline v0
