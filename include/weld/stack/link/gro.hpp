// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/core/packet_buffer.hpp>
#include <weld/core/packet_queue.hpp>
#include <weld/core/span.hpp>
#include <weld/stack/link/gro_formats.hpp>
#include <weld/stack/wire/tcp.hpp>

/// Merges TCP segments of one flow that follow each other within a batch, so that TCP has one to handle and one
/// acknowledgement to send. Every one's checksum is looked at before. Large ones stay where they are, as the fragments of
/// the first; small ones are copied behind it, so that they do not hold more memory than they have payload. In the
/// kernel: net/ipv4/tcp_offload.c, tcp_gro_receive, whose rules these are.
namespace weld::inline v0::stack::gro {

/// A packet with fragments as one super-segment in bytes of its own, for who looks at those. Empty where there is no memory.
/// Pre: its network_header() is IPv4's, or IPv6's, with nothing between it and TCP's.
inline packet_buffer gather(const packet& head) noexcept;

namespace detail {

/// What of a frame decides whether it may join another.
struct segment {
    const std::byte* ip;
    const std::byte* tcp;
    std::uint32_t seq;
    std::uint16_t tcp_header;
    std::uint16_t payload;
    wire::tcp_flags flags;

    const std::byte* data() const noexcept { return tcp + tcp_header; }
};

/// A segment with data and nothing unusual; `ip` is null for everything else.
template <class Format>
segment look_at(const packet& frame, std::size_t link_header) noexcept {
    using wire::tcp_flags;
    if (frame.size() < link_header + Format::header + 20 || frame.gso_size != 0) return {};
    const std::byte* const ip = frame.data() + link_header;
    if (link_header != 0 && load_be<std::uint16_t>(ip - 2) != Format::ether_type) return {};
    const std::size_t total = Format::size_of_plain(ip);
    const std::byte* const tcp = ip + Format::header;
    const std::size_t header = static_cast<std::size_t>(tcp[12]) >> 4 << 2;
    if (header < 20 || total <= Format::header + header || total > frame.size() - link_header) return {};
    const auto flags = static_cast<tcp_flags>(tcp[13]);
    constexpr tcp_flags usual = tcp_flags::ack | tcp_flags::psh | tcp_flags::fin | tcp_flags::ece;
    if ((static_cast<unsigned>(flags) & ~static_cast<unsigned>(usual)) != 0 || !any(flags & tcp_flags::ack)) return {};
    return {ip, tcp, load_be<std::uint32_t>(tcp + 4), static_cast<std::uint16_t>(header), static_cast<std::uint16_t>(total - Format::header - header), flags};
}

inline bool same(const std::byte* a, const std::byte* b, std::size_t size) noexcept { return __builtin_memcmp(a, b, size) == 0; }
template <class Format>
bool same_flow(const segment& a, const segment& b) noexcept {
    return same(a.ip + Format::addresses_at, b.ip + Format::addresses_at, Format::addresses) && same(a.tcp, b.tcp, 4);
}

/// Segments found to follow each other: frames of the batch, linked by their places.
template <class Format>
struct run {
    static constexpr std::size_t size_max = 65535;  // of a packet
    segment first;
    std::uint64_t seq_and_ack;     // as the next one's header has them
    std::uint64_t pseudo;          // the sum of the pseudo-header, but for the length: as this machine reads it
    std::uint32_t next_seq;
    std::uint16_t next_id;
    std::uint16_t payload;         // of all
    std::uint16_t varying;         // the sum of what may differ in the IP header
    std::uint8_t head, tail, count;
    bool closed;                   // nothing may follow: a short segment, PSH, FIN
    bool stays;                    // its segments become fragments, one by one

