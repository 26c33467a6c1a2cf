#include <weld/socket/address/prefix6.hpp>

#include "support/catch.hpp"

#include <random>

using weld::address6;
using weld::errc;
using weld::prefix6;

namespace {

constexpr bool refused(weld::text characters) { return prefix6::parse(characters) == errc::invalid_argument; }
constexpr prefix6 documentation = *prefix6::parse("2001:db8::2/64");

static_assert(documentation.to_text() == "2001:db8::2/64" && documentation.length() == 64);
static_assert(prefix6::parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128")->to_text().size() == 43);
static_assert(refused("") && refused("/") && refused("::") && refused("::/") && refused("/64") && refused("::/129"));
static_assert(refused("::/064") && refused("::/64 ") && refused("::/6/4") && refused("[::]/64") &&
              refused("fe80::%1/64"));

static_assert(documentation.netmask().to_text() == "ffff:ffff:ffff:ffff::");
static_assert(documentation.network() == *prefix6::parse("2001:db8::/64"));
static_assert(documentation.contains(*address6::parse("2001:db8::ffff:0:0:1")));
static_assert(!documentation.contains(*address6::parse("2001:db8:0:1::2")));
static_assert(documentation.contains(*prefix6::parse("2001:db8::/65")) &&
              !documentation.contains(*prefix6::parse("2001:db8::/63")));
static_assert(prefix6{}.contains(address6::loopback()) && prefix6{}.netmask() == address6::any());
static_assert(prefix6::parse("fe80::/10")->netmask().to_text() == "ffc0::");
static_assert(prefix6::parse("::1/128")->contains(address6::loopback()) &&
              !prefix6::parse("::1/128")->contains(address6::any()));
static_assert(*prefix6::parse("::/0") < *prefix6::parse("::/1") &&
              *prefix6::parse("::/128") < *prefix6::parse("::1/0"));

}  // namespace

TEST_CASE("prefix6 prints what it reads, and counts its bits as an address does", "[address]") {
    std::mt19937 random{7};
    for (int i = 0; i < 5'000; ++i) {
        address6 address;
        for (auto& byte : address.bytes) byte = static_cast<std::uint8_t>(random());
        const prefix6 prefix{address, static_cast<unsigned>(random() % 129)};
        REQUIRE(*prefix6::parse(prefix.to_text()) == prefix);

        const unsigned changed = static_cast<unsigned>(random() % 128);  // counted from the first bit
        address.bytes[changed / 8] ^= static_cast<std::uint8_t>(0x80 >> changed % 8);
        REQUIRE(prefix.contains(address) == (changed >= prefix.length()));
        REQUIRE(prefix.contains(prefix.network()));
    }
}
