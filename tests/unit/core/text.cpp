// SPDX-License-Identifier: BSL-1.0
#include <weld/core/text.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>

using weld::text;

static_assert(text{}.empty() && text{}.size() == 0 && text{""}.empty());
static_assert(text{"weld"}.size() == 4 && text{"weld"}[1] == 'e' && !text{"weld"}.empty());
static_assert(text{"weld", 2} == text{"we"} && text{"weld"} != text{"welt"} && text{"a"} != text{"aa"});
static_assert(text{std::string_view{"a\0b", 3}}.size() == 3);
static_assert(text{"key=value"}.find('=') == 3 && text{"key"}.find('=') == text::npos);
static_assert(text{"key=value"}.substr(4) == text{"value"} && text{"key=value"}.substr(0, 3) == text{"key"});
static_assert(text{"key"}.substr(2, 10) == text{"y"} && text{"key"}.substr(3).empty() && text{"key"}.substr(10, 1).empty());
static_assert(std::is_convertible_v<std::string, text> && std::is_convertible_v<const char*, text>);
static_assert(!std::is_convertible_v<int, text>);

TEST_CASE("a text walks over its characters", "[text]") {
    const std::string owner = "abc";
    std::string copy;
    for (const char c : text{owner}) copy.push_back(c);
    CHECK(copy == owner);
    CHECK(text{owner}.data() == owner.data());
}
