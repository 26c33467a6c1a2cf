// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/wrapper.hpp>

#include <concepts>

namespace weld::inline v0::device {

/// Is told of each frame that passes: `void operator()(direction, const packet&, time_point)`.
template <class Watcher>
concept frame_watcher = std::move_constructible<Watcher> &&
    requires(Watcher& watcher, direction way, const packet& frame, time_point when) {
        watcher(way, frame, when);
    };

/// A device that tells somebody of each frame that passes, for instance to print a line about it:
///
///     device::trace{std::move(*tap), [](device::direction way, const weld::packet& frame, weld::time_point) {
///         const auto line = own::wire::describe_frame(frame.bytes());
///         std::printf("%s %.*s\n", way == device::direction::received ? "<" : ">", ...);
///     }}
template <net_device Device, frame_watcher Watcher>
class trace : public wrapper<Device> {
public:
    explicit trace(Device over, Watcher watcher) noexcept : wrapper<Device>{std::move(over)}, watcher_{std::move(watcher)} {}

    /// One by one: whether the device takes a frame is known only afterwards, when it is gone; so a clone is shown.
    std::size_t transmit(span<packet_buffer> frames) noexcept {
        const time_point now = this->clock_.now();
        for (std::size_t i = 0; i < frames.size(); ++i) {
            const packet_buffer shown = frames[i]->clone();
            if (device_.transmit(frames.subspan(i, 1)) == 0) return i;
            if (shown) watcher_(direction::transmitted, *shown, now);
        }
        return frames.size();
    }
    std::size_t receive(packet_pool& packets, span<packet_buffer> frames) noexcept {
        const std::size_t count = device_.receive(packets, frames);
        for (std::size_t i = 0; i < count; ++i) watcher_(direction::received, *frames[i], this->clock_.now());
        return count;
    }

private:
    using wrapper<Device>::device_;
    Watcher watcher_;
};

}  // namespace weld::inline v0::device
