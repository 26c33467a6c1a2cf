// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/duration.hpp>
#include <weld/core/result.hpp>

#include <cstdint>

namespace weld::inline v0::device {

/// A frame of a capture. Its bytes lie in the capture.
struct captured_frame {
    const_bytes bytes{};
    std::size_t original_size = 0;  ///< more than bytes.size() where it was cut off
    duration since_1970{};
    std::uint32_t link = 0;         ///< LINKTYPE_*: 1 Ethernet, 101 bare IP
};

/// Reads a capture file from memory, pcapng or pcap, of either byte order: `while (view.next(frame))`.
/// Source: draft-ietf-opsawg-pcapng, draft-ietf-opsawg-pcap.
class capture_view {
public:
    /// Of nothing.
    capture_view() noexcept = default;
    /// Errors: bad_message (not a capture).
    static result<capture_view> parse(const_bytes file) noexcept {
        capture_view view{file};
        if (file.size() < 24) return errc::bad_message;
        const std::uint32_t magic = view.read<std::uint32_t>(0);
        if (magic == section_header) return view;
        for (const bool swapped : {false, true}) {
            view.swapped_ = swapped;
            const std::uint32_t kind = view.read<std::uint32_t>(0);
            if (kind != microsecond_pcap && kind != nanosecond_pcap) continue;
            view.classic_ = true;
            view.interfaces_[0] = {view.read<std::uint32_t>(20) & 0xffff, kind == nanosecond_pcap ? 1'000'000'000U : 1'000'000U};
            view.at_ = 24;
            return view;
        }
        return errc::bad_message;
    }

    /// The next frame. False at the end, or where the rest cannot be read: malformed() then.
    bool next(captured_frame& frame) noexcept { return classic_ ? next_classic(frame) : next_block(frame); }
    bool malformed() const noexcept { return malformed_; }

private:
    static constexpr std::uint32_t microsecond_pcap = 0xa1b2c3d4, nanosecond_pcap = 0xa1b23c4d, section_header = 0x0a0d0d0a;
    static constexpr std::size_t interfaces_max = 16;
    struct interface {
        std::uint32_t link = 0;
        std::uint64_t ticks_per_second = 1'000'000;
    };

    explicit capture_view(const_bytes file) noexcept : file_{file} {}
    /// Pre: at + sizeof(Number) <= file_.size().
    template <class Number>
    Number read(std::size_t at) const noexcept {
        Number value;
        __builtin_memcpy(&value, file_.data() + at, sizeof value);
        if (!swapped_) return value;
        if constexpr (sizeof(Number) == 2) return __builtin_bswap16(value);
        else return __builtin_bswap32(value);
    }
    std::size_t left() const noexcept { return file_.size() - at_; }
    static duration from_ticks(std::uint64_t ticks, std::uint64_t per_second) noexcept {
        __extension__ typedef unsigned __int128 wide;
        const wide nanoseconds = static_cast<wide>(ticks) * 1'000'000'000 / per_second;
        return duration::nanoseconds(static_cast<std::int64_t>(static_cast<std::uint64_t>(nanoseconds)));
    }

    bool give_up() noexcept {
        malformed_ = true;
        at_ = file_.size();
        return false;
    }

    bool next_classic(captured_frame& frame) noexcept {
        if (left() == 0) return false;
        if (left() < 16) return give_up();
        const std::size_t size = read<std::uint32_t>(at_ + 8);
        if (size > left() - 16) return give_up();
        const duration fraction = from_ticks(read<std::uint32_t>(at_ + 4), interfaces_[0].ticks_per_second);
        frame = {file_.subspan(at_ + 16, size), read<std::uint32_t>(at_ + 12),
                 duration::seconds(read<std::uint32_t>(at_)) + fraction, interfaces_[0].link};
        at_ += 16 + size;
        return true;
    }

    bool next_block(captured_frame& frame) noexcept {
        while (left() != 0) {
            if (left() < 12) return give_up();
            if (read<std::uint32_t>(at_) == section_header && !begin_section()) return give_up();
            const std::size_t size = read<std::uint32_t>(at_ + 4);
            if (size < 12 || size % 4 != 0 || size > left()) return give_up();
            const std::size_t block = at_, end = at_ + size - 4;
            at_ += size;
            switch (read<std::uint32_t>(block)) {
                case 1: describe_interface(block, end); break;
                case 3: return simple_packet(block, end, frame) || give_up();
                case 6: return enhanced_packet(block, end, frame) || give_up();
                default: break;
            }
        }
        return false;
    }
    bool begin_section() noexcept {
        if (left() < 28) return false;
        swapped_ = false;
        const std::uint32_t magic = read<std::uint32_t>(at_ + 8);
        swapped_ = magic == 0x4d3c2b1a;
        interface_count_ = 0;
        return swapped_ || magic == 0x1a2b3c4d;
    }
    void describe_interface(std::size_t block, std::size_t end) noexcept {
        if (end - block < 16 || interface_count_ == interfaces_max) return;
        interface& described = interfaces_[interface_count_++];
        described = {read<std::uint16_t>(block + 8)};
        for (std::size_t at = block + 16; end - at >= 4;) {
            const auto code = read<std::uint16_t>(at), size = read<std::uint16_t>(at + 2);
            if (code == 0 || size > end - at - 4) return;
            if (code == 9 && size == 1) described.ticks_per_second = ticks_of(static_cast<unsigned>(file_[at + 4]));
            at += 4 + ((std::size_t{size} + 3) & ~std::size_t{3});
            if (at > end) return;
        }
    }
    /// A negative power of ten, or of two where the highest bit is set.
    static std::uint64_t ticks_of(unsigned resolution) noexcept {
        if ((resolution & 0x80) != 0) return std::uint64_t{1} << ((resolution & 0x7f) < 63 ? resolution & 0x7f : 63);
        std::uint64_t ticks = 1;
        for (unsigned i = 0; i < resolution && i < 18; ++i) ticks *= 10;
        return ticks;
    }
    bool simple_packet(std::size_t block, std::size_t end, captured_frame& frame) noexcept {
        if (end - block < 12 || interface_count_ == 0) return false;
        const std::size_t original = read<std::uint32_t>(block + 8), room = end - block - 12;
        frame = {file_.subspan(block + 12, original < room ? original : room), original, {}, interfaces_[0].link};
        return true;
    }
    bool enhanced_packet(std::size_t block, std::size_t end, captured_frame& frame) noexcept {
        if (end - block < 28) return false;
        const std::size_t which = read<std::uint32_t>(block + 8), size = read<std::uint32_t>(block + 20);
        if (which >= interface_count_ || size > end - block - 28) return false;
        const std::uint64_t ticks = std::uint64_t{read<std::uint32_t>(block + 12)} << 32 | read<std::uint32_t>(block + 16);
        const interface& by = interfaces_[which];
        frame = {file_.subspan(block + 28, size), read<std::uint32_t>(block + 24), from_ticks(ticks, by.ticks_per_second), by.link};
        return true;
    }

    const_bytes file_{};
    std::size_t at_ = 0;
    bool swapped_ = false;
    bool classic_ = false;
    bool malformed_ = false;
    std::size_t interface_count_ = 0;
    interface interfaces_[interfaces_max];
};

}  // namespace weld::inline v0::device
