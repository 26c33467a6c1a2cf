// SPDX-License-Identifier: BSL-1.0
#include <weld/core/pcapng.hpp>

#include <weld/device/capture_view.hpp>

#include "support/catch.hpp"

#include <vector>

using namespace weld;

TEST_CASE("each block is as long as was told, for payloads and comments of every alignment", "[core][pcapng]") {
    std::vector<std::byte> memory(4096);
    const char letters[] = "abcdefghij";
    for (std::size_t i = 0; i < 9; ++i) {
        pcapng_encoder to{mutable_bytes{memory}};
        to.section();
        CHECK(to.size() == pcapng_encoder::section_size);
        const text name{letters, i};
        to.interface(pcapng_encoder::linktype_raw, 0, name);
        CHECK(to.size() == pcapng_encoder::section_size + pcapng_encoder::interface_size(name));
        for (const std::uint32_t flags : {0u, 2u}) {
            const std::size_t before = to.size();
            to.packet({.captured = as_bytes(text{letters, i}), .original_size = i, .flags = flags, .comment = text{letters, 8 - i}});
            CHECK(to.size() == before + pcapng_encoder::packet_size(i, flags, text{letters, 8 - i}));
        }
    }
}

TEST_CASE("what is encoded is read back", "[core][pcapng]") {
    std::vector<std::byte> memory(1024);
    pcapng_encoder to{mutable_bytes{memory}};
    to.section();
    to.interface(pcapng_encoder::linktype_ethernet, 0, "eth0");
    to.interface(pcapng_encoder::linktype_raw, 100, "");
    to.packet({.interface = 1, .nanoseconds = 5'000'000'007, .captured = as_bytes("abc"), .original_size = 9, .comment = "lost"});
    const mutable_bytes kept = to.packet({.captured = as_bytes("defg"), .original_size = 4, .flags = 1});
    kept[0] = std::byte{'D'};
    auto view = device::capture_view::parse(const_bytes{memory.data(), to.size()});
    REQUIRE(view);
    device::captured_frame frame;
    REQUIRE(view->next(frame));
    CHECK(frame.link == 101);
    CHECK(frame.since_1970.nanoseconds() == 5'000'000'007);
    CHECK(frame.original_size == 9);
    CHECK(equal(frame.bytes, as_bytes("abc")));
    REQUIRE(view->next(frame));
    CHECK(frame.link == 1);
    CHECK(equal(frame.bytes, as_bytes("Defg")));
    CHECK_FALSE(view->next(frame));
    CHECK_FALSE(view->malformed());
}
