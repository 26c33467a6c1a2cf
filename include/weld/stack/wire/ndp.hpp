// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/address/address6.hpp>
#include <weld/socket/address/mac_address.hpp>
#include <weld/stack/wire/icmp6.hpp>
#include <weld/stack/wire/view.hpp>

namespace weld::inline v0::wire {

/// A neighbor solicitation or advertisement: what ARP is to IPv4. In the kernel: struct nd_msg.
/// Source: RFC 4861 sections 4.3, 4.4 and 4.6.1.
struct neighbor_header {
    static constexpr std::size_t size = 24;      // without the link-layer address
    static constexpr std::size_t size_max = 32;  // with it

    std::uint8_t type = icmp6_type::neighbor_solicitation;
    bool router = false;             ///< advertisement: the sender forwards
    bool solicited = false;          ///< advertisement: it answers a solicitation
    bool override_known = false;     ///< advertisement: the address replaces what is known
    address6 target{};               ///< whose address is asked for or told
    bool has_link_address = false;   ///< absent where the source address is ::
    mac_address link_address{};      ///< the sender's in a solicitation, the target's in an advertisement

    friend constexpr bool operator==(const neighbor_header&, const neighbor_header&) noexcept = default;

    /// Writes the whole message with its checksum; answers its size. Pre: to.size() >= size_max.
    constexpr std::size_t encode(mutable_bytes to, const address6& source, const address6& destination) const noexcept {
        WELD_ASSERT(to.size() >= size_max);
        store_address(to.data() + 8, target);
        if (has_link_address) {
            store_be<std::uint16_t>(to, 24, static_cast<std::uint16_t>((type == icmp6_type::neighbor_solicitation ? 1 : 2) << 8 | 1));
            store_address(to.data() + 26, link_address);
        }
        const std::size_t length = has_link_address ? size_max : size;
        const auto flags = static_cast<std::uint32_t>(router) << 31 | static_cast<std::uint32_t>(solicited) << 30 |
                           static_cast<std::uint32_t>(override_known) << 29;
        icmp6_header{type, 0, 0, flags}.encode(to.first(length), source, destination);
        return length;
    }
    /// Reads an ICMPv6 message of the two types; other options are stepped over.
    /// Errors: bad_message (another type or code, too short, an option of size zero or that does not fit).
    static constexpr result<neighbor_header> decode(const_bytes message) noexcept {
        if (message.size() < size || message[1] != std::byte{}) return errc::bad_message;
        neighbor_header read{.type = static_cast<std::uint8_t>(message[0])};
        if (read.type != icmp6_type::neighbor_solicitation && read.type != icmp6_type::neighbor_advertisement) return errc::bad_message;
        const auto flags = load_be<std::uint32_t>(message, 4);
        if (read.type == icmp6_type::neighbor_advertisement) {
            read.router = (flags >> 31 & 1) != 0;
            read.solicited = (flags >> 30 & 1) != 0;
            read.override_known = (flags >> 29 & 1) != 0;
        }
        read.target = load_address<address6>(message.data() + 8);
        if (!read.take_options(message.subspan(size))) return errc::bad_message;
        return read;
    }

private:
    constexpr bool take_options(const_bytes options) noexcept {
        const std::byte wanted{type == icmp6_type::neighbor_solicitation ? std::uint8_t{1} : std::uint8_t{2}};
        while (!options.empty()) {
            if (options.size() < 8) return false;
            const std::size_t length = static_cast<std::size_t>(options[1]) * 8;
            if (length == 0 || length > options.size()) return false;
            if (options[0] == wanted && length == 8) {
                has_link_address = true;
                link_address = load_address<mac_address>(options.data() + 2);
            }
            options = options.subspan(length);
        }
        return true;
    }
};

}  // namespace weld::inline v0::wire
