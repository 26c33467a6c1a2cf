// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>

#include <cstddef>
#include <cstdint>

namespace weld::inline v0::wire {

/// One option of an IPv4 header. Source: RFC 791 section 3.1.
struct ipv4_option {
    static constexpr std::uint8_t end = 0, no_operation = 1, record_route = 7, timestamp = 68, loose_source_route = 131,
                                  strict_source_route = 137, router_alert = 148;  // RFC 2113

    std::uint8_t type = end;
    const_bytes data{};  ///< without type and length

    /// To be repeated in every fragment.
    constexpr bool copied() const noexcept { return (type & 0x80) != 0; }
    constexpr bool is_source_route() const noexcept { return type == loose_source_route || type == strict_source_route; }
};

/// The options of an IPv4 header, in order, without padding: `while (options.next(option))`. A list that does not fit
/// together ends where it breaks, and malformed() says so: RFC 1122 section 3.2.1.8 then wants a parameter problem.
class ipv4_options {
public:
    constexpr explicit ipv4_options(const_bytes options) noexcept : left_{options}, size_{options.size()} {}

    constexpr bool next(ipv4_option& option) noexcept {
        while (!left_.empty() && left_[0] == std::byte{ipv4_option::no_operation}) left_ = left_.subspan(1);
        if (left_.empty() || left_[0] == std::byte{ipv4_option::end}) return false;
        const std::size_t length = left_.size() < 2 ? 0 : static_cast<std::size_t>(left_[1]);
        malformed_ = length < 2 || length > left_.size();
        if (malformed_) return false;
        option = {static_cast<std::uint8_t>(left_[0]), left_.subspan(2, length - 2)};
        left_ = left_.subspan(length);
        return true;
    }
    /// Whether an option was longer than what is left.
    constexpr bool malformed() const noexcept { return malformed_; }
    /// Where the next option begins, from the header's start: what a parameter problem points at.
    constexpr std::uint8_t pointer() const noexcept { return static_cast<std::uint8_t>(20 + size_ - left_.size()); }

private:
    const_bytes left_;
    std::size_t size_;
    bool malformed_ = false;
};

}  // namespace weld::inline v0::wire
