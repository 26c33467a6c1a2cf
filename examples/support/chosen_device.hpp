// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/mac_address.hpp>
#include <weld/socket/device.hpp>
#include <weld/socket/event_source.hpp>

#include <utility>
#include <variant>

namespace examples {

/// A device that is one of several, which one is known when the program runs: a user's own model of weld::net_device. Who
/// knows it when they compile names that one itself, and pays for no choice.
template <class First, class... Others>
class chosen_device {
public:
    static constexpr weld::link_type link = First::link;
    using default_system_calls = typename First::default_system_calls;
    template <class SystemCalls>
    using default_event_source = typename First::template default_event_source<SystemCalls>;

    template <class Device>
        requires(!std::is_same_v<Device, chosen_device>)
    explicit chosen_device(Device device) : device_{std::move(device)} {}

    std::size_t mtu() const noexcept {
        return with([](auto& d) { return d.mtu(); });
    }
    weld::device_features features() const noexcept {
        return with([](auto& d) { return d.features(); });
    }
    weld::errc error() const noexcept {
        return with([](auto& d) { return d.error(); });
    }
    /// All zeros: one is made up.
    weld::mac_address hardware_address() const noexcept {
        return with([](auto& d) {
            if constexpr (requires { d.hardware_address(); }) return d.hardware_address();
            else return weld::mac_address{};
        });
    }
    template <weld::event_source Source>
    weld::result<> attach(Source& source) noexcept {
        return with([&](auto& d) { return d.attach(source); });
    }
    void detach() noexcept {
        with([](auto& d) {
            if constexpr (requires { d.detach(); }) d.detach();
        });
    }
    std::size_t transmit(weld::span<weld::packet_buffer> frames) noexcept {
        return with([&](auto& d) { return d.transmit(frames); });
    }
    std::size_t receive(weld::packet_pool& packets, weld::span<weld::packet_buffer> frames) noexcept {
        return with([&](auto& d) { return d.receive(packets, frames); });
    }
    weld::result<> wait(weld::wait_entry& entry) noexcept {
        return with([&](auto& d) { return d.wait(entry); });
    }

private:
    template <class Visitor>
    auto with(Visitor&& visitor) { return std::visit(visitor, device_); }
    template <class Visitor>
    auto with(Visitor&& visitor) const { return std::visit(visitor, device_); }
    std::variant<First, Others...> device_;
};

}  // namespace examples
