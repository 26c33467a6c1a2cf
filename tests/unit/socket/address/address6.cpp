#include <weld/socket/address/address6.hpp>

#include "support/catch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>
#include <random>
#include <string>
#include <type_traits>

using weld::address4;
using weld::address6;
using weld::errc;

namespace {

constexpr bool refused(weld::text characters) { return address6::parse(characters) == errc::invalid_argument; }
/// True where the text is read, and printed as `canonical`.
constexpr bool reads(weld::text characters, weld::text canonical) {
    const auto parsed = address6::parse(characters);
    return parsed && parsed->to_text() == canonical;
}
constexpr bool reads(weld::text characters) { return reads(characters, characters); }

// RFC 4291 section 2.2
static_assert(reads("ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"));
static_assert(reads("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"));
static_assert(reads("FF01:0:0:0:0:0:0:101", "ff01::101"));
static_assert(reads("0:0:0:0:0:0:0:1", "::1") && reads("0:0:0:0:0:0:0:0", "::") && reads("::") && reads("::1"));
static_assert(reads("0:0:0:0:0:0:13.1.68.3", "::13.1.68.3"));
static_assert(reads("0:0:0:0:0:FFFF:129.144.52.38", "::ffff:129.144.52.38"));
// RFC 5952 section 4
static_assert(reads("2001:0db8::0001", "2001:db8::1"));
static_assert(reads("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"));
static_assert(reads("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"));
static_assert(reads("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"));
static_assert(reads("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"));
static_assert(reads("1::") && reads("1:2:3:4:5:6:7:0") && reads("0:2:3:4:5:6:7:8") && reads("1:2:3:4:5:6::"));
static_assert(reads("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0") && reads("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"));
static_assert(reads("::ffff:0:0", "::ffff:0.0.0.0") && reads("::1:0", "::0.1.0.0") && reads("::ffff"));
static_assert(reads("64:ff9b::1.2.3.4", "64:ff9b::102:304") && reads("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"));
static_assert(reads("1:2:3:4:5::1.2.3.4", "1:2:3:4:5:0:102:304") && reads("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));

static_assert(refused("") && refused(":") && refused(":::") && refused("1") && refused("1:") && refused(":1"));
static_assert(refused("1:2:3:4:5:6:7") && refused("1:2:3:4:5:6:7:8:9") && refused("1:2:3:4:5:6:7:8:"));
static_assert(refused("::1::") && refused("1::2::3") && refused("1:::2") && refused("1::2:") && refused(":1::2"));
static_assert(refused("1:2:3:4::5:6:7:8") && refused("1:2:3:4:5:6:7:8::") && refused("::1:2:3:4:5:6:7:8"));
static_assert(refused("12345::") && refused("00001::") && refused("g::") && refused("-1::") && refused("0x1::"));
static_assert(refused("::1.2.3") && refused("::1.2.3.4.5") && refused("::1.2.3.256") && refused("::01.2.3.4"));
static_assert(refused("1.2.3.4") && refused("::1.2.3.4:1") && refused("1.2.3.4::") && refused("1:2:3:4:5:6:7:1.2.3.4"));
static_assert(refused("1:2:3:4:5:6::1.2.3.4") && refused("1:2:3:4:5:1.2.3.4") && refused("::1.2.3.4::"));
static_assert(refused(" ::1") && refused("::1 ") && refused("[::1]") && refused("::1%1") && refused("fe80::1%eth0"));
static_assert(refused("::1/64") && refused({"::1\0", 4}));

static_assert(address6::any() == address6{} && address6{}.is_any() && !address6::loopback().is_any());
static_assert(address6::loopback().is_loopback() && !address6{}.is_loopback());
static_assert(address6::parse("ff02::1")->is_multicast() && !address6::parse("fe80::1")->is_multicast());
static_assert(address6::parse("fe80::1")->is_link_local() && address6::parse("febf::1")->is_link_local());
static_assert(!address6::parse("fec0::1")->is_link_local() && !address6::parse("ff80::1")->is_link_local());
static_assert(address6::parse("fc00::1")->is_unique_local() && address6::parse("fdff::1")->is_unique_local());
static_assert(!address6::parse("fe00::1")->is_unique_local() && !address6::parse("fbff::")->is_unique_local());

static_assert(address6::mapped(address4{10, 0, 0, 2}).to_text() == "::ffff:10.0.0.2");
static_assert(*address6::mapped(address4{10, 0, 0, 2}).to_address4() == address4{10, 0, 0, 2});
static_assert(address6::loopback().to_address4() == errc::invalid_argument);
static_assert(!address6::parse("1::ffff:1.2.3.4")->is_mapped() && !address6::parse("::1:ffff:1.2.3.4")->is_mapped());
static_assert(address6::from_groups({0x2001, 0xdb8, 0, 0, 0, 0, 0, 1}).group(1) == 0xdb8);
static_assert(address6::parse("1:2:3:4:5:6:7:8")->high() == 0x0001000200030004);
static_assert(address6::parse("1:2:3:4:5:6:7:8")->low() == 0x0005000600070008);
static_assert(address6::from_halves(0x0001000200030004, 0x0005000600070008).to_text() == "1:2:3:4:5:6:7:8");
static_assert(*address6::parse("::ffff") < *address6::parse("::1:0") &&
              *address6::parse("1::") > *address6::parse("::1"));

static_assert(sizeof(address6) == sizeof(in6_addr));
static_assert(std::is_trivially_copyable_v<address6> && std::regular<address6> && std::totally_ordered<address6>);

/// Mostly zeros, as real addresses are.
address6 some_address(std::mt19937& random) {
    address6 made;
    for (std::size_t i = 0; i < 8; ++i)
        if (random() % 2 != 0) made.set_group(i, static_cast<std::uint16_t>(random() % 0x10000 >> random() % 17));
    if (random() % 8 == 0) return address6::mapped(address4::from_uint32(static_cast<std::uint32_t>(random())));
    if (random() % 8 == 0)
        for (std::size_t i = 0; i < 12; ++i) made.bytes[i] = 0;
    return made;
}

std::string some_text(const address6& address, std::mt19937& random) {
    static constexpr char alphabet[] = "0123456789abcdefABCDEF:::::::...% g";
    char printed[INET6_ADDRSTRLEN];
    ::inet_ntop(AF_INET6, address.bytes, printed, sizeof printed);
    std::string characters = printed;
    for (auto changes = random() % 5; changes > 0; --changes) {
        const auto at = random() % (characters.size() + 1);
        const char c = alphabet[random() % (sizeof alphabet - 1)];
        switch (random() % 4) {
            case 0: characters.insert(at, 1, c); break;
            case 1: characters.erase(at, 1); break;
            case 2: characters.insert(at, at % 2 == 0 ? "::" : ":0"); break;
            default:
                if (at < characters.size()) characters[at] = c;
        }
    }
    return characters;
}

}  // namespace

TEST_CASE("address6 reads what inet_pton reads and prints what inet_ntop prints", "[address]") {
    std::mt19937 random{4};
    int valid = 0;
    for (int i = 0; i < 50'000; ++i) {
        const address6 address = some_address(random);
        char reference[INET6_ADDRSTRLEN];
        REQUIRE(::inet_ntop(AF_INET6, address.bytes, reference, sizeof reference));
        REQUIRE(address.to_text() == reference);
        REQUIRE(*address6::parse(address.to_text()) == address);

        const std::string characters = some_text(address, random);
        INFO(characters);
        address6 expected;
        const bool is_address = ::inet_pton(AF_INET6, characters.c_str(), expected.bytes) == 1;
        const auto parsed = address6::parse(characters);
        REQUIRE(parsed.has_value() == is_address);
        if (is_address) REQUIRE(*parsed == expected);
        valid += is_address;
    }
    CHECK(valid > 12'000);
    CHECK(valid < 40'000);
}

TEST_CASE("address6 tells kinds of addresses as the kernel's macros do", "[address]") {
    std::mt19937 random{5};
    for (int i = 0; i < 20'000; ++i) {
        address6 address = some_address(random);
        address.bytes[0] = static_cast<std::uint8_t>(i);
        if (i % 2 == 0) address.bytes[0] = static_cast<std::uint8_t>(0xfc + i % 8 / 2);
        if (i % 5 == 0) address.bytes[0] = 0;
        in6_addr reference;
        std::memcpy(&reference, address.bytes, sizeof reference);
        REQUIRE(address.is_any() == (IN6_IS_ADDR_UNSPECIFIED(&reference) != 0));
        REQUIRE(address.is_loopback() == (IN6_IS_ADDR_LOOPBACK(&reference) != 0));
        REQUIRE(address.is_multicast() == (IN6_IS_ADDR_MULTICAST(&reference) != 0));
        REQUIRE(address.is_link_local() == (IN6_IS_ADDR_LINKLOCAL(&reference) != 0));
        REQUIRE(address.is_mapped() == (IN6_IS_ADDR_V4MAPPED(&reference) != 0));
    }
}

TEST_CASE("addresses are ordered as their bytes are", "[address]") {
    std::mt19937 random{6};
    for (int i = 0; i < 5'000; ++i) {
        const address6 a = some_address(random), b = i % 7 == 0 ? a : some_address(random);
        const int reference = std::memcmp(a.bytes, b.bytes, 16);
        REQUIRE((a < b) == (reference < 0));
        REQUIRE((a == b) == (reference == 0));
    }
}