    /// The usual case of look_at() and takes() in one: a full segment goes on where this run ends. Its headers are the
    /// first's, eight bytes at a time, but for identification, checksums, sequence number and window; no PSH, no FIN.
    bool goes_on_with(const packet& frame, const std::byte* ip, std::size_t link_header) const noexcept {
        constexpr std::uint64_t offset_and_flags = 0xffff;  // little-endian
        constexpr std::size_t tcp = Format::header, options = tcp + 20;
        const std::byte* const own = first.ip;
        const std::size_t headers = tcp + first.tcp_header, size = headers + first.payload;
        if (frame.size() < link_header + size || frame.gso_size != 0) return false;
        const std::uint64_t differ = Format::differ(ip, own) | (eight(ip + tcp + 4) ^ seq_and_ack) | ((eight(ip + tcp + 12) ^ eight(own + tcp + 12)) & offset_and_flags);
        if (differ != 0 || closed || payload > size_max - size) return false;
        if (first.tcp_header == 32) [[likely]] {
            if (((eight(ip + options) ^ eight(own + options)) | (eight(ip + options + 4) ^ eight(own + options + 4))) != 0) return false;
        } else if (!same(ip + options, own + options, first.tcp_header - 20u)) {
            return false;
        }
        if (link_header != 0 && load_be<std::uint16_t>(ip - 2) != Format::ether_type) return false;
        return Format::follows(ip, own, next_id);
    }
    void advance(const std::byte* ip, std::uint16_t size) noexcept {
        next_seq += size;
        seq_and_ack = (seq_and_ack & 0xffff'ffff'0000'0000) | byte_swap(next_seq);
        next_id = Format::next_id(ip);
        payload = static_cast<std::uint16_t>(payload + size);
        ++count;
    }
    /// The rules of tcp_gro_receive, and of inet_gro_receive or ipv6_gro_receive.
    bool takes(const segment& s) const noexcept {
        using wire::tcp_flags;
        constexpr auto ends = static_cast<unsigned>(tcp_flags::psh | tcp_flags::fin);
        if (closed || s.seq != next_seq || s.payload > first.payload || s.tcp_header != first.tcp_header) return false;
        if ((static_cast<unsigned>(s.flags) & ~ends) != (static_cast<unsigned>(first.flags) & ~ends)) return false;
        if (std::size_t{payload} + s.payload > size_max - Format::header - first.tcp_header) return false;
        if (!Format::alike(s.ip, first.ip) || !Format::follows(s.ip, first.ip, next_id)) return false;
        return same(s.tcp + 8, first.tcp + 8, 4) && same(s.tcp + 20, first.tcp + 20, s.tcp_header - 20u);  // ACK, options
    }
    void append(const segment& s, std::uint8_t place) noexcept {
        advance(s.ip, s.payload);
        tail = place;
        closed = s.payload < first.payload || any(s.flags & (wire::tcp_flags::psh | wire::tcp_flags::fin));
    }
};

/// Makes one whole of headers and payload that stand behind each other, as a sender leaves a super-segment to its device, so
/// that it may be sent on. In the kernel: tcp_gro_complete.
template <class Format>
void complete(packet& whole, std::size_t network, wire::tcp_flags flags, std::uint16_t gso_size, std::size_t segments) noexcept {
    const mutable_bytes ip = whole.bytes().subspan(network);
    Format::set_size(ip);
    ip[Format::header + 13] = static_cast<std::byte>(flags);
    const auto length = static_cast<std::uint32_t>(ip.size() - Format::header + wire::ip_protocol::tcp);
    const std::uint32_t addresses = header_sum(ip.data() + Format::addresses_at, Format::addresses);
    store_be(ip, Format::header + wire::tcp_header::checksum_offset, checksum::fold(checksum::add(addresses, length)));
    whole.set_partial_checksum(network + Format::header, wire::tcp_header::checksum_offset);
    whole.gso_type = Format::gso;
    whole.gso_size = gso_size;
    whole.gso_segments = static_cast<std::uint16_t>(segments);
}

}  // namespace detail

/// Where the segments that follow the first go.
enum class merging : bool { copied, as_fragments };

/// The runs of one batch, of one version of IP.
template <std::size_t BatchMax, class Format = format4>
class merger {
public:
    merger() noexcept {}  // nothing is read that was not written
    /// Merges within `batch`; frames that went into another are empty handles then. Answers how many.
    std::size_t merge(packet_pool& pool, span<packet_buffer> batch, std::size_t link_header, std::size_t headroom, merging how = merging::copied) noexcept {
        link_header_ = link_header;
        std::size_t merged = 0;
        run* latest = nullptr;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if constexpr (!std::is_same_v<Format, format4>)
                if (!batch[i]) continue;  // merged as IPv4's
            packet& frame = *batch[i];
            const std::byte* const ip = frame.data() + link_header;
            if (latest != nullptr && latest->goes_on_with(frame, ip, link_header)) [[likely]] {
                const detail::segment& first = latest->first;
                if (latest->stays) [[likely]] {
                    if (!is_right(batch, *latest, ip, first.payload, i)) [[unlikely]] continue;
                    move(batch, *latest, first.payload, i);
                    latest->advance(ip, first.payload);
                    ++merged;
                } else {
                    note(*latest, {ip, ip + Format::header, latest->next_seq, first.tcp_header, first.payload, first.flags}, static_cast<std::uint8_t>(i));
                }
                continue;
            }
            const detail::segment s = detail::look_at<Format>(frame, link_header);
            if (s.ip == nullptr) {
                stop_flow(frame);
            } else if (run* const open = find(s)) {
                latest = open;
                merged += add(batch, *open, s, i);
            } else {
                latest = begin(frame, s, static_cast<std::uint8_t>(i), how);
            }
        }
        for (std::size_t i = 0; i < runs_; ++i) {
            if (run_[i].stays) finish(*batch[run_[i].head], run_[i]);
            else if (run_[i].count > 1) merged += join(pool, batch, run_[i], headroom);
        }
        return merged;
    }

private:
    using run = detail::run<Format>;

