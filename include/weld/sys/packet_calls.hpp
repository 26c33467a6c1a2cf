// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sys/descriptor.hpp>
#include <weld/sys/file_calls.hpp>

#include <linux/if_packet.h>

#include <utility>

namespace weld::inline v0::sys {

/// socket(2) of AF_PACKET, non-blocking, closed on exec; it receives nothing before it is bound. `type` is SOCK_RAW
/// for frames with their link header, SOCK_DGRAM without. Errors: operation_not_permitted (CAP_NET_RAW).
template <entry_policy Sys>
result<int> packet_socket(Sys sys, int type) noexcept {
    return sys::socket(sys, AF_PACKET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}
/// setsockopt(2) at SOL_PACKET.
template <entry_policy Sys, class Value>
result<> packet_option(Sys sys, int fd, int name, const Value& value) noexcept {
    return sys::setsockopt(sys, fd, 263, name, {reinterpret_cast<const std::byte*>(&value), sizeof value});
}
/// bind(2) to an interface, 0 for all, and an EtherType, ETH_P_ALL for all.
template <entry_policy Sys>
result<> bind_packet(Sys sys, int fd, int index, std::uint16_t ether_type) noexcept {
    ::sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = __builtin_bswap16(ether_type);
    address.sll_ifindex = index;
    return sys::bind(sys, fd, {reinterpret_cast<const std::byte*>(&address), sizeof address});
}
/// What the socket has met with since it was asked last (SO_ERROR).
template <entry_policy Sys>
errc pending_error(Sys sys, int fd) noexcept {
    int error = 0;
    const auto done = sys::getsockopt(sys, fd, SOL_SOCKET, SO_ERROR, {reinterpret_cast<std::byte*>(&error), sizeof error});
    return done ? static_cast<errc>(error) : done.error();
}
/// SO_SNDBUF or SO_RCVBUF, past the system's limit where we may (SO_SNDBUFFORCE, SO_RCVBUFFORCE).
template <entry_policy Sys>
void set_buffer(Sys sys, int fd, int name, std::size_t size) noexcept {
    const int value = static_cast<int>(size);
    const span bytes{reinterpret_cast<const std::byte*>(&value), sizeof value};
    const int forced = name == SO_SNDBUF ? SO_SNDBUFFORCE : SO_RCVBUFFORCE;
    if (!sys::setsockopt(sys, fd, SOL_SOCKET, forced, bytes)) static_cast<void>(sys::setsockopt(sys, fd, SOL_SOCKET, name, bytes));
}

/// Memory shared with the kernel, given back at its end.
template <entry_policy Sys = direct>
class mapping {
public:
    mapping() noexcept requires std::default_initializable<Sys> = default;
    mapping(std::byte* at, std::size_t size, Sys sys) noexcept : sys_{sys}, at_{at}, size_{size} {}
    mapping(mapping&& other) noexcept : sys_{other.sys_}, at_{std::exchange(other.at_, nullptr)}, size_{std::exchange(other.size_, 0)} {}
    mapping& operator=(mapping&& other) noexcept {
        std::swap(at_, other.at_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~mapping() {
        if (at_ != nullptr) static_cast<void>(sys::munmap(sys_, at_, size_));
    }
    std::byte* data() const noexcept { return at_; }
    std::size_t size() const noexcept { return size_; }

private:
    [[no_unique_address]] Sys sys_{};
    std::byte* at_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace weld::inline v0::sys
