// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sys/file_calls.hpp>
#include <weld/sys/interface_calls.hpp>

#include <linux/if_tun.h>
#include <linux/ioctl.h>
#include <sys/uio.h>

namespace weld::inline v0::sys {

/// Opens the clone device, on which TUNSETIFF then makes or takes an interface. Non-blocking, closed on exec.
/// Errors: those of openat(2): no_such_file_or_directory and no_such_device (no driver), permission_denied.
template <entry_policy Sys>
result<int> open_tun(Sys sys) noexcept {
    return sys::openat(sys, AT_FDCWD, "/dev/net/tun", O_RDWR | O_NONBLOCK);
}
/// ioctl(2) of a tun descriptor that takes a number: TUNSETOFFLOAD, TUNSETPERSIST, TUNSETOWNER, TUNSETGROUP.
template <entry_policy Sys>
result<> tun_set(Sys sys, int fd, unsigned long what, unsigned long value) noexcept {
    return detail::restarting<number::ioctl>(sys, fd, what, value);
}
/// ioctl(2) of a tun descriptor that takes the address of a number: TUNSETVNETHDRSZ, TUNSETSNDBUF, TUNGETFEATURES.
template <entry_policy Sys>
result<> tun_set_at(Sys sys, int fd, unsigned long what, int& value) noexcept {
    return detail::restarting<number::ioctl>(sys, fd, what, &value);
}
/// TUNSETIFF: makes the interface, or takes one that waits for us. The name may hold "%d", or nothing, and is filled
/// in; `request.number` are the flags, IFF_TAP and so on.
/// Errors: operation_not_permitted, device_or_resource_busy (somebody has it, or IFF_TUN_EXCL and it is there),
/// invalid_argument (it is of another kind).
template <entry_policy Sys>
result<> tun_attach(Sys sys, int fd, interface_request& request) noexcept {
    return detail::restarting<number::ioctl>(sys, fd, static_cast<unsigned long>(TUNSETIFF), &request);
}
/// What an interface can be told, by netdevice(7)'s numbers.
enum class interface_change : unsigned long {
    flags = 0x8914,    // SIOCSIFFLAGS
    address = 0x8916,  // SIOCSIFADDR
    netmask = 0x891c,  // SIOCSIFNETMASK
    mtu = 0x8922,      // SIOCSIFMTU
    station = 0x8924,  // SIOCSIFHWADDR
};
/// ioctl(2) of an interface, on a socket that lives no longer. Errors: operation_not_permitted, no_such_device,
/// invalid_argument.
template <entry_policy Sys>
result<> change_interface(Sys sys, interface_change what, const interface_request& request) noexcept {
    const auto opened = sys::socket(sys, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (!opened) return opened.error();
    const basic_descriptor<Sys> any{*opened, sys};
    return detail::restarting<number::ioctl>(sys, any.fd(), static_cast<unsigned long>(what), &request);
}
/// readv(2) and writev(2).
template <entry_policy Sys>
[[gnu::always_inline]] inline result<std::size_t> readv(Sys sys, int fd, span<const ::iovec> to) noexcept {
    return detail::restarting<number::readv, std::size_t>(sys, fd, to.data(), to.size());
}
template <entry_policy Sys>
[[gnu::always_inline]] inline result<std::size_t> writev(Sys sys, int fd, span<const ::iovec> from) noexcept {
    return detail::restarting<number::writev, std::size_t>(sys, fd, from.data(), from.size());
}

}  // namespace weld::inline v0::sys
