// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/core/packet_buffer.hpp>
#include <weld/stack/tcp/seq32.hpp>
#include <weld/stack/wire/tcp.hpp>

namespace weld::inline v0::stack {

/// A segment that has arrived, its header read once and pulled from its packet. Source: RFC 9293 section 3.3.1.
struct segment {
    seq32 seq;                   // SEG.SEQ
    seq32 end_seq;               // the octet after the last, SYN and FIN counted
    seq32 ack;                   // SEG.ACK
    std::uint32_t window;        // SEG.WND, not yet scaled
    std::uint16_t urgent_pointer;
    wire::tcp_flags flags;
    wire::tcp_options options;
    bool congested = false;      // a router has marked it: RFC 3168 section 5

    static segment read(const wire::tcp_view& header) noexcept {
        return {seq32{header.seq()}, seq32{header.seq() + header.length()}, seq32{header.ack()}, header.window(),
                header.urgent_pointer(), header.flags(), header.options()};
    }
    /// Takes in the segments that follow as fragments: they are the same but for what they carry, and how the last one ends.
    void extend(const packet& skb) noexcept {
        const auto last = static_cast<wire::tcp_flags>(skb.last_fragment().transport_header()[13]);
        flags = flags | (last & (wire::tcp_flags::psh | wire::tcp_flags::fin));
        end_seq += static_cast<std::uint32_t>(skb.fragment_bytes()) + any(last & wire::tcp_flags::fin);
    }
    bool has(wire::tcp_flags one_of) const noexcept { return any(flags & one_of); }
    std::uint32_t length() const noexcept { return end_seq - seq; }  // SEG.LEN
};

/// What is kept in the control() of a packet that was sent and may have to be sent again. When first, and when again, is
/// in packet::timestamp. In the kernel: struct tcp_skb_cb.
struct sent_segment {
    seq32 seq;                   // moves up with snd_una: size() then counts octets that are done with
    seq32 end_seq;
    wire::tcp_flags flags;       // fin, psh
    bool sacked;                 // the peer has it (RFC 2018)
    bool lost;                   // it is thought to be lost
    bool retransmitted;          // sent again since it was thought lost, so it is in flight again
    bool ever_retransmitted;     // its acknowledgement tells no round-trip time (Karn's algorithm)

    std::uint32_t length() const noexcept { return end_seq - seq; }
    static sent_segment& of(packet& skb) noexcept { return skb.control<sent_segment>(); }
};

/// The same of a packet that has arrived and waits for what comes before it.
struct received_segment {
    seq32 seq;
    seq32 end_seq;               // FIN counted
    bool fin;

    static received_segment& of(packet& skb) noexcept { return skb.control<received_segment>(); }
};

}  // namespace weld::inline v0::stack
