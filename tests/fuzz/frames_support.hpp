// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "../support/stack/script_device.hpp"

#include <weld/core/bytes.hpp>

#include <array>
#include <cstdint>

/// What the fuzzers of whole frames share.
namespace fuzz {

constexpr weld::mac_address mac{{2, 0, 0, 0, 0, 1}};

/// The fuzzer's bytes, taken one after the other; zeroes where they are over.
class input {
public:
    input(const std::uint8_t* data, std::size_t size) : at_{data}, end_{data + size} {}
    bool done() const { return at_ == end_; }
    std::uint8_t byte() { return done() ? std::uint8_t{0} : *at_++; }
    std::uint16_t word() { return static_cast<std::uint16_t>(byte() << 8 | byte()); }
    test::frame bytes(std::size_t count) {
        const auto left = static_cast<std::size_t>(end_ - at_);
        if (count > left) count = left;
        const auto* first = reinterpret_cast<const std::byte*>(at_);
        at_ += count;
        return {first, first + count};
    }

private:
    const std::uint8_t* at_;
    const std::uint8_t* end_;
};

template <class Socket>
void drain(Socket& socket) {
    std::array<std::byte, 3000> buffer;
    for (int i = 0; i < 1000; ++i)
        if (!socket.try_recv(weld::mutable_bytes{buffer})) break;
}

}  // namespace fuzz
