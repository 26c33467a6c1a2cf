// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/core/packet_buffer.hpp>
#include <weld/core/span.hpp>
#include <weld/stack/link/header_sum.hpp>
#include <weld/stack/wire/ipv4.hpp>
#include <weld/stack/wire/tcp.hpp>

/// Merges TCP segments of one flow that follow each other within a batch, so that TCP has one large one to handle and
/// one acknowledgement to send. The payload is copied behind the first one's and summed on the way: every byte has to be
/// read for its checksum anyway. In the kernel: net/ipv4/tcp_offload.c, tcp_gro_receive, whose rules these are.
namespace weld::inline v0::stack::gro {

namespace detail {

/// What of a frame decides whether it may join another.
struct segment {
    const std::byte* ip = nullptr;
    const std::byte* tcp = nullptr;
    std::uint32_t seq = 0;
    std::uint16_t tcp_header = 0;
    std::uint16_t payload = 0;
    wire::tcp_flags flags{};

    const std::byte* data() const noexcept { return tcp + tcp_header; }
};

/// A segment with data and nothing unusual; `ip` is null for everything else.
inline segment look_at(const packet& frame, std::size_t link_header) noexcept {
    using wire::tcp_flags;
    if (frame.size() < link_header + 40 || frame.gso_size != 0) return {};
    const std::byte* const ip = frame.data() + link_header;
    if (link_header != 0 && load_be<std::uint16_t>(ip - 2) != wire::ether_type::ipv4) return {};
    if (load_be<std::uint16_t>(ip) >> 8 != 0x45 || ip[9] != std::byte{wire::ip_protocol::tcp}) return {};
    if ((load_be<std::uint16_t>(ip + 6) & 0x3fff) != 0) return {};  // fragments
    const std::size_t total = load_be<std::uint16_t>(ip + 2);
    const std::byte* const tcp = ip + 20;
    const std::size_t header = static_cast<std::size_t>(tcp[12]) >> 4 << 2;
    if (header < 20 || total <= 20 + header || total > frame.size() - link_header) return {};
    const auto flags = static_cast<tcp_flags>(tcp[13]);
    constexpr tcp_flags usual = tcp_flags::ack | tcp_flags::psh | tcp_flags::fin | tcp_flags::ece;
    if ((static_cast<unsigned>(flags) & ~static_cast<unsigned>(usual)) != 0 || !any(flags & tcp_flags::ack)) return {};
    return {ip, tcp, load_be<std::uint32_t>(tcp + 4), static_cast<std::uint16_t>(header), static_cast<std::uint16_t>(total - 20 - header), flags};
}

inline bool same(const std::byte* a, const std::byte* b, std::size_t size) noexcept { return __builtin_memcmp(a, b, size) == 0; }
inline bool same_flow(const segment& a, const segment& b) noexcept {
    return same(a.ip + 12, b.ip + 12, 8) && same(a.tcp, b.tcp, 4);
}

/// Segments found to follow each other: frames of the batch, linked by their places.
struct run {
    segment first;
    std::uint32_t next_seq = 0;
    std::uint16_t next_id = 0;
    std::uint16_t payload = 0;     // of all
    std::uint8_t head = 0, tail = 0, count = 1;
    bool closed = false;           // nothing may follow: a short segment, PSH, FIN

    /// The rules of tcp_gro_receive and inet_gro_receive.
    bool takes(const segment& s) const noexcept {
        using wire::tcp_flags;
        constexpr auto ends = static_cast<unsigned>(tcp_flags::psh | tcp_flags::fin);
        if (closed || s.seq != next_seq || s.payload > first.payload || s.tcp_header != first.tcp_header) return false;
        if ((static_cast<unsigned>(s.flags) & ~ends) != (static_cast<unsigned>(first.flags) & ~ends)) return false;
        if (std::size_t{payload} + s.payload > wire::ipv4_header::total_length_max - 20 - first.tcp_header) return false;
        if (s.ip[1] != first.ip[1] || s.ip[8] != first.ip[8] || s.ip[6] != first.ip[6]) return false;  // TOS, TTL, DF
        const bool atomic = (s.ip[6] & std::byte{0x40}) != std::byte{};
        if (!atomic && load_be<std::uint16_t>(s.ip + 4) != next_id) return false;
        return same(s.tcp + 8, first.tcp + 8, 4) && same(s.tcp + 20, first.tcp + 20, s.tcp_header - 20u);  // ACK, options
    }
    void append(const segment& s, std::uint8_t place) noexcept {
        next_seq = s.seq + s.payload;
        next_id = static_cast<std::uint16_t>(load_be<std::uint16_t>(s.ip + 4) + 1);
        payload = static_cast<std::uint16_t>(payload + s.payload);
        tail = place;
        closed = s.payload < first.payload || any(s.flags & (wire::tcp_flags::psh | wire::tcp_flags::fin));
    }
};

}  // namespace detail

/// The runs of one batch.
template <std::size_t BatchMax>
class merger {
public:
    /// Merges within `batch`; frames that went into another are empty handles then. Answers how many.
    std::size_t merge(packet_pool& pool, span<packet_buffer> batch, std::size_t link_header, std::size_t headroom) noexcept {
        for (std::size_t i = 0; i < batch.size(); ++i) sort_in(*batch[i], static_cast<std::uint8_t>(i), link_header);
        std::size_t merged = 0;
        for (std::size_t i = 0; i < runs_; ++i)
            if (run_[i].count > 1) merged += join(pool, batch, run_[i], link_header, headroom);
        return merged;
    }

private:
    using run = detail::run;

