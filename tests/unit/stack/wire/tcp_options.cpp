// SPDX-License-Identifier: BSL-1.0
#include <weld/stack/wire/tcp_options.hpp>

#include <weld/core/random.hpp>

#include "support/catch.hpp"

using namespace weld;
using wire::tcp_options;

static_assert(tcp_options::parse(byte_array(2, 4, 5, 0xb4), true).mss == 1460);
static_assert(tcp_options{}.size() == 0);

TEST_CASE("options are read in any order and alignment, unknown ones stepped over", "[wire][tcp_options]") {
    const auto list = byte_array(34, 6, 1, 2, 3, 4, 3, 3, 7, 254, 4, 0xf9, 0x89, 4, 2, 2, 4, 2, 0x18, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 0, 99);
    CHECK(tcp_options::parse(list, true) == tcp_options{.mss = 536, .has_window_scale = true, .window_scale = 7, .sack_permitted = true,
                                                        .has_timestamps = true, .tsval = 1, .tsecr = 2});
}

TEST_CASE("what belongs to a SYN is ignored elsewhere", "[wire][tcp_options]") {
    const auto list = byte_array(2, 4, 5, 0xb4, 3, 3, 7, 4, 2, 1, 1, 1);
    CHECK(tcp_options::parse(list, false) == tcp_options{});
}

TEST_CASE("a wrong length makes an option unknown, and one that does not fit ends the list", "[wire][tcp_options]") {
    CHECK(tcp_options::parse(byte_array(2, 3, 5, 3, 3, 7), true) == tcp_options{.has_window_scale = true, .window_scale = 7});
    CHECK(tcp_options::parse(byte_array(4, 3, 0, 3, 3, 7), true) == tcp_options{.has_window_scale = true, .window_scale = 7});
    CHECK(tcp_options::parse(byte_array(2, 4, 0, 0, 3, 3, 7), true) == tcp_options{.has_window_scale = true, .window_scale = 7});
    CHECK(tcp_options::parse(byte_array(3, 3, 7, 2, 5, 5, 0xb4), true) == tcp_options{.has_window_scale = true, .window_scale = 7});
    CHECK(tcp_options::parse(byte_array(99, 1, 3, 3, 7), true) == tcp_options{});
    CHECK(tcp_options::parse(byte_array(99, 0, 3, 3, 7), true) == tcp_options{});
    CHECK(tcp_options::parse(byte_array(1, 1, 3), true) == tcp_options{});
    CHECK(tcp_options::parse(byte_array(5, 8, 0, 0, 0, 1, 0, 0), false) == tcp_options{});
}

TEST_CASE("a window scale above 14 counts as 14", "[wire][tcp_options]") {
    CHECK(tcp_options::parse(byte_array(3, 3, 200), true).window_scale == 14);
}

TEST_CASE("Linux' usual timestamps take the short way to the same answer", "[wire][tcp_options]") {
    const tcp_options expected{.has_timestamps = true, .tsval = 0x01020304, .tsecr = 0x05060708};
    CHECK(tcp_options::parse(byte_array(1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8), false) == expected);
    CHECK(tcp_options::parse(byte_array(8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1), false) == expected);
}

TEST_CASE("four SACK blocks fit alone, three beside timestamps", "[wire][tcp_options]") {
    tcp_options options{.sack_count = 4, .sack = {{1, 2}, {3, 4}, {5, 6}, {0xfffffff0, 0x10}}};
    std::byte room[40];
    REQUIRE(options.encode(room) == 36);
    CHECK(options.size() == 36);
    CHECK(tcp_options::parse({room, 36}, false) == options);
    options.has_timestamps = true;
    REQUIRE(options.encode(room) == 40);
    options.sack_count = 3;
    options.sack[3] = {};
    CHECK(tcp_options::parse({room, 40}, false) == options);
}

TEST_CASE("every combination round-trips and keeps to 40 bytes", "[wire][tcp_options]") {
    for (unsigned set = 0; set < 32; ++set) {
        tcp_options options{.mss = static_cast<std::uint16_t>(set & 1 ? 1460 : 0), .has_window_scale = (set & 2) != 0,
                            .window_scale = static_cast<std::uint8_t>(set & 2 ? 9 : 0), .sack_permitted = (set & 4) != 0,
                            .has_timestamps = (set & 8) != 0, .sack_count = static_cast<std::uint8_t>(set & 16 ? 2 : 0)};
        if (options.has_timestamps) options.tsval = 77;
        if (options.sack_count > 0) options.sack[0] = {10, 20}, options.sack[1] = {30, 40};
        std::byte room[40];
        const std::size_t size = options.encode(room);
        CHECK(size == options.size());
        CHECK(size % 4 == 0);
        CHECK(size <= tcp_options::size_max);
        CHECK(tcp_options::parse({room, size}, true) == options);
    }
}

TEST_CASE("no list of bytes leads the parser astray", "[wire][tcp_options]") {
    random_generator chance{11};
    for (int i = 0; i < 20'000; ++i) {
        std::byte list[40];
        chance.fill(list);
        for (std::byte& byte : list)
            if (chance.chance(1, 2)) byte = static_cast<std::byte>(chance.below(11));
        const tcp_options options = tcp_options::parse({list, chance.below(41)}, true);
        REQUIRE(options.size() <= tcp_options::size_max);
        REQUIRE(options.window_scale <= 14);
        REQUIRE(options.sack_count <= 4);
    }
}
