// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/address/mac_address.hpp>
#include <weld/stack/wire/numbers.hpp>
#include <weld/stack/wire/view.hpp>

namespace weld::inline v0::wire {

/// A frame's header, to be read at ease or written. In the kernel: struct ethhdr. Source: IEEE 802.3 section 3.2.
struct ethernet_header {
    static constexpr std::size_t size = 14;

    mac_address destination{};
    mac_address source{};
    std::uint16_t type = 0;  ///< EtherType of the payload: ether_type::ipv4

    friend constexpr bool operator==(const ethernet_header&, const ethernet_header&) noexcept = default;

    /// Pre: to.size() >= size.
    constexpr void encode(mutable_bytes to) const noexcept {
        WELD_ASSERT(to.size() >= size);
        store_address(to.data(), destination);
        store_address(to.data() + 6, source);
        store_be(to, 12, type);
    }
    /// Errors: those of ethernet_view::parse.
    static constexpr result<ethernet_header> decode(const_bytes frame) noexcept;
};

/// An Ethernet II frame without its check sequence. 802.1Q and 802.1ad tags are stepped over.
class ethernet_view : public view {
public:
    /// Errors: bad_message (shorter than a header, its tags included).
    static constexpr result<ethernet_view> parse(const_bytes frame) noexcept {
        if (frame.size() < ethernet_header::size) return errc::bad_message;
        const auto type = load_be<std::uint16_t>(frame, 12);
        if (is_tag(type)) [[unlikely]] {
            if (frame.size() < 18) return errc::bad_message;
            if (is_tag(load_be<std::uint16_t>(frame, 16)) && frame.size() < 22) return errc::bad_message;
        }
        return ethernet_view{frame};
    }

    constexpr mac_address destination() const noexcept { return address<mac_address>(0); }
    constexpr mac_address source() const noexcept { return address<mac_address>(6); }
    /// The payload's EtherType, behind any tags; below ether_type::smallest it is an 802.3 length.
    constexpr std::uint16_t type() const noexcept { return u16(header_size() - 2); }
    constexpr const_bytes payload() const noexcept { return from(header_size()); }
    /// 14, and 4 more for a tag, of which there may be two.
    constexpr std::size_t header_size() const noexcept { return !is_tag(u16(12)) ? 14 : !is_tag(u16(16)) ? 18 : 22; }

    /// Whether a VLAN's tag stands before the EtherType.
    constexpr bool tagged() const noexcept { return is_tag(u16(12)); }
    /// The outer tag's VLAN number, 0 to 4095. Source: IEEE 802.1Q section 9.6.
    constexpr std::uint16_t vlan() const noexcept { return tagged() ? u16(14) & 0xfff : 0; }

    constexpr ethernet_header header() const noexcept { return {destination(), source(), type()}; }

    ethernet_view() = default;

private:
    using view::view;
    static constexpr bool is_tag(std::uint16_t type) noexcept { return type == ether_type::vlan || type == ether_type::service_vlan; }
};

constexpr result<ethernet_header> ethernet_header::decode(const_bytes frame) noexcept {
    const auto parsed = ethernet_view::parse(frame);
    if (!parsed) return parsed.error();
    return parsed->header();
}

}  // namespace weld::inline v0::wire
