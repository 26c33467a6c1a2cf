// SPDX-License-Identifier: BSL-1.0
#include <weld/core/random.hpp>

#include "support/catch.hpp"

using namespace weld;

static_assert(random_generator{7} == random_generator{7});
static_assert(random_generator{7}.next() != random_generator{8}.next());
static_assert(random_generator{7}.below(1) == 0);

// xoshiro256** seeded by splitmix64(0), computed by a second implementation from the authors' C text.
static_assert([] {
    random_generator generator{0};
    return generator.next() == 0x99ec5f36cb75f2b4 && generator.next() == 0xbf6e1f784956452a;
}());

TEST_CASE("below is fair, and reaches both ends", "[core][random]") {
    random_generator generator{42};
    int counts[10] = {};
    for (int i = 0; i < 100'000; ++i) ++counts[generator.below(10)];
    for (int count : counts) {
        CHECK(count > 9'600);
        CHECK(count < 10'400);
    }
    const std::uint64_t large = (std::uint64_t{1} << 63) + 1;  // a naive remainder would be off by half here
    int upper = 0;
    for (int i = 0; i < 10'000; ++i) {
        const std::uint64_t value = generator.below(large);
        REQUIRE(value < large);
        upper += value > large / 2;
    }
    CHECK(upper > 4'800);
    CHECK(upper < 5'200);
}

TEST_CASE("between includes its ends", "[core][random]") {
    random_generator generator{1};
    bool first = false, last = false;
    for (int i = 0; i < 1000; ++i) {
        const std::uint64_t value = generator.between(5, 8);
        REQUIRE(value >= 5);
        REQUIRE(value <= 8);
        first |= value == 5;
        last |= value == 8;
    }
    CHECK(first);
    CHECK(last);
    CHECK(generator.between(3, 3) == 3);
    CHECK(generator.between(0, UINT64_MAX) != generator.between(0, UINT64_MAX));
}

TEST_CASE("chance keeps its proportion", "[core][random]") {
    random_generator generator{3};
    int hits = 0;
    for (int i = 0; i < 100'000; ++i) hits += generator.chance(1, 100);
    CHECK(hits > 850);
    CHECK(hits < 1150);
    CHECK_FALSE(generator.chance(0, 5));
    CHECK(generator.chance(5, 5));
}

TEST_CASE("split streams differ, and are the same for the same seed", "[core][random]") {
    random_generator one{9}, two{9};
    random_generator child = one.split();
    CHECK(child == two.split());
    CHECK(one == two);
    CHECK_FALSE(child == one);
    std::byte filled[11]{}, again[11]{};
    child.fill(filled);
    random_generator{9}.split().fill(again);
    CHECK(equal(filled, again));
}
