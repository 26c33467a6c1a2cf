#include <weld/std/address.hpp>

#include "support/catch.hpp"

#include <iomanip>
#include <sstream>
#include <string>
#include <unordered_map>
#include <unordered_set>

using namespace weld;

TEST_CASE("addresses go into streams and strings", "[address][std]") {
    const auto streamed = [](const auto& value) {
        std::ostringstream out;
        out << value;
        CHECK(out.str() == to_string(value));
        return out.str();
    };
    CHECK(streamed(address4::loopback()) == "127.0.0.1");
    CHECK(streamed(address6::loopback()) == "::1");
    CHECK(streamed(*prefix4::parse("10.0.0.2/24")) == "10.0.0.2/24");
    CHECK(streamed(*prefix6::parse("fe80::/10")) == "fe80::/10");
    CHECK(streamed(mac_address::broadcast()) == "ff:ff:ff:ff:ff:ff");
    CHECK(streamed(endpoint4{address4::any(), 80}) == "0.0.0.0:80");
    CHECK(streamed(endpoint6{address6::any(), 80}) == "[::]:80");
    CHECK(streamed(*unix_address::parse("@echo")) == "@echo");
    CHECK(streamed(packet_address{3, 2}) == "%2/0x0003");
    CHECK(streamed(generic_address{endpoint4{address4::any(), 80}}) == "0.0.0.0:80");

    std::ostringstream padded;
    padded << std::setw(10) << std::left << address6::loopback() << '|';
    CHECK(padded.str() == "::1       |");
}

TEST_CASE("addresses are keys of unordered containers", "[address][std]") {
    std::unordered_set<endpoint4> endpoints;
    for (int i = 0; i < 1'000; ++i)
        endpoints.insert({address4::from_uint32(static_cast<std::uint32_t>(i % 10)), static_cast<std::uint16_t>(i % 100)});
    CHECK(endpoints.size() == 100);
    CHECK(endpoints.count(endpoint4{address4::from_uint32(3), 33}) == 1);

    std::unordered_map<generic_address, int> any;
    any[endpoint6{address6::loopback(), 1}] = 1;
    any[*unix_address::parse("@a")] = 2;
    CHECK(any.at(*unix_address::parse("@a")) == 2);

    CHECK(std::unordered_set<address4>{address4{}, address4::loopback(), address4{}}.size() == 2);
    CHECK(std::unordered_set<address6>{address6{}, address6::loopback(), address6{}}.size() == 2);
    CHECK(std::unordered_set<prefix4>{prefix4{}, {address4{}, 1}, {address4{}, 1}}.size() == 2);
    CHECK(std::unordered_set<prefix6>{prefix6{}, {address6{}, 1}, {address6{}, 1}}.size() == 2);
    CHECK(std::unordered_set<mac_address>{mac_address{}, mac_address::broadcast(), mac_address{}}.size() == 2);
    CHECK(std::unordered_set<endpoint6>{endpoint6{}, {address6{}, 1}, {address6{}, 1}}.size() == 2);
    CHECK(std::unordered_set<unix_address>{unix_address{}, *unix_address::parse("a"), unix_address{}}.size() == 2);
    CHECK(std::unordered_set<packet_address>{packet_address{}, {3, 1}, {3, 1}}.size() == 2);
}
