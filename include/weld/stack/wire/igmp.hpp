// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/socket/address/address4.hpp>
#include <weld/stack/wire/view.hpp>

/// Source: RFC 2236 section 2.1, RFC 3376 section 4.
namespace weld::inline v0::wire::igmp_type {
inline constexpr std::uint8_t membership_query = 0x11;
inline constexpr std::uint8_t membership_report1 = 0x12;
inline constexpr std::uint8_t membership_report2 = 0x16;
inline constexpr std::uint8_t leave_group = 0x17;
inline constexpr std::uint8_t membership_report3 = 0x22;
}  // namespace weld::inline v0::wire::igmp_type

namespace weld::inline v0::wire {

/// Who listens to a multicast group, asked and answered. In the kernel: struct igmphdr. Source: RFC 2236 section 2.
struct igmp_header {
    static constexpr std::size_t size = 8;

    std::uint8_t type = 0;
    std::uint8_t max_response_time = 0;  ///< of a query, in tenths of a second; 0 from an IGMPv1 router: ten seconds
    std::uint16_t checksum = 0;          ///< as decoded; encode computes its own
    address4 group{};                    ///< 0.0.0.0 in a query about all groups

    friend constexpr bool operator==(const igmp_header&, const igmp_header&) noexcept = default;

    /// Pre: message.size() >= size; what stands behind the header is summed as well.
    constexpr void encode(mutable_bytes message) const noexcept {
        WELD_ASSERT(message.size() >= size);
        store_be<std::uint32_t>(message, 0, static_cast<std::uint32_t>(type) << 24 | static_cast<std::uint32_t>(max_response_time) << 16);
        store_address(message.data() + 4, group);
        store_be(message, 2, checksum::finish(checksum::sum(message)));
    }
    /// Errors: those of igmp_view::parse.
    static constexpr result<igmp_header> decode(const_bytes message) noexcept;
};

/// An IGMP message; of version 3 the part that it shares with version 2.
class igmp_view : public view {
public:
    /// The checksum is not looked at: see checksum_valid(). Errors: bad_message (shorter than eight bytes).
    static constexpr result<igmp_view> parse(const_bytes message) noexcept {
        if (message.size() < igmp_header::size) return errc::bad_message;
        return igmp_view{message};
    }

    constexpr std::uint8_t type() const noexcept { return u8(0); }
    constexpr std::uint8_t max_response_time() const noexcept { return u8(1); }
    constexpr std::uint16_t checksum() const noexcept { return u16(2); }
    constexpr bool checksum_valid() const noexcept { return checksum::valid(checksum::sum(bytes())); }
    constexpr address4 group() const noexcept { return address<address4>(4); }
    /// Which version's query this is. Source: RFC 3376 section 7.1.
    constexpr int query_version() const noexcept { return bytes().size() >= 12 ? 3 : max_response_time() == 0 ? 1 : 2; }

    constexpr igmp_header header() const noexcept { return {type(), max_response_time(), checksum(), group()}; }

    igmp_view() = default;

private:
    using view::view;
};

constexpr result<igmp_header> igmp_header::decode(const_bytes message) noexcept {
    const auto parsed = igmp_view::parse(message);
    if (!parsed) return parsed.error();
    return parsed->header();
}

}  // namespace weld::inline v0::wire
