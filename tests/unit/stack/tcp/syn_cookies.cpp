// SPDX-License-Identifier: BSL-1.0
// A SYN that finds the queue full is answered by a cookie: RFC 4987 section 3.6; net/ipv4/syncookies.c.
#include <weld/stack/tcp/syn_cookies.hpp>

#include "support/catch.hpp"
#include "support/tcp_peer.hpp"

#include <vector>

using namespace tcp_test;
using stack::tcp_state;

namespace {
/// A listener whose syn_queue is full of others.
template <class Peer>
void fill(Peer& p, int backlog) {
    p.theirs = 80;
    for (int i = 0; i <= backlog; ++i) {
        p.ours = static_cast<std::uint16_t>(20'000 + i);
        p.send(0, flags::syn, {.with = {.mss = 1460}});
    }
    p.forget();
}
const wire::tcp_options everything{.mss = 1460, .has_window_scale = true, .window_scale = 7, .sack_permitted = true, .has_timestamps = true, .tsval = 5000};
}  // namespace

TEST_CASE("a cookie stands for a half-open connection, and takes no memory", "[stack][tcp][cookies]") {
    peer<> p;
    auto listener = p.listener(80, 4);
    fill(p, 4);
    REQUIRE(listener.native().listening->half_open == 5);
    const std::size_t before = p.tcp().connections.size();
    const on_wire answer = p.open(1000, 80, {.mss = 1400});
    CHECK(answer.header.flags == (flags::syn | flags::ack));
    CHECK(p.tcp().connections.size() == before);
    CHECK(p.tcp().counters.syn_cookies_sent == 1);
    p.send(1, flags::ack, {.ack = 1});
    CHECK(p.tcp().counters.syn_cookies_received == 1);
    auto made = listener.try_accept();
    REQUIRE(made);
    CHECK(made->native().state == tcp_state::established);
    CHECK(made->native().mss_peer == 1300);  // of four sizes the next below
    CHECK_FALSE(made->native().scaled);
    CHECK_FALSE(made->native().selective);
    p.forget();
    p.send(1, flags::ack | flags::psh, {.ack = 1, .payload = octets(5)});
    std::byte buffer[8];
    CHECK(made->try_recv(buffer) == 5u);
    REQUIRE(made->try_send(octets(3)));
    on_wire sent = p.next();
    while (sent.payload == 0) sent = p.next();
    CHECK(sent.payload == 3);
    CHECK(sent.header.seq == 1);
}

TEST_CASE("data that comes with the cookie is the connection's", "[stack][tcp][cookies]") {
    peer<> p;
    auto listener = p.listener(80, 4);
    fill(p, 4);
    p.open(1000, 80);
    p.send(1, flags::ack | flags::psh, {.ack = 1, .payload = octets(7)});
    auto made = listener.try_accept();
    REQUIRE(made);
    std::byte buffer[8];
    CHECK(made->try_recv(buffer) == 7u);
}

TEST_CASE("with timestamps a cookie tells window scale and SACK", "[stack][tcp][cookies]") {
    for (const bool scale : {true, false})
        for (const bool sack : {true, false}) {
            peer<> p;
            auto listener = p.listener(80, 4);
            fill(p, 4);
            wire::tcp_options offer = everything;
            offer.has_window_scale = scale;
            offer.window_scale = scale ? 7 : 0;
            offer.sack_permitted = sack;
            const on_wire answer = p.open(1000, 80, offer);
            CHECK(answer.options.has_timestamps);
            CHECK(answer.options.has_window_scale == scale);
            CHECK(answer.options.sack_permitted == sack);
            CHECK(answer.options.tsecr == 5000);
            p.send(1, flags::ack, {.ack = 1, .window = 1000, .with = {.has_timestamps = true, .tsval = 5001, .tsecr = answer.options.tsval}});
            auto made = listener.try_accept();
            REQUIRE(made);
            const auto& sk = made->native();
            CHECK(sk.timestamps);
            CHECK(sk.scaled == scale);
            CHECK(sk.snd_wscale == (scale ? 7 : 0));
            CHECK(sk.selective == sack);
            CHECK(sk.snd_wnd == (scale ? 1000u << 7 : 1000u));
            CHECK_FALSE(sk.rtt.measured());
            p.forget();
            REQUIRE(made->try_send(octets(3)));
            const on_wire sent = p.next();
            CHECK(static_cast<std::int32_t>(sent.options.tsval - answer.options.tsval) >= 0);  // our clock goes on from there
            CHECK(sent.options.tsval - answer.options.tsval < 1000);
        }
}

TEST_CASE("an ACK that returns no cookie of ours is refused", "[stack][tcp][cookies]") {
    peer<> p;
    auto listener = p.listener(80, 4);
    SECTION("where none was made it is not looked at") {
        p.ours = 1000, p.theirs = 80;
        p.send(1, flags::ack, {.ack = 12345});
        CHECK(p.next().header.flags == flags::rst);
        CHECK(p.tcp().counters.syn_cookies_failed == 0);
    }
    SECTION("a guess") {
        fill(p, 4);
        p.open(1000, 80);
        int made = 0;
        for (std::uint32_t guess = 2; guess < 2000; ++guess) {
            p.forget();
            p.send(1, flags::ack, {.ack = guess * 2'147'001 + 1});
            made += listener.try_accept() ? 1 : 0;
        }
        CHECK(made == 0);
        CHECK(p.tcp().counters.syn_cookies_failed == 1998);
        CHECK(p.next().header.flags == flags::rst);
    }
    SECTION("for other ports, another sequence number") {
        fill(p, 4);
        p.open(1000, 80);
        p.ours = 1001;
        p.send(1, flags::ack, {.ack = 1});
        CHECK_FALSE(listener.try_accept());
        p.ours = 1000;
        p.send(2, flags::ack, {.ack = 1});
        CHECK_FALSE(listener.try_accept());
        p.send(1, flags::ack, {.ack = 1});
        CHECK(listener.try_accept());
    }
    SECTION("too late") {
        fill(p, 4);
        p.open(1000, 80);
        p.wait(181_s);
        p.forget();
        p.send(1, flags::ack, {.ack = 1});
        CHECK_FALSE(listener.try_accept());
        CHECK(p.next().header.flags == flags::rst);
    }
    SECTION("late, and in time") {
        fill(p, 4);
        p.open(1000, 80);
        p.wait(110_s);
        p.send(1, flags::ack, {.ack = 1});
        CHECK(listener.try_accept());
    }
}

TEST_CASE("a full accept queue lets SYNs and cookies fall, and a flood's queue empties by itself", "[stack][tcp][cookies]") {
    peer<> p;
    auto listener = p.listener(80, 1);
    fill(p, 1);
    for (std::uint16_t port : {std::uint16_t{1000}, std::uint16_t{1001}}) {
        p.open(port, 80);
        p.send(1, flags::ack, {.ack = 1});
    }
    CHECK(listener.native().listening->waiting == 2);
    p.ours = 1002;
    p.forget();
    p.send(0, flags::syn, {.with = {.mss = 1460}});
    CHECK(p.silent());
    p.wait(120_s);
    CHECK(listener.native().listening->half_open == 0);
}

TEST_CASE("without cookies a SYN that finds the queue full is dropped", "[stack][tcp][cookies]") {
    peer<> p{{}, {.syn_cookies = false}};
    auto listener = p.listener(80, 4);
    fill(p, 4);
    p.ours = 1000;
    p.send(0, flags::syn, {.with = {.mss = 1460}});
    CHECK(p.silent());
    CHECK(p.tcp().counters.listen_drops == 1);
}

TEST_CASE("while SYNs flood in, those who mean it get through", "[stack][tcp][cookies]") {
    peer<> p;
    auto listener = p.listener(80, 16);
    int got = 0;
    for (std::uint32_t i = 0; i < 5'000; ++i) {
        p.ours = static_cast<std::uint16_t>(1024 + i), p.theirs = 80;
        p.send(0, flags::syn, {.with = {.mss = 1460}});
        if (i % 100 != 99) continue;
        p.ours = static_cast<std::uint16_t>(40'000 + i);
        p.forget();
        p.send(0, flags::syn, {.with = {.mss = 1460}});
        p.iss = 0;
        on_wire answer = p.next();
        while (answer.header.destination_port != p.ours) answer = p.next();  // others' SYN-ACKs go out once more
        p.iss = answer.header.seq;
        p.send(1, flags::ack, {.ack = 1});
        got += listener.try_accept() ? 1 : 0;
    }
    CHECK(got == 50);
    CHECK(listener.native().listening->half_open <= 17);
}
