// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>

#include <cstdint>

namespace weld::inline v0 {

/// One frame of a capture file.
struct pcapng_packet {
    std::uint32_t interface = 0;       ///< the n-th that was described
    std::uint64_t nanoseconds = 0;     ///< since 1970, or since whatever the capture's times begin with
    const_bytes captured{};            ///< what is kept of it
    std::size_t original_size = 0;     ///< what it was
    std::uint32_t flags = 0;           ///< bits 0 and 1: 1 received, 2 sent; 0: not told
    text comment{};
};

/// Writes the blocks of a pcapng file into memory, one behind the other, and touches no file: who captures, and who
/// simulates, has a way of his own to write them. Times are in nanoseconds; numbers are in this machine's byte order,
/// which the section header tells. Pre of each block: there is room for it, by the sizes that are told here.
/// Source: draft-ietf-opsawg-pcapng sections 4.1 to 4.3.
class pcapng_encoder {
public:
    static constexpr std::uint16_t linktype_ethernet = 1, linktype_raw = 101;  // LINKTYPE_*: frames, or bare IP

    /// Goes on behind the first `used` bytes.
    explicit pcapng_encoder(mutable_bytes into, std::size_t used = 0) noexcept : into_{into}, used_{used} {}
    std::size_t size() const noexcept { return used_; }

    /// How many bytes each block takes.
    static constexpr std::size_t section_size = 28;
    static constexpr std::size_t interface_size(text name) noexcept { return 32 + option_size(name.size()); }
    static constexpr std::size_t packet_size(std::size_t captured, std::uint32_t flags, text comment) noexcept {
        return 32 + padded(captured) + (flags != 0 ? 8 : 0) + option_size(comment.size()) + 4;
    }

    /// The first block; of a length that is not known yet.
    void section() noexcept {
        const std::size_t at = begin(0x0a0d0d0a);
        put(std::uint32_t{0x1a2b3c4d});
        put(std::uint16_t{1});
        put(std::uint16_t{0});
        put(~std::uint64_t{0});
        end(at);
    }
    /// Where frames come from. `snapshot_length`: what is kept of one at the most; 0: all.
    void interface(std::uint16_t linktype, std::uint32_t snapshot_length, text name) noexcept {
        const std::size_t at = begin(1);
        put(linktype);
        put(std::uint16_t{0});
        put(snapshot_length);
        option(2, as_bytes(name));
        const std::byte nanoseconds{9};  // 10 to the power of -9
        option(9, {&nanoseconds, 1});
        option(0, {});
        end(at);
    }
    /// Answers where the frame's bytes lie now, for who has to mend them.
    mutable_bytes packet(const pcapng_packet& what) noexcept {
        const std::size_t at = begin(6);
        put(what.interface);
        put(static_cast<std::uint32_t>(what.nanoseconds >> 32));
        put(static_cast<std::uint32_t>(what.nanoseconds));
        put(static_cast<std::uint32_t>(what.captured.size()));
        put(static_cast<std::uint32_t>(what.original_size));
        const mutable_bytes data = into_.subspan(used_, what.captured.size());
        put(what.captured);
        if (what.flags != 0) option(2, object_bytes(what.flags));
        option(1, as_bytes(what.comment));
        option(0, {});
        end(at);
        return data;
    }

private:
    static constexpr std::size_t padded(std::size_t size) noexcept { return (size + 3) & ~std::size_t{3}; }
    static constexpr std::size_t option_size(std::size_t value) noexcept { return value == 0 ? 0 : 4 + padded(value); }
    template <class Number>
        requires std::is_integral_v<Number>
    void put(Number value) noexcept {
        __builtin_memcpy(into_.data() + used_, &value, sizeof value);
        used_ += sizeof value;
    }
    void put(const_bytes bytes) noexcept {
        copy(into_.subspan(used_), bytes);
        used_ += bytes.size();
        while (used_ % 4 != 0) into_[used_++] = {};
    }
    /// Without a value it is left out, but for the one that ends all.
    void option(std::uint16_t code, const_bytes value) noexcept {
        if (value.empty() && code != 0) return;
        put(code);
        put(static_cast<std::uint16_t>(value.size()));
        put(value);
    }
    std::size_t begin(std::uint32_t type) noexcept {
        const std::size_t at = used_;
        put(type);
        put(std::uint32_t{0});
        return at;
    }
    void end(std::size_t at) noexcept {
        const auto size = static_cast<std::uint32_t>(used_ + 4 - at);
        __builtin_memcpy(into_.data() + at + 4, &size, sizeof size);
        put(size);
    }

    mutable_bytes into_;
    std::size_t used_;
};

}  // namespace weld::inline v0
