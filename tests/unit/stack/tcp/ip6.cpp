// SPDX-License-Identifier: BSL-1.0
// What TCP over IPv6 does otherwise than over IPv4: sizes, checksums, options, addresses that belong to a link.
// RFC 8200 sections 5, 8.1 and 8.3; RFC 9293 section 3.7.1.
#include <weld/stack/tcp/tcp.hpp>

#include "support/catch.hpp"
#include "support/tcp_peer.hpp"

#include <weld/socket/options/ipv6.hpp>

using namespace tcp_test;
using stack::tcp_state;

namespace {
const address6 ours = address_of<ip6>(0), theirs = address_of<ip6>(1);
const wire::tcp_options plain{.mss = 1440};
}  // namespace

TEST_CASE("the MSS leaves room for a header of 40 bytes, and is 1220 where the peer names none", "[stack][tcp][ip6]") {
    peer<stack::tcp6> p;
    auto s = std::move(*p.local.socket(weld::tcp6));
    REQUIRE(s.try_connect(endpoint6{theirs, 80}).error() == errc::operation_in_progress);
    const on_wire syn = p.next();
    CHECK(syn.options.mss == 1440);
    p.ours = 80;
    p.theirs = syn.header.source_port;
    p.iss = syn.header.seq;
    p.send(0, flags::syn | flags::ack, {.ack = 1});
    CHECK(s.native().state == tcp_state::established);
    CHECK(s.native().mss == 1220);
    CHECK(s.local_address() == endpoint6{ours, syn.header.source_port});
    CHECK(s.peer_address() == endpoint6{theirs, 80});
}

TEST_CASE("connections are told apart by all of their sixteen bytes", "[stack][tcp][ip6]") {
    peer<stack::tcp6> p;
    p.network().accepts_anything = true;
    auto listener = p.listener();
    auto s = p.accepted(listener, plain);
    p.send(1, flags::ack | flags::psh, {.ack = 1, .payload = octets(5)});
    std::byte buffer[8];
    CHECK(s.try_recv(buffer) == 5u);
    p.forget();
    for (const bool ours_differs : {false, true}) {
        address6 other = ours_differs ? ours : theirs;
        other.bytes[7] ^= 1;
        p.link.inject(1, {.source = ours_differs ? theirs : other, .destination = ours_differs ? other : ours, .protocol = 6},
                      {.source_port = p.ours, .destination_port = p.theirs, .seq = p.irs + 6, .ack = p.iss + 1, .flags = flags::ack, .window = 1000}, octets(3));
        p.settle();
        CHECK(p.next().header.flags == flags::rst);
        CHECK(s.try_recv(buffer).error() == errc::resource_unavailable_try_again);
    }
    CHECK(p.tcp().counters.bad_segments == 0);
}

TEST_CASE("super-segments and trains are right for the receiver", "[stack][tcp][ip6]") {
    for (const bool train : {false, true}) {
        wire_options how{.features = {.checksum = !train, .gso_size_max = 65536}, .takes_fragments = train};
        pair<stack::tcp6> world{1, how};
        auto [a, b] = world.connected();
        stream<pair<stack::tcp6>::socket> forth{&a, &b, 2'000'000, 1};
        CHECK(world.run_until([&] { return forth.done(); }, 60_s));
        CHECK_FALSE(forth.wrong);
        CHECK(forth.received == forth.total);
        CHECK(world.tcp(1).counters.bad_segments == 0);
        CHECK(world.link.sent[0] < (train ? 2000u : 800u));
    }
}

TEST_CASE("a path that takes less is believed down to 1280", "[stack][tcp][ip6]") {  // RFC 8201 section 4
    peer<stack::tcp6> p;
    auto listener = p.listener();
    auto s = p.accepted(listener, plain);
    REQUIRE(s.try_send(octets(3 * 1440)) == 3u * 1440);
    for (int i = 0; i < 3; ++i) CHECK(p.next().payload == 1440);
    std::byte quoted[8]{};
    store_be<std::uint16_t>(quoted, 0, p.theirs);
    store_be<std::uint16_t>(quoted, 2, p.ours);
    store_be<std::uint32_t>(quoted, 4, p.iss + 1);
    const auto too_big = [&](std::size_t mtu) {
        p.tcp().error(p.local, {.source = ours, .destination = theirs, .transport = quoted, .error = errc::message_size, .mtu = mtu});
    };
    too_big(1400);
    CHECK(s.native().mss == 1340);
    CHECK(p.next().payload <= 1340);
    too_big(600);  // no link of IPv6 takes so little
    CHECK(s.native().mss == 1220);
    CHECK(*s.get<ipv6_mtu>() == 1280);
}

TEST_CASE("IPV6_MTU_DISCOVER off does not shut reports out: nobody else cuts", "[stack][tcp][ip6]") {
    peer<stack::tcp6> p;
    auto listener = p.listener();
    auto s = p.accepted(listener, plain);
    REQUIRE(s.set(ipv6_mtu_discover{path_mtu_discovery::dont}));
    REQUIRE(s.try_send(octets(1440)) == 1440u);
    static_cast<void>(p.next());
    std::byte quoted[8]{};
    store_be<std::uint16_t>(quoted, 0, p.theirs);
    store_be<std::uint16_t>(quoted, 2, p.ours);
    store_be<std::uint32_t>(quoted, 4, p.iss + 1);
    const stack::icmp_error<ip6> report{.source = ours, .destination = theirs, .transport = quoted, .error = errc::message_size, .mtu = 1300};
    p.tcp().error(p.local, report);
    CHECK(s.native().mss == 1240);
    REQUIRE(s.set(ipv6_mtu_discover{path_mtu_discovery::interface}));
    stack::icmp_error<ip6> less = report;
    less.mtu = 1290;
    p.tcp().error(p.local, less);
    CHECK(s.native().mss == 1240);
}

