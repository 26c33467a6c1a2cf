// SPDX-License-Identifier: BSL-1.0
// RFC 6298, 5681, 6582, 6675, 3042: what is done about losses.
#include <weld/stack/tcp/tcp.hpp>

#include <weld/stack/tcp/congestion/none.hpp>
#include <weld/stack/tcp/congestion/reno.hpp>

#include "support/catch.hpp"
#include "support/tcp_peer.hpp"

using namespace tcp_test;
using stack::tcp_state;
using stack::recovery_state;

namespace {
constexpr std::uint32_t mss = 1000;
using old_tcp = stack::basic_tcp<ip4, stack::reno, stack::newreno_recovery>;
using reno_tcp = stack::basic_tcp<ip4, stack::reno>;

template <class Tcp>
struct sender : peer<Tcp> {
    typename peer<Tcp>::socket s;
    explicit sender(wire::tcp_options offer, std::size_t segments = 10) : s{this->connected(offer)} {
        CHECK(s.set(weld::send_buffer{1'000'000}));
        CHECK(s.try_send(octets(segments * mss)) == segments * mss);
        this->settle();
        for (std::size_t i = 0; i < std::min<std::size_t>(segments, 10); ++i) CHECK(this->next().header.seq == 1 + i * mss);
        CHECK(this->silent());
    }
    /// The peer has got up to segment `to`, and selects segments `from` to `up_to`.
    void ack(std::uint32_t to, std::uint32_t from = 0, std::uint32_t up_to = 0) {
        wire::tcp_options with;
        if (up_to != 0) {
            with.sack_count = 1;
            with.sack[0] = {this->iss + 1 + from * mss, this->iss + 1 + up_to * mss};
        }
        this->send(1, flags::ack, {.ack = 1 + to * mss, .with = with});
    }
    std::uint32_t next_segment() { return (this->next().header.seq - 1) / mss; }
};
constexpr wire::tcp_options plain{.mss = mss}, selective{.mss = mss, .sack_permitted = true};
}  // namespace

TEST_CASE("a timeout sends the first segment again, then after twice the time", "[stack][tcp][loss]") {
    sender<stack::tcp> p{plain, 4};
    const time_point sent = p.link.log.back().at;
    on_wire again = p.next();
    CHECK(again.header.seq == 1);
    CHECK((again.at - sent).milliseconds() == 200);
    for (int i = 1; i < 6; ++i) {
        const time_point last = again.at;
        again = p.next(500_s);
        CHECK(again.header.seq == 1);
        CHECK((again.at - last).milliseconds() / 10 == 20 << i);
    }
    CHECK(p.s.native().congestion.window() == mss);
    p.wait(3600_s);
    CHECK(p.s.native().state == tcp_state::closed);
    CHECK(p.s.try_send(octets(1)).error() == errc::timed_out);
}

TEST_CASE("after a timeout slow start sends the rest again", "[stack][tcp][loss]") {
    sender<stack::tcp> p{plain, 8};
    CHECK(p.next_segment() == 0);
    p.ack(1);
    CHECK(p.next_segment() == 1);
    CHECK(p.next_segment() == 2);
    CHECK(p.silent());
    p.ack(3);
    for (std::uint32_t i = 3; i < 7; ++i) CHECK(p.next_segment() == i);
    CHECK(p.silent());
    p.ack(8);
    CHECK(p.s.native().sent.empty());
    CHECK(p.s.native().recovering == recovery_state::open);
}

TEST_CASE("TCP_USER_TIMEOUT ends a silent connection sooner", "[stack][tcp][loss]") {
    sender<stack::tcp> p{plain, 2};
    CHECK(p.s.set(weld::user_timeout{5_s}));
    p.wait(12_s);
    CHECK(p.s.native().state == tcp_state::closed);
}

TEST_CASE("what ICMP said is told when the connection times out", "[stack][tcp][loss]") {
    sender<stack::tcp> p{plain, 2};
    std::byte quoted[8]{};
    store_be<std::uint16_t>(quoted, 0, p.theirs);
    store_be<std::uint16_t>(quoted, 2, 80);
    store_be<std::uint32_t>(quoted, 4, p.iss + 1);
    p.tcp().error(p.local, {.source = {{10, 0, 0, 1}}, .destination = {{10, 0, 0, 2}}, .transport = quoted, .error = errc::host_unreachable, .hard = false});
    CHECK(p.s.native().state == tcp_state::established);
    p.wait(3600_s);
    CHECK(p.s.try_send(octets(1)).error() == errc::host_unreachable);
}

