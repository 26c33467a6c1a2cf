#include <weld/stack/ip/source_selection.hpp>

#include "support/catch.hpp"
#include "support/stack/world6.hpp"

using namespace test;

namespace {
struct ours {
    const char* address;
    std::uint32_t interface = 1;
    own::address6_phase phase = own::address6_phase::preferred;
};
std::string choice(std::initializer_list<ours> list, const char* to, std::uint32_t interface = 1) {
    own::address6_table table;
    for (const ours& each : list) REQUIRE(table.add({six(each.address), 64}, each.interface, {.phase = each.phase}));
    const weld::address6 chosen = select_source(table, six(to), interface);
    return {chosen.to_text().data(), chosen.to_text().size()};
}
}  // namespace

TEST_CASE("the source of a packet: RFC 6724 section 5, rule by rule", "[source_selection]") {
    using own::address6_phase;
    CHECK(choice({}, "2001:db8:1::1") == "::");
    CHECK(choice({{"2001:db8:1::1"}, {"2001:db8:1::2"}}, "2001:db8:1::2") == "2001:db8:1::2");           // 1: the same
    CHECK(choice({{"fe80::1"}, {"2001:db8:2::1"}}, "2001:db8:1::1") == "2001:db8:2::1");                 // 2: scope
    CHECK(choice({{"2001:db8:2::1"}, {"fe80::1"}}, "fe80::2") == "fe80::1");
    CHECK(choice({{"2001:db8:2::1"}, {"fe80::1"}}, "ff02::1") == "fe80::1");
    CHECK(choice({{"fe80::1"}, {"2001:db8:2::1"}}, "ff0e::1") == "2001:db8:2::1");
    CHECK(choice({{"2001:db8:1::1", 1, address6_phase::deprecated}, {"2001:db8:2::1"}}, "2001:db8:1::2") == "2001:db8:2::1");  // 3
    CHECK(choice({{"2001:db8:1::1", 2}, {"2001:db8:2::1"}}, "2001:db8:1::2") == "2001:db8:2::1");        // 5: the interface's own
    CHECK(choice({{"2001:db8:1::1"}, {"2002:c633:6401::1"}}, "2002:c633:6402::2") == "2002:c633:6401::1");  // 6: label
    CHECK(choice({{"fd00::1"}, {"2001:db8:2::1"}}, "2001:db8:9::1") == "2001:db8:2::1");
    CHECK(choice({{"2001:db8:2::1"}, {"fd00::1"}}, "fd77::1") == "fd00::1");
    CHECK(choice({{"2001:db8:2::1"}, {"2001:db8:1::1"}}, "2001:db8:1:ff::1") == "2001:db8:1::1");        // 8: longest prefix
    CHECK(choice({{"2001:db8:1::5"}, {"2001:db8:1::1"}}, "2001:db8:1::1:1") == "2001:db8:1::5");         // not beyond the network's
    // what is not ours yet, or no more
    CHECK(choice({{"2001:db8:1::1", 1, address6_phase::tentative}}, "2001:db8:1::2") == "::");
    CHECK(choice({{"2001:db8:1::1", 1, address6_phase::duplicate}, {"2001:db8:2::1"}}, "2001:db8:1::2") == "2001:db8:2::1");
    // another interface's link-local address means nothing here
    CHECK(choice({{"fe80::1", 2}}, "2001:db8:1::2") == "::");
    CHECK(choice({{"fe80::1", 2}}, "fe80::2") == "::");
    CHECK(choice({{"2001:db8:1::1", 2}}, "ff02::1") == "::");
}

TEST_CASE("scopes, groups and interface identifiers", "[source_selection]") {
    CHECK(own::scope6::of(six("ff02::1")) == 2);
    CHECK(own::scope6::of(six("ff0e::1")) == 14);
    CHECK(own::scope6::of(six("::1")) == 2);
    CHECK(own::scope6::of(six("fec0::1")) == 5);
    CHECK(own::scope6::of(six("fd00::1")) == 14);
    CHECK(own::scope6::needs_interface(six("fe80::1")));
    CHECK(own::scope6::needs_interface(six("ff02::1")));
    CHECK_FALSE(own::scope6::needs_interface(six("::1")));
    CHECK(own::solicited_node(six("2001:db8::ab12:3456")) == six("ff02::1:ff12:3456"));
    CHECK(own::with_eui64(six("fe80::"), our_mac) == our_link);
}
