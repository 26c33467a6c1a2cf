// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_buffer.hpp>
#include <weld/socket/net.hpp>

#include <array>
#include <cstdint>

namespace weld::inline v0::stack {

/// A protocol above the link says which EtherType it takes, `static constexpr std::uint16_t ether_type`, or
/// `ether_types`, an array of several, and offers `rcv_result rcv(net, packet_buffer&&, const frame_info&)`.
template <class Part>
concept claims_ether_type = requires { Part::ether_type; } || requires { Part::ether_types.size(); };

/// A protocol above IP says which number it takes, `static constexpr std::uint8_t ip_protocol`, and offers
/// `rcv_result rcv(net, packet_buffer&&, const ip_info<Ip>&)`. One that knows a single version of IP names it:
/// `using over = ip4;`.
template <class Part, class Ip>
concept claims_ip_protocol = requires { Part::ip_protocol; } &&
                             (!requires { typename Part::over; } || requires { requires std::is_same_v<typename Part::over, Ip>; });

namespace detail {

template <class Part>
constexpr auto ether_types_of() noexcept {
    if constexpr (requires { Part::ether_type; }) return std::array<std::uint16_t, 1>{Part::ether_type};
    else if constexpr (requires { Part::ether_types.size(); }) return Part::ether_types;
    else return std::array<std::uint16_t, 0>{};
}
template <class Part>
constexpr bool takes_ether_type(std::uint16_t type) noexcept {
    for (const std::uint16_t taken : ether_types_of<Part>())
        if (taken == type) return true;
    return false;
}

/// The numbers that the parts claim; what is left over are numbers of its own, so that they are distinct.
template <std::size_t Count>
consteval bool distinct(const std::array<std::uint16_t, Count>& numbers) {
    for (std::size_t i = 0; i < Count; ++i)
        for (std::size_t j = i + 1; j < Count; ++j)
            if (numbers[i] == numbers[j]) return false;
    return true;
}
template <class... Parts>
consteval bool distinct_ether_types(const net<Parts...>*) {
    std::array<std::uint16_t, (ether_types_of<Parts>().size() + ... + 0)> all{};
    std::size_t count = 0;
    const auto add = [&](const auto& types) {
        for (const std::uint16_t type : types) all[count++] = type;
    };
    (add(ether_types_of<Parts>()), ...);
    return distinct(all);
}
template <class Ip, class... Parts>
consteval bool distinct_ip_protocols(const net<Parts...>*) {
    std::array<std::uint16_t, sizeof...(Parts)> all{};
    std::uint16_t count = 0;
    const auto add = [&]<class Part>(std::type_identity<Part>) {
        all[count] = static_cast<std::uint16_t>(256 + count);
        if constexpr (claims_ip_protocol<Part, Ip>) all[count] = Part::ip_protocol;
        ++count;
    };
    (add(std::type_identity<Parts>{}), ...);
    return distinct(all);
}

}  // namespace detail

/// No two parts claim the same number.
template <class Net>
inline constexpr bool ether_types_are_distinct = detail::distinct_ether_types(static_cast<const Net*>(nullptr));
template <class Ip, class Net>
inline constexpr bool ip_protocols_are_distinct = detail::distinct_ip_protocols<Ip>(static_cast<const Net*>(nullptr));

}  // namespace weld::inline v0::stack
