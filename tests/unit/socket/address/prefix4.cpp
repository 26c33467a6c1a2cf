#include <weld/socket/address/prefix4.hpp>

#include "support/catch.hpp"

#include <random>

using weld::address4;
using weld::errc;
using weld::prefix4;

namespace {

constexpr bool refused(weld::text characters) { return prefix4::parse(characters) == errc::invalid_argument; }
constexpr prefix4 ten{address4{10, 0, 0, 2}, 24};

static_assert(*prefix4::parse("10.0.0.2/24") == ten);
static_assert(ten.to_text() == "10.0.0.2/24");
static_assert(prefix4{address4::broadcast(), 32}.to_text() == "255.255.255.255/32");
static_assert(refused("") && refused("/") && refused("10.0.0.2") && refused("10.0.0.2/") && refused("/24"));
static_assert(refused("10.0.0.2/33") && refused("10.0.0.2/024") && refused("10.0.0.2/-1") && refused("10.0.0.2/24/"));
static_assert(refused("10.0.0/24") && refused("10.0.0.2 /24") && refused("10.0.0.2/255.255.255.0"));

static_assert(ten.netmask() == address4{255, 255, 255, 0});
static_assert(ten.network() == prefix4{address4{10, 0, 0, 0}, 24});
static_assert(ten.broadcast() == address4{10, 0, 0, 255});
static_assert(ten.contains(address4{10, 0, 0, 255}) && !ten.contains(address4{10, 0, 1, 2}));
static_assert(ten.contains(prefix4{address4{10, 0, 0, 128}, 25}) && !ten.contains(prefix4{address4{10, 0, 0, 0}, 16}));
static_assert(prefix4{}.contains(address4::broadcast()) && prefix4{}.netmask() == address4::any());
static_assert(prefix4{}.broadcast() == address4::broadcast());
static_assert(prefix4{address4::loopback(), 32}.contains(address4::loopback()));
static_assert(!prefix4{address4::loopback(), 32}.contains(address4{127, 0, 0, 2}));
static_assert(prefix4{address4{10, 0, 0, 2}, 8} < ten && ten < prefix4{address4{10, 0, 0, 3}, 0});

}  // namespace

TEST_CASE("prefix4 prints what it reads, and counts its bits as an address does", "[address]") {
    std::mt19937 random{3};
    for (int i = 0; i < 5'000; ++i) {
        const auto address = address4::from_uint32(static_cast<std::uint32_t>(random()));
        const prefix4 prefix{address, static_cast<unsigned>(random() % 33)};
        REQUIRE(*prefix4::parse(prefix.to_text()) == prefix);

        const unsigned changed = static_cast<unsigned>(random() % 32);  // counted from the first bit
        const auto other = address4::from_uint32(prefix.address().to_uint32() ^ 0x80000000u >> changed);
        REQUIRE(prefix.contains(other) == (changed >= prefix.length()));
        REQUIRE(prefix.network().contains(prefix.broadcast()));
    }
}
