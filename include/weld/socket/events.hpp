// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace weld::inline v0 {

/// What a socket is ready for, with poll(2)'s own bits (EPOLLIN is POLLIN), so that nothing is translated.
enum class events : std::uint16_t {
    none = 0,
    readable = 0x0001,     // POLLIN: recv or accept has something to give, or an end to tell
    priority = 0x0002,     // POLLPRI: urgent data
    writable = 0x0004,     // POLLOUT: send has room, or connect has ended
    error = 0x0008,        // POLLERR: an error is pending
    hangup = 0x0010,       // POLLHUP: both directions are over
    read_hangup = 0x2000,  // POLLRDHUP: the peer will send no more
    /// What wakes whoever waits, whatever for.
    always = error | hangup,
};

/// Sets of events.
constexpr events operator|(events a, events b) noexcept {
    return static_cast<events>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr events operator&(events a, events b) noexcept {
    return static_cast<events>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}
constexpr events operator~(events a) noexcept { return static_cast<events>(~static_cast<unsigned>(a) & 0xffffU); }
constexpr events& operator|=(events& a, events b) noexcept { return a = a | b; }
constexpr events& operator&=(events& a, events b) noexcept { return a = a & b; }
/// Whether it is not empty.
constexpr bool any(events e) noexcept { return e != events::none; }

}  // namespace weld::inline v0
