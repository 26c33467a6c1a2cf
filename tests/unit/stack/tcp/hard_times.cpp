// SPDX-License-Identifier: BSL-1.0
// What hostile or unlucky peers do: storms of ACKs, a window of one octet, numbers at the wrap. Memory and answers stay
// bounded, streams stay whole, others are not disturbed.
#include <weld/stack/tcp/tcp.hpp>

#include "support/catch.hpp"
#include "support/tcp_peer.hpp"

#include <optional>
#include <vector>

using namespace tcp_test;
using stack::tcp_state;

TEST_CASE("two ends that were put out of step do not answer each other for ever", "[stack][tcp][flood]") {
    pair nets;
    auto [near, far] = nets.connected();
    // Somebody else sends each of them an octet in the other's name: now each acknowledges what was never sent.
    const auto inject = [&](int side, const auto& from, const auto& to) {
        const auto& tuple = from.native().tuple;
        wire::tcp_header header{tuple.local_port, tuple.remote_port, from.native().snd_nxt.value(), to.native().snd_nxt.value(), flags::ack | flags::psh, 1000, 0, 0};
        wire::tcp_options with{.has_timestamps = true, .tsval = to.native().ts_recent + 1, .tsecr = 0};
        nets.link.inject(side, {.source = tuple.local, .destination = tuple.remote, .protocol = 6}, header, octets(1), with);
    };
    const std::uint64_t quiet = nets.link.sent[0] + nets.link.sent[1];
    inject(0, near, far);
    inject(1, far, near);
    nets.run_for(1_s);
    CHECK(far.native().rcv_nxt > near.native().snd_nxt);
    CHECK(near.native().rcv_nxt > far.native().snd_nxt);
    CHECK(nets.link.sent[0] + nets.link.sent[1] > quiet + 3);
    const std::uint64_t before = nets.link.sent[0] + nets.link.sent[1];
    nets.run_for(100_s);
    const std::uint64_t storm = nets.link.sent[0] + nets.link.sent[1] - before;
    INFO(storm << " segments in 100 s");
    CHECK(storm <= 2 * 200 + 4);  // one challenge each half second and end: RFC 5961 section 7
    CHECK(nets.left.context().packets().in_use().packets <= 4);
}

