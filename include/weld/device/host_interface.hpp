// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/address/mac_address.hpp>
#include <weld/socket/address/prefix4.hpp>
#include <weld/sys/tun_calls.hpp>

namespace weld::inline v0::device {

/// An interface of the host, by its name: what `ip link` and `ip address` tell and change. In the kernel: netdevice(7).
/// Errors of all: no_such_device; of the changes: operation_not_permitted (CAP_NET_ADMIN).
template <sys::entry_policy Sys = sys::direct>
class host_interface {
public:
    /// Errors: invalid_argument (more than 15 characters).
    static result<host_interface> named(text name, Sys sys = {}) noexcept {
        host_interface made{sys};
        if (name.size() >= sizeof made.name_) return errc::invalid_argument;
        for (std::size_t i = 0; i < name.size(); ++i) made.name_[i] = name[i];
        return made;
    }
    /// The one with this index, whatever its name is by now.
    static result<host_interface> numbered(int index, Sys sys = {}) noexcept {
        sys::interface_request about;
        about.number = index;
        if (const result<> asked = sys::ask_interface(sys, sys::interface_call::name, about); !asked) return asked.error();
        return named(text{about.name}, sys);
    }
    text name() const noexcept { return text{name_}; }

    result<int> index() const noexcept { return number(sys::interface_call::index); }
    /// Without the link header.
    result<std::size_t> mtu() const noexcept {
        const auto asked = number(sys::interface_call::mtu);
        if (!asked) return asked.error();
        return static_cast<std::size_t>(*asked);
    }
    result<bool> is_up() const noexcept { return has_flag(up_flag); }
    /// It is up, and there is somebody at the other end of the cable.
    result<bool> has_carrier() const noexcept { return has_flag(running_flag); }
    result<mac_address> station() const noexcept {
        auto request = this->request();
        if (const result<> asked = sys::ask_interface(sys_, sys::interface_call::station, request); !asked) return asked.error();
        mac_address station;
        __builtin_memcpy(&station, request.bytes + 2, sizeof station);  // a sockaddr
        return station;
    }

    /// Sets IFF_UP, or takes it away. Errors: those of SIOCSIFFLAGS.
    result<> set_up(bool up) noexcept {
        auto request = this->request();
        if (const result<> asked = sys::ask_interface(sys_, sys::interface_call::flags, request); !asked) return asked;
        request.number = up ? request.number | up_flag : request.number & ~up_flag;
        return sys::change_interface(sys_, sys::interface_change::flags, request);
    }
    /// Errors: invalid_argument.
    result<> set_mtu(std::size_t mtu) noexcept {
        if (mtu > 65535) return errc::invalid_argument;
        auto request = this->request();
        request.number = static_cast<std::int32_t>(mtu);
        return sys::change_interface(sys_, sys::interface_change::mtu, request);
    }
    result<> set_station(const mac_address& station) noexcept {
        auto request = this->request();
        request.bytes[0] = 1;  // ARPHRD_ETHER
        __builtin_memcpy(request.bytes + 2, &station, sizeof station);
        return sys::change_interface(sys_, sys::interface_change::station, request);
    }
    result<> set_address(const prefix4& address) noexcept {
        auto request = this->request();
        request.bytes[0] = AF_INET;  // a sockaddr_in
        __builtin_memcpy(request.bytes + 4, address.address().bytes, 4);
        if (const result<> done = sys::change_interface(sys_, sys::interface_change::address, request); !done) return done;
        __builtin_memcpy(request.bytes + 4, address.netmask().bytes, 4);
        return sys::change_interface(sys_, sys::interface_change::netmask, request);
    }

    /// What a call about this interface begins with.
    sys::interface_request request() const noexcept {
        sys::interface_request about;
        __builtin_memcpy(about.name, name_, sizeof name_);
        return about;
    }

private:
    static constexpr std::int32_t up_flag = 1, running_flag = 0x40;  // IFF_UP, IFF_RUNNING
    explicit host_interface(Sys sys) noexcept : sys_{sys} {}
    result<int> number(sys::interface_call what) const noexcept {
        auto request = this->request();
        if (const result<> asked = sys::ask_interface(sys_, what, request); !asked) return asked.error();
        return what == sys::interface_call::flags ? request.number & 0xffff : request.number;
    }

    result<bool> has_flag(std::int32_t flag) const noexcept {
        const auto asked = number(sys::interface_call::flags);
        if (!asked) return asked.error();
        return (*asked & flag) != 0;
    }

    [[no_unique_address]] Sys sys_;
    char name_[16]{};
};

}  // namespace weld::inline v0::device