TEST_CASE("without SACK the third duplicate ACK sends the lost segment", "[stack][tcp][loss]") {
    sender<old_tcp> p{plain, 20};
    p.ack(0);
    CHECK(p.next_segment() == 10);
    p.ack(0);
    CHECK(p.next_segment() == 11);
    p.ack(0);
    CHECK(p.next_segment() == 0);
    CHECK(p.s.native().recovering == recovery_state::recovery);
    CHECK(p.s.native().congestion.window() == 6 * mss);  // half of twelve in flight
    CHECK(p.silent());
    SECTION("a partial ACK sends the next, the last one ends it") {
        p.ack(4);
        CHECK(p.next_segment() == 4);
        CHECK(p.s.native().recovering == recovery_state::recovery);
        p.forget();
        p.ack(12);
        CHECK(p.s.native().recovering == recovery_state::open);
        CHECK(p.s.native().congestion.window() == 6 * mss);
    }
    SECTION("further duplicates let new segments go") {
        for (int i = 0; i < 9; ++i) p.ack(0);
        CHECK(p.next_segment() == 12);
    }
}

TEST_CASE("the retransmitted segment's duplicates do not begin a second recovery", "[stack][tcp][loss]") {
    sender<old_tcp> p{plain, 30};
    for (int i = 0; i < 3; ++i) p.ack(0);
    p.forget();
    p.ack(12);  // all that was out
    const std::uint32_t window = p.s.native().congestion.window();
    for (int i = 0; i < 3; ++i) p.ack(12);
    CHECK(p.s.native().congestion.window() == window);
}

TEST_CASE("a hole below three selected segments is sent again, and only it", "[stack][tcp][loss]") {
    sender<reno_tcp> p{selective, 20};
    p.ack(0, 1, 2);
    CHECK(p.next_segment() == 10);
    p.ack(0, 1, 3);
    CHECK(p.next_segment() == 11);
    p.ack(0, 1, 4);
    CHECK(p.next_segment() == 0);
    CHECK(p.s.native().recovering == recovery_state::recovery);
    CHECK(p.s.native().congestion.window() == 6 * mss);
    p.forget();
    p.ack(12);
    CHECK(p.s.native().recovering == recovery_state::open);
    CHECK(p.tcp().counters.retransmitted == 1);
}

TEST_CASE("several holes are sent again in one round trip", "[stack][tcp][loss]") {
    sender<reno_tcp> p{selective, 10};
    wire::tcp_options with{.sack_count = 3};
    with.sack[0] = {p.iss + 1 + 7 * mss, p.iss + 1 + 10 * mss};
    with.sack[1] = {p.iss + 1 + 4 * mss, p.iss + 1 + 6 * mss};
    with.sack[2] = {p.iss + 1 + 1 * mss, p.iss + 1 + 3 * mss};
    p.send(1, flags::ack, {.ack = 1, .with = with});
    CHECK(p.next_segment() == 0);
    CHECK(p.next_segment() == 3);
    CHECK(p.next_segment() == 6);
    CHECK(p.silent());
    p.ack(3, 4, 6);
    CHECK(p.silent());
    p.ack(10);
    CHECK(p.s.native().sent.empty());
}

TEST_CASE("blocks that cut segments, lie, or come from before are survived", "[stack][tcp][loss]") {
    sender<reno_tcp> p{selective, 10};
    const auto select = [&](std::uint32_t left, std::uint32_t right) {
        wire::tcp_options with{.sack_count = 1};
        with.sack[0] = {p.iss + 1 + left, p.iss + 1 + right};
        p.send(1, flags::ack, {.ack = 1, .with = with});
    };
    select(1500, 2700);
    CHECK(p.s.native().sent.sacked() == 1200);
    select(1500, 2700);
    CHECK(p.s.native().sent.sacked() == 1200);
    select(20'000, 30'000);
    select(5000, 4000);
    select(0u - 5000, 0u - 4000);
    CHECK(p.s.native().sent.sacked() == 1200);
    CHECK(p.s.native().sent.outstanding() >= 10 * mss);
    p.ack(10);
    CHECK(p.s.native().sent.sacked() == 0);
    CHECK(p.s.native().in_flight() == p.s.native().sent.outstanding());
}

