// SPDX-License-Identifier: BSL-1.0
// What the fuzzers of the wire formats share. Build one: clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined
// -Iinclude tests/fuzz/wire_tcp.cpp; run it on its folder of seeds.
#pragma once

#include <weld/core/bytes.hpp>

#include <cstdint>
#include <vector>

/// A round trip that does not come back ends the run.
inline void expect(bool condition) {
    if (!condition) __builtin_trap();
}

/// Keeps an accessor's answer from being optimized away, and reads every byte of a span.
template <class Value>
void use(const Value& value) {
    asm volatile("" : : "g"(&value) : "memory");
}
inline void use(weld::const_bytes bytes) {
    for (const std::byte byte : bytes) use(byte);
}

inline weld::const_bytes input(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const std::byte*>(data), size};
}
inline std::vector<std::byte> copy_of(weld::const_bytes bytes) { return {bytes.begin(), bytes.end()}; }
