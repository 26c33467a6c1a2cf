// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/core/result.hpp>
#include <weld/device/wrapper.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace weld::inline v0::device {

/// What a capture is written with.
struct pcap_options {
    std::size_t snapshot_length = 65600;             ///< of a frame no more is kept
    std::size_t buffer = std::size_t{256} << 10;     ///< written when it is full, and when the net goes to sleep
    duration clock_offset{};                         ///< added to the net's clock: from 1970 on, if it is to be wall time
};

/// Where a capture goes: it takes all bytes or fails. Models: file_sink, a test's lambda.
template <class Sink>
concept byte_sink = std::move_constructible<Sink> && requires(Sink& sink, const_bytes bytes) {
    { sink(bytes) } -> std::same_as<result<>>;
};

/// Writes a capture that Wireshark, tshark and tcpdump read: pcapng with nanoseconds, directions and comments.
/// Shape: section header block, interface description block, then an enhanced packet block per frame.
/// Source: draft-ietf-opsawg-pcapng sections 4.1, 4.2, 4.3.
template <byte_sink Sink>
class pcapng_writer {
public:
    explicit pcapng_writer(Sink sink, pcap_options options = {}) noexcept
        : sink_{std::move(sink)}, options_{options}, buffer_{new (std::nothrow) std::byte[options.buffer]} {
        if (buffer_ == nullptr) error_ = errc::not_enough_memory;
        const std::size_t most = options.buffer < 1024 ? 0 : options.buffer - 1024;
        if (options_.snapshot_length > most) options_.snapshot_length = most;
    }
    pcapng_writer(pcapng_writer&& other) noexcept
        : sink_{std::move(other.sink_)}, options_{other.options_}, buffer_{std::exchange(other.buffer_, nullptr)},
          used_{std::exchange(other.used_, 0)}, error_{other.error_} {}
    ~pcapng_writer() {
        flush();
        delete[] buffer_;
    }

    /// Why nothing is written any more: the disk is full. What is captured goes on.
    errc error() const noexcept { return error_; }

    /// Before the first frame.
    void begin(link_type link, text interface_name) noexcept;
    /// A frame, with a comment where there is one to make. A checksum still to be filled in is right in the capture.
    /// Pre: room_for(frame, comment).
    void add(direction way, const packet& frame, time_point when, text comment = {}) noexcept;
    bool room_for(const packet& frame, text comment = {}) const noexcept {
        return buffer_ == nullptr || size_of(kept(frame), comment) <= options_.buffer - used_;
    }

    /// A place to come back to: what was added since is forgotten. Pre of forget: nothing was written in between.
    std::size_t mark() const noexcept { return used_; }
    void forget_since(std::size_t mark) noexcept { used_ = mark; }
    /// Writes what is in the buffer.
    void flush() noexcept {
        if (used_ == 0 || error_ != errc{}) return;
        error_ = sink_({buffer_, std::exchange(used_, 0)}).error();
    }

private:
    static constexpr std::uint32_t section_header = 0x0a0d0d0a, interface_description = 1, enhanced_packet = 6;
    static constexpr std::uint16_t end_of_options = 0, comment_option = 1, interface_name_option = 2, flags_option = 2,
                                   resolution_option = 9;

    static constexpr std::size_t padded(std::size_t size) noexcept { return (size + 3) & ~std::size_t{3}; }
    std::size_t kept(const packet& frame) const noexcept {
        return frame.size() < options_.snapshot_length ? frame.size() : options_.snapshot_length;
    }
    /// Header, data, flags, comment, end of options, and the length once more.
    static constexpr std::size_t size_of(std::size_t captured, text comment) noexcept {
        return 28 + padded(captured) + 8 + (comment.empty() ? 0 : 4 + padded(comment.size())) + 4 + 4;
    }
    /// Numbers are in this machine's byte order: the section header tells which that is.
    template <class Number>
    void put(Number value) noexcept {
        __builtin_memcpy(buffer_ + used_, &value, sizeof value);
        used_ += sizeof value;
    }
    void put(const_bytes bytes) noexcept {
        copy({buffer_ + used_, bytes.size()}, bytes);
        used_ += bytes.size();
        while (used_ % 4 != 0) buffer_[used_++] = {};
    }
    void put_option(std::uint16_t code, const_bytes value) noexcept {
        put(code);
        put(static_cast<std::uint16_t>(value.size()));
        put(value);
    }
    void end_block(std::size_t begin) noexcept {
        const auto size = static_cast<std::uint32_t>(used_ + 4 - begin);
        __builtin_memcpy(buffer_ + begin + 4, &size, sizeof size);
        put(size);
    }
    void complete_checksum(const packet& frame, std::size_t at, std::size_t captured) noexcept {
        const const_bytes summed = frame.bytes().subspan(frame.checksum_start());
        const std::size_t field = frame.checksum_start() + frame.checksum_offset();
        if (field + 2 > captured) return;
        const std::uint16_t value = checksum::finish(checksum::sum(summed));
        buffer_[at + field] = static_cast<std::byte>(value >> 8);
        buffer_[at + field + 1] = static_cast<std::byte>(value & 0xff);
    }

    Sink sink_;
    pcap_options options_;
    std::byte* buffer_;
    std::size_t used_ = 0;
    errc error_{};
};

template <byte_sink Sink>
void pcapng_writer<Sink>::begin(link_type link, text interface_name) noexcept {
    if (buffer_ == nullptr || options_.buffer < 1024) return;
    std::size_t block = used_;
    put(section_header);
    put(std::uint32_t{0});
    put(std::uint32_t{0x1a2b3c4d});
    put(std::uint16_t{1});
    put(std::uint16_t{0});
    put(~std::uint64_t{0});  // its length is not known yet
    end_block(block);
    block = used_;
    put(interface_description);
    put(std::uint32_t{0});
    put(static_cast<std::uint16_t>(link == link_type::ethernet ? 1 : 101));  // LINKTYPE_ETHERNET, LINKTYPE_RAW
    put(std::uint16_t{0});
    put(static_cast<std::uint32_t>(options_.snapshot_length));
    if (!interface_name.empty()) put_option(interface_name_option, as_bytes(interface_name.substr(0, 64)));
    const std::byte nanoseconds{9};  // 10 to the power of -9
    put_option(resolution_option, {&nanoseconds, 1});
    put_option(end_of_options, {});
    end_block(block);
}

template <byte_sink Sink>
void pcapng_writer<Sink>::add(direction way, const packet& frame, time_point when, text comment) noexcept {
    if (buffer_ == nullptr) return;
    const std::size_t block = used_, captured = kept(frame);
    const auto stamp = static_cast<std::uint64_t>((when.since_start() + options_.clock_offset).nanoseconds());
    put(enhanced_packet);
    put(std::uint32_t{0});
    put(std::uint32_t{0});  // the interface
    put(static_cast<std::uint32_t>(stamp >> 32));
    put(static_cast<std::uint32_t>(stamp));
    put(static_cast<std::uint32_t>(captured));
    put(static_cast<std::uint32_t>(frame.size()));
    const std::size_t data = used_;
    put(const_bytes{frame.bytes()}.first(captured));
    if (frame.checksum == checksum_state::partial) complete_checksum(frame, data, captured);
    const std::uint32_t flags = way == direction::received ? 1 : 2;  // bits 0 and 1: inbound, outbound
    put_option(flags_option, object_bytes(flags));
    if (!comment.empty()) put_option(comment_option, as_bytes(comment));
    put_option(end_of_options, {});
    end_block(block);
}

}  // namespace weld::inline v0::device
