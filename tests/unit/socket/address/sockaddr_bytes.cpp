#include <weld/socket/address/sockaddr_bytes.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

namespace {

using std::byte;

struct pair {
    std::uint16_t family;
    std::uint16_t rest;
};

constexpr byte four[4]{byte{0x34}, byte{0x12}, byte{0x78}, byte{0x56}};

static_assert(weld::detail::sockaddr_family(four) == 0x1234);
static_assert(weld::detail::sockaddr_family(std::span{four}.first(1)) == 0);
static_assert(weld::detail::sockaddr_family({}) == 0);
static_assert(weld::detail::load_sockaddr<pair>(four).rest == 0x5678);
static_assert(weld::detail::load_sockaddr<pair>(std::span{four}.first(3)).rest == 0x78);

}  // namespace

TEST_CASE("an object is stored as it lies, and nothing behind it", "[address]") {
    byte out[5]{};
    out[4] = byte{0xee};
    CHECK(weld::detail::store_sockaddr(pair{0x1234, 0x5678}, out) == 4);
    CHECK(std::equal(four, four + 4, out));
    CHECK(out[4] == byte{0xee});
}
