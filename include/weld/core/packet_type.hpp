// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace weld::inline v0 {

/// To whom a frame was addressed. Values as in sockaddr_ll::sll_pkttype. Source: packet(7).
enum class packet_type : std::uint8_t { host, broadcast, multicast, other_host, outgoing };

}  // namespace weld::inline v0
