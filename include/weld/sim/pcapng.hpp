// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/core/pcapng.hpp>
#include <weld/socket/device.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace weld::inline v0::sim {

/// A capture file for Wireshark of what hosts send: an interface for each of them, by its name, times in nanoseconds of
/// the world, and a comment for each packet.
class pcapng_writer {
public:
    /// Check with `if (writer)`: the file may not be writable.
    explicit pcapng_writer(const char* file_name) : file_{std::fopen(file_name, "wb")} {
        if (file_ != nullptr) write(pcapng_encoder::section_size, [](pcapng_encoder& to) { to.section(); });
    }
    pcapng_writer(const pcapng_writer&) = delete;
    pcapng_writer& operator=(const pcapng_writer&) = delete;
    ~pcapng_writer() {
        if (file_ != nullptr) std::fclose(file_);
    }
    explicit operator bool() const noexcept { return file_ != nullptr; }

    /// One frame, with what happened to it as its comment.
    void packet(time_point at, text host, link_type link, const_bytes frame, text comment) {
        if (file_ == nullptr) return;
        const pcapng_packet what{.interface = interface_of(host, link), .nanoseconds = static_cast<std::uint64_t>(at.since_start().nanoseconds()),
                                 .captured = frame, .original_size = frame.size(), .comment = comment};
        write(pcapng_encoder::packet_size(frame.size(), 0, comment), [&](pcapng_encoder& to) { to.packet(what); });
    }

private:
    std::uint32_t interface_of(text host, link_type link) {
        for (std::uint32_t i = 0; i < interfaces_.size(); ++i)
            if (text{interfaces_[i]} == host) return i;
        interfaces_.emplace_back(host.data(), host.size());
        write(pcapng_encoder::interface_size(host), [&](pcapng_encoder& to) {
            to.interface(link == link_type::ethernet ? pcapng_encoder::linktype_ethernet : pcapng_encoder::linktype_raw, 0, host);
        });
        return static_cast<std::uint32_t>(interfaces_.size() - 1);
    }
    template <class Encode>
    void write(std::size_t size, Encode encode) {
        if (block_.size() < size) block_.resize(size);
        pcapng_encoder to{mutable_bytes{block_}};
        encode(to);
        std::fwrite(block_.data(), 1, to.size(), file_);
    }

    std::FILE* file_;
    std::vector<std::string> interfaces_;
    std::vector<std::byte> block_;
};

}  // namespace weld::inline v0::sim
