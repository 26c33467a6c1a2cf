// SPDX-License-Identifier: BSL-1.0
// RFC 9293 section 3.6 and figures 12 and 13: closing, in every order; shutdown(2), close(2), SO_LINGER.
#include <weld/stack/tcp/tcp.hpp>

#include "support/catch.hpp"
#include "support/tcp_peer.hpp"

using namespace tcp_test;
using stack::tcp_state;

namespace {
template <class Socket>
events ready(peer<>& p, Socket& s) { return Socket::ops::poll(p.local, s.native()); }
stack::connection_kind only_kind(peer<>& p) { return p.tcp().connections.any()->kind; }
}  // namespace

TEST_CASE("the peer ends first: CLOSE-WAIT, LAST-ACK, CLOSED", "[stack][tcp][close]") {
    peer<> p;
    auto s = p.connected();
    p.send(1, flags::fin | flags::ack, {.ack = 1});
    CHECK(p.next().header.ack == 2);
    CHECK(s.native().state == tcp_state::close_wait);
    CHECK(any(ready(p, s) & events::read_hangup));
    CHECK(any(ready(p, s) & events::writable));
    CHECK_FALSE(any(ready(p, s) & events::hangup));
    std::byte buffer[8];
    CHECK(s.try_recv(buffer) == 0u);
    CHECK(s.try_recv(buffer) == 0u);
    CHECK(s.try_send(octets(5)) == 5u);  // half-closed: we may go on
    CHECK(p.next().payload == 5);
    p.send(2, flags::ack, {.ack = 6});
    CHECK(s.shutdown(shutdown_type::write));
    const on_wire fin = p.next();
    CHECK(fin.header.flags == (flags::fin | flags::psh | flags::ack));
    CHECK(s.native().state == tcp_state::last_ack);
    CHECK(s.try_send(octets(1)).error() == errc::broken_pipe);
    p.send(2, flags::ack, {.ack = 7});
    CHECK(s.native().state == tcp_state::closed);
    CHECK(p.tcp().connections.size() == 0);
    CHECK(s.shutdown(shutdown_type::write).error() == errc::not_connected);
    CHECK(s.peer_address().error() == errc::not_connected);
}

TEST_CASE("we end first: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT for a minute", "[stack][tcp][close]") {
    peer<> p;
    auto s = p.connected();
    CHECK(s.shutdown(shutdown_type::write));
    CHECK(s.native().state == tcp_state::fin_wait_1);
    CHECK(p.next().header.flags == (flags::fin | flags::psh | flags::ack));
    p.send(1, flags::ack, {.ack = 2});
    CHECK(s.native().state == tcp_state::fin_wait_2);
    p.send(1, flags::psh | flags::ack, {.ack = 2, .payload = octets(5)});  // the peer may go on
    std::byte buffer[8];
    CHECK(s.try_recv(buffer) == 5u);
    p.wait(1_s);
    p.forget();
    p.send(6, flags::fin | flags::ack, {.ack = 2});
    CHECK(p.next().header.ack == 7);
    CHECK(s.native().state == tcp_state::closed);
    CHECK(s.try_recv(buffer) == 0u);
    REQUIRE(p.tcp().connections.size() == 1);
    CHECK(only_kind(p) == stack::connection_kind::time_wait);
    p.wait(50_s);
    p.send(6, flags::fin | flags::ack, {.ack = 2});  // our ACK was lost: it comes again, and the minute begins anew
    CHECK(p.next().header.ack == 7);
    p.wait(50_s);
    CHECK(p.tcp().connections.size() == 1);
    p.wait(11_s);
    CHECK(p.tcp().connections.size() == 0);
}

TEST_CASE("both end at once: CLOSING, TIME-WAIT", "[stack][tcp][close]") {
    peer<> p;
    auto s = p.connected();
    CHECK(s.shutdown(shutdown_type::both));
    CHECK(p.next().header.seq == 1);
    p.send(1, flags::fin | flags::ack, {.ack = 1});
    CHECK(s.native().state == tcp_state::closing);
    CHECK(p.next().header.ack == 2);
    p.send(2, flags::ack, {.ack = 2});
    CHECK(only_kind(p) == stack::connection_kind::time_wait);
}

TEST_CASE("a FIN that acknowledges ours leads straight to TIME-WAIT", "[stack][tcp][close]") {
    peer<> p;
    auto s = p.connected();
    s.close();
    CHECK(p.next().header.seq == 1);
    p.send(1, flags::fin | flags::ack, {.ack = 2});
    CHECK(p.next().header.ack == 2);
    CHECK(only_kind(p) == stack::connection_kind::time_wait);
    CHECK(p.tcp().orphans == 0);
}

TEST_CASE("close lets what was sent arrive, and the peer has a minute to end too", "[stack][tcp][close]") {
    peer<> p;
    auto s = p.connected();
    CHECK(s.try_send(octets(3000)) == 3000u);
    s.close();
    CHECK(p.tcp().orphans == 1);
    std::uint32_t last = 0;
    for (int i = 0; i < 3; ++i) last = p.next().header.seq;
    CHECK(last == 1 + 2 * 1460);
    p.send(1, flags::ack, {.ack = 3002});
    CHECK(p.tcp().orphans == 0);  // FIN-WAIT-2 without a sock
    CHECK(only_kind(p) == stack::connection_kind::time_wait);
    p.wait(59_s);
    CHECK(p.tcp().connections.size() == 1);
    p.wait(2_s);
    CHECK(p.tcp().connections.size() == 0);
}

