// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/wire/icmp6.hpp>

namespace weld::inline v0::wire {

/// Who listens to a multicast group, as version 1 asks and answers, and as both versions' queries begin.
/// In the kernel: struct mld_msg. Source: RFC 2710 section 3.
struct listener_header {
    static constexpr std::size_t size = 24;

    std::uint8_t type = icmp6_type::listener_query;
    std::uint16_t max_response = 0;  ///< of a query, in milliseconds; version 2 codes what is over 32767
    address6 group{};                ///< :: in a query about all groups

    friend constexpr bool operator==(const listener_header&, const listener_header&) noexcept = default;

    /// Writes the message with its checksum. Pre: message.size() >= size; what stands behind is summed as well.
    constexpr void encode(mutable_bytes message, const address6& source, const address6& destination) const noexcept {
        WELD_ASSERT(message.size() >= size);
        store_address(message.data() + 8, group);
        icmp6_header{type, 0, 0, static_cast<std::uint32_t>(max_response) << 16}.encode(message, source, destination);
    }
    /// Errors: bad_message (too short).
    static constexpr result<listener_header> decode(const_bytes message) noexcept {
        if (message.size() < size) return errc::bad_message;
        return listener_header{static_cast<std::uint8_t>(message[0]), load_be<std::uint16_t>(message, 4), load_address<address6>(message.data() + 8)};
    }
};

/// Which version's query a message of this size is. Source: RFC 3810 section 8.1.
constexpr int listener_query_version(std::size_t size) noexcept { return size == listener_header::size ? 1 : 2; }
/// A query's Maximum Response Code in milliseconds. Source: RFC 3810 section 5.1.3.
constexpr std::uint32_t listener_response_time(std::uint16_t code, int version) noexcept {
    if (version == 1 || code < 0x8000) return code;
    return ((code & 0xfffu) | 0x1000u) << ((code >> 12 & 7) + 3);
}

/// A version 2 report about one group. Source: RFC 3810 section 5.2.
struct listener_report {
    static constexpr std::size_t size = 28;
    enum kind : std::uint8_t { is_excluding = 2, to_including = 3, to_excluding = 4 };  // we listen; no more; from now on

    std::uint8_t record_type = is_excluding;
    address6 group{};

    /// Writes the message with its checksum. Pre: message.size() == size.
    constexpr void encode(mutable_bytes message, const address6& source, const address6& destination) const noexcept {
        WELD_ASSERT(message.size() == size);
        store_be<std::uint32_t>(message, 8, static_cast<std::uint32_t>(record_type) << 24);  // of no sources, and no auxiliary data
        store_address(message.data() + 12, group);
        icmp6_header{icmp6_type::listener_report2, 0, 0, 1}.encode(message, source, destination);
    }
    /// The first record of a report. Errors: bad_message (too short, or none).
    static constexpr result<listener_report> decode(const_bytes message) noexcept {
        if (message.size() < size || load_be<std::uint16_t>(message, 6) == 0) return errc::bad_message;
        return listener_report{static_cast<std::uint8_t>(message[8]), load_address<address6>(message.data() + 12)};
    }
};

}  // namespace weld::inline v0::wire
