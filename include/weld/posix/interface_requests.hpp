// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/address/address4.hpp>
#include <weld/socket/role.hpp>

#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

/// The SIOCGIF* requests, told from a net's own interfaces. A net without any leaves them to the host's families.
/// In the kernel: dev_ioctl, inet's devinet_ioctl. Source: netdevice(7).
namespace weld::inline v0::posix::interface_requests {

/// Whether a part is an interface.
template <class Part>
inline constexpr bool is_interface = std::is_same_v<typename Part::role, role::interface>;
/// What ioctl(2) tells of one interface, whatever its type.
struct any_interface {
    template <class Part>
    constexpr bool operator()() const { return is_interface<Part>; }
};

/// True where this net itself answers a request.
template <class Net>
constexpr bool answers(unsigned long request) noexcept {
    if constexpr (!Net::template lists<any_interface>) return false;
    switch (request) {
        case SIOCGIFCONF: case SIOCGIFNAME: case SIOCGIFINDEX: case SIOCGIFFLAGS: case SIOCGIFMTU: case SIOCGIFHWADDR:
        case SIOCGIFADDR: case SIOCGIFNETMASK: case SIOCGIFBRDADDR: return true;
        default: return false;
    }
}

namespace detail {
inline bool same_name(const ::ifreq& asked, text name) noexcept {
    char zero_terminated[IFNAMSIZ]{};
    for (int i = 0; i < IFNAMSIZ - 1; ++i) zero_terminated[i] = asked.ifr_name[i];
    return text{zero_terminated} == name;
}
inline void put_name(::ifreq& to, text name) noexcept {
    for (std::size_t i = 0; i < IFNAMSIZ; ++i) to.ifr_name[i] = i < name.size() && i < IFNAMSIZ - 1 ? name[i] : '\0';
}
inline void put_address(::ifreq& to, std::uint32_t network_order) noexcept {
    ::sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_addr.s_addr = network_order;
    __builtin_memcpy(&to.ifr_addr, &made, sizeof made);
}
/// An interface's first address, from the network layer that has it. Errors: address_not_available.
template <class Net>
result<> tell_address(Net& net, std::uint32_t index, unsigned long request, ::ifreq& to) noexcept {
    result<> told = errc::address_not_available;
    net.for_each_part([&](auto& part) {
        if constexpr (requires { part.addresses().entries().front().prefix.netmask(); })
            for (const auto& own : part.addresses().entries())
                if (own.interface == index && !told) {
                    const auto& prefix = own.prefix;
                    const address4 asked = request == SIOCGIFADDR ? prefix.address() : request == SIOCGIFNETMASK ? prefix.netmask() : prefix.broadcast();
                    put_address(to, __builtin_bswap32(asked.to_uint32()));
                    told = {};
                }
    });
    return told;
}
template <class Net, class Interface>
result<> tell(Net& net, Interface& of, unsigned long request, ::ifreq& to) noexcept {
    switch (request) {
        case SIOCGIFNAME: put_name(to, of.name()); return {};
        case SIOCGIFINDEX: to.ifr_ifindex = static_cast<int>(of.index()); return {};
        case SIOCGIFMTU: to.ifr_mtu = static_cast<int>(of.mtu()); return {};
        case SIOCGIFFLAGS:
            to.ifr_flags = static_cast<short>(of.is_up() ? IFF_UP | IFF_RUNNING | IFF_BROADCAST : IFF_BROADCAST);
            return {};
        case SIOCGIFHWADDR:
            to.ifr_hwaddr = {};
            if constexpr (requires { of.link().address().bytes; }) {
                to.ifr_hwaddr.sa_family = 1;  // ARPHRD_ETHER
                __builtin_memcpy(to.ifr_hwaddr.sa_data, of.link().address().bytes, 6);
            } else to.ifr_hwaddr.sa_family = 0xfffe;  // ARPHRD_NONE
            return {};
        default: return tell_address(net, of.index(), request, to);
    }
}
/// All interfaces, as many as there is room for; without room, how much they take.
template <class Net>
result<int> list(Net& net, ::ifconf& to) noexcept {
    const int room = to.ifc_buf == nullptr ? 0 : to.ifc_len / static_cast<int>(sizeof(::ifreq));
    int count = 0;
    net.for_each_part([&]<class Part>(Part& part) {
        if constexpr (is_interface<Part>) {
            if (count < room) {
                ::ifreq one{};
                put_name(one, part.name());
                static_cast<void>(tell_address(net, part.index(), SIOCGIFADDR, one));
                to.ifc_req[count] = one;
            }
            if (count < room || to.ifc_buf == nullptr) ++count;
        }
    });
    to.ifc_len = count * static_cast<int>(sizeof(::ifreq));
    return 0;
}
}  // namespace detail

/// Errors: bad_address, no_such_device, address_not_available.
template <class Net>
result<int> answer(Net& net, unsigned long request, void* argument) noexcept {
    if (argument == nullptr) return errc::bad_address;
    if (request == SIOCGIFCONF) return detail::list(net, *static_cast<::ifconf*>(argument));
    auto& asked = *static_cast<::ifreq*>(argument);
    result<> told = errc::no_such_device;
    net.for_each_part([&]<class Part>(Part& part) {
        if constexpr (is_interface<Part>) {
            const bool meant = request == SIOCGIFNAME ? static_cast<int>(part.index()) == asked.ifr_ifindex : detail::same_name(asked, part.name());
            if (meant && told.error() == errc::no_such_device) told = detail::tell(net, part, request, asked);
        }
    });
    if (!told) return told.error();
    return 0;
}

}  // namespace weld::inline v0::posix::interface_requests
