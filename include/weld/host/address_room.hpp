// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/socket/address/sockaddr_bytes.hpp>

#include <cstdint>

namespace weld::inline v0::host {

/// An address for a call that reads it: its sockaddr, made if the address does not lie in memory as one.
template <class Address>
class raw_address {
public:
    explicit raw_address(const Address& from) noexcept : size_{from.store(storage_)} {}
    const_bytes bytes() const noexcept { return const_bytes{storage_}.first(size_); }

private:
    std::byte storage_[Address::sockaddr_size_max];
    std::size_t size_;
};
/// Of one that has the kernel's layout: nothing is copied.
template <class Address>
    requires requires { requires Address::is_sockaddr; }
class raw_address<Address> {
public:
    explicit raw_address(const Address& from) noexcept : from_{&from} {}
    const_bytes bytes() const noexcept { return object_bytes(*from_); }

private:
    const Address* from_;
};

/// Room that a call writes a sockaddr into, and the address afterwards. The kernel gives no other family's; an empty one
/// (a stream's, an unnamed peer's) is the default. In both, `to` is where the address is to be.
template <class Address>
class address_room {
public:
    mutable_bytes bytes(Address&) noexcept { return storage_; }
    /// The call has written `length` bytes.
    void settle(Address& to, std::uint32_t length) const noexcept {
        const auto address = Address::load(const_bytes{storage_}.first(length < sizeof storage_ ? length : sizeof storage_));
        to = address ? *address : Address{};
    }

private:
    std::byte storage_[Address::sockaddr_size_max];
};
/// Of one that has the kernel's layout: the kernel writes into it.
template <class Address>
    requires requires { requires Address::is_sockaddr; }
class address_room<Address> {
public:
    static mutable_bytes bytes(Address& to) noexcept { return {reinterpret_cast<std::byte*>(&to), sizeof to}; }
    /// The call has written `length` bytes: an address of the socket's family, or none.
    static void settle(Address& to, std::uint32_t length) noexcept {
        if (length < sizeof to) [[unlikely]] to = Address{};
    }
};

}  // namespace weld::inline v0::host
