// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/address/address4.hpp>
#include <weld/socket/address/mac_address.hpp>
#include <weld/stack/wire/numbers.hpp>
#include <weld/stack/wire/view.hpp>

namespace weld::inline v0::wire {

/// Who has an IPv4 address on this link, asked or answered. In the kernel: struct arphdr. Source: RFC 826.
struct arp_header {
    static constexpr std::size_t size = 28;
    static constexpr std::uint16_t request = 1, reply = 2;

    std::uint16_t operation = request;
    mac_address sender_hardware{};
    address4 sender_protocol{};
    mac_address target_hardware{};  ///< unknown in a request: zeros
    address4 target_protocol{};

    friend constexpr bool operator==(const arp_header&, const arp_header&) noexcept = default;

    /// Pre: to.size() >= size.
    constexpr void encode(mutable_bytes to) const noexcept {
        WELD_ASSERT(to.size() >= size);
        store_be<std::uint32_t>(to, 0, 0x0001'0800);  // hardware type Ethernet, protocol type IPv4
        store_be<std::uint16_t>(to, 4, 0x0604);       // and their addresses' lengths
        store_be(to, 6, operation);
        store_address(to.data() + 8, sender_hardware);
        store_address(to.data() + 14, sender_protocol);
        store_address(to.data() + 18, target_hardware);
        store_address(to.data() + 24, target_protocol);
    }
    /// Errors: those of arp_view::parse.
    static constexpr result<arp_header> decode(const_bytes packet) noexcept;
};

/// ARP for IPv4 over Ethernet, the only kind there is here.
class arp_view : public view {
public:
    /// Errors: bad_message (short), protocol_not_supported (other hardware or another protocol).
    static constexpr result<arp_view> parse(const_bytes packet) noexcept {
        if (packet.size() < arp_header::size) return errc::bad_message;
        if (load_be<std::uint32_t>(packet, 0) != 0x0001'0800) return errc::protocol_not_supported;
        if (load_be<std::uint16_t>(packet, 4) != 0x0604) return errc::protocol_not_supported;
        return arp_view{packet.first(arp_header::size)};
    }

    constexpr std::uint16_t operation() const noexcept { return u16(6); }
    constexpr mac_address sender_hardware() const noexcept { return address<mac_address>(8); }
    constexpr address4 sender_protocol() const noexcept { return address<address4>(14); }
    constexpr mac_address target_hardware() const noexcept { return address<mac_address>(18); }
    constexpr address4 target_protocol() const noexcept { return address<address4>(24); }

    constexpr bool is_request() const noexcept { return operation() == arp_header::request; }
    constexpr bool is_reply() const noexcept { return operation() == arp_header::reply; }
    /// Announces the sender's own address to everybody. Source: RFC 5227 section 3.
    constexpr bool is_gratuitous() const noexcept { return sender_protocol() == target_protocol(); }

    constexpr arp_header header() const noexcept {
        return {operation(), sender_hardware(), sender_protocol(), target_hardware(), target_protocol()};
    }

    arp_view() = default;

private:
    using view::view;
};

constexpr result<arp_header> arp_header::decode(const_bytes packet) noexcept {
    const auto parsed = arp_view::parse(packet);
    if (!parsed) return parsed.error();
    return parsed->header();
}

}  // namespace weld::inline v0::wire
