// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_buffer.hpp>
#include <weld/socket/address/prefix4.hpp>
#include <weld/socket/address/prefix6.hpp>
#include <weld/stack/claims.hpp>
#include <weld/stack/link/frame_info.hpp>
#include <weld/stack/rcv_result.hpp>
#include <weld/stack/wire/numbers.hpp>

#include <concepts>

namespace weld::inline v0::stack {

/// The router for all that is not on a link of ours: `gateway{"10.0.0.1"}`, `gateway{"fe80::1"}`.
struct gateway {
    constexpr explicit gateway(address4 of) noexcept : address{of} {}
    constexpr explicit gateway(const address6& of) noexcept : address_v6{of} {}
    constexpr explicit gateway(text of) noexcept : address{address4::parse(of)}, address_v6{address6::parse(of)} {}
    constexpr explicit gateway(const char* of) noexcept : gateway{text{of}} {}
    result<address4> address = errc::invalid_argument;
    result<address6> address_v6 = errc::invalid_argument;
};
/// The largest packet the link is to carry, without its header, where that is less than what the device takes.
struct mtu {
    std::size_t value;
};
struct interface_options {
    std::size_t transmit_queue_length = 1000;  ///< packets that wait for the device; then more are dropped (txqueuelen)
    bool split_transmitted = true;             ///< lets transports send super-segments to any device (software GSO)
    bool merge_received = true;                ///< TCP segments, where the device does not do so itself (GRO)
};

template <class T>
concept interface_setting = std::same_as<T, prefix4> || std::same_as<T, prefix6> || std::same_as<T, gateway> || std::same_as<T, mtu> ||
                            std::same_as<T, interface_options> || std::convertible_to<const T&, text>;

/// What an interface was told at its making.
struct interface_settings {
    static constexpr std::size_t addresses_max = 8, name_max = 15;

    constexpr explicit interface_settings(text of) noexcept {
        for (std::size_t i = 0; i < of.size() && i < name_max; ++i) name[i] = of[i];
    }
    constexpr void add(const prefix4& address) noexcept {
        if (address_count == addresses_max) status = errc::no_buffer_space;
        else addresses[address_count++] = address;
    }
    constexpr void add(const prefix6& address) noexcept {
        if (address6_count == addresses_max) status = errc::no_buffer_space;
        else addresses6[address6_count++] = address;
    }
    constexpr void add(const stack::gateway& by) noexcept {
        if (by.address) gateway = *by.address;
        else if (by.address_v6) gateway6 = *by.address_v6;
        else status = errc::invalid_argument;
    }
    constexpr void add(const stack::mtu& size) noexcept { mtu = size.value; }
    constexpr void add(const interface_options& chosen) noexcept { options = chosen; }
    /// "10.0.0.2/24" or "10.0.0.2/24,10.0.0.1", "2001:db8::2/64" or "2001:db8::2/64,fe80::1", and all of them behind each other:
    /// an address first, behind it more of them, each with its prefix's length, and routers, without one.
    constexpr void add(text words) noexcept {
        for (bool is_address = true;; is_address = words.substr(0, words.find(',')).find('/') != text::npos) {
            const std::size_t comma = words.find(',');
            const text word = words.substr(0, comma);
            if (!is_address) add(stack::gateway{word});
            else if (const auto prefix = prefix4::parse(word); prefix) add(*prefix);
            else if (const auto prefix6 = weld::prefix6::parse(word); prefix6) add(*prefix6);
            else status = errc::invalid_argument;
            if (comma == text::npos) return;
            words = words.substr(comma + 1);
        }
    }

    char name[name_max + 1]{};
    prefix4 addresses[addresses_max]{};
    std::size_t address_count = 0;
    address4 gateway{};
    prefix6 addresses6[addresses_max]{};
    std::size_t address6_count = 0;
    address6 gateway6{};
    std::size_t mtu = 0;  // 0: the device's
    result<> status{};
    interface_options options{};
};

namespace detail {

template <class Part>
inline constexpr bool is_interface = std::is_same_v<typename Part::role, role::interface>;
template <class Ip>
struct takes_tcp_fragments {
    template <class Part>
    constexpr bool operator()() const noexcept {
        if constexpr (requires { Part::takes_fragments; }) return Part::takes_fragments && claims_ip_protocol<Part, Ip> && Part::ip_protocol == wire::ip_protocol::tcp;
        else return false;
    }
};
struct is_some_interface {
    template <class Part>
    constexpr bool operator()() const noexcept { return is_interface<Part>; }
};

template <class Device>
inline constexpr std::size_t device_headroom = 0;
template <class Device>
    requires requires { Device::headroom; }
inline constexpr std::size_t device_headroom<Device> = Device::headroom;

/// What a device suggests to its net where nothing is listed: an event source, a way into the kernel.
template <class Device>
struct system_calls_default {};
template <class Device>
    requires requires { typename Device::default_system_calls; }
struct system_calls_default<Device> { using default_system_calls = typename Device::default_system_calls; };
template <template <class> class>
struct is_template {};
template <class Device>
struct device_defaults : system_calls_default<Device> {};
template <class Device>
    requires requires { typename is_template<Device::template default_event_source>; }
struct device_defaults<Device> : system_calls_default<Device> {
    template <class SystemCalls>
    using default_event_source = typename Device::template default_event_source<SystemCalls>;
};

/// Lets packet sockets see a frame, link header and all.
template <class Net>
void show_frame(Net& net, packet& frame, const frame_info& info) {
    net.for_each_part([&](auto& part) {
        if constexpr (requires { part.see(net, frame, info); }) part.see(net, frame, info);
    });
}

/// To the part that takes its EtherType.
template <class Net>
rcv_result demultiplex(Net& net, packet_buffer skb, const frame_info& info) {
    rcv_result answer = rcv_result::no_protocol;
    net.for_each_part([&]<class Part>(Part& part) {
        if constexpr (claims_ether_type<Part>)
            if (skb && takes_ether_type<Part>(info.ether_type)) answer = highest(answer, part.rcv(net, std::move(skb), info));
    });
    return answer;
}

}  // namespace detail

/// True where a net has an interface.
template <class Net>
inline constexpr bool has_interface = Net::template lists<detail::is_some_interface>;

}  // namespace weld::inline v0::stack