TEST_CASE("a peer that takes back what it selected gets it again", "[stack][tcp][loss]") {
    sender<reno_tcp> p{selective, 4};
    p.ack(0, 1, 4);
    p.forget();
    p.ack(1);  // and it does not acknowledge what it had
    CHECK(p.next_segment() == 1);
    CHECK(p.s.native().sent.sacked() == 0);
    p.ack(2);
    CHECK(p.next_segment() == 2);
    CHECK(p.next_segment() == 3);
    p.ack(4);
    CHECK(p.s.native().sent.empty());
}

TEST_CASE("the round trip is measured by segments that were sent once", "[stack][tcp][loss]") {
    stack::rtt_estimator rtt;
    const stack::tcp_limits limits;
    CHECK(rtt.rto(limits) == 1_s);
    rtt.sample(100_ms);
    CHECK(rtt.srtt() == 100_ms);
    CHECK(rtt.rttvar() == 50_ms);
    CHECK(rtt.rto(limits) == 300_ms);
    rtt.sample(200_ms);
    CHECK(rtt.rttvar() == duration::microseconds(62'500));
    CHECK(rtt.srtt() == duration::microseconds(112'500));
    for (int i = 0; i < 100; ++i) rtt.sample(1_ms);
    CHECK(rtt.rto(limits) == 200_ms);
    rtt.sample(1000_s);
    CHECK(rtt.rto(limits) == 120_s);

    sender<stack::tcp> p{plain, 1};
    const duration before = p.s.native().rtt.srtt();
    static_cast<void>(p.next());  // sent again
    p.wait(3_s);
    p.ack(1);
    CHECK(p.s.native().rtt.srtt() == before);  // Karn: which one was acknowledged?
}

TEST_CASE("a path that takes less cuts segments anew", "[stack][tcp][loss]") {
    sender<stack::tcp> p{{.mss = 1000}, 3};
    std::byte quoted[8]{};
    store_be<std::uint16_t>(quoted, 0, p.theirs);
    store_be<std::uint16_t>(quoted, 2, 80);
    store_be<std::uint32_t>(quoted, 4, p.iss + 1);
    const auto too_big = [&](std::size_t mtu) {
        p.tcp().error(p.local, {.source = {{10, 0, 0, 1}}, .destination = {{10, 0, 0, 2}}, .transport = quoted, .error = errc::message_size, .mtu = mtu});
    };
    too_big(640);
    // Each packet is cut by itself; what lay in one block is one packet.
    const std::vector<std::uint32_t> apart{1, 601, 1001, 1601, 2001, 2601}, together{1, 601, 1201, 1801, 2401};
    for (const std::uint32_t seq : p.link.options.takes_fragments ? together : apart) {
        const on_wire again = p.next();
        CHECK(again.header.seq == seq);
        CHECK(again.payload <= 600);
    }
    too_big(68);  // nobody believes that
    CHECK(p.s.native().mss == 512);
    p.send(1, flags::ack, {.ack = 3001});
    CHECK(p.s.native().sent.empty());
}

TEST_CASE("an idle connection begins again with the initial window", "[stack][tcp][loss]") {
    sender<reno_tcp> p{plain, 10};
    for (std::uint32_t i = 1; i <= 10; ++i) p.ack(i);
    for (int round = 0; round < 3; ++round) {
        CHECK(p.s.try_send(octets(40 * mss)));
        p.settle();
        while (!p.s.native().sent.empty()) p.send(1, flags::ack, {.ack = p.s.native().snd_nxt.value() - p.iss});
    }
    CHECK(p.s.native().congestion.window() > 10 * mss);
    p.wait(10_s);
    p.forget();
    CHECK(p.s.try_send(octets(100 * mss)));
    p.settle();
    int count = 0;
    for (; !p.silent(); ++count) static_cast<void>(p.next());
    CHECK(count == 10);
}
