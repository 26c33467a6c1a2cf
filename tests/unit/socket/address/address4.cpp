#include <weld/socket/address/address4.hpp>

#include "support/catch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>
#include <random>
#include <string>
#include <type_traits>

using weld::address4;
using weld::errc;

namespace {

constexpr bool refused(weld::text characters) { return address4::parse(characters) == errc::invalid_argument; }

static_assert(*address4::parse("10.0.0.2") == address4{10, 0, 0, 2});
static_assert(*address4::parse("0.0.0.0") == address4::any());
static_assert(*address4::parse("255.255.255.255") == address4::broadcast());
static_assert(refused("") && refused(".") && refused("...") && refused("1") && refused("1.2.3") && refused("1.2.3."));
static_assert(refused("1.2.3.4.") && refused("1.2.3.4.5") && refused(".1.2.3.4") && refused("1..2.3"));
static_assert(refused("256.0.0.1") && refused("1.2.3.1000") && refused("01.2.3.4") && refused("1.2.3.04"));
static_assert(refused(" 1.2.3.4") && refused("1.2.3.4 ") && refused("1.2.3.4\n") && refused("1.2.3.4:80"));
static_assert(refused("0x1.2.3.4") && refused("-1.2.3.4") && refused("1.2.3.a") && refused({"1.2.3.4\0", 8}));

static_assert(address4{10, 0, 0, 2}.to_text() == "10.0.0.2");
static_assert(address4::any().to_text() == "0.0.0.0");
static_assert(address4::broadcast().to_text() == "255.255.255.255");

static_assert(address4::from_uint32(0x7f000001) == address4::loopback());
static_assert(address4{1, 2, 3, 4}.to_uint32() == 0x01020304);
static_assert(address4{} == address4::any() && address4{}.is_any() && !address4::loopback().is_any());
static_assert(address4{9, 255, 255, 255} < address4{10, 0, 0, 0} && address4{128, 0, 0, 0} > address4{127, 0, 0, 0});

static_assert(address4{127, 255, 0, 1}.is_loopback() && !address4{128, 0, 0, 1}.is_loopback());
static_assert(address4{224, 0, 0, 1}.is_multicast() && address4{239, 255, 255, 255}.is_multicast());
static_assert(!address4{223, 255, 255, 255}.is_multicast() && !address4{240, 0, 0, 0}.is_multicast());
static_assert(address4::broadcast().is_broadcast() && !address4{10, 0, 0, 255}.is_broadcast());
static_assert(address4{169, 254, 1, 1}.is_link_local() && !address4{169, 253, 1, 1}.is_link_local());
static_assert(address4{10, 1, 1, 1}.is_private() && address4{192, 168, 0, 1}.is_private());
static_assert(address4{172, 16, 0, 0}.is_private() && address4{172, 31, 255, 255}.is_private());
static_assert(!address4{172, 15, 0, 0}.is_private() && !address4{172, 32, 0, 0}.is_private());
static_assert(!address4{192, 169, 0, 1}.is_private() && !address4{11, 0, 0, 1}.is_private());

static_assert(sizeof(address4) == sizeof(in_addr));
static_assert(std::is_trivially_copyable_v<address4> && std::regular<address4> && std::totally_ordered<address4>);

/// The text with one character inserted, removed or replaced, up to three times.
std::string mutated(std::string characters, std::mt19937& random) {
    static constexpr char alphabet[] = "0123456789.. :x-a";
    for (auto changes = random() % 4; changes > 0; --changes) {
        const auto at = random() % (characters.size() + 1);
        const char c = alphabet[random() % (sizeof alphabet - 1)];
        switch (random() % 3) {
            case 0: characters.insert(at, 1, c); break;
            case 1: characters.erase(at, 1); break;
            default:
                if (at < characters.size()) characters[at] = c;
        }
    }
    return characters;
}

}  // namespace

TEST_CASE("address4 reads what inet_pton reads and prints what inet_ntop prints", "[address]") {
    std::mt19937 random{1};
    int valid = 0;
    for (int i = 0; i < 20'000; ++i) {
        const auto address = address4::from_uint32(static_cast<std::uint32_t>(random()) >> random() % 32);
        char reference[INET_ADDRSTRLEN];
        REQUIRE(::inet_ntop(AF_INET, address.bytes, reference, sizeof reference));
        REQUIRE(address.to_text() == reference);
        REQUIRE(*address4::parse(address.to_text()) == address);

        const std::string characters = mutated(reference, random);
        INFO(characters);
        address4 expected;
        const bool is_address = ::inet_pton(AF_INET, characters.c_str(), expected.bytes) == 1;
        const auto parsed = address4::parse(characters);
        REQUIRE(parsed.has_value() == is_address);
        if (is_address) REQUIRE(*parsed == expected);
        valid += is_address;
    }
    CHECK(valid > 5'000);
    CHECK(valid < 15'000);
}

TEST_CASE("address4 and a number convert as ntohl and htonl do", "[address]") {
    std::mt19937 random{2};
    for (int i = 0; i < 1'000; ++i) {
        const auto number = static_cast<std::uint32_t>(random());
        const auto address = address4::from_uint32(number);
        in_addr reference;
        std::memcpy(&reference, address.bytes, sizeof reference);
        CHECK(reference.s_addr == htonl(number));
        CHECK(address.to_uint32() == number);
    }
}
