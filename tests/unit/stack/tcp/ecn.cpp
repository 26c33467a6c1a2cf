// SPDX-License-Identifier: BSL-1.0
// Explicit congestion notification: RFC 3168 section 6.1, by its paragraphs.
#include <weld/stack/tcp/ecn.hpp>

#include "support/catch.hpp"
#include "support/tcp_peer.hpp"

#include <weld/stack/tcp/congestion/reno.hpp>

#include <type_traits>

using namespace tcp_test;
using stack::tcp_state;

namespace {
template <class Congestion = stack::cubic>
using with_ecn = stack::basic_tcp<ip4, Congestion, stack::sack_recovery, stack::delayed_ack, stack::tcp_options{.ecn = true}>;
using ecn_tcp = with_ecn<>;
constexpr flags ece = flags::ece, cwr = flags::cwr;
bool says(const on_wire& s, flags what) { return any(s.header.flags & what); }
static_assert(std::is_empty_v<stack::tcp_ecn_of<stack::tcp::policies>>);  // off, it leaves nothing behind

/// A connection that we opened with a SYN of these flags. Our options: timestamps, so that a cookie could tell ECN.
peer<ecn_tcp>::socket accepted(peer<ecn_tcp>& p, peer<ecn_tcp>::socket& listener) {
    p.ours = 1234, p.theirs = 80, p.iss = 0;
    p.forget();
    p.send(0, flags::syn | ece | cwr, {.with = {.mss = 1460}});
    const on_wire answer = p.next();
    CHECK(answer.header.flags == (flags::syn | flags::ack | ece));
    CHECK(answer.tos == 0);
    p.iss = answer.header.seq;
    p.send(1, flags::ack, {.ack = 1});
    p.forget();
    return std::move(*listener.try_accept());
}
}  // namespace

TEST_CASE("6.1.1: who is called grants it to a SYN that asks, and to no other", "[stack][tcp][ecn]") {
    peer<ecn_tcp> p;
    auto listener = p.listener();
    auto s = accepted(p, listener);
    CHECK(s.native().ecn);
    for (const flags asked : {flags::none, ece, cwr}) {
        p.ours = static_cast<std::uint16_t>(2000 + static_cast<int>(asked));
        p.iss = 0;
        p.forget();
        p.send(0, flags::syn | asked, {.with = {.mss = 1460}});
        const on_wire answer = p.next();
        CHECK(answer.header.flags == (flags::syn | flags::ack));
    }
}

TEST_CASE("6.1.1: who calls asks, and believes a SYN-ACK that has ECE alone", "[stack][tcp][ecn]") {
    for (const flags answered : {flags::none, ece, cwr, ece | cwr}) {
        peer<ecn_tcp> p;
        auto s = std::move(*p.local.socket(weld::tcp));
        static_cast<void>(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}));
        const on_wire syn = p.next();
        CHECK(syn.header.flags == (flags::syn | ece | cwr));
        CHECK(syn.tos == 0);
        p.ours = 80, p.theirs = syn.header.source_port, p.iss = syn.header.seq;
        p.send(0, flags::syn | flags::ack | answered, {.ack = 1, .with = {.mss = 1460}});
        CHECK(s.native().state == tcp_state::established);
        CHECK(s.native().ecn == (answered == ece));
        p.forget();
        REQUIRE(s.try_send(octets(10)));
        CHECK((p.next().tos & 3) == (answered == ece ? 2 : 0));
    }
}

TEST_CASE("6.1.1.1: a SYN that is not answered is repeated without it", "[stack][tcp][ecn]") {
    peer<ecn_tcp> p;
    auto s = std::move(*p.local.socket(weld::tcp));
    static_cast<void>(s.try_connect(endpoint4{{{10, 0, 0, 2}}, 80}));
    CHECK(p.next().header.flags == (flags::syn | ece | cwr));
    const on_wire again = p.next();
    CHECK(again.header.flags == flags::syn);
    p.ours = 80, p.theirs = again.header.source_port, p.iss = again.header.seq;
    p.send(0, flags::syn | flags::ack | ece, {.ack = 1, .with = {.mss = 1460}});
    CHECK_FALSE(s.native().ecn);
}

TEST_CASE("6.1.3: a mark is told until CWR comes, and a mark that comes with CWR is told again", "[stack][tcp][ecn]") {
    peer<ecn_tcp> p;
    auto listener = p.listener();
    auto s = accepted(p, listener);
    p.send(1, flags::ack | flags::psh, {.ack = 1, .payload = octets(100), .tos = 2});
    CHECK_FALSE(says(p.next(), ece));
    p.send(101, flags::ack | flags::psh, {.ack = 1, .payload = octets(100), .tos = 3});
    CHECK(says(p.next(), ece));
    p.send(201, flags::ack | flags::psh, {.ack = 1, .payload = octets(100), .tos = 2});
    CHECK(says(p.next(), ece));
    REQUIRE(s.try_send(octets(10)));  // on data, too
    CHECK(says(p.next(), ece));
    p.send(301, flags::ack | flags::psh | cwr, {.ack = 11, .payload = octets(100), .tos = 2});
    CHECK_FALSE(says(p.next(), ece));
    p.send(401, flags::ack | flags::psh | cwr, {.ack = 11, .payload = octets(100), .tos = 3});
    CHECK(says(p.next(), ece));
}