TEST_CASE("a storm of ACKs costs no memory and few answers, and the stream goes on", "[stack][tcp][flood]") {
    peer<> p;
    auto listener = p.listener();
    auto s = p.accepted(listener);
    REQUIRE(s.try_send(octets(100)));
    p.settle();
    const std::size_t before = p.local.context().packets().in_use().packets;
    p.forget();
    const std::size_t log = p.link.log.size();
    p.link.options.delay = {};
    for (std::uint32_t i = 0; i < 50'000; ++i) {
        const std::uint32_t kind = i % 5;
        if (kind == 0) p.send(1, flags::ack, {.ack = 1});                        // once more
        else if (kind == 1) p.send(1, flags::ack, {.ack = 5'000 + i});           // for what was not sent
        else if (kind == 2) p.send(1 - i, flags::ack, {.ack = 1});               // of an old one
        else if (kind == 3) p.send(70'000 + i, flags::ack, {.ack = 1});          // beyond the window
        else p.send(1, flags::ack, {.ack = 1, .window = static_cast<std::uint16_t>(i)});  // of another window
    }
    CHECK(p.local.context().packets().in_use().packets <= before + 2);
    CHECK(p.link.log.size() - log < 600);
    CHECK(s.native().state == tcp_state::established);
    p.forget();
    p.send(1, flags::ack | flags::psh, {.ack = 101, .payload = octets(5)});
    std::byte buffer[8];
    CHECK(s.try_recv(buffer) == 5u);
}

TEST_CASE("a peer that never opens its window by more than one octet gets them one by one, and not often", "[stack][tcp][flood]") {
    peer<> p;
    auto listener = p.listener();
    auto s = p.accepted(listener, {.mss = 1460}, 1);
    auto healthy = p.listener(81);
    std::size_t taken = 0;
    for (auto n = s.try_send(octets(4000)); n; n = s.try_send(octets(4000))) taken += *n;
    CHECK(taken < 100'000);  // the send buffer's own limit
    const std::size_t held = p.local.context().packets().in_use().packets;
    std::uint32_t acknowledged = 1;
    const time_point end = p.clock.now() + 120_s;
    int segments = 0, largest = 0;
    while (p.clock.now() < end) {
        const on_wire segment = p.next(130_s);
        ++segments;
        largest = std::max(largest, static_cast<int>(segment.payload));
        if (segment.payload == 0) continue;
        acknowledged = std::max(acknowledged, segment.header.seq + static_cast<std::uint32_t>(segment.payload));
        p.send(1, flags::ack, {.ack = acknowledged, .window = 1});
    }
    CHECK(largest == 1);
    CHECK(segments > 10);         // it goes on,
    CHECK(segments <= 120 * 5 + 5);  // by the timer of 200 ms at the fastest
    CHECK(acknowledged > 10);
    CHECK(p.local.context().packets().in_use().packets <= held + 2);
    CHECK(s.native().state == tcp_state::established);
    p.open(2000, 81);             // nobody else is disturbed
    p.send(1, flags::ack, {.ack = 1});
    CHECK(healthy.try_accept());
}

TEST_CASE("streams pass the wrap of sequence numbers, whoever's numbers they are", "[stack][tcp][wrap]") {
    for (const int side : {0, 1}) {
        for (std::uint64_t number = 1; number <= 5; ++number) {
            pair nets{number, {.loss = 0.02, .duplicate = 0.02, .reorder = 0.05}};
            auto listener = nets.listener(1, 80);
            std::optional<pair<>::socket> near, far;
            const auto meet = [&] {
                near.emplace(nets.make(0));
                REQUIRE(near->set(reuse_address{}));
                REQUIRE(near->bind(endpoint4{{}, 5000}));
                static_cast<void>(near->try_connect(nets.at(1)));
                REQUIRE(nets.run_until([&] {
                    if (auto got = listener.try_accept()) far.emplace(std::move(*got));
                    return far.has_value() && near->native().state == tcp_state::established;
                }));
                static_cast<void>(near->try_connect(nets.at(1)));
            };
            const auto forget = [&] {
                REQUIRE(near->set(linger::abort()));
                near.reset();
                nets.run_for(10_s);
                far.reset();
                nets.run_for(1_s);
            };
            meet();
            // The same ends again, when the clock has moved their numbers to just before the wrap: RFC 6528, 4 us a number.
            const stack::seq32 iss = side == 0 ? near->native().iss : far->native().iss;
            const time_point then = nets.clock.now();
            forget();
            const std::uint32_t left = 0u - iss.value() - 60'000u;
            const time_point when = then + duration::microseconds(std::int64_t{left} * 4);
            while (nets.clock.now() < when) nets.run_for(when - nets.clock.now());
            meet();
            const std::uint32_t begins = (side == 0 ? near : far)->native().iss.value();
            INFO("seed " << number << ", begins at " << begins);
            REQUIRE(begins > 0xffff'0000);
            stream<pair<>::socket> there{&*near, &*far, 300'000, 1}, back{&*far, &*near, 300'000, 2};
            REQUIRE(nets.run_until([&] { return there.done() & back.done(); }));
            CHECK_FALSE(there.wrong);
            CHECK_FALSE(back.wrong);
            CHECK((side == 0 ? near : far)->native().snd_nxt.value() < 1'000'000);
        }
    }
}

TEST_CASE("a stream of garbage disturbs neither a listener nor a connection", "[stack][tcp][flood]") {
    peer<> p;
    auto listener = p.listener();
    auto s = p.accepted(listener);
    p.link.options.delay = {};
    random_generator chance{7};
    const std::uint16_t ours = p.ours, theirs = p.theirs;
    const std::uint32_t iss = p.iss;
    for (int i = 0; i < 50'000; ++i) {
        p.ours = static_cast<std::uint16_t>(chance.chance(1, 2) ? ours : chance.below(65536));
        p.theirs = static_cast<std::uint16_t>(chance.chance(1, 2) ? theirs : chance.below(65536));
        const auto which = static_cast<flags>(chance.below(256) & ~std::uint64_t{4});  // a RST that hits would be believed
        std::byte noise[40];
        chance.fill(noise);
        p.send(static_cast<std::uint32_t>(chance.next()) | 0x10000, which, {.ack = static_cast<std::uint32_t>(chance.next()), .window = static_cast<std::uint16_t>(chance.next()),
               .payload = const_bytes{noise}.first(chance.below(40)), .urgent = static_cast<std::uint16_t>(chance.next())});
    }
    CHECK(listener.native().listening->half_open <= 9);
    CHECK(p.local.context().packets().in_use().packets < 200);
    CHECK(s.native().state == tcp_state::established);
    while (listener.try_accept()) {}
    p.ours = ours, p.theirs = theirs, p.iss = iss;
    p.forget();
    p.wait(200_s);
    REQUIRE(s.native().receive_queue.empty());
    p.send(1, flags::ack | flags::psh, {.ack = 1, .payload = octets(5)});
    std::byte buffer[64];
    const auto got = s.try_recv(buffer);
    REQUIRE(got);
    CHECK(*got >= 5);
    CHECK(equal(const_bytes{buffer}.first(5), octets(5)));
}