    /// The run that a segment goes on; null: none does.
    run* find(const detail::segment& s) noexcept {
        for (std::size_t i = runs_; i-- > 0;)  // the latest run of a flow is its open one
            if (detail::same_flow<Format>(run_[i].first, s)) return run_[i].takes(s) ? &run_[i] : nullptr;
        return nullptr;
    }
    run* begin(packet& frame, const detail::segment& s, std::uint8_t place, merging how) noexcept {
        run& fresh = run_[runs_++];
        fresh.first = s;
        fresh.next_seq = s.seq;
        fresh.seq_and_ack = detail::eight(s.tcp + 4);
        fresh.payload = 0;
        fresh.head = fresh.tail = place;
        fresh.count = 0;
        fresh.stays = how == merging::as_fragments && s.payload >= frame.truesize() / 4;
        note(fresh, s, place);
        if (fresh.stays && !check_first(frame, fresh)) fresh.closed = true;
        return &fresh;
    }
    void note(run& to, const detail::segment& s, std::uint8_t place) noexcept {
        seen_[place] = s;
        next_[place] = none;
        if (place != to.head) next_[to.tail] = place;
        to.append(s, place);
    }
    /// One more for a run. How many frames have gone into others by that: one or none.
    std::size_t add(span<packet_buffer> batch, run& to, const detail::segment& s, std::size_t place) noexcept {
        if (to.stays) [[likely]] return link(batch, to, s, place);
        note(to, s, static_cast<std::uint8_t>(place));
        return 0;
    }
    /// Makes a segment a fragment of its run's first, if both their checksums are right.
    std::size_t link(span<packet_buffer> batch, run& to, const detail::segment& s, std::size_t place) noexcept {
        if (!is_right(batch, to, s.ip, s.payload, place)) return 0;
        move(batch, to, s.payload, place);
        to.append(s, to.head);
        return 1;
    }
    [[gnu::always_inline]] bool is_right(span<packet_buffer> batch, run& to, const std::byte* ip, std::uint16_t payload, std::size_t place) noexcept {
        const bool right = to.varying == Format::varying(ip) &&
                           payload_right(*batch[place], ip + Format::header, std::size_t{to.first.tcp_header} + payload, to.pseudo);
        if (!right) [[unlikely]] to.closed = true;
        return right;
    }
    [[gnu::always_inline]] void move(span<packet_buffer> batch, run& to, std::uint16_t payload, std::size_t place) noexcept {
        packet& frame = *batch[place];
        frame.pull(link_header_ + Format::header);
        frame.reset_transport_header();
        frame.pull(to.first.tcp_header);
        frame.trim(payload);
        packet_queue::add_fragment(*batch[to.head], std::move(batch[place]));
    }
    [[gnu::noinline]] static bool check_first(packet& frame, run& of) noexcept {
        const detail::segment& s = of.first;
        of.pseudo = Format::native_sum(s.ip) + byte_swap(std::uint16_t{wire::ip_protocol::tcp});
        of.varying = Format::varying(s.ip);
        if (!Format::is_right(s.ip) || !payload_right(frame, s.tcp, size_of(s), of.pseudo)) return false;
        frame.checksum = checksum_state::unnecessary;
        return true;
    }
    void finish(packet& first, run& of) noexcept {
        if (!first.has_fragments()) return;
        first.trim(link_header_ + Format::header + size_of(of.first));
        first.gso_type = Format::gso;
        first.gso_size = of.first.payload;
        first.gso_segments = static_cast<std::uint16_t>(first.fragment_count() + 1);
    }
    /// A segment that cannot be merged keeps those behind it from overtaking it.
    void stop_flow(const packet& frame) noexcept {
        if (frame.size() < link_header_ + Format::header + 4) return;
        const std::byte* const ip = frame.data() + link_header_;
        for (std::size_t i = 0; i < runs_; ++i)
            if (detail::same_flow<Format>(run_[i].first, {.ip = ip, .tcp = ip + Format::header, .seq = 0, .tcp_header = 0, .payload = 0, .flags = {}})) run_[i].closed = true;
    }
    /// Copies a run into one packet, as far as its checksums are right.
    std::size_t join(packet_pool& pool, span<packet_buffer> batch, const run& of, std::size_t headroom) noexcept {
        const std::size_t headers = link_header_ + Format::header + of.first.tcp_header;
        packet_buffer whole = packet_buffer::allocate(pool, headroom + headers + of.payload, headroom);
        if (!whole) return 0;
        copy(whole->put(headers), const_bytes{batch[of.head]->bytes()}.first(headers));
        std::size_t joined = 0;
        wire::tcp_flags flags{};
        for (std::uint8_t place = of.head; place != none; place = next_[place], ++joined) {
            const detail::segment& s = seen_[place];
            const std::uint32_t sum = checksum::copy_and_sum(whole->put(s.payload), {s.data(), s.payload});
            if (!checksum_right(*batch[place], s, checksum::add(header_sum(s.tcp, s.tcp_header), sum))) {
                whole->trim(whole->size() - s.payload);
                break;
            }
            flags = flags | s.flags;
        }
        if (joined < 2) return 0;
        detail::complete<Format>(*whole, link_header_, flags, of.first.payload, joined);
        whole->type = batch[of.head]->type;
        std::uint8_t place = of.head;
        for (std::size_t i = 0; i < joined; ++i, place = next_[place]) batch[place].reset();
        batch[of.head] = std::move(whole);
        return joined - 1;
    }
    static std::size_t size_of(const detail::segment& s) noexcept { return std::size_t{s.tcp_header} + s.payload; }
    static bool is_known_right(const packet& frame) noexcept {
        return frame.checksum == checksum_state::unnecessary || frame.checksum == checksum_state::partial;
    }
    /// In the order of this machine's bytes, which does not matter to whether a sum is right (RFC 1071 section 2).
    [[gnu::always_inline]] static bool payload_right(const packet& frame, const std::byte* tcp, std::size_t size, std::uint64_t pseudo) noexcept {
        if (is_known_right(frame)) return true;
        const std::uint64_t sum = checksum::detail::best<false>(nullptr, tcp, size);
        return checksum::detail::fold_native(checksum::detail::add_word(sum, pseudo + byte_swap(static_cast<std::uint16_t>(size)))) == 0xffff;
    }
    /// `sum`: of the TCP header and the payload.
    static bool checksum_right(const packet& frame, const detail::segment& s, std::uint32_t sum) noexcept {
        if (!Format::is_right(s.ip)) return false;
        if (is_known_right(frame)) return true;
        const auto length = static_cast<std::uint32_t>(size_of(s) + wire::ip_protocol::tcp);
        return checksum::valid(checksum::add(sum, checksum::add(header_sum(s.ip + Format::addresses_at, Format::addresses), length)));
    }

