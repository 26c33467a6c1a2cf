// SPDX-License-Identifier: BSL-1.0
// RFC 9293 sections 3.5 and 3.10.7.2 to 3.10.7.4: opening a connection.
#include <weld/stack/tcp/tcp.hpp>

#include "support/catch.hpp"
#include "support/tcp_peer.hpp"

using namespace tcp_test;
using stack::tcp_state;

TEST_CASE("an active open sends a SYN with what it can, and acknowledges the answer", "[stack][tcp][open]") {
    peer<> p;
    auto s = std::move(*p.local.socket(weld::tcp));
    CHECK(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}).error() == errc::operation_in_progress);
    const on_wire syn = p.next();
    CHECK(syn.header.flags == flags::syn);
    CHECK(syn.options.mss == 1460);
    CHECK(syn.options.has_window_scale);
    CHECK(syn.options.sack_permitted);
    CHECK(syn.options.has_timestamps);
    CHECK(s.native().state == tcp_state::syn_sent);
    CHECK(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}).error() == errc::connection_already_in_progress);
    CHECK(s.peer_address().error() == errc::not_connected);
    CHECK(s.local_address()->port() == syn.header.source_port);
    std::byte some[4]{};
    CHECK(s.try_send(some).error() == errc::resource_unavailable_try_again);
    CHECK(s.try_recv(some).error() == errc::resource_unavailable_try_again);
    p.ours = 80;
    p.theirs = syn.header.source_port;
    p.iss = syn.header.seq;
    p.send(0, flags::syn | flags::ack, {.ack = 1, .with = {.mss = 1000}});
    const on_wire ack = p.next();
    CHECK(ack.header.flags == flags::ack);
    CHECK(ack.header.seq == 1);
    CHECK(ack.header.ack == 1);
    CHECK_FALSE(ack.options.has_timestamps);
    CHECK(s.native().state == tcp_state::established);
    CHECK(s.native().mss == 1000);
    CHECK(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}));
    CHECK(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}).error() == errc::already_connected);
    CHECK(s.peer_address() == endpoint4{{{10, 0, 0, 2}}, 80});
    CHECK(s.listen(1).error() == errc::invalid_argument);
}

TEST_CASE("a SYN is sent again after 1, 2, 4 ... seconds, six times", "[stack][tcp][open]") {
    peer<> p;
    auto s = std::move(*p.local.socket(weld::tcp));
    static_cast<void>(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}));
    time_point last = p.next().at;
    for (int i = 0; i < 6; ++i) {
        const on_wire again = p.next(70_s);
        CHECK(again.header.flags == flags::syn);
        CHECK((again.at - last).milliseconds() / 100 == 10 << i);
        last = again.at;
    }
    p.wait(65_s);
    CHECK(p.silent());
    CHECK(s.native().state == tcp_state::closed);
    CHECK(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}).error() == errc::timed_out);
    CHECK(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}).error() == errc::operation_in_progress);  // and may begin anew
}

TEST_CASE("a RST with an acceptable ACK refuses the connection, any other is nothing", "[stack][tcp][open]") {
    peer<> p;
    auto s = std::move(*p.local.socket(weld::tcp));
    static_cast<void>(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}));
    const on_wire syn = p.next();
    p.ours = 80, p.theirs = syn.header.source_port, p.iss = syn.header.seq;
    p.send(0, flags::rst);
    p.send(0, flags::rst | flags::ack, {.ack = 2});
    CHECK(s.native().state == tcp_state::syn_sent);
    p.send(0, flags::rst | flags::ack, {.ack = 1});
    CHECK(s.native().state == tcp_state::closed);
    CHECK(any(decltype(s)::ops::poll(p.local, s.native()) & events::error));
    CHECK(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}).error() == errc::connection_refused);
    CHECK(p.silent());
}

TEST_CASE("in SYN-SENT an ACK of something else is answered by a RST from there", "[stack][tcp][open]") {
    peer<> p;
    auto s = std::move(*p.local.socket(weld::tcp));
    static_cast<void>(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}));
    const on_wire syn = p.next();
    p.ours = 80, p.theirs = syn.header.source_port, p.iss = syn.header.seq;
    p.send(5, flags::syn | flags::ack, {.ack = 77});
    const on_wire reset = p.next();
    CHECK(reset.header.flags == flags::rst);
    CHECK(reset.header.seq == 77);
    CHECK(s.native().state == tcp_state::syn_sent);
}

