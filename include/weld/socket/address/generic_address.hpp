// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/core/span.hpp>
#include <weld/socket/address/endpoint4.hpp>
#include <weld/socket/address/endpoint6.hpp>
#include <weld/socket/address/packet_address.hpp>
#include <weld/socket/address/sockaddr_bytes.hpp>
#include <weld/socket/address/socket_address.hpp>
#include <weld/socket/address/text_buffer.hpp>
#include <weld/socket/address/unix_address.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace weld::inline v0 {

/// An address whose family is known at run time only: what the calls with descriptors pass around.
/// Every socket_address converts to it. In the kernel: struct sockaddr_storage, with its length.
class generic_address {
public:
    static constexpr std::size_t capacity = 128;

    /// No bytes at all: AF_UNSPEC.
    constexpr generic_address() noexcept = default;
    template <class Address>  // the size is asked for first: it ends the question for everything that is no address
        requires(Address::sockaddr_size_max <= capacity) && socket_address<Address>
    constexpr generic_address(const Address& address) noexcept : size_{address.store(bytes_)} {}
    /// From a sockaddr of any family, unchecked. Errors: invalid_argument (over 128 bytes).
    /// Source: move_addr_to_kernel in net/socket.c.
    static constexpr result<generic_address> load(span<const std::byte> sockaddr) noexcept {
        if (sockaddr.size() > capacity) return errc::invalid_argument;
        generic_address made;
        for (const std::byte b : sockaddr) made.bytes_[made.size_++] = b;
        return made;
    }

    constexpr int family() const noexcept { return detail::sockaddr_family(bytes()); }
    /// The sockaddr, to be handed to a call. Lives in `*this`.
    constexpr span<const std::byte> bytes() const noexcept { return {bytes_, size_}; }
    /// Room for a call to write a sockaddr into; resize() then says how much it wrote.
    constexpr span<std::byte> storage() noexcept { return span<std::byte>{bytes_}; }
    /// A length over the capacity is one that Linux cut short, and counts as the capacity.
    constexpr void resize(std::size_t size) noexcept { size_ = size < capacity ? size : capacity; }

    /// The address, where it is one of this family.
    /// Errors: address_family_not_supported (of another family), those of Address::load.
    template <socket_address Address>
    constexpr result<Address> as() const noexcept {
        if (family() != Address::family) return errc::address_family_not_supported;
        return Address::load(bytes());
    }

    /// Calls `visitor` with the first of `Addresses` that this is, or with `*this` where it is none of them.
    template <socket_address Address, socket_address... Addresses, class Visitor>
    constexpr decltype(auto) visit(Visitor&& visitor) const {
        if (const auto address = as<Address>()) return std::forward<Visitor>(visitor)(*address);
        if constexpr (sizeof...(Addresses) > 0) return visit<Addresses...>(std::forward<Visitor>(visitor));
        else                                    return std::forward<Visitor>(visitor)(*this);
    }
    /// The same for weld's own four.
    template <class Visitor>
    constexpr decltype(auto) visit(Visitor&& visitor) const {
        return visit<endpoint4, endpoint6, unix_address, packet_address>(std::forward<Visitor>(visitor));
    }

    /// As its own type prints it; "family 16, 12 bytes" for what is none of weld's own four.
    constexpr text_buffer<109> to_text() const noexcept;

    friend constexpr bool operator==(const generic_address& a, const generic_address& b) noexcept {
        if (a.size_ != b.size_) return false;
        for (std::size_t i = 0; i < a.size_; ++i)
            if (a.bytes_[i] != b.bytes_[i]) return false;
        return true;
    }

private:
    std::byte bytes_[capacity]{};
    std::size_t size_ = 0;
};

constexpr text_buffer<109> generic_address::to_text() const noexcept {
    text_buffer<109> printed;
    visit([&printed](const auto& address) {
        if constexpr (requires { address.sockaddr_size_max; }) {
            printed.append(address.to_text());
        } else {
            printed.append("family ").append_decimal(static_cast<std::uint32_t>(address.family()));
            printed.append(", ").append_decimal(static_cast<std::uint32_t>(address.bytes().size())).append(" bytes");
        }
    });
    return printed;
}

}  // namespace weld::inline v0
