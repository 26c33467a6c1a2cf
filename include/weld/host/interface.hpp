// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/mac_address.hpp>
#include <weld/socket/address/text_buffer.hpp>
#include <weld/sys/interface_calls.hpp>

namespace weld::inline v0::host {

namespace detail {
template <class Net>
result<sys::interface_request> ask_interface(Net& net, sys::interface_call what, text name) noexcept {
    if (name.empty() || name.size() > 15) return errc::no_such_device;
    sys::interface_request request;
    for (std::size_t i = 0; i < name.size(); ++i) request.name[i] = name[i];
    const result<> done = sys::ask_interface(net.system_calls(), what, request);
    if (!done) return done.error();
    return request;
}
}  // namespace detail

/// The number of an interface of the host, by which endpoint6's scope, packet_address and the options name it:
/// `host::interface_index(net, "eth0")`. Errors: no_such_device. Source: netdevice(7), SIOCGIFINDEX.
template <class Net>
result<std::uint32_t> interface_index(Net& net, text name) noexcept {
    const auto answer = detail::ask_interface(net, sys::interface_call::index, name);
    if (!answer) return answer.error();
    return static_cast<std::uint32_t>(answer->number);
}
/// The name that a number stands for. Errors: no_such_device. Source: netdevice(7), SIOCGIFNAME.
template <class Net>
result<text_buffer<15>> interface_name(Net& net, std::uint32_t index) noexcept {
    sys::interface_request request;
    request.number = static_cast<std::int32_t>(index);
    const result<> done = sys::ask_interface(net.system_calls(), sys::interface_call::name, request);
    if (!done) return done.error();
    text_buffer<15> name;
    for (const char* c = request.name; *c != '\0' && name.size() < 15; ++c) name.append(*c);
    return name;
}
/// The largest packet it takes, without the link header. Errors: no_such_device.
template <class Net>
result<std::uint32_t> interface_mtu(Net& net, text name) noexcept {
    const auto answer = detail::ask_interface(net, sys::interface_call::mtu, name);
    if (!answer) return answer.error();
    return static_cast<std::uint32_t>(answer->number);
}
/// Its own station address; all zeros for loopback. Errors: no_such_device.
template <class Net>
result<mac_address> interface_station(Net& net, text name) noexcept {
    const auto answer = detail::ask_interface(net, sys::interface_call::station, name);
    if (!answer) return answer.error();
    mac_address station;
    for (std::size_t i = 0; i < 6; ++i) station.bytes[i] = answer->bytes[2 + i];
    return station;
}

}  // namespace weld::inline v0::host