TEST_CASE("two ends that call each other at once get one connection", "[stack][tcp][open]") {
    pair<> world;
    auto a = world.make(0), b = world.make(1);
    REQUIRE(a.bind(endpoint4{{}, 1000}));
    REQUIRE(b.bind(endpoint4{{}, 2000}));
    static_cast<void>(a.try_connect(world.at(1, 2000)));
    static_cast<void>(b.try_connect(world.at(0, 1000)));
    world.run_for(15_ms);
    CHECK(a.native().state == tcp_state::syn_received);
    world.run_for(1_s);
    CHECK(a.native().state == tcp_state::established);
    CHECK(b.native().state == tcp_state::established);
    stream<pair<>::socket> forth{&a, &b, 50'000}, back{&b, &a, 50'000};
    CHECK(world.run_until([&] { const bool f = forth.done(), k = back.done(); return f && k; }, 60_s));
    CHECK_FALSE(forth.wrong);
    CHECK(world.tcp(0).connections.size() == 1);
}

TEST_CASE("a simultaneous open survives losses", "[stack][tcp][open]") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        INFO("seed " << seed);
        pair<> world{seed, {.loss = 0.3}};
        auto a = world.make(0), b = world.make(1);
        REQUIRE(a.bind(endpoint4{{}, 1000}));
        REQUIRE(b.bind(endpoint4{{}, 2000}));
        static_cast<void>(a.try_connect(world.at(1, 2000)));
        static_cast<void>(b.try_connect(world.at(0, 1000)));
        stream<pair<>::socket> forth{&a, &b, 5000}, back{&b, &a, 5000};
        const bool done = world.run_until([&] { const bool f = forth.done(), k = back.done(); return f && k; }, 600_s);
        CHECK((done || a.native().state == tcp_state::closed || b.native().state == tcp_state::closed));
        CHECK_FALSE((forth.wrong || back.wrong));
    }
}

TEST_CASE("a listener answers a SYN, and accepts when it is confirmed", "[stack][tcp][open]") {
    peer<> p;
    auto listener = p.listener();
    CHECK(listener.try_accept().error() == errc::resource_unavailable_try_again);
    const on_wire answer = p.open(1234, 80, {.mss = 1200, .has_window_scale = true, .window_scale = 3, .sack_permitted = true});
    CHECK(answer.header.flags == (flags::syn | flags::ack));
    CHECK(answer.header.ack == 1);
    CHECK(answer.options.mss == 1460);
    CHECK(answer.options.has_window_scale);
    CHECK(answer.options.sack_permitted);
    CHECK_FALSE(answer.options.has_timestamps);
    CHECK(listener.try_accept().error() == errc::resource_unavailable_try_again);
    const auto data = octets(10);
    p.send(1, flags::ack | flags::psh, {.ack = 1, .window = 100, .payload = data});
    auto s = listener.try_accept();
    REQUIRE(s);
    CHECK(s->native().state == tcp_state::established);
    CHECK(s->native().snd_wnd == 800);
    CHECK(s->peer_address() == endpoint4{{{10, 0, 0, 2}}, 1234});
    CHECK(s->local_address() == endpoint4{{{10, 0, 0, 1}}, 80});
    std::byte buffer[20];
    CHECK(s->try_recv(buffer) == 10u);
    CHECK(equal(const_bytes{buffer}.first(10), data));
}

TEST_CASE("what is for no one is answered by a RST, but for a RST", "[stack][tcp][open]") {
    peer<> p;
    p.ours = 1234, p.theirs = 99;
    p.send(0, flags::syn);
    on_wire reset = p.next();
    CHECK(reset.header.flags == (flags::rst | flags::ack));
    CHECK(reset.header.seq == 0);
    CHECK(reset.header.ack == 1);
    p.send(5, flags::ack, {.ack = 1000});
    reset = p.next();
    CHECK(reset.header.flags == flags::rst);
    CHECK(reset.header.seq == 1000);
    p.send(5, flags::fin, {.payload = octets(3)});
    reset = p.next();
    CHECK(reset.header.ack == 9);
    p.send(5, flags::rst);
    CHECK(p.silent());
}

TEST_CASE("a listener refuses an ACK, and has no ear for a RST", "[stack][tcp][open]") {
    peer<> p;
    auto listener = p.listener();
    p.ours = 1234, p.theirs = 80;
    p.send(5, flags::rst);
    CHECK(p.silent());
    p.send(5, flags::ack, {.ack = 1000});
    CHECK(p.next().header.seq == 1000);
    p.send(5, flags::syn | flags::fin);
    CHECK(p.silent());
}

