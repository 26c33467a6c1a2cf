// SPDX-License-Identifier: BSL-1.0
#include <weld/stack/port_table.hpp>

#include <weld/socket/address/address4.hpp>

#include "support/catch.hpp"

#include <set>
#include <vector>

using namespace weld;
using namespace weld::stack;

namespace {
constexpr address4 one{{10, 0, 0, 1}}, two{{10, 0, 0, 2}};

template <class Rules>
struct fixture {
    port_table<address4, Rules> ports;
    secret_generator chance{random_key::from(1)};
    fixture() { ports.start(chance); }
};
struct holder : port_binding<address4> {
    explicit holder(address4 where = {}, bool share_address = false, bool share_port = false) {
        address = where;
        reuse_address = share_address;
        reuse_port = share_port;
    }
};
}  // namespace

TEST_CASE("a port is held once under one address, or under the unspecified one", "[stack][port_table]") {
    fixture<tcp_port_rules> f;
    holder a{one}, b{one}, c{two}, d{};
    CHECK(f.ports.bind(a, 80));
    CHECK(a.port() == 80);
    CHECK(f.ports.bind(b, 80).error() == errc::address_in_use);
    CHECK(f.ports.bind(c, 80));
    CHECK(f.ports.bind(d, 80).error() == errc::address_in_use);
    f.ports.release(a);
    f.ports.release(c);
    CHECK(f.ports.bind(d, 80));
    CHECK(f.ports.bind(a, 80).error() == errc::address_in_use);
    f.ports.release(d);
    CHECK(f.ports.owners(80) == nullptr);
}

TEST_CASE("SO_REUSEADDR shares a tcp port with all but a listener", "[stack][port_table]") {
    fixture<tcp_port_rules> f;
    holder a{one, true}, b{one, true}, c{one, true}, d{one};
    CHECK(f.ports.bind(a, 80));
    CHECK(f.ports.bind(b, 80));
    CHECK(f.ports.bind(d, 80).error() == errc::address_in_use);  // only one of the two has it
    a.listening = true;
    CHECK_FALSE(f.ports.conflicts(a));
    CHECK(f.ports.bind(c, 80).error() == errc::address_in_use);
    CHECK(f.ports.conflicts(b));
    for (holder* h : {&a, &b}) f.ports.release(*h);
}

TEST_CASE("SO_REUSEPORT shares a port among listeners that all have it", "[stack][port_table]") {
    fixture<tcp_port_rules> f;
    holder a{one, false, true}, b{one, false, true}, c{one};
    CHECK(f.ports.bind(a, 80));
    a.listening = true;
    CHECK(f.ports.bind(b, 80));
    CHECK(f.ports.bind(c, 80).error() == errc::address_in_use);
    for (holder* h : {&a, &b}) f.ports.release(*h);
}

TEST_CASE("an interface of one's own keeps two bindings apart", "[stack][port_table]") {
    fixture<tcp_port_rules> f;
    holder a, b, c;
    a.interface = 1;
    b.interface = 2;
    CHECK(f.ports.bind(a, 80));
    CHECK(f.ports.bind(b, 80));
    CHECK(f.ports.bind(c, 80).error() == errc::address_in_use);
    for (holder* h : {&a, &b}) f.ports.release(*h);
}

TEST_CASE("either option shares a udp port where both have it", "[stack][port_table]") {
    fixture<udp_port_rules> f;
    holder a{one, true}, b{one, true}, c{one, false, true}, d{two, false, true}, e{two, false, true};
    CHECK(f.ports.bind(a, 53));
    CHECK(f.ports.bind(b, 53));
    CHECK(f.ports.bind(c, 53).error() == errc::address_in_use);
    CHECK(f.ports.bind(d, 53));
    CHECK(f.ports.bind(e, 53));
    for (holder* h : {&a, &b, &d, &e}) f.ports.release(*h);
}

TEST_CASE("a port nobody asked for lies in the range and is shared with nobody", "[stack][port_table]") {
    fixture<tcp_port_rules> f;
    std::vector<holder> held(28232);
    std::set<std::uint16_t> seen;
    for (holder& h : held) {
        h.reuse_address = h.reuse_port = true;
        REQUIRE(f.ports.bind_any(h, f.chance));
        REQUIRE(h.port() >= 32768);
        REQUIRE(h.port() <= 60999);
        REQUIRE(seen.insert(h.port()).second);
    }
    holder late;
    CHECK(f.ports.bind_any(late, f.chance).error() == errc::address_in_use);
    for (holder& h : held) f.ports.release(h);
}

TEST_CASE("connections to one peer take successive ports, and other peers' ports tell nothing", "[stack][port_table]") {
    fixture<tcp_port_rules> f;
    const auto always = [](std::uint16_t) { return true; };
    holder a, b, c;
    REQUIRE(f.ports.bind_to_connect(a, one, two, 80, always));
    REQUIRE(f.ports.bind_to_connect(b, one, two, 80, always));
    REQUIRE(f.ports.bind_to_connect(c, one, two, 81, always));
    CHECK((b.port() == a.port() + 2 || b.port() == 32768));
    CHECK(c.port() != b.port() + 2);
    for (holder* h : {&a, &b, &c}) f.ports.release(*h);
}

TEST_CASE("connect shares its ports between peers, and takes none that somebody bound", "[stack][port_table]") {
    fixture<tcp_port_rules> f;
    f.ports.start(f.chance, {5000, 5001});
    const auto always = [](std::uint16_t) { return true; };
    const auto never = [](std::uint16_t) { return false; };
    holder bound{one, true}, a, b, c, d;
    REQUIRE(f.ports.bind(bound, 5000));
    CHECK(f.ports.bind_to_connect(a, one, two, 80, never));
    CHECK(a.port() == 5001);
    CHECK(f.ports.bind_to_connect(b, one, two, 80, never).error() == errc::address_not_available);
    CHECK(f.ports.bind_to_connect(c, one, two, 81, always));
    CHECK(c.port() == 5001);
    holder child;
    CHECK(f.ports.inherit(child, bound));
    CHECK(child.port() == 5000);
    f.ports.pass_on(child, d);
    CHECK_FALSE(child.bound());
    CHECK(d.port() == 5000);
    for (holder* h : {&bound, &a, &c, &d}) f.ports.release(*h);
}
