// SPDX-License-Identifier: BSL-1.0
#include <weld/core/pool.hpp>

#include "support/catch.hpp"

#include <set>
#include <vector>

namespace {
struct object {
    object* next_free = nullptr;
    unsigned generation = 0;
};
}  // namespace

TEST_CASE("a pool's objects are distinct while they are used", "[pool]") {
    weld::pool<object, 4> pool;
    std::set<object*> held;
    for (int i = 0; i < 10; ++i) {
        object* const one = pool.acquire();
        REQUIRE(one != nullptr);
        CHECK(held.insert(one).second);
    }
    CHECK(pool.in_use() == 10);
    for (object* const one : held) pool.release(*one);
    CHECK(pool.in_use() == 0);
}

TEST_CASE("what was released is used again, and keeps what it was not used for", "[pool]") {
    weld::pool<object, 2> pool;
    object* const one = pool.acquire();
    ++one->generation;
    pool.release(*one);
    object* const again = pool.acquire();
    CHECK(again == one);
    CHECK(again->generation == 1);
}

TEST_CASE("a moved pool's objects stay where they are", "[pool]") {
    weld::pool<object, 2> pool;
    object* const one = pool.acquire();
    weld::pool<object, 2> moved{std::move(pool)};
    CHECK(moved.in_use() == 1);
    CHECK(pool.in_use() == 0);
    moved.release(*one);
    CHECK(moved.acquire() == one);
    CHECK(pool.acquire() != nullptr);  // it takes memory of its own
}

TEST_CASE("objects are constructed once and destroyed with their pool", "[pool]") {
    static int alive = 0;
    struct counted {
        counted() { ++alive; }
        ~counted() { --alive; }
        counted* next_free = nullptr;
    };
    {
        weld::pool<counted, 4> pool;
        for (int i = 0; i < 3; ++i) pool.release(*pool.acquire());
        CHECK(alive == 4);
    }
    CHECK(alive == 0);
}