TEST_CASE("cookies tell the sizes of IPv6", "[stack][tcp][ip6][cookies]") {  // net/ipv6/syncookies.c
    peer<stack::tcp6> p;
    auto listener = p.listener(80, 2);
    p.theirs = 80;
    for (std::uint16_t i = 0; i <= 2; ++i) {
        p.ours = static_cast<std::uint16_t>(20'000 + i);
        p.send(0, flags::syn, {.with = plain});
    }
    p.forget();
    static_cast<void>(p.open(1000, 80, {.mss = 1439}));
    CHECK(p.tcp().counters.syn_cookies_sent == 1);
    p.send(1, flags::ack, {.ack = 1});
    auto made = listener.try_accept();
    REQUIRE(made);
    CHECK(made->native().mss_peer == 1420);
    CHECK(made->peer_address() == endpoint6{theirs, 1000});
}

TEST_CASE("options go by the names of IPv6", "[stack][tcp][ip6][options]") {  // ipv6(7)
    peer<stack::tcp6> p;
    auto s = std::move(*p.local.socket(weld::tcp6));
    CHECK(*s.get<ipv6_hops>() == 64);
    CHECK(s.set(ipv6_hops{5}));
    CHECK(*s.get<ipv6_hops>() == 5);
    CHECK(s.set(ipv6_hops{256}).error() == errc::invalid_argument);
    CHECK(s.set(ipv6_hops{-1}));
    CHECK(*s.get<ipv6_hops>() == 64);
    CHECK(s.set(ipv6_traffic_class{0xff}));
    CHECK(*s.get<ipv6_traffic_class>() == 0xfc);
    CHECK(s.set(ipv6_traffic_class{-1}));
    CHECK(*s.get<ipv6_traffic_class>() == 0);
    CHECK(s.set(ipv6_traffic_class{256}).error() == errc::invalid_argument);
    CHECK(s.get<ipv6_mtu>().error() == errc::not_connected);
    CHECK(*s.get<v6_only>());
    CHECK(s.set(v6_only{true}));
    CHECK(s.set(v6_only{false}).error() == errc::operation_not_supported);
    CHECK(s.set(ip_ttl{5}).error() == errc::no_protocol_option);
    REQUIRE(s.bind(endpoint6{{}, 80}));
    CHECK(s.set(v6_only{true}).error() == errc::invalid_argument);
}

TEST_CASE("a hop limit is the route's until one is chosen", "[stack][tcp][ip6][options]") {  // RFC 4861 section 6.3.4
    peer<stack::tcp6> p;
    p.network().hop_limit = 9;
    auto listener = p.listener();
    CHECK(p.open(1000, 80, plain).ttl == 9);
    p.send(1, flags::ack, {.ack = 1});
    auto s = std::move(*listener.try_accept());
    REQUIRE(s.try_send(octets(3)));
    CHECK(p.next().ttl == 9);
    REQUIRE(s.set(ipv6_hops{5}));
    REQUIRE(s.try_send(octets(3)));
    p.send(1, flags::ack, {.ack = 4});
    CHECK(p.next().ttl == 5);
    REQUIRE(s.set(ipv6_hops{-1}));
    p.send(1, flags::ack, {.ack = 7});
    REQUIRE(s.try_send(octets(3)));
    CHECK(p.next().ttl == 9);
}

TEST_CASE("an address of IPv4 in IPv6's clothes is nobody's", "[stack][tcp][ip6]") {  // a sock with IPV6_V6ONLY
    peer<stack::tcp6> p;
    auto s = std::move(*p.local.socket(weld::tcp6));
    const endpoint6 mapped = endpoint6::mapped(endpoint4{{{10, 0, 0, 2}}, 80});
    CHECK(s.bind(mapped).error() == errc::invalid_argument);
    CHECK(s.try_connect(mapped).error() == errc::network_unreachable);
    CHECK(s.try_connect(endpoint6{*address6::parse("ff02::1"), 80, 1}).error() == errc::network_unreachable);
}

TEST_CASE("a link-local address is complete with its interface", "[stack][tcp][ip6][scope]") {  // RFC 4007
    peer<stack::tcp6> p;
    p.network().accepts_anything = true;
    const address6 link_local = *address6::parse("fe80::2");
    auto s = std::move(*p.local.socket(weld::tcp6));
    CHECK(s.try_connect(endpoint6{link_local, 80}).error() == errc::invalid_argument);
    REQUIRE(s.try_connect(endpoint6{link_local, 80, 1}).error() == errc::operation_in_progress);
    CHECK(*s.get<bind_to_interface>() == 1u);
    const on_wire syn = p.next();
    p.ours = 80;
    p.theirs = syn.header.source_port;
    p.iss = syn.header.seq;
    p.remote = link_local;
    p.send(0, flags::syn | flags::ack, {.ack = 1, .with = plain});
    REQUIRE(s.native().state == tcp_state::established);
    CHECK(s.peer_address() == endpoint6{link_local, 80, 1});

    // One that comes to us is bound to the link that it came by.
    auto listener = p.listener(90);
    p.forget();
    static_cast<void>(p.open(1000, 90, plain));
    p.send(1, flags::ack, {.ack = 1});
    auto accepted = listener.try_accept();
    REQUIRE(accepted);
    CHECK(accepted->peer_address() == endpoint6{link_local, 1000, 1});
    CHECK(*accepted->get<bind_to_interface>() == 1u);
    CHECK(*listener.get<bind_to_interface>() == 0u);
}
