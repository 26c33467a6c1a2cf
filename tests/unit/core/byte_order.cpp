// SPDX-License-Identifier: BSL-1.0
#include <weld/core/byte_order.hpp>

#include "support/catch.hpp"

using namespace weld;

static_assert(byte_swap(std::uint32_t{0x01020304}) == 0x04030201);
static_assert(byte_swap(std::uint8_t{7}) == 7);
static_assert(load_be<std::uint16_t>(byte_array(0, 0x12, 0x34), 1) == 0x1234);
static_assert([] {
    auto room = byte_array(0, 0, 0, 0, 0, 0, 0, 0, 0);
    store_be<std::uint64_t>(mutable_bytes{room}, 1, 0x0102030405060708);
    return equal(room, byte_array(0, 1, 2, 3, 4, 5, 6, 7, 8));
}());

TEST_CASE("integers travel most significant byte first, at any alignment", "[core][byte_order]") {
    auto room = byte_array(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    for (std::size_t offset = 0; offset < 8; ++offset) {
        store_be<std::uint64_t>(mutable_bytes{room}, offset, 0x0123456789abcdef);
        CHECK(load_be<std::uint64_t>(room, offset) == 0x0123456789abcdef);
        CHECK(load_be<std::uint32_t>(room, offset) == 0x01234567);
        CHECK(load_be<std::uint16_t>(room, offset + 6) == 0xcdef);
        CHECK(load_be<std::uint8_t>(room, offset + 1) == 0x23);
    }
}

TEST_CASE("a structure of big-endian members lies over a packet without padding", "[core][byte_order]") {
    struct header {
        std::byte type;
        be16 length;
        be32 number;
        be64 key;
    };
    static_assert(sizeof(header) == 15);
    header h{std::byte{1}, 0x0203, 0x04050607, 0x08090a0b0c0d0e0f};
    CHECK(equal(object_bytes(h), byte_array(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)));
    h.length = static_cast<std::uint16_t>(h.length + 1);
    CHECK(h.length == 0x0204);
}
