#include <weld/socket/address/text_buffer.hpp>

#include "support/catch.hpp"

#include <string_view>
#include <type_traits>

using weld::text;
using weld::text_buffer;

namespace {

constexpr text_buffer<16> printed() {
    text_buffer<16> made;
    return made.append("port ").append_decimal(65535).append(' ').append_hex(0xab, 4);
}
constexpr text_buffer<10> decimal(std::uint32_t value) { return text_buffer<10>{}.append_decimal(value); }
constexpr text_buffer<8> hex(std::uint32_t value, std::size_t digits_min = 1) {
    return text_buffer<8>{}.append_hex(value, digits_min);
}

static_assert(printed() == "port 65535 00ab");
static_assert(printed() == printed());
static_assert(printed() != "port 65535 00a");
static_assert(text_buffer<4>{}.empty() && text_buffer<4>{} == "");
static_assert(decimal(0) == "0" && decimal(10) == "10" && decimal(4294967295) == "4294967295");
static_assert(hex(0) == "0" && hex(0xffffffff) == "ffffffff" && hex(0x10) == "10" && hex(0, 4) == "0000");
static_assert(std::is_convertible_v<text_buffer<4>, text>);
static_assert(std::is_trivially_copyable_v<text_buffer<4>>);

}  // namespace

TEST_CASE("a text buffer ends in a zero and reads as a string", "[address]") {
    const auto made = printed();
    CHECK(std::string_view{made.data(), made.size()} == "port 65535 00ab");
    CHECK(std::string_view{made.c_str()} == "port 65535 00ab");
    CHECK(std::string_view{text{made}.data(), text{made}.size()} == "port 65535 00ab");
}