TEST_CASE("data for a socket that is closed is answered by a RST", "[stack][tcp][close]") {
    peer<> p;
    SECTION("in FIN-WAIT-1") {
        auto s = p.connected();
        s.close();
        static_cast<void>(p.next());
        p.send(1, flags::psh | flags::ack, {.ack = 1, .payload = octets(3)});
    }
    SECTION("in FIN-WAIT-2") {
        auto s = p.connected();
        s.close();
        static_cast<void>(p.next());
        p.send(1, flags::ack, {.ack = 2});
        p.send(1, flags::psh | flags::ack, {.ack = 2, .payload = octets(3)});
    }
    CHECK(any(p.next().header.flags & flags::rst));
    CHECK(p.tcp().connections.size() == 0);
}

TEST_CASE("close with something unread resets", "[stack][tcp][close]") {
    peer<> p;
    auto s = p.connected();
    p.send(1, flags::psh | flags::ack, {.ack = 1, .payload = octets(3)});
    p.wait(1_s);
    p.forget();
    s.close();
    CHECK(p.next().header.flags == (flags::rst | flags::ack));
    CHECK(p.tcp().connections.size() == 0);
    p.wait(1_s);
    CHECK(p.link.packets.in_use() == packet_pool::usage{});
}

TEST_CASE("SO_LINGER with no time resets, and throws away what was to be sent", "[stack][tcp][close]") {
    peer<> p;
    auto s = p.connected();
    CHECK(s.set(weld::linger{true, 0_s}));
    CHECK(s.try_send(octets(100'000)));
    p.forget();
    s.close();
    CHECK(p.next().header.flags == (flags::rst | flags::ack));
    p.wait(300_s);
    CHECK(p.silent());
    CHECK(p.tcp().memory == 0);
}

TEST_CASE("FIN-WAIT-2 lasts as long as the program likes while it holds the socket", "[stack][tcp][close]") {
    peer<> p;
    auto s = p.connected();
    CHECK(s.shutdown(shutdown_type::write));
    p.send(1, flags::ack, {.ack = 2});
    p.wait(3600_s);
    CHECK(s.native().state == tcp_state::fin_wait_2);
}

TEST_CASE("a closed socket's FIN is sent again, and given up in the end", "[stack][tcp][close]") {
    peer<> p;
    auto s = p.connected();
    s.close();
    p.wait(3600_s);
    int fins = 0;
    while (!p.silent()) fins += any(p.next().header.flags & flags::fin);
    CHECK(fins == 9);  // and eight times again: orphan_retries
    CHECK(p.tcp().connections.size() == 0);
    CHECK(p.tcp().orphans == 0);
}

TEST_CASE("too many orphans are reset instead", "[stack][tcp][close]") {
    peer<> p{{}, {.orphans = 1}};
    auto first = p.connected();
    first.close();
    CHECK(p.next().header.flags == (flags::fin | flags::psh | flags::ack));
    auto second = p.connected();
    p.forget();
    second.close();
    CHECK(any(p.next().header.flags & flags::rst));
}

TEST_CASE("shutdown before there is a connection", "[stack][tcp][close]") {
    peer<> p;
    auto s = std::move(*p.local.socket(weld::tcp));
    CHECK(s.shutdown(shutdown_type::write).error() == errc::not_connected);
    std::byte buffer[4];
    CHECK(s.try_recv(buffer).error() == errc::not_connected);
    CHECK(s.try_send(buffer).error() == errc::broken_pipe);
    CHECK(ready(p, s) == (events::writable | events::hangup));
    static_cast<void>(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}));
    CHECK(ready(p, s) == events::none);
    CHECK(s.shutdown(shutdown_type::write));
    CHECK(p.tcp().connections.size() == 0);
}

TEST_CASE("shutdown for reading: what comes is still taken, the end is told", "[stack][tcp][close]") {
    peer<> p;
    auto s = p.connected();
    CHECK(s.shutdown(shutdown_type::read));
    std::byte buffer[8];
    CHECK(s.try_recv(buffer) == 0u);
    p.send(1, flags::psh | flags::ack, {.ack = 1, .payload = octets(3)});
    CHECK(s.native().state == tcp_state::established);
    CHECK(s.try_recv(buffer) == 3u);
}

TEST_CASE("a listener that closes resets who was not accepted", "[stack][tcp][close]") {
    peer<> p;
    auto listener = p.listener();
    p.open(1000, 80);
    p.open(1001, 80);
    p.send(1, flags::ack, {.ack = 1});
    p.forget();
    listener.close();
    const on_wire reset = p.next();
    CHECK(any(reset.header.flags & flags::rst));
    CHECK(reset.header.destination_port == 1001);
    CHECK(p.tcp().connections.size() == 0);
    p.wait(300_s);
    CHECK(p.silent());
}

TEST_CASE("the end of the net says nothing to anybody, and nothing is left", "[stack][tcp][close]") {
    virtual_clock clock;
    test_wire link{clock, 1};
    {
        net n{wire_network{link, 0}, stack::tcp{}, shared{clock}, seed{1}};
        auto s = std::move(*n.socket(weld::tcp));
        auto l = std::move(*n.socket(weld::tcp));
        REQUIRE(l.listen(3));
        static_cast<void>(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}));
        link.drop_all();
        const auto before = link.sent[0];
        n.part<stack::tcp>().stop(n);
        CHECK(link.sent[0] == before);
        new (&s) decltype(s){std::move(*n.socket(weld::tcp))};
        new (&l) decltype(l){std::move(*n.socket(weld::tcp))};
    }
    CHECK(link.packets.in_use() == packet_pool::usage{});
}
