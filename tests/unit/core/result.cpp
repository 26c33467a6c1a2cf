// SPDX-License-Identifier: BSL-1.0
#include <weld/core/result.hpp>

#include "support/catch.hpp"

#include <cstdint>
#include <memory>
#include <string>

using weld::errc;
using weld::result;

static_assert(std::is_trivially_copyable_v<result<int>> && sizeof(result<int>) == 8);
static_assert(std::is_trivially_copyable_v<result<std::size_t>> && sizeof(result<std::size_t>) == 16);
static_assert(std::is_trivially_copyable_v<result<>> && sizeof(result<>) == 4);
static_assert(result<int>{3} && *result<int>{3} == 3 && result<int>{3}.error() == errc{});
static_assert(!result<int>{errc::timed_out} && result<int>{errc::timed_out}.error() == errc::timed_out);
static_assert(result<int>{3} == 3 && result<int>{3} != 4 && result<int>{errc::timed_out} != 0);
static_assert(result<int>{errc::timed_out} == errc::timed_out);
static_assert(result<int>{3}.value_or(4) == 3 && result<int>{errc::timed_out}.value_or(4) == 4);
static_assert(result<>{} && !result<>{errc::broken_pipe} && result<>{errc{}});
static_assert(!std::is_copy_constructible_v<result<std::unique_ptr<int>>> && std::is_move_constructible_v<result<std::unique_ptr<int>>>);

TEST_CASE("a result of what only moves gives it away", "[result]") {
    result<std::unique_ptr<int>> made{std::make_unique<int>(3)};
    REQUIRE(made);
    CHECK(**made == 3);
    auto taken = *std::move(made);
    CHECK(*taken == 3);
    result<std::unique_ptr<int>> none{errc::not_enough_memory};
    CHECK(none.error() == errc::not_enough_memory);
    none = result<std::unique_ptr<int>>{std::move(taken)};
    REQUIRE(none);
    CHECK(**none == 3);
    none = result<std::unique_ptr<int>>{errc::timed_out};
    CHECK(none == errc::timed_out);
}

TEST_CASE("a result copies its value, and destroys it once", "[result]") {
    const auto held = std::make_shared<std::string>("x");
    {
        result<std::shared_ptr<std::string>> one{held};
        auto copy = one;
        CHECK(held.use_count() == 3);
        copy = result<std::shared_ptr<std::string>>{errc::timed_out};
        CHECK(held.use_count() == 2);
        copy = one;
        CHECK(held.use_count() == 3);
        CHECK((*one)->size() == 1);
        CHECK(one->get() == held.get());
    }
    CHECK(held.use_count() == 1);
}
