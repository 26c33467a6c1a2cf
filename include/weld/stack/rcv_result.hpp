// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace weld::inline v0::stack {

/// What became of a packet that was handed up. The layer below turns it into an ICMP error where one is due, so that
/// no transport knows ICMP and raw sockets are no special case. Several parts may claim a number: the highest counts.
enum class rcv_result : std::uint8_t {
    no_protocol,  // nobody claims this number: protocol unreachable
    no_port,      // the protocol is here, and nobody listens: port unreachable
    handled,      // taken, or dropped for a reason of the protocol's own
};

/// Of two answers the one that went further.
constexpr rcv_result highest(rcv_result a, rcv_result b) noexcept { return a < b ? b : a; }

}  // namespace weld::inline v0::stack
