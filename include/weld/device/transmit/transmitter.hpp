// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_buffer.hpp>
#include <weld/device/descriptor_place.hpp>
#include <weld/sys/packet_calls.hpp>

#include <concepts>

namespace weld::inline v0::device {

/// What a transmitter is opened with.
struct transmitter_options {
    int interface = 0;                   ///< its index
    bool qdisc_bypass = true;
    std::size_t send_buffer = 0;         ///< bytes
    bool copies = true;                  ///< transmit::ring: frames leave their slots before the call ends
};
/// How far it came: so many of the frames are gone, and why the next one is not. errc{}: there is no next one.
struct transmitted {
    std::size_t count = 0;
    errc error{};
};

/// How frames go out through a packet socket: a policy of packet_ring. Models: transmit::batch, transmit::ring.
/// The compiler cannot check that
///   - send() lets go of the frames that it counts, and of no other;
///   - of a socket that has a place of its own, place() is that; else it is the receiver's, which it is given.
template <class Transmitter>
concept transmitter = std::move_constructible<Transmitter> &&
    requires(Transmitter& sender, span<packet_buffer> frames, detail::descriptor_place& receivers) {
        { sender.send(frames) }     noexcept -> std::same_as<transmitted>;
        { sender.place(receivers) } noexcept -> std::same_as<detail::descriptor_place&>;
        { sender.use_qdisc() }      noexcept -> std::same_as<result<>>;  // from now on
        sender.detach();
    };
// beside these: static result<Transmitter> open(Sys, int receiving_socket, const transmitter_options&), and
// template <event_source Source> result<> attach(Source&).

namespace detail {
/// What a packet socket that sends is told. Errors: those of setsockopt(2).
template <sys::entry_policy Sys>
result<> prepare_to_send(Sys sys, int fd, const transmitter_options& options) noexcept {
    sys::set_buffer(sys, fd, SO_SNDBUF, options.send_buffer);
    return options.qdisc_bypass ? sys::packet_option(sys, fd, PACKET_QDISC_BYPASS, 1) : result<>{};
}
}  // namespace detail

}  // namespace weld::inline v0::device