TEST_CASE("6.1.2: ECE reduces the window once for all that is on its way, and CWR says so once", "[stack][tcp][ecn]") {
    peer<with_ecn<stack::reno>> p;
    auto s = p.connected({.mss = 1460});
    CHECK_FALSE(s.native().ecn);  // this peer's SYN-ACK had no ECE
    s.native().ecn = true;
    std::uint32_t sent = 0;
    REQUIRE(s.try_send(octets(1460 * 10)));
    p.settle();
    for (int i = 0; i < 10; ++i) {
        const on_wire segment = p.next();
        CHECK((segment.tos & 3) == 2);
        CHECK_FALSE(says(segment, cwr));
        sent += static_cast<std::uint32_t>(segment.payload);
    }
    REQUIRE(sent == 14600);
    const std::uint32_t before = s.native().congestion.window();
    p.send(1, flags::ack | ece, {.ack = 1 + 1460});
    const std::uint32_t reduced = s.native().congestion.window();
    CHECK(reduced == before / 2);
    CHECK(s.native().sent.lost() == 0);
    for (std::uint32_t i = 2; i <= 10; ++i) p.send(1, flags::ack | ece, {.ack = 1 + i * 1460});
    CHECK(s.native().congestion.window() == reduced);  // neither reduced again, nor grown
    p.forget();
    REQUIRE(s.try_send(octets(1460 * 4)));
    p.settle();
    const on_wire first = p.next(), second = p.next();
    CHECK(says(first, cwr));
    CHECK(first.payload == 1460);
    CHECK_FALSE(says(second, cwr));
    p.send(1, flags::ack | ece, {.ack = 1 + 14600 + 1460});  // the peer has seen marks since
    CHECK(s.native().congestion.window() < reduced);
}

TEST_CASE("6.1.4, 6.1.5: ACKs and what is sent again are not ECN-capable", "[stack][tcp][ecn]") {
    peer<ecn_tcp> p;
    auto listener = p.listener();
    auto s = accepted(p, listener);
    REQUIRE(s.try_send(octets(100)));
    CHECK((p.next().tos & 3) == 2);
    const on_wire again = p.next();  // nobody answers
    CHECK(again.header.seq == 1);
    CHECK(again.tos == 0);
    p.send(1, flags::ack | flags::psh, {.ack = 101, .payload = octets(1), .tos = 2});
    const on_wire ack = p.next();
    CHECK(ack.payload == 0);
    CHECK(ack.tos == 0);
    p.forget();
    REQUIRE(s.try_send(octets(100)));
    const on_wire fresh = p.next();
    CHECK((fresh.tos & 3) == 2);
    CHECK(says(fresh, cwr));  // the timeout reduced the window
}

TEST_CASE("between two of them, with routers that mark one in fifty, nothing is sent twice", "[stack][tcp][ecn]") {
    for (const std::size_t gso : {std::size_t{0}, std::size_t{65536}}) {
        wire_options options{.delay = 5_ms, .bandwidth = 2'000'000};
        options.features = {.checksum = gso != 0, .gso_size_max = gso};
        pair<ecn_tcp> nets{1, options};
        auto [near, far] = nets.connected();
        CHECK(near.native().ecn);
        CHECK(far.native().ecn);
        int marked = 0, told = 0, reduced = 0;
        std::uint64_t data = 0;
        nets.link.mark = [&](const on_wire& s) {
            const bool chosen = s.payload > 0 && ++data % 50 == 0;
            marked += chosen;
            return chosen;
        };
        nets.link.rule = [&](const on_wire& s) {
            told += s.from == 1 && says(s, ece);
            reduced += s.from == 0 && says(s, cwr);
            return true;
        };
        stream<typename pair<ecn_tcp>::socket> flow{&near, &far, 3'000'000};
        REQUIRE(nets.run_until([&] { return flow.done(); }, 600_s));
        CHECK_FALSE(flow.wrong);
        CHECK(marked > 0);
        CHECK(told >= marked / 2);
        CHECK(reduced > 0);
        CHECK(reduced <= marked);
        CHECK(nets.tcp(0).counters.retransmitted == 0);
        CHECK(near.native().congestion.ssthresh() < 1u << 29);
        nets.link.rule = nets.link.mark = nullptr;  // the sockets' ends pass by there, too
    }
}

TEST_CASE("a cookie tells ECN where it can", "[stack][tcp][ecn][cookies]") {
    for (const bool timestamps : {true, false}) {
        peer<ecn_tcp> p;
        auto listener = p.listener(80, 1);
        p.theirs = 80;
        for (std::uint16_t i = 0; i < 2; ++i) {
            p.ours = static_cast<std::uint16_t>(20'000 + i);
            p.send(0, flags::syn, {.with = {.mss = 1460}});
        }
        p.forget();
        p.ours = 1000, p.iss = 0;
        p.send(0, flags::syn | ece | cwr, {.with = {.mss = 1460, .has_timestamps = timestamps, .tsval = 5}});
        const on_wire answer = p.next();
        CHECK(says(answer, ece) == timestamps);
        p.iss = answer.header.seq;
        p.send(1, flags::ack, {.ack = 1, .with = {.has_timestamps = timestamps, .tsval = 6, .tsecr = answer.options.tsval}});
        auto made = listener.try_accept();
        REQUIRE(made);
        CHECK(made->native().ecn == timestamps);
    }
}
