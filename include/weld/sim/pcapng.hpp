// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/duration.hpp>
#include <weld/core/text.hpp>
#include <weld/socket/device.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace weld::inline v0::sim {

/// A capture file for Wireshark of what hosts send: an interface for each of them, by its name, times in nanoseconds of
/// the world, and a comment for each packet. Source: draft-ietf-opsawg-pcapng.
class pcapng_writer {
public:
    /// Check with `if (writer)`: the file may not be writable.
    explicit pcapng_writer(const char* file_name) : file_{std::fopen(file_name, "wb")} {
        if (file_ == nullptr) return;
        std::string body;
        put<std::uint32_t>(body, 0x1a2b3c4d);  // byte order
        put<std::uint16_t>(body, 1), put<std::uint16_t>(body, 0);
        put<std::uint64_t>(body, ~std::uint64_t{0});  // length unknown
        block(0x0a0d0d0a, body);
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
        const std::uint32_t interface = interface_of(host, link);
        const auto moment = static_cast<std::uint64_t>(at.since_start().nanoseconds());
        std::string body;
        put(body, interface);
        put(body, static_cast<std::uint32_t>(moment >> 32)), put(body, static_cast<std::uint32_t>(moment));
        put(body, static_cast<std::uint32_t>(frame.size())), put(body, static_cast<std::uint32_t>(frame.size()));
        padded(body, as_text(frame));
        option(body, 1, comment);
        option(body, 0, {});
        block(6, body);
    }

private:
    std::uint32_t interface_of(text host, link_type link) {
        for (std::uint32_t i = 0; i < interfaces_.size(); ++i)
            if (text{interfaces_[i]} == host) return i;
        interfaces_.emplace_back(host.data(), host.size());
        std::string body;
        put<std::uint16_t>(body, link == link_type::ethernet ? 1 : 101), put<std::uint16_t>(body, 0);  // LINKTYPE_ETHERNET, _RAW
        put<std::uint32_t>(body, 0);
        option(body, 2, host);             // if_name
        option(body, 9, text{"\x09", 1});  // if_tsresol: nanoseconds
        option(body, 0, {});
        block(1, body);
        return static_cast<std::uint32_t>(interfaces_.size() - 1);
    }
    void block(std::uint32_t type, const std::string& body) {
        std::string whole;
        put(whole, type);
        put(whole, static_cast<std::uint32_t>(body.size() + 12));
        whole += body;
        put(whole, static_cast<std::uint32_t>(body.size() + 12));
        std::fwrite(whole.data(), 1, whole.size(), file_);
    }
    static void option(std::string& to, std::uint16_t code, text value) {
        put(to, code);
        put(to, static_cast<std::uint16_t>(value.size()));
        padded(to, value);
    }
    static void padded(std::string& to, text bytes) {
        to.append(bytes.data(), bytes.size());
        to.append((4 - bytes.size() % 4) % 4, '\0');
    }
    template <class Integer>
    static void put(std::string& to, Integer value) {
        to.append(reinterpret_cast<const char*>(&value), sizeof value);
    }

    std::FILE* file_;
    std::vector<std::string> interfaces_;
};

}  // namespace weld::inline v0::sim
