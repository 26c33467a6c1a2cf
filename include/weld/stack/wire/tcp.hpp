// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/core/errc.hpp>
#include <weld/core/result.hpp>
#include <weld/stack/wire/numbers.hpp>
#include <weld/stack/wire/tcp_options.hpp>
#include <weld/stack/wire/view.hpp>

namespace weld::inline v0::wire {

/// The control bits, from the right. Source: RFC 9293 section 3.1; ece and cwr: RFC 3168 section 6.1.
enum class tcp_flags : std::uint8_t { none = 0, fin = 0x01, syn = 0x02, rst = 0x04, psh = 0x08, ack = 0x10, urg = 0x20, ece = 0x40, cwr = 0x80 };

/// Sets of flags.
constexpr tcp_flags operator|(tcp_flags a, tcp_flags b) noexcept { return static_cast<tcp_flags>(static_cast<int>(a) | static_cast<int>(b)); }
constexpr tcp_flags operator&(tcp_flags a, tcp_flags b) noexcept { return static_cast<tcp_flags>(static_cast<int>(a) & static_cast<int>(b)); }
/// True when one of `wanted` is set: `any(flags & (tcp_flags::syn | tcp_flags::fin))`.
constexpr bool any(tcp_flags flags) noexcept { return flags != tcp_flags::none; }

/// A TCP header, to be read at ease or written. In the kernel: struct tcphdr. Source: RFC 9293 section 3.1.
struct tcp_header {
    static constexpr std::size_t size = 20;      // without options
    static constexpr std::size_t size_max = 60;
    static constexpr std::size_t checksum_offset = 16;

    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint32_t seq = 0;             ///< of the first octet of data; of the SYN where there is one
    std::uint32_t ack = 0;             ///< the next expected, where tcp_flags::ack is set
    tcp_flags flags{};
    std::uint16_t window = 0;          ///< octets the sender of this takes, not yet scaled
    std::uint16_t checksum = 0;
    std::uint16_t urgent_pointer = 0;  ///< from seq, where tcp_flags::urg is set

    friend constexpr bool operator==(const tcp_header&, const tcp_header&) noexcept = default;

    /// Writes header and options; answers their size. The checksum is written as it stands in `checksum`, since it
    /// needs the payload: store it later at checksum_offset.
    /// Pre: `to` has room for size + options.size().
    constexpr std::size_t encode(mutable_bytes to, const tcp_options& options = {}) const noexcept {
        const std::size_t length = size + options.encode(to.subspan(size));
        store_be<std::uint32_t>(to, 0, static_cast<std::uint32_t>(source_port) << 16 | destination_port);
        store_be(to, 4, seq);
        store_be(to, 8, ack);
        store_be<std::uint32_t>(to, 12, static_cast<std::uint32_t>(length / 4) << 28 | static_cast<std::uint32_t>(flags) << 16 | window);
        store_be<std::uint32_t>(to, 16, static_cast<std::uint32_t>(checksum) << 16 | urgent_pointer);
        return length;
    }
    /// Errors: those of tcp_view::parse.
    static constexpr result<tcp_header> decode(const_bytes segment) noexcept;
};

/// A TCP segment.
class tcp_view : public view {
public:
    /// Errors: bad_message (shorter than a header, or than its data offset says).
    static constexpr result<tcp_view> parse(const_bytes segment) noexcept {
        if (segment.size() < tcp_header::size) return errc::bad_message;
        const std::size_t offset = static_cast<std::size_t>(segment[12]) >> 4 << 2;
        if (offset < tcp_header::size || offset > segment.size()) return errc::bad_message;
        return tcp_view{segment};
    }
    /// The ports and the sequence number of a segment that an ICMP error returned: at least eight octets of it.
    struct quoted {
        std::uint16_t source_port, destination_port;
        std::uint32_t seq;
    };
    /// Errors: bad_message. Source: RFC 792.
    static constexpr result<quoted> parse_quoted(const_bytes beginning) noexcept {
        if (beginning.size() < 8) return errc::bad_message;
        return quoted{load_be<std::uint16_t>(beginning, 0), load_be<std::uint16_t>(beginning, 2), load_be<std::uint32_t>(beginning, 4)};
    }

    constexpr std::uint16_t source_port() const noexcept { return u16(0); }
    constexpr std::uint16_t destination_port() const noexcept { return u16(2); }
    constexpr std::uint32_t seq() const noexcept { return u32(4); }
    constexpr std::uint32_t ack() const noexcept { return u32(8); }
    /// Size of the header, options included.
    constexpr std::size_t data_offset() const noexcept { return static_cast<std::size_t>(u8(12)) >> 4 << 2; }
    constexpr tcp_flags flags() const noexcept { return static_cast<tcp_flags>(u8(13)); }
    constexpr bool has(tcp_flags one_of) const noexcept { return any(flags() & one_of); }
    constexpr std::uint16_t window() const noexcept { return u16(14); }
    constexpr std::uint16_t checksum() const noexcept { return u16(16); }
    constexpr std::uint16_t urgent_pointer() const noexcept { return u16(18); }

    constexpr const_bytes option_bytes() const noexcept { return part(20, data_offset() - 20); }
    constexpr tcp_options options() const noexcept { return tcp_options::parse(option_bytes(), has(tcp_flags::syn)); }
    constexpr const_bytes payload() const noexcept { return from(data_offset()); }
    /// SEG.LEN: octets of sequence space, SYN and FIN included. Source: RFC 9293 section 3.4.
    constexpr std::uint32_t length() const noexcept {
        return static_cast<std::uint32_t>(payload().size()) + has(tcp_flags::syn) + has(tcp_flags::fin);
    }
    template <class Address>
    constexpr bool checksum_valid(const Address& source, const Address& destination) const noexcept {
        const std::uint32_t pseudo = checksum::pseudo_header(source, destination, ip_protocol::tcp, static_cast<std::uint32_t>(bytes().size()));
        return checksum::valid(checksum::add(pseudo, checksum::sum(bytes())));
    }

    constexpr tcp_header header() const noexcept {
        return {source_port(), destination_port(), seq(), ack(), flags(), window(), checksum(), urgent_pointer()};
    }

    tcp_view() = default;

private:
    using view::view;
};

constexpr result<tcp_header> tcp_header::decode(const_bytes segment) noexcept {
    const auto parsed = tcp_view::parse(segment);
    if (!parsed) return parsed.error();
    return parsed->header();
}

}  // namespace weld::inline v0::wire
