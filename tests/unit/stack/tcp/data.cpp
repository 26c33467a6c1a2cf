// SPDX-License-Identifier: BSL-1.0
// RFC 9293 section 3.8: windows, Nagle, delayed ACKs, urgent data, probes, buffers.
#include <weld/stack/tcp/tcp.hpp>

#include "support/catch.hpp"
#include "support/tcp_peer.hpp"

using namespace tcp_test;
using stack::tcp_state;

TEST_CASE("ten segments leave at once, then twice what is acknowledged", "[stack][tcp][data]") {
    peer<> p;
    auto s = p.connected();
    CHECK(s.set(weld::send_buffer{200'000}));
    CHECK(s.try_send(octets(100'000)) == 100'000u);
    p.settle();
    std::size_t count = 0;
    for (; !p.silent(); ++count) CHECK(p.next().payload == 1460);
    CHECK(count == 10);
    p.send(1, flags::ack, {.ack = 1 + 2 * 1460});
    for (count = 0; !p.silent(); ++count) static_cast<void>(p.next());
    CHECK(count == 4);
}

TEST_CASE("the peer's window is the limit", "[stack][tcp][data]") {
    peer<> p;
    auto s = p.connected({.mss = 1000}, 2500);
    CHECK(s.try_send(octets(8000)) == 8000u);
    CHECK(p.next().header.seq == 1);
    CHECK(p.next().header.seq == 1001);
    p.settle();
    CHECK(p.silent());  // 500 octets of room are not worth a segment: silly window
    p.send(1, flags::ack, {.ack = 1001, .window = 2500});
    CHECK(p.next().header.seq == 2001);
}

TEST_CASE("a short segment waits for the one before (Nagle)", "[stack][tcp][data]") {
    peer<> p;
    auto s = p.connected();
    CHECK(s.try_send(octets(10)) == 10u);
    CHECK(p.next().payload == 10);
    CHECK(s.try_send(octets(10)) == 10u);
    CHECK(s.try_send(octets(10)) == 10u);
    p.settle();
    CHECK(p.silent());
    SECTION("until it is acknowledged") {
        p.send(1, flags::ack, {.ack = 11});
        CHECK(p.next().payload == 20);
    }
    SECTION("until there is a full one") {
        CHECK(s.try_send(octets(1500)) == 1500u);
        CHECK(p.next().payload == 1460);
        CHECK(p.silent());
    }
    SECTION("until the option is set") {
        CHECK(s.set(weld::no_delay{true}));
        CHECK(p.next().payload == 20);
        CHECK(s.try_send(octets(1)) == 1u);
        CHECK(p.next().payload == 1);
    }
    SECTION("not for the FIN") {
        CHECK(s.shutdown(shutdown_type::write));
        const on_wire last = p.next();
        CHECK(last.payload == 20);
        CHECK(any(last.header.flags & flags::fin));
    }
}

TEST_CASE("a short segment does not wait for full ones (Minshall)", "[stack][tcp][data]") {
    peer<> p;
    auto s = p.connected();
    CHECK(s.try_send(octets(1460 + 10)) == 1470u);
    CHECK(p.next().payload == 1460);
    CHECK(p.next().payload == 10);
}

TEST_CASE("TCP_CORK and MSG_MORE hold back what is no full segment", "[stack][tcp][data]") {
    peer<> p;
    auto s = p.connected();
    SECTION("cork") {
        CHECK(s.set(weld::tcp_cork{true}));
        CHECK(s.try_send(octets(1500)) == 1500u);
        CHECK(p.next().payload == 1460);
        CHECK(p.silent());
        CHECK(s.set(weld::tcp_cork{false}));
        CHECK(p.next().payload == 40);
    }
    SECTION("more") {
        CHECK(s.try_send(octets(10), message_flags::more) == 10u);
        CHECK(p.silent());
        CHECK(s.try_send(octets(10)) == 10u);
        CHECK(p.next().payload == 20);
    }
    SECTION("at the most for the time of a timeout") {
        CHECK(s.try_send(octets(10), message_flags::more) == 10u);
        const time_point now = p.clock.now();
        const on_wire late = p.next();
        CHECK(late.payload == 10);
        CHECK((late.at - now).milliseconds() <= 201);
    }
}

TEST_CASE("every second segment is acknowledged, a single one after 40 ms", "[stack][tcp][data]") {
    peer<> p;
    auto s = p.connected();
    std::uint32_t at = 1;
    for (int i = 0; i < 20; ++i, at += 100) p.send(at, flags::ack, {.ack = 1, .payload = octets(100)});  // the young connection's
    std::vector<std::byte> buffer(100'000);
    CHECK(s.try_recv(buffer));
    p.wait(100_ms);
    p.forget();
    p.send(at, flags::ack, {.ack = 1, .payload = octets(1460)});
    const time_point now = p.clock.now();
    CHECK(p.silent());
    const on_wire late = p.next();
    CHECK((late.at - now).milliseconds() == 40);
    at += 1460;
    p.send(at, flags::ack, {.ack = 1, .payload = octets(1460)});
    CHECK(p.silent());
    p.send(at + 1460, flags::ack, {.ack = 1, .payload = octets(1460)});
    CHECK(s.try_recv(buffer));
    CHECK(p.next().header.ack == at + 2920);
    at += 2920;
    p.send(at + 100, flags::ack, {.ack = 1, .payload = octets(100)});
    CHECK(p.next().header.ack == at);
    p.send(at, flags::ack, {.ack = 1, .payload = octets(100)});  // the hole is filled: at once, too
    CHECK(p.next().header.ack == at + 200);
    p.send(at, flags::ack, {.ack = 1, .payload = octets(100)});  // old
    CHECK(p.next().header.ack == at + 200);
}

TEST_CASE("an ACK rides along with what the application answers", "[stack][tcp][data]") {
    peer<> p;
    auto s = p.connected();
    CHECK(s.set(weld::no_delay{true}));
    std::uint32_t at = 1;
    std::byte buffer[200];
    for (std::uint32_t i = 0; i < 20; ++i, at += 10) {
        p.send(at, flags::ack, {.ack = 1 + i, .payload = octets(10)});
        CHECK(s.try_recv(buffer));
        CHECK(s.try_send(octets(1)) == 1u);
    }
    p.wait(1_s);
    p.forget();
    p.send(at, flags::ack, {.ack = 21, .payload = octets(10)});
    CHECK(p.silent());
    CHECK(s.try_send(octets(1)) == 1u);
    const on_wire answer = p.next();
    CHECK(answer.payload == 1);
    CHECK(answer.header.ack == at + 10);
    p.send(at + 10, flags::ack, {.ack = 22});
    p.wait(1_s);
    CHECK(p.silent());
}

TEST_CASE("what comes out of order is put in its place, and selected", "[stack][tcp][data]") {
    peer<> p;
    auto s = p.connected({.mss = 1460, .sack_permitted = true});
    const auto all = octets(600);
    const auto part = [&](std::uint32_t from, std::uint32_t count) { p.send(1 + from, flags::ack, {.ack = 1, .payload = const_bytes{all}.subspan(from, count)}); };
    const auto block = [&](const on_wire& at, int i) { return std::pair{at.options.sack[i].left - p.irs - 1, at.options.sack[i].right - p.irs - 1}; };
    part(100, 100);
    on_wire ack = p.next();
    CHECK(ack.header.ack == 1);
    REQUIRE(ack.options.sack_count == 1);
    CHECK(block(ack, 0) == std::pair{100u, 200u});
    part(300, 100);
    ack = p.next();
    REQUIRE(ack.options.sack_count == 2);
    CHECK(block(ack, 0) == std::pair{300u, 400u});
    CHECK(block(ack, 1) == std::pair{100u, 200u});
    part(150, 200);  // overlaps both
    ack = p.next();
    REQUIRE(ack.options.sack_count == 1);
    CHECK(block(ack, 0) == std::pair{100u, 400u});
    part(500, 100);
    static_cast<void>(p.next());
    part(0, 120);
    ack = p.next();
    CHECK(ack.header.ack == 401);
    REQUIRE(ack.options.sack_count == 1);
    CHECK(block(ack, 0) == std::pair{500u, 600u});
    part(400, 100);
    CHECK(p.next().header.ack == 601);
    std::vector<std::byte> buffer(1000);
    std::size_t got = 0;
    while (const auto n = s.try_recv(mutable_bytes{buffer}.subspan(got))) got += *n;
    CHECK(equal(const_bytes{buffer}.first(got), all));
}

TEST_CASE("a window that shuts is asked for, with patience, as long as the peer answers", "[stack][tcp][data]") {
    peer<> p;
    auto s = p.connected({.mss = 1460}, 0);
    CHECK(s.try_send(octets(10)) == 10u);
    time_point last = p.clock.now();
    std::int64_t before = 0;
    for (int i = 0; i < 12; ++i) {
        const on_wire probe = p.next(200_s);
        CHECK(probe.header.seq == 0);
        CHECK(probe.payload == 0);
        const std::int64_t waited = (probe.at - last).milliseconds();
        CHECK(waited <= 120'010);
        CHECK((i == 0 || waited >= before));
        before = waited;
        last = probe.at;
        p.send(1, flags::ack, {.ack = 1, .window = 0});
    }
    p.send(1, flags::ack, {.ack = 1, .window = 5});  // too small for all of it: what fits goes with the next probe
    CHECK(p.next(200_s).payload == 5);
    p.send(1, flags::ack, {.ack = 6, .window = 100});
    CHECK(p.next().payload == 5);
    CHECK(s.native().state == tcp_state::established);
}

TEST_CASE("a peer that does not answer a probe is given up", "[stack][tcp][data]") {
    peer<> p;
    auto s = p.connected({.mss = 1460}, 0);
    CHECK(s.try_send(octets(10)) == 10u);
    p.wait(7200_s);
    CHECK(s.native().state == tcp_state::closed);
    CHECK(s.try_send(octets(1)).error() == errc::timed_out);
}

TEST_CASE("a full buffer shuts the window, and reading opens it in steps", "[stack][tcp][data]") {
    peer<> p;
    auto listener = std::move(*p.local.socket(weld::tcp));
    CHECK(listener.set(weld::receive_buffer{4096}));
    REQUIRE(listener.bind(endpoint4{{}, 80}));
    REQUIRE(listener.listen(1));
    auto s = p.accepted(listener);
    std::uint32_t at = 1;
    on_wire ack{};
    for (int i = 0; i < 20; ++i) {
        const auto room = static_cast<std::uint32_t>(s.native().offered_window());
        const std::uint32_t count = std::min<std::uint32_t>(room, 1000);
        if (count == 0) break;
        p.send(at, flags::ack, {.ack = 1, .payload = octets(count)});
        at += count;
        p.wait(50_ms);
    }
    while (!p.silent()) ack = p.next();
    CHECK(ack.header.window == 0);
    CHECK(s.native().offered_window() == 0);
    p.send(at, flags::ack, {.ack = 1, .payload = octets(1)});  // a probe of one octet
    ack = p.next();
    CHECK(ack.header.ack == at);
    CHECK(ack.header.window == 0);
    std::byte few[10];
    CHECK(s.try_recv(few) == 10u);
    CHECK(p.silent());
    std::vector<std::byte> many(100'000);
    while (s.try_recv(many)) {}
    CHECK(p.next().header.window > 1000);
    CHECK(s.native().receive_memory == 0);
}

TEST_CASE("urgent data is read in its place, and poll tells of it", "[stack][tcp][data]") {
    peer<> p;
    auto s = p.connected();
    using ops = decltype(s)::ops;
    p.send(1, flags::ack | flags::urg, {.ack = 1, .payload = octets(10), .urgent = 5});
    CHECK(any(ops::poll(p.local, s.native()) & events::priority));
    std::byte buffer[20];
    CHECK(s.try_recv(buffer, message_flags::out_of_band).error() == errc::invalid_argument);
    CHECK(s.try_recv(buffer) == 10u);
    CHECK_FALSE(any(ops::poll(p.local, s.native()) & events::priority));
    p.forget();
    CHECK(s.try_send(octets(3), message_flags::out_of_band) == 3u);
    const on_wire sent = p.next();
    CHECK(any(sent.header.flags & flags::urg));
    CHECK(sent.header.urgent_pointer == 3);
    p.send(11, flags::ack, {.ack = 4});
    CHECK(s.try_send(octets(3)) == 3u);
    CHECK_FALSE(any(p.next().header.flags & flags::urg));
}

TEST_CASE("a peer that sends octet by octet does not fill our memory with packets", "[stack][tcp][data]") {
    peer<> p;
    auto s = p.connected();
    for (std::uint32_t i = 0; i < 2000; ++i) p.send(1 + i, flags::ack, {.ack = 1, .payload = octets(1, i)});
    CHECK(s.native().receive_queue.size() < 20);
    std::vector<std::byte> buffer(3000);
    CHECK(s.try_recv(buffer) == 2000u);
    for (std::size_t i = 0; i < 2000; ++i) REQUIRE(buffer[i] == pattern(i));
}

TEST_CASE("what lies out of order is bounded, and given up for what is in order", "[stack][tcp][data]") {
    peer<> p;
    auto listener = std::move(*p.local.socket(weld::tcp));
    CHECK(listener.set(weld::receive_buffer{10'000}));
    REQUIRE(listener.bind(endpoint4{{}, 80}));
    REQUIRE(listener.listen(1));
    auto s = p.accepted(listener);
    for (std::uint32_t at = 9000; at > 3; at -= 2) p.send(at, flags::ack, {.ack = 1, .payload = octets(1)});
    CHECK(s.native().receive_memory <= s.native().options.receive_buffer);
    CHECK(p.link.packets.in_use().packets < 200);
    const auto data = octets(1000);
    for (std::uint32_t at = 1; at < 9001; at += 1000) {
        p.send(at, flags::ack, {.ack = 1, .payload = data});
        std::vector<std::byte> buffer(3000);
        while (s.try_recv(buffer)) {}
    }
    CHECK(s.native().rcv_nxt - s.native().irs == 9001);
    CHECK(s.native().receive_memory == 0);
}

TEST_CASE("what lies beyond the window is cut off", "[stack][tcp][data]") {
    peer<> p;
    auto s = p.connected();
    s.native().rcv_wnd = 50;
    p.send(1, flags::ack, {.ack = 1, .payload = octets(80)});
    CHECK(s.native().rcv_nxt - s.native().irs == 51);
}

TEST_CASE("writability returns with a third of the buffer", "[stack][tcp][data]") {
    peer<> p;
    auto s = p.connected();
    CHECK(s.set(weld::send_buffer{20'000}));
    using ops = decltype(s)::ops;
    while (s.try_send(octets(1460))) {}
    CHECK_FALSE(any(ops::poll(p.local, s.native()) & events::writable));
    CHECK(s.native().write_memory >= 40'000);
    std::uint32_t ack = 1;
    while (!any(ops::poll(p.local, s.native()) & events::writable)) p.send(1, flags::ack, {.ack = ack += 1460});
    CHECK(s.native().write_memory <= 27'000);
    CHECK(s.native().write_memory > 20'000);
}
