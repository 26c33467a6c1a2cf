// SPDX-License-Identifier: BSL-1.0
#include <weld/core/bytes.hpp>

#include "support/catch.hpp"

using namespace weld;

static_assert(byte_array(0x45, 0xff)[1] == std::byte{0xff});
static_assert(slice(const_bytes{}, 3).empty());

TEST_CASE("text and arrays are seen as bytes", "[core][bytes]") {
    const_bytes get = as_bytes("GET");
    REQUIRE(get.size() == 3);
    CHECK(get[0] == std::byte{'G'});
    CHECK(as_text(get) == text{"GET"});

    const unsigned char octets[] = {1, 2, 3};
    CHECK(equal(as_bytes(octets), byte_array(1, 2, 3)));

    char room[4] = {};
    fill(as_writable_bytes(room), std::byte{'x'});
    CHECK(room[3] == 'x');
    CHECK(object_bytes(octets).size() == 3);
}

TEST_CASE("copy moves as much as both hold", "[core][bytes]") {
    auto from = byte_array(1, 2, 3);
    auto to = byte_array(9, 9);
    CHECK(copy(to, from) == 2);
    CHECK(equal(to, byte_array(1, 2)));
    CHECK(copy(mutable_bytes{}, from) == 0);
    CHECK_FALSE(equal(to, from));
    CHECK_FALSE(equal(to, byte_array(1, 3)));
}

TEST_CASE("slice never reaches past the end", "[core][bytes]") {
    const auto all = byte_array(1, 2, 3, 4);
    CHECK(slice(all, 1, 2).size() == 2);
    CHECK(slice(all, 1).size() == 3);
    CHECK(slice(all, 3, 100).size() == 1);
    CHECK(slice(all, 100, 1).empty());
}
