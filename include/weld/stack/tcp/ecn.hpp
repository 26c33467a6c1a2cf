// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/stack/tcp/segment.hpp>
#include <weld/stack/tcp/tcp_state.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace weld::inline v0::stack {

/// Explicit congestion notification on one connection, where tcp_options::ecn has it: routers mark what they would soon
/// drop, the receiver says so until the sender says that it has slowed down. In the kernel: tcp_ecn_send, __tcp_ecn_check_ce,
/// tcp_ecn_queue_cwr. Source: RFC 3168 sections 5 and 6.1.
struct tcp_ecn {
    static constexpr std::uint8_t not_capable = 0, capable = 2, congested = 3, mask = 3;  // ECT(0), CE: of the IP header's TOS
    static constexpr wire::tcp_flags setup = wire::tcp_flags::ece | wire::tcp_flags::cwr;   // what a SYN asks by

    bool echo = false;          // a mark has come: every ACK says so
    bool cwr_due = false;       // the window was reduced: the next new segment says so
    std::uint8_t codepoint = 0; // of the segment that is about to leave
    seq32 sent_up_to;           // what lies before is sent again, and not marked: section 6.1.5
    seq32 reduced_at;           // reduced once for all that was sent before: section 6.1.2
};
struct no_ecn {};
/// The state of a connection's marks; nothing where the type does without.
template <class Policies>
using tcp_ecn_of = std::conditional_t<Policies::options.ecn, tcp_ecn, no_ecn>;

template <class Policies>
struct tcp_sock;

/// Whether a SYN, or a SYN-ACK, wants it. A peer that returns all bits does not know it. Source: RFC 3168 section 6.1.1.
constexpr bool tcp_wants_ecn(wire::tcp_flags syn) noexcept {
    return (syn & tcp_ecn::setup) == (any(syn & wire::tcp_flags::ack) ? wire::tcp_flags::ece : tcp_ecn::setup);
}
/// The flags by which our SYN asks for it, or our SYN-ACK agrees.
template <class Policies, class Agreement>
constexpr wire::tcp_flags tcp_ecn_syn_flags(const Agreement& own, bool answers) noexcept {
    if constexpr (Policies::options.ecn) return !own.ecn ? wire::tcp_flags::none : answers ? wire::tcp_flags::ece : tcp_ecn::setup;
    else return wire::tcp_flags::none;
}

/// What a segment that is about to leave says, and in `codepoint` what its IP header will.
template <class Policies>
wire::tcp_flags tcp_ecn_mark(tcp_sock<Policies>& sk, seq32 seq, std::size_t payload) noexcept {
    if constexpr (Policies::options.ecn) {
        tcp_ecn& ecn = sk.ecn_marks;
        ecn.codepoint = tcp_ecn::not_capable;
        if (!sk.ecn) return wire::tcp_flags::none;
        const wire::tcp_flags told = ecn.echo ? wire::tcp_flags::ece : wire::tcp_flags::none;
        if (payload == 0 || seq < ecn.sent_up_to) return told;
        ecn.sent_up_to = seq + static_cast<std::uint32_t>(payload);
        ecn.codepoint = tcp_ecn::capable;
        return std::exchange(ecn.cwr_due, false) ? told | wire::tcp_flags::cwr : told;
    } else {
        return wire::tcp_flags::none;
    }
}
template <class Policies>
std::uint8_t tcp_ecn_codepoint(const tcp_sock<Policies>& sk) noexcept {
    if constexpr (Policies::options.ecn) return sk.ecn_marks.codepoint;
    else return 0;
}
/// The next new segment says CWR, and it alone: a super-segment would say it as often as it is split.
template <class Policies>
bool tcp_cwr_is_due(const tcp_sock<Policies>& sk) noexcept {
    if constexpr (Policies::options.ecn) return sk.ecn_marks.cwr_due;
    else return false;
}
/// The window was reduced, for whatever reason.
template <class Policies>
void tcp_note_reduction(tcp_sock<Policies>& sk) noexcept {
    if constexpr (Policies::options.ecn) {
        sk.ecn_marks.reduced_at = sk.snd_nxt;
        sk.ecn_marks.cwr_due = sk.ecn;
    }
}
/// The peer has seen marks: the window is reduced as for a loss, once for all that is on its way, and nothing is sent again.
template <class Policies>
void tcp_heed_echo(tcp_sock<Policies>& sk, const segment& seg, std::uint32_t in_flight) noexcept {
    if constexpr (Policies::options.ecn) {
        if (!sk.ecn || !seg.has(wire::tcp_flags::ece) || sk.recovering != recovery_state::open || seg.ack <= sk.ecn_marks.reduced_at) return;
        sk.congestion.on_loss(in_flight);
        tcp_note_reduction(sk);
    }
}
/// The window rests until the peer has seen CWR.
template <class Policies>
bool tcp_window_rests(const tcp_sock<Policies>& sk) noexcept {
    if constexpr (Policies::options.ecn) return sk.ecn && sk.recovering == recovery_state::open && sk.snd_una <= sk.ecn_marks.reduced_at;
    else return false;
}
/// What a segment with data that arrives says of congestion on its way, and of the peer's having slowed down.
template <class Policies>
void tcp_note_marks(tcp_sock<Policies>& sk, const segment& seg) noexcept {
    if constexpr (Policies::options.ecn) {
        if (!sk.ecn) return;
        if (seg.has(wire::tcp_flags::cwr)) sk.ecn_marks.echo = false;
        if (!seg.congested) return;
        sk.ack_now |= !sk.ecn_marks.echo;
        sk.ecn_marks.echo = true;
    }
}

}  // namespace weld::inline v0::stack
