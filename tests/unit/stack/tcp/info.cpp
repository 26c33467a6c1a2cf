// SPDX-License-Identifier: BSL-1.0
// TCP_INFO's totals and rate: tcp(7), linux/tcp.h, RFC 4898.
#include <weld/stack/tcp/tcp_info.hpp>

#include "support/catch.hpp"
#include "support/tcp_peer.hpp"

using namespace tcp_test;

TEST_CASE("octets and segments of a connection are counted at both ends alike", "[stack][tcp][info]") {
    for (const std::size_t gso : {std::size_t{0}, std::size_t{65536}}) {
        wire_options options;
        options.features = {.checksum = gso != 0, .gso_size_max = gso};
        pair nets{1, options};
        auto [near, far] = nets.connected();
        constexpr std::uint64_t total = 5'000'000;
        stream<pair<>::socket> flow{&near, &far, total};
        REQUIRE(nets.run_until([&] { return flow.done(); }));
        nets.run_for(1_s);
        const auto sender = *near.get<tcp_info>(), receiver = *far.get<tcp_info>();
        CHECK(sender.bytes_acked == total);
        CHECK(receiver.bytes_received == total);
        CHECK(sender.bytes_received == 0);
        CHECK(receiver.bytes_acked == 0);
        CHECK(sender.data_segments_out >= total / 1460);
        CHECK(sender.data_segments_out == receiver.data_segments_in);
        CHECK(sender.data_segments_in == 0);
        CHECK(sender.segments_out >= sender.data_segments_out);
        CHECK(receiver.segments_out > receiver.data_segments_out);
        CHECK(sender.segments_in == receiver.segments_out);
        CHECK(sender.total_retrans == 0);
        near.close(), far.close();
    }
}

TEST_CASE("what is sent again is counted", "[stack][tcp][info]") {
    pair nets{3, {.loss = 0.02}};
    auto [near, far] = nets.connected();
    stream<pair<>::socket> flow{&near, &far, 2'000'000};
    REQUIRE(nets.run_until([&] { return flow.done(); }));
    nets.run_for(10_s);
    const auto info = *near.get<tcp_info>();
    CHECK(info.total_retrans > 5);
    CHECK(info.total_retrans == nets.tcp(0).counters.retransmitted);
    CHECK(info.bytes_acked == 2'000'000);
    CHECK(info.data_segments_out >= 2'000'000 / 1460 + info.total_retrans);
}

TEST_CASE("the delivery rate is the link's where that is what limits", "[stack][tcp][info]") {
    pair nets{5, {.delay = 20_ms, .bandwidth = 1'000'000, .queue = 200'000}};
    auto [near, far] = nets.connected();
    stream<pair<>::socket> flow{&near, &far, 8'000'000};
    REQUIRE(nets.run_until([&] { return flow.received > 4'000'000 || flow.done(); }));
    const auto info = *near.get<tcp_info>();
    CHECK(info.delivery_rate > 700'000);  // 54 octets of 1514 are headers
    CHECK(info.delivery_rate < 1'000'000);
}

TEST_CASE("octets beyond 32 bits are counted, and a new connection begins at none", "[stack][tcp][info]") {
    peer<> p;
    auto s = p.connected();
    s.native().totals.bytes_acked = s.native().totals.bytes_received = std::uint64_t{1} << 33;
    p.send(1, flags::ack | flags::psh, {.ack = 1, .payload = octets(10)});
    CHECK(s.get<tcp_info>()->bytes_received == (std::uint64_t{1} << 33) + 10);
    REQUIRE(s.try_send(octets(10)));
    p.send(11, flags::ack, {.ack = 11});
    CHECK(s.get<tcp_info>()->bytes_acked == (std::uint64_t{1} << 33) + 10);
    auto fresh = p.connected();
    CHECK(fresh.get<tcp_info>()->bytes_acked == 0);
    CHECK(fresh.get<tcp_info>()->segments_in == 0);  // the SYN-ACK was not yet the connection's
}
