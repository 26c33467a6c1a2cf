// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>

#include <cstddef>
#include <cstdint>

namespace weld::inline v0::wire {

/// One option of a hop-by-hop or destination options header. Source: RFC 8200 section 4.2.
struct ipv6_option {
    static constexpr std::uint8_t pad1 = 0, padn = 1, router_alert = 5;  // RFC 2711
    /// What is to be done with a packet by who does not know the option.
    enum class otherwise : std::uint8_t { skip, discard, report, report_unless_multicast };

    std::uint8_t type = pad1;
    const_bytes data{};        ///< without type and length
    std::size_t at = 0;        ///< where it begins, from the list's beginning

    /// As its type's first two bits say.
    constexpr otherwise if_unknown() const noexcept { return static_cast<otherwise>(type >> 6); }
    /// Pad1 or PadN.
    constexpr bool is_padding() const noexcept { return type == pad1 || type == padn; }
};

/// The options of an extension header, in order, padding included: `while (options.next(option))`. A list that does not fit
/// together ends where it breaks, and malformed() says so.
class ipv6_options {
public:
    /// `list`: the header without its first two bytes.
    constexpr explicit ipv6_options(const_bytes list) noexcept : list_{list} {}

    constexpr bool next(ipv6_option& option) noexcept {
        if (at_ == list_.size()) return false;
        option = {static_cast<std::uint8_t>(list_[at_]), {}, at_};
        if (option.type == ipv6_option::pad1) return ++at_, true;
        const std::size_t left = list_.size() - at_;
        const std::size_t length = left < 2 ? 0 : 2 + static_cast<std::size_t>(list_[at_ + 1]);
        malformed_ = length < 2 || length > left;
        if (malformed_) return false;
        option.data = list_.subspan(at_ + 2, length - 2);
        at_ += length;
        return true;
    }
    /// Whether an option was longer than what is left.
    constexpr bool malformed() const noexcept { return malformed_; }

private:
    const_bytes list_;
    std::size_t at_ = 0;
    bool malformed_ = false;
};

}  // namespace weld::inline v0::wire
