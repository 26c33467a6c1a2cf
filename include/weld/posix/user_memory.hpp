// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/address/generic_address.hpp>

#include <sys/socket.h>

/// Pointers that a program gave: the one that is known to be wrong is null. The kernel answers EFAULT for every page
/// that is not there; in one process such a pointer ends the program, as it ends every other.
namespace weld::inline v0::posix {

/// A sockaddr that a call was given. Errors: invalid_argument (a negative length, or over sockaddr_storage's),
/// bad_address. In the kernel: move_addr_to_kernel, net/socket.c.
inline result<generic_address> move_addr_to_kernel(const ::sockaddr* from, ::socklen_t length) noexcept {
    if (static_cast<int>(length) < 0 || length > sizeof(::sockaddr_storage)) return errc::invalid_argument;
    if (length == 0) return generic_address{};
    if (from == nullptr) return errc::bad_address;
    return generic_address::load({reinterpret_cast<const std::byte*>(from), length});
}

/// Hands a sockaddr out: as much as fits, and its true length. Errors: bad_address, invalid_argument (a negative
/// length). In the kernel: move_addr_to_user, net/socket.c.
inline result<> move_addr_to_user(const generic_address& address, ::sockaddr* to, ::socklen_t* length) noexcept {
    if (length == nullptr) return errc::bad_address;
    const auto room = static_cast<int>(*length);
    if (room < 0) return errc::invalid_argument;
    *length = static_cast<::socklen_t>(address.bytes().size());
    if (room == 0) return {};
    if (to == nullptr) return errc::bad_address;
    copy({reinterpret_cast<std::byte*>(to), static_cast<std::size_t>(room)}, address.bytes());
    return {};
}

/// What a program points at, as bytes.
inline const_bytes user_bytes(const void* from, std::size_t size) noexcept { return {static_cast<const std::byte*>(from), size}; }
inline mutable_bytes user_bytes(void* to, std::size_t size) noexcept { return {static_cast<std::byte*>(to), size}; }

}  // namespace weld::inline v0::posix
