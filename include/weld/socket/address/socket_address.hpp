// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/core/span.hpp>
#include <weld/core/text.hpp>
#include <weld/core/value.hpp>

#include <concepts>
#include <cstddef>

namespace weld::inline v0 {

/// What a family calls an address: a value that knows its text and its sockaddr. In the kernel: struct sockaddr.
/// The compiler cannot check that
///   - store() writes at most sockaddr_size_max bytes, sa_family first, and answers how many;
///   - two addresses are equal exactly where their stored bytes are, which may therefore be hashed;
///   - load() of what store() wrote gives the address back, and answers the kernel's errno for what is none;
///   - parse() of what to_text() printed gives the address back, where it has a text;
///   - every call is constexpr, takes no memory and makes no system call.
template <class Address>
concept socket_address = regular<Address> &&
    requires(const Address& address, span<std::byte> out, span<const std::byte> in, text characters) {
        requires std::same_as<decltype(Address::family), const int>;
        requires std::same_as<decltype(Address::sockaddr_size_max), const std::size_t>;
        { address.store(out) }         noexcept -> std::same_as<std::size_t>;
        { Address::load(in) }          noexcept -> std::same_as<result<Address>>;
        { Address::parse(characters) } noexcept -> std::same_as<result<Address>>;
        { address.to_text() }          noexcept -> std::convertible_to<text>;
    };

}  // namespace weld::inline v0
