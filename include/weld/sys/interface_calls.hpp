// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/text.hpp>
#include <weld/sys/descriptor.hpp>
#include <weld/sys/socket_calls.hpp>

namespace weld::inline v0::sys {

/// What netdevice(7)'s calls pass in and out: a name, and one of many things. In the kernel: struct ifreq.
struct interface_request {
    char name[16]{};
    union {
        std::int32_t number = 0;
        std::uint8_t bytes[24];  // of an address: its family, then its bytes
    };
};
static_assert(sizeof(interface_request) == 40);

/// What is asked of an interface.
enum class interface_call : unsigned long {
    name = 0x8910,      // SIOCGIFNAME: the name of `number`
    flags = 0x8913,     // SIOCGIFFLAGS
    mtu = 0x8921,       // SIOCGIFMTU: without the link header
    station = 0x8927,   // SIOCGIFHWADDR
    index = 0x8933,     // SIOCGIFINDEX
};

/// ioctl(2) of an interface, on a socket that lives no longer. Errors: no_such_device.
template <entry_policy Sys>
result<> ask_interface(Sys sys, interface_call what, interface_request& request) noexcept {
    const auto opened = sys::socket(sys, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (!opened) return opened.error();
    const basic_descriptor<Sys> any{*opened, sys};
    return detail::restarting<number::ioctl>(sys, any.fd(), static_cast<unsigned long>(what), &request);
}

}  // namespace weld::inline v0::sys