    static constexpr std::uint8_t none = 0xff;
    static_assert(BatchMax < none);
    std::size_t runs_ = 0;
    std::size_t link_header_ = 0;
    run run_[BatchMax];
    std::uint8_t next_[BatchMax];
    detail::segment seen_[BatchMax];
};

inline packet_buffer gather(const packet& head) noexcept {
    packet_buffer whole = head.copy(head.headroom(), head.fragment_bytes());
    if (!whole) return {};
    head.for_each_fragment([&](const packet& each) { copy(whole->put(each.size()), each.bytes()); });
    const std::ptrdiff_t pulled = -head.network_offset();
    whole->push(static_cast<std::size_t>(pulled > 0 ? pulled : 0));
    const auto network = static_cast<std::size_t>(whole->network_offset());
    const bool is_version_4 = static_cast<unsigned>(whole->bytes()[network]) >> 4 == 4;
    const std::size_t tcp = network + (is_version_4 ? format4::header : format6::header);
    const auto flags = static_cast<wire::tcp_flags>(whole->bytes()[tcp + 13] | head.last_fragment().transport_header()[13]);
    if (is_version_4) detail::complete<format4>(*whole, network, flags, head.gso_size, head.fragment_count() + 1);
    else detail::complete<format6>(*whole, network, flags, head.gso_size, head.fragment_count() + 1);
    whole->pull(static_cast<std::size_t>(pulled > 0 ? pulled : 0));
    return whole;
}

}  // namespace weld::inline v0::stack::gro
