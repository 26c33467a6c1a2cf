// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sys/socket_calls.hpp>

namespace weld::inline v0::sys {

/// The two queues of a socket of the host, by ioctl(2). Source: tcp(7), unix(7).
enum class socket_queue : unsigned long {
    input = 0x541b,   ///< SIOCINQ: bytes that can be read; of a datagram socket those of the first message
    output = 0x5411,  ///< SIOCOUTQ: bytes that the peer has not acknowledged, or not read
};

/// How many bytes are in it. Errors: invalid_argument (a listener has none), inappropriate_io_control_operation.
template <entry_policy Sys>
result<std::size_t> queued(Sys sys, int fd, socket_queue which) noexcept {
    int count = 0;
    const auto done = detail::restarting<number::ioctl>(sys, fd, static_cast<unsigned long>(which), &count);
    if (!done) return done.error();
    return static_cast<std::size_t>(count);
}

}  // namespace weld::inline v0::sys
