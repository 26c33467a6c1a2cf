// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/core/text.hpp>
#include <weld/socket/address/text_buffer.hpp>

#include <cstddef>
#include <cstdint>

namespace weld::inline v0 {

/// A timer that is running. In the kernel: idiag_timer and idiag_expires, of which there is one.
struct sock_diag_timer {
    text name;  ///< empty: none
    time_point due{};
};

/// One socket as a table shows it, in the words of ss(8). Parts tell theirs by `dump(net, put)`, which calls `put(row)`
/// for each; the texts live as long as that call. In the kernel: struct inet_diag_msg.
struct sock_diag {
    text protocol;                  ///< the description's name; empty: of the first that the part serves
    text state;                     ///< "ESTAB", "LISTEN", "UNCONN" ...
    std::size_t receive_queue = 0;  ///< what nobody has read; of a listener, connections that nobody has accepted
    std::size_t send_queue = 0;     ///< what the peer has not acknowledged; of a listener, its backlog
    text local, peer;               ///< addresses; `*` stands for what is not known or not yet chosen
    sock_diag_timer timers[3]{};  ///< those that run
};

namespace diag {

/// A state's name, by the kernel's number. Source: include/net/tcp_states.h, ss(8).
constexpr text state_name(unsigned state) noexcept {
    constexpr const char* names[] = {"?", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "UNCONN",
                                     "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "SYN-RECV"};
    return names[state < sizeof names / sizeof names[0] ? state : 0];
}
inline constexpr unsigned established = 1, time_wait = 6, unconnected = 7, listening = 10;

/// An address and a port, as ss prints them: 10.0.0.2:80, [::1]:80, 0.0.0.0:* where there is no port.
template <class Endpoint>
constexpr text_buffer<58> endpoint_name(const Endpoint& at) noexcept {
    text_buffer<58> printed;
    const auto whole = at.to_text();
    if (at.port() != 0) return printed.append(text{whole});
    return printed.append(text{whole}.substr(0, whole.size() - 1)).append('*');  // its last character is the port's 0
}
/// The name of the only protocol, or the first, that a part serves.
template <class Part>
constexpr text protocol_name() noexcept {
    text name = "?";
    Part::protosw::visit([&](auto line) { return name = decltype(line)::protocol.name, true; });
    return name;
}

}  // namespace diag
}  // namespace weld::inline v0
