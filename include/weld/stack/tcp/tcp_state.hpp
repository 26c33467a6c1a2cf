// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace weld::inline v0::stack {

/// Where a connection stands, with the kernel's numbers, which TCP_INFO tells. Source: RFC 9293 section 3.3.2,
/// include/net/tcp_states.h.
enum class tcp_state : std::uint8_t {
    established = 1,
    syn_sent,
    syn_received,
    fin_wait_1,
    fin_wait_2,
    time_wait,
    closed,
    close_wait,
    last_ack,
    listen,
    closing,
};

/// A set of states, to ask of one: `is(sk.state, tcp_state::closing, tcp_state::last_ack)`.
template <class... States>
constexpr bool is(tcp_state state, States... one_of) noexcept {
    return ((1u << static_cast<unsigned>(state)) & ((1u << static_cast<unsigned>(one_of)) | ...)) != 0;
}
/// Both SYNs have been acknowledged. Source: RFC 9293 section 3.3.2.
constexpr bool is_synchronized(tcp_state state) noexcept {
    return !is(state, tcp_state::closed, tcp_state::listen, tcp_state::syn_sent, tcp_state::syn_received);
}
/// Data may be handed to the connection, or is still to be sent.
constexpr bool may_send(tcp_state state) noexcept { return is(state, tcp_state::established, tcp_state::close_wait); }
/// The peer may still send.
constexpr bool may_receive(tcp_state state) noexcept {
    return is(state, tcp_state::established, tcp_state::fin_wait_1, tcp_state::fin_wait_2);
}
/// Our FIN is queued or sent.
constexpr bool has_finished(tcp_state state) noexcept {
    return is(state, tcp_state::fin_wait_1, tcp_state::fin_wait_2, tcp_state::closing, tcp_state::last_ack, tcp_state::time_wait);
}

/// Where the sender stands with what it lost. In the kernel: enum tcp_ca_state. Source: RFC 5681 section 3.2.
enum class recovery_state : std::uint8_t { open, recovery, loss };

}  // namespace weld::inline v0::stack
