// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/mac_address.hpp>
#include <weld/socket/device.hpp>

#include <utility>

namespace weld::inline v0::device {

/// Which way a frame goes, seen from the net.
enum class direction : std::uint8_t { received, transmitted };

namespace detail {

/// The clock of an event source whose type the device does not have. It is read once per batch.
class source_clock {
public:
    template <event_source Source>
    void attach(Source& source) noexcept {
        source_ = &source;
        now_ = [](void* of) noexcept { return static_cast<Source*>(of)->now(); };
    }
    time_point now() const noexcept { return now_ == nullptr ? time_point{} : now_(source_); }

private:
    void* source_ = nullptr;
    time_point (*now_)(void*) noexcept = nullptr;
};

/// What a device suggests to its net, the wrapper around it suggests as well.
template <class Device>
struct suggested_system_calls {};
template <class Device>
    requires requires { typename Device::default_system_calls; }
struct suggested_system_calls<Device> { using default_system_calls = typename Device::default_system_calls; };
template <template <class> class>
struct is_template;
template <class Device>
struct suggestions : suggested_system_calls<Device> {};
template <class Device>
    requires requires { typename is_template<Device::template default_event_source>; }
struct suggestions<Device> : suggested_system_calls<Device> {
    template <class SystemCalls>
    using default_event_source = typename Device::template default_event_source<SystemCalls>;
};
template <class Device>
inline constexpr std::size_t headroom_of = 0;
template <class Device>
    requires requires { Device::headroom; }
inline constexpr std::size_t headroom_of<Device> = Device::headroom;

}  // namespace detail

/// What devices that wrap a device have in common: all that they leave as it is.
template <net_device Device>
class wrapper : public detail::suggestions<Device> {
public:
    static constexpr link_type link = Device::link;
    static constexpr std::size_t headroom = detail::headroom_of<Device>;

    explicit wrapper(Device over) noexcept : device_{std::move(over)} {}

    /// What is wrapped.
    Device& device() noexcept { return device_; }
    const Device& device() const noexcept { return device_; }

    std::size_t mtu() const noexcept { return device_.mtu(); }
    device_features features() const noexcept { return device_.features(); }
    errc error() const noexcept { return device_.error(); }
    /// The memory that the device below has its packets from.
    packet_pool& lent_pool() const noexcept
        requires requires(const Device& d) { d.lent_pool(); }
    { return device_.lent_pool(); }
    mac_address hardware_address() const noexcept
        requires requires(const Device& d) { d.hardware_address(); }
    { return device_.hardware_address(); }

    template <event_source Source>
    result<> attach(Source& source) noexcept {
        clock_.attach(source);
        return device_.attach(source);
    }
    void detach() noexcept {
        if constexpr (requires { device_.detach(); }) device_.detach();
    }
    result<> wait(wait_entry& entry) noexcept { return device_.wait(entry); }

protected:
    Device device_;
    detail::source_clock clock_;
};

}  // namespace weld::inline v0::device
