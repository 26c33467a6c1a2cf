// SPDX-License-Identifier: BSL-1.0
// tcp(7), socket(7), ip(7): options by level, name and bytes; keepalive (RFC 9293 section 3.8.4).
#include <weld/stack/tcp/tcp.hpp>

#include "support/catch.hpp"
#include "support/tcp_peer.hpp"

using namespace tcp_test;
using stack::tcp_state;

namespace {
template <class Socket>
result<> set_int(peer<>& p, Socket& s, int level, int name, int value) {
    return Socket::ops::set_option(p.local, s.native(), level, name, object_bytes(value));
}
template <class Socket>
int get_int(peer<>& p, Socket& s, int level, int name) {
    int value = -1;
    const auto size = Socket::ops::get_option(p.local, s.native(), level, name, {reinterpret_cast<std::byte*>(&value), sizeof value});
    CHECK(size == sizeof value);
    return value;
}
}  // namespace

TEST_CASE("options are kept within the kernel's limits", "[stack][tcp][options]") {
    peer<> p;
    auto s = std::move(*p.local.socket(weld::tcp));
    struct row { int level, name, good, told, bad; };
    const row rows[] = {
        {6, 1, 1, 1, -1},            // TCP_NODELAY
        {6, 2, 1000, 1000, 40},      // TCP_MAXSEG
        {6, 3, 1, 1, -1},            // TCP_CORK
        {6, 4, 100, 100, 0},         // TCP_KEEPIDLE
        {6, 5, 20, 20, 40'000},      // TCP_KEEPINTVL
        {6, 6, 3, 3, 200},           // TCP_KEEPCNT
        {6, 7, 2, 2, 0},             // TCP_SYNCNT
        {6, 8, 30, 30, -1},          // TCP_LINGER2
        {6, 10, 5000, 5000, -1},     // TCP_WINDOW_CLAMP
        {6, 18, 7000, 7000, -1},     // TCP_USER_TIMEOUT
        {6, 25, 4096, 4096, -1},     // TCP_NOTSENT_LOWAT
        {1, 2, 1, 1, -1},            // SO_REUSEADDR
        {1, 15, 1, 1, -1},           // SO_REUSEPORT
        {1, 9, 1, 1, -1},            // SO_KEEPALIVE
        {1, 7, 10'000, 20'000, -1},  // SO_SNDBUF
        {1, 8, 10, 2304, -1},        // SO_RCVBUF
        {1, 18, 0, 1, -1},           // SO_RCVLOWAT
        {1, 12, 6, 6, 7},            // SO_PRIORITY
        {0, 1, 0x13, 0x10, -1},      // IP_TOS
        {0, 2, 5, 5, 256},           // IP_TTL
        {0, 10, 0, 0, 6},            // IP_MTU_DISCOVER
    };
    for (const row& r : rows) {
        INFO("level " << r.level << ", name " << r.name);
        CHECK(set_int(p, s, r.level, r.name, r.good));
        CHECK(get_int(p, s, r.level, r.name) == r.told);
        if (r.bad != -1) CHECK_FALSE(set_int(p, s, r.level, r.name, r.bad));
        CHECK(get_int(p, s, r.level, r.name) == r.told);
        const std::byte few[2]{};
        CHECK(decltype(s)::ops::set_option(p.local, s.native(), r.level, r.name, few).error() == errc::invalid_argument);
    }
    for (const int level : {0, 1, 6, 41, 255}) {
        CHECK(set_int(p, s, level, 9999, 1).error() == errc::no_protocol_option);
        int value = 0;
        CHECK(decltype(s)::ops::get_option(p.local, s.native(), level, 9999, {reinterpret_cast<std::byte*>(&value), 4}).error() == errc::no_protocol_option);
    }
    CHECK(get_int(p, s, 1, 3) == 1);    // SO_TYPE
    CHECK(get_int(p, s, 1, 38) == 6);   // SO_PROTOCOL
    CHECK(get_int(p, s, 1, 39) == 2);   // SO_DOMAIN
    CHECK(get_int(p, s, 1, 4) == 0);    // SO_ERROR
}

TEST_CASE("TCP_CONGESTION names the policy, and takes no other", "[stack][tcp][options]") {
    peer<> p;
    auto s = std::move(*p.local.socket(weld::tcp));
    CHECK(text{s.get<weld::congestion_control>()->c_str()} == text{"cubic"});
    CHECK(s.set(weld::congestion_control{"cubic"}));
    CHECK(s.set(weld::congestion_control{"reno"}).error() == errc::no_such_file_or_directory);
}

TEST_CASE("TCP_INFO tells of the connection", "[stack][tcp][options]") {
    peer<> p;
    auto s = p.connected({.mss = 1000, .sack_permitted = true});
    CHECK(s.try_send(octets(3000)) == 3000u);
    const auto info = *s.get<weld::tcp_info>();
    CHECK(info.state == 1);
    CHECK(info.unacked == 3);
    CHECK(info.send_mss == 1000);
    CHECK(info.send_cwnd == 10);
    CHECK(info.rtt / 1000 == 10);
    CHECK(info.rto == 200'000);
}

TEST_CASE("SO_ERROR tells once", "[stack][tcp][options]") {
    peer<> p;
    auto s = p.connected();
    p.send(1, flags::rst);
    CHECK(*s.get<weld::socket_error>() == errc::connection_reset);
    CHECK(*s.get<weld::socket_error>() == errc{});
}

TEST_CASE("TCP_MAXSEG limits what is told and what is sent", "[stack][tcp][options]") {
    peer<> p;
    auto s = std::move(*p.local.socket(weld::tcp));
    CHECK(s.set(weld::max_segment{500}));
    static_cast<void>(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}));
    CHECK(p.next().options.mss == 500);
}

TEST_CASE("keepalive asks after so long, so often, and gives up", "[stack][tcp][options]") {
    peer<> p;
    auto s = p.connected();
    CHECK(s.set(weld::keep_idle{100_s}));
    CHECK(s.set(weld::keep_interval{10_s}));
    CHECK(s.set(weld::keep_count{3}));
    CHECK(s.set(weld::keep_alive{true}));
    const time_point begun = p.clock.now();
    on_wire probe = p.next(200_s);
    CHECK((probe.at - begun).milliseconds() / 1000 == 100);
    CHECK(probe.header.seq == 0);
    p.send(1, flags::ack, {.ack = 1});  // alive
    probe = p.next(200_s);
    CHECK((probe.at - begun).milliseconds() / 1000 >= 200);
    static_cast<void>(p.next(20_s));
    static_cast<void>(p.next(20_s));
    const on_wire reset = p.next(20_s);
    CHECK(any(reset.header.flags & flags::rst));
    CHECK(s.try_send(octets(1)).error() == errc::timed_out);
    CHECK(s.native().state == tcp_state::closed);
}

TEST_CASE("a keepalive probe is answered", "[stack][tcp][options]") {
    peer<> p;
    auto s = p.connected();
    p.wait(10_s);
    p.send(0, flags::ack, {.ack = 1});
    CHECK(p.next().header.ack == 1);
    p.wait(10_s);
    p.send(0, flags::ack, {.ack = 1, .payload = octets(1)});
    CHECK(p.next().header.ack == 1);
}