    void sort_in(const packet& frame, std::uint8_t place, std::size_t link_header) noexcept {
        const detail::segment s = seen_[place] = detail::look_at(frame, link_header);
        next_[place] = none;
        if (s.ip == nullptr) return stop_flow(frame, link_header);
        for (std::size_t i = runs_; i-- > 0;) {  // the latest run of a flow is its open one
            run& at = run_[i];
            if (!detail::same_flow(at.first, s)) continue;
            if (!at.takes(s)) break;
            next_[at.tail] = place;
            at.append(s, place);
            ++at.count;
            return;
        }
        run& fresh = run_[runs_++];
        fresh = {.first = s, .head = place};
        fresh.append(s, place);
    }
    /// A segment that cannot be merged keeps those behind it from overtaking it.
    void stop_flow(const packet& frame, std::size_t link_header) noexcept {
        if (frame.size() < link_header + 24) return;
        const detail::segment odd{.ip = frame.data() + link_header, .tcp = frame.data() + link_header + 20};
        for (std::size_t i = 0; i < runs_; ++i)
            if (detail::same_flow(run_[i].first, odd)) run_[i].closed = true;
    }
    /// Copies a run into one packet, as far as its checksums are right.
    std::size_t join(packet_pool& pool, span<packet_buffer> batch, const run& of, std::size_t link_header, std::size_t headroom) noexcept {
        const std::size_t headers = link_header + 20u + of.first.tcp_header;
        packet_buffer whole = packet_buffer::allocate(pool, headroom + headers + of.payload, headroom);
        if (!whole) return 0;
        copy(whole->put(headers), const_bytes{batch[of.head]->bytes()}.first(headers));
        std::uint16_t joined = 0;
        wire::tcp_flags flags{};
        for (std::uint8_t place = of.head; place != none; place = next_[place], ++joined) {
            const detail::segment& s = seen_[place];
            const std::uint32_t sum = checksum::copy_and_sum(whole->put(s.payload), {s.data(), s.payload});
            if (!checksum_right(*batch[place], s, sum)) {
                whole->trim(whole->size() - s.payload);
                break;
            }
            flags = flags | s.flags;
        }
        if (joined < 2) return 0;
        finish(*whole, *batch[of.head], of, link_header, flags, joined);
        std::uint8_t place = of.head;
        for (std::uint16_t i = 0; i < joined; ++i, place = next_[place]) batch[place].reset();
        batch[of.head] = std::move(whole);
        return joined - 1u;
    }
    static bool checksum_right(const packet& frame, const detail::segment& s, std::uint32_t payload_sum) noexcept {
        if (!checksum::valid(header_sum(s.ip, 20))) return false;
        if (frame.checksum == checksum_state::unnecessary || frame.checksum == checksum_state::partial) return true;
        const std::uint32_t header = header_sum(s.tcp, s.tcp_header), addresses = header_sum(s.ip + 12, 8);
        const std::uint32_t length = static_cast<std::uint32_t>(s.tcp_header) + s.payload + wire::ip_protocol::tcp;
        return checksum::valid(checksum::add(checksum::add(header, payload_sum), checksum::add(addresses, length)));
    }
    static void finish(packet& whole, const packet& first, const run& of, std::size_t link_header, wire::tcp_flags flags, std::uint16_t joined) noexcept {
        const mutable_bytes ip = whole.bytes().subspan(link_header);
        store_be(ip, 2, static_cast<std::uint16_t>(ip.size()));
        store_be<std::uint16_t>(ip, wire::ipv4_header::checksum_offset, 0);
        store_be(ip, wire::ipv4_header::checksum_offset, checksum::finish(header_sum(ip.data(), 20)));
        ip[33] = static_cast<std::byte>(flags);
        // As a sender leaves it to its device, so that the whole may be sent on. In the kernel: tcp_gro_complete.
        const auto length = static_cast<std::uint32_t>(ip.size() - 20 + wire::ip_protocol::tcp);
        store_be(ip, 20 + wire::tcp_header::checksum_offset, checksum::fold(checksum::add(header_sum(ip.data() + 12, 8), length)));
        whole.set_partial_checksum(link_header + 20, wire::tcp_header::checksum_offset);
        whole.gso_type = gso_type::tcp4;
        whole.gso_size = of.first.payload;
        whole.gso_segments = joined;
        whole.type = first.type;
    }

    static constexpr std::uint8_t none = 0xff;
    static_assert(BatchMax < none);
    std::size_t runs_ = 0;
    run run_[BatchMax];
    std::uint8_t next_[BatchMax];
    detail::segment seen_[BatchMax];
};

}  // namespace weld::inline v0::stack::gro
