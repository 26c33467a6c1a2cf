// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/errc.hpp>
#include <weld/core/packet_type.hpp>  // packet_type
#include <weld/core/result.hpp>
#include <weld/core/span.hpp>
#include <weld/core/text.hpp>
#include <weld/socket/address/digits.hpp>
#include <weld/socket/address/mac_address.hpp>
#include <weld/socket/address/sockaddr_bytes.hpp>
#include <weld/socket/address/socket_address.hpp>
#include <weld/socket/address/text_buffer.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>

namespace weld::inline v0 {

/// AF_PACKET's address: which frames (an EtherType, or 3 for all of them), on which interface (0 is every one), and on
/// sending a cooked frame or on receiving any, the station. The rest is what the kernel tells about a received frame.
/// In the kernel: struct sockaddr_ll, whose layout it has: storing is a copy. Source: packet(7).
class packet_address {
public:
    static constexpr int family = 17;  // AF_PACKET
    static constexpr std::size_t sockaddr_size_max = 20;
    static constexpr std::size_t station_size_max = 8;

    constexpr packet_address() noexcept = default;
    /// All numbers as this machine counts; `hardware_type` is ARP's, 1 for Ethernet.
    /// Pre: `station` has at most 8 bytes.
    constexpr packet_address(std::uint16_t protocol, std::uint32_t interface_index,
                             span<const std::uint8_t> station = {}, packet_type type = packet_type::host,
                             std::uint16_t hardware_type = 0) noexcept
        : protocol_{__builtin_bswap16(protocol)}, interface_index_{interface_index}, hardware_type_{hardware_type},
          type_{type}, station_size_{static_cast<std::uint8_t>(station.size())} {
        WELD_ASSERT(station.size() <= station_size_max);
        for (std::size_t i = 0; i < station.size(); ++i) station_[i] = station.data()[i];
    }
    constexpr packet_address(std::uint16_t protocol, std::uint32_t interface_index, const mac_address& station) noexcept
        : packet_address{protocol, interface_index, span{station.bytes}} {}

    constexpr std::uint16_t protocol() const noexcept { return __builtin_bswap16(protocol_); }
    constexpr std::uint32_t interface_index() const noexcept { return interface_index_; }
    constexpr std::uint16_t hardware_type() const noexcept { return hardware_type_; }
    constexpr packet_type type() const noexcept { return type_; }
    /// The station's address, 0 to 8 bytes. Lives in `*this`.
    constexpr span<const std::uint8_t> station() const noexcept { return {station_, station_size_}; }
    /// The same as an Ethernet address. Errors: invalid_argument (it has not six bytes).
    constexpr result<mac_address> mac() const noexcept {
        if (station_size_ != 6) return errc::invalid_argument;
        return mac_address{{station_[0], station_[1], station_[2], station_[3], station_[4], station_[5]}};
    }

    /// Reads "%2/0x0003" and "aa:bb:cc:dd:ee:ff%2/0x0800/1/4": station, interface index, protocol in four hexadecimal
    /// digits, and together or not at all hardware type and packet type. Errors: invalid_argument (anything else).
    static constexpr result<packet_address> parse(text characters) noexcept;
    constexpr text_buffer<54> to_text() const noexcept {
        text_buffer<54> printed;
        for (std::size_t i = 0; i < station_size_; ++i) {
            if (i > 0) printed.append(':');
            printed.append_hex(station_[i], 2);
        }
        printed.append('%').append_decimal(interface_index_).append("/0x").append_hex(protocol(), 4);
        if (hardware_type_ == 0 && type_ == packet_type::host) return printed;
        printed.append('/').append_decimal(hardware_type_);
        return printed.append('/').append_decimal(static_cast<std::uint8_t>(type_));
    }

    /// Writes the sockaddr_ll; answers its length. Pre: `sockaddr` holds sockaddr_size_max bytes.
    constexpr std::size_t store(span<std::byte> sockaddr) const noexcept {
        return detail::store_sockaddr(*this, sockaddr);
    }
    /// Reads a sockaddr_ll, or one that ends after its station as getsockname gives it (bind wants the whole 20 bytes).
    /// Errors: invalid_argument (shorter; a station over 8 bytes; not AF_PACKET: Linux has no other errno for it here).
    /// Source: packet_bind and packet_getname in net/packet/af_packet.c.
    static constexpr result<packet_address> load(span<const std::byte> sockaddr) noexcept {
        if (sockaddr.size() < 12 || detail::sockaddr_family(sockaddr) != family) return errc::invalid_argument;
        const auto loaded = detail::load_sockaddr<packet_address>(sockaddr);
        const std::size_t size = loaded.station_size_;
        if (size > station_size_max || sockaddr.size() < 12 + size) return errc::invalid_argument;
        return packet_address{loaded.protocol(), loaded.interface_index_, loaded.station(), loaded.type_,
                              loaded.hardware_type_};
    }

    /// The order has no meaning of its own.
    friend constexpr auto operator<=>(const packet_address&, const packet_address&) noexcept = default;

private:
    std::uint16_t family_ = family;
    std::uint16_t protocol_ = 0;  // network order
    std::uint32_t interface_index_ = 0;
    std::uint16_t hardware_type_ = 0;
    packet_type type_ = packet_type::host;
    std::uint8_t station_size_ = 0;
    std::uint8_t station_[station_size_max]{};
};

constexpr result<packet_address> packet_address::parse(text characters) noexcept {
    const std::size_t percent = characters.find('%');
    if (percent == text::npos) return errc::invalid_argument;
    std::uint8_t station[station_size_max]{};
    const text bytes = characters.substr(0, percent);
    const std::size_t count = (bytes.size() + 1) / 3;
    if (bytes.size() != (count == 0 ? 0 : 3 * count - 1) || count > station_size_max) return errc::invalid_argument;
    for (std::size_t i = 0; i < count; ++i) {
        const auto byte = detail::parse_hex(bytes.substr(3 * i, 2), 2, 2);
        if (!byte || (i > 0 && bytes[3 * i - 1] != ':')) return errc::invalid_argument;
        station[i] = static_cast<std::uint8_t>(*byte);
    }

    text rest = characters.substr(percent + 1);
    const auto field = [&rest] {  // up to the next slash
        const std::size_t slash = rest.find('/');
        const text taken = rest.substr(0, slash);
        rest = slash == text::npos ? text{} : rest.substr(slash);
        return taken;
    };
    const auto interface_index = detail::parse_decimal(field(), 0xffffffff);
    if (!interface_index || rest.substr(0, 3) != "/0x") return errc::invalid_argument;
    rest = rest.substr(3);
    const auto protocol = detail::parse_hex(field(), 4, 4);
    if (!protocol) return errc::invalid_argument;
    result<std::uint32_t> hardware_type = 0u, type = 0u;
    if (!rest.empty()) {
        rest = rest.substr(1);
        hardware_type = detail::parse_decimal(field(), 0xffff);
        type = detail::parse_decimal(rest.substr(1), 0xff);
        if (!hardware_type || !type) return errc::invalid_argument;
    }
    return packet_address{static_cast<std::uint16_t>(*protocol), *interface_index, span{station, count},
                          static_cast<packet_type>(*type), static_cast<std::uint16_t>(*hardware_type)};
}

static_assert(sizeof(packet_address) == packet_address::sockaddr_size_max && socket_address<packet_address>);

}  // namespace weld::inline v0