TEST_CASE("a half-open connection ends by a RST, or after five SYN-ACKs more", "[stack][tcp][open]") {
    peer<> p;
    auto listener = p.listener();
    p.open(1234, 80);
    p.send(2, flags::rst);
    CHECK(p.tcp().connections.size() == 1);
    p.send(1, flags::rst);
    CHECK(p.tcp().connections.size() == 0);
    time_point last = p.open(1235, 80).at;
    for (int i = 0; i < 5; ++i) {
        const on_wire again = p.next(70_s);
        CHECK(again.header.flags == (flags::syn | flags::ack));
        CHECK((again.at - last).milliseconds() / 100 == 10 << i);
        last = again.at;
    }
    p.wait(65_s);
    CHECK(p.silent());
    CHECK(p.tcp().connections.size() == 0);
}

TEST_CASE("a SYN that comes again gets its answer again", "[stack][tcp][open]") {
    peer<> p;
    auto listener = p.listener();
    const on_wire first = p.open(1234, 80);
    p.send(0, flags::syn, {.with = {.mss = 1460}});
    const on_wire second = p.next();
    CHECK(second.header.flags == first.header.flags);
    CHECK(second.header.seq == 0);
    CHECK(p.tcp().connections.size() == 1);
    p.send(1, flags::ack, {.ack = 2});  // of something never sent
    CHECK(p.next().header.flags == flags::rst);
    CHECK(listener.try_accept().error() == errc::resource_unavailable_try_again);
}

TEST_CASE("connect says what the network says, and leaves the socket as it was", "[stack][tcp][open]") {
    peer<> p;
    p.network().unreachable = true;
    auto s = std::move(*p.local.socket(weld::tcp));
    CHECK(s.try_connect(endpoint4{{{10, 9, 9, 9}}, 80}).error() == errc::network_unreachable);
    CHECK(s.local_address() == endpoint4{});
    p.network().unreachable = false;
    CHECK(s.try_connect(endpoint4{{{224, 0, 0, 1}}, 80}).error() == errc::network_unreachable);
    CHECK(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}).error() == errc::operation_in_progress);
}

TEST_CASE("bind checks address and port, and binds once", "[stack][tcp][open]") {
    peer<> p;
    const auto made = [&] { return std::move(*p.local.socket(weld::tcp)); };
    auto a = made(), b = made(), c = made();
    CHECK(a.bind(endpoint4{{{10, 0, 0, 7}}, 80}).error() == errc::address_not_available);
    CHECK(a.bind(endpoint4{{}, 80}));
    CHECK(a.bind(endpoint4{{}, 81}).error() == errc::invalid_argument);
    CHECK(b.bind(endpoint4{{}, 80}).error() == errc::address_in_use);
    CHECK(b.bind(endpoint4{{{10, 0, 0, 1}}, 0}));
    CHECK(b.local_address()->port() >= 32768);
    CHECK(c.listen(1));
    CHECK(c.local_address()->port() >= 32768);
    CHECK(c.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}).error() == errc::already_connected);
    CHECK(a.try_accept().error() == errc::invalid_argument);
}

TEST_CASE("an ICMP error ends a connection that is opening", "[stack][tcp][open]") {
    peer<> p;
    auto s = std::move(*p.local.socket(weld::tcp));
    static_cast<void>(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}));
    const on_wire syn = p.next();
    std::byte quoted[8]{};
    store_be<std::uint16_t>(quoted, 0, syn.header.source_port);
    store_be<std::uint16_t>(quoted, 2, 80);
    const auto report = [&](std::uint32_t seq, errc why) {
        store_be<std::uint32_t>(quoted, 4, seq);
        p.tcp().error(p.local, {.source = {{10, 0, 0, 1}}, .destination = {{10, 0, 0, 2}}, .transport = quoted, .error = why, .hard = true});
    };
    report(syn.header.seq + 9, errc::host_unreachable);  // not of ours
    CHECK(s.native().state == tcp_state::syn_sent);
    report(syn.header.seq, errc::host_unreachable);
    CHECK(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}).error() == errc::host_unreachable);
}

TEST_CASE("a device that is gone ends its connections with network_down", "[stack][tcp][open]") {
    peer<> p;
    auto listener = p.listener(81);
    auto s = p.connected();
    auto orphan = p.connected();
    orphan.close();
    p.tcp().interface_down(p.local, 2);
    CHECK(s.native().state == tcp_state::established);
    p.tcp().interface_down(p.local, 1);
    CHECK(p.tcp().connections.size() == 0);
    CHECK(p.tcp().orphans == 0);
    std::byte buffer[4];
    CHECK(s.try_recv(buffer).error() == errc::network_down);
    CHECK(s.try_recv(buffer) == 0u);
    CHECK(listener.native().state == tcp_state::listen);
}
