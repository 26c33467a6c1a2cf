// SPDX-License-Identifier: BSL-1.0
#include <weld/core/secret_random.hpp>

#include "support/catch.hpp"

#include <set>

using namespace weld;

// RFC 8439 section 2.3.2: key 00 01 .. 1f, block 1, nonce 00 00 00 09 00 00 00 4a 00 00 00 00.
static_assert([] {
    std::uint32_t block[16]{};
    detail::chacha_block<20>({{0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c}},
                             {1, 0x09000000, 0x4a000000, 0}, block);
    constexpr std::uint32_t expected[16]{0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033, 0x9aaa2204, 0x4e6cd4c3,
                                         0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9, 0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2};
    for (int i = 0; i < 16; ++i)
        if (block[i] != expected[i]) return false;
    return true;
}());
// draft-strombergson-chacha-test-vectors, TC1, eight rounds, 256 bits: key and nonce zero.
static_assert([] {
    std::uint32_t block[16]{};
    detail::chacha_block<8>({}, {0, 0, 0, 0}, block);
    return block[0] == 0x2fef003e && block[1] == 0xd6405f89 && block[2] == 0xe8b85b7f && block[3] == 0xa1a5091f;
}());
static_assert(secret_generator{random_key::from(7)} == secret_generator{random_key::from(7)});
static_assert(secret_generator{random_key::from(7)}.next() != secret_generator{random_key::from(8)}.next());

TEST_CASE("a block's first half is the next key, and none of it is told", "[core][random]") {
    const random_key key = random_key::from(5);
    std::uint32_t first[16]{}, second[16]{};
    detail::chacha_block<8>(key, {0, 0, 0, 0}, first);
    random_key next;
    for (int i = 0; i < 8; ++i) next.words[i] = first[i];
    detail::chacha_block<8>(next, {0, 0, 0, 0}, second);
    secret_generator generator{key};
    for (const auto& block : {first, second})
        for (int i = 3; i >= 0; --i) CHECK(generator.next() == (std::uint64_t{block[8 + 2 * i]} << 32 | block[9 + 2 * i]));
}

TEST_CASE("a number that was told is not in the generator any more", "[core][random]") {
    secret_generator generator{random_key::from(9)};
    for (int i = 0; i < 16; ++i) {
        const std::uint64_t told = generator.next();
        const const_bytes state = object_bytes(generator);
        for (std::size_t at = 0; at + sizeof told <= state.size(); at += 4) CHECK_FALSE(equal(state.subspan(at, sizeof told), object_bytes(told)));
    }
}

TEST_CASE("secret numbers do not repeat, are fair, and streams split", "[core][random]") {
    secret_generator one{random_key::from(1)}, two{random_key::from(1)};
    std::set<std::uint64_t> seen;
    int ones = 0;
    for (int i = 0; i < 10'000; ++i) {
        const std::uint64_t number = one.next();
        seen.insert(number);
        ones += __builtin_popcountll(number);
    }
    CHECK(seen.size() == 10'000);
    CHECK(ones > 318'000);
    CHECK(ones < 322'000);
    int counts[10] = {};
    for (int i = 0; i < 100'000; ++i) ++counts[two.below(10)];
    for (int count : counts) {
        CHECK(count > 9'600);
        CHECK(count < 10'400);
    }
    secret_generator child = two.split();
    CHECK_FALSE(child == two);
    CHECK(child.next() != two.next());
}
