#include <weld/socket/address/mac_address.hpp>

#include "support/catch.hpp"

#include <random>

using weld::errc;
using weld::mac_address;

namespace {

constexpr bool refused(weld::text characters) { return mac_address::parse(characters) == errc::invalid_argument; }
constexpr mac_address station{0x02, 0xa0, 0x0b, 0xcc, 0x00, 0xff};

static_assert(*mac_address::parse("02:a0:0b:cc:00:ff") == station &&
              *mac_address::parse("02:A0:0B:CC:00:FF") == station);
static_assert(station.to_text() == "02:a0:0b:cc:00:ff");
static_assert(refused("") && refused("02:a0:0b:cc:00") && refused("02:a0:0b:cc:00:ff:") &&
              refused("02-a0-0b-cc-00-ff"));
static_assert(refused("2:a0:0b:cc:00:ff") && refused("02:a0:0b:cc:00:fg") && refused(" 2:a0:0b:cc:00:ff"));
static_assert(refused("02:a0:0b:cc:00:ff ") && refused("02:a0:0b:cc:00.ff") && refused("02a00bcc00ff"));

static_assert(mac_address{}.is_any() && !station.is_any());
static_assert(mac_address::broadcast().is_broadcast() && mac_address::broadcast().is_multicast() &&
              !station.is_broadcast());
static_assert(mac_address{0x01, 0x00, 0x5e, 0, 0, 1}.is_multicast() && !station.is_multicast());
static_assert(station.is_local() && !mac_address{0x00, 0x1b, 0x21, 0, 0, 1}.is_local());
static_assert(mac_address{0, 0, 0, 0, 1, 0} > mac_address{0, 0, 0, 0, 0, 0xff});

}  // namespace

TEST_CASE("mac_address prints what it reads", "[address]") {
    std::mt19937 random{8};
    for (int i = 0; i < 2'000; ++i) {
        mac_address address;
        for (auto& byte : address.bytes) byte = static_cast<std::uint8_t>(random());
        REQUIRE(*mac_address::parse(address.to_text()) == address);
    }
}
