// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/result.hpp>

#include <cstddef>

namespace weld::inline v0 {

/// How one call sends or receives, with the kernel's numbers. Source: recv(2), send(2).
enum class message_flags : int {
    none = 0,
    out_of_band = 0x1,    // MSG_OOB: TCP's urgent byte
    peek = 0x2,           // MSG_PEEK: look, and leave it there
    dont_route = 0x4,     // MSG_DONTROUTE: hosts on a direct link only
    control_truncate = 0x8, // MSG_CTRUNC, in an answer: some ancillary data had no room
    truncate = 0x20,      // MSG_TRUNC: answer a datagram's true size even where the buffer is shorter; in an answer: it was
    end_of_record = 0x80, // MSG_EOR
    wait_all = 0x100,     // MSG_WAITALL; `read_exactly` is what programs want
    confirm = 0x800,      // MSG_CONFIRM: the peer answers, do not ask for its address again
    error_queue = 0x2000, // MSG_ERRQUEUE
    more = 0x8000,        // MSG_MORE: more follows at once
    zero_copy = 0x4000000 // MSG_ZEROCOPY
};
constexpr message_flags operator|(message_flags a, message_flags b) noexcept {
    return static_cast<message_flags>(static_cast<int>(a) | static_cast<int>(b));
}
constexpr bool has(message_flags all, message_flags one) noexcept {
    return (static_cast<int>(all) & static_cast<int>(one)) != 0;
}

/// Which direction ends. Source: shutdown(2).
enum class shutdown_type : int { read = 0, write = 1, both = 2 };

/// A datagram's size and where it came from. `size` is what the buffer holds.
template <class Address>
struct datagram {
    std::size_t size;
    Address from;
};

}  // namespace weld::inline v0
