// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/checksum.hpp>
#include <weld/core/pcapng.hpp>
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
/// Shape: section header block, interface description block, then an enhanced packet block per frame: core/pcapng.hpp.
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
        return buffer_ == nullptr || pcapng_encoder::packet_size(kept(frame), 1, comment) <= options_.buffer - used_;
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
    std::size_t kept(const packet& frame) const noexcept {
        return frame.size() < options_.snapshot_length ? frame.size() : options_.snapshot_length;
    }
    pcapng_encoder blocks() noexcept { return pcapng_encoder{{buffer_, options_.buffer}, used_}; }
    static void complete_checksum(const packet& frame, mutable_bytes captured) noexcept {
        const const_bytes summed = frame.bytes().subspan(frame.checksum_start());
        const std::size_t field = frame.checksum_start() + frame.checksum_offset();
        if (field + 2 <= captured.size()) store_be(captured, field, checksum::finish(checksum::sum(summed)));
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
    pcapng_encoder all = blocks();
    all.section();
    all.interface(link == link_type::ethernet ? pcapng_encoder::linktype_ethernet : pcapng_encoder::linktype_raw,
                  static_cast<std::uint32_t>(options_.snapshot_length), interface_name.substr(0, 64));
    used_ = all.size();
}

template <byte_sink Sink>
void pcapng_writer<Sink>::add(direction way, const packet& frame, time_point when, text comment) noexcept {
    if (buffer_ == nullptr) return;
    const auto stamp = static_cast<std::uint64_t>((when.since_start() + options_.clock_offset).nanoseconds());
    pcapng_encoder all = blocks();
    const mutable_bytes captured = all.packet({.nanoseconds = stamp, .captured = const_bytes{frame.bytes()}.first(kept(frame)), .original_size = frame.size(),
                                               .flags = way == direction::received ? 1u : 2u, .comment = comment});
    if (frame.checksum == checksum_state::partial) complete_checksum(frame, captured);
    used_ = all.size();
}

}  // namespace weld::inline v0::device
