// Splitting and merging of TCP over IPv6, beside offload.cpp's of IPv4. Source: tcp6_gso_segment, ipv6_gro_receive.
#include <weld/stack/link/gro.hpp>
#include <weld/stack/link/gso.hpp>

#include "support/catch.hpp"
#include "support/stack/frames.hpp"

#include <weld/core/packet_queue.hpp>
#include <weld/stack/wire/ipv6.hpp>
#include <weld/stack/wire/tcp.hpp>

#include <array>
#include <string>

using namespace test;
namespace gso = weld::stack::gso;
namespace gro = weld::stack::gro;
using weld::wire::tcp_flags;

namespace {

weld::packet_pool pool;
constexpr std::size_t headers = 14 + 40 + 32;
const weld::address6 here = *weld::address6::parse("2001:db8::1"), there = *weld::address6::parse("2001:db8::2");

struct flow {
    std::uint32_t seq = 5, ack = 77, stamp = 1;
    std::uint8_t dscp = 0, hop_limit = 64;
    std::uint32_t label = 0x12345;
    std::uint16_t from_port = 1000;
    weld::address6 from = here;
};
/// An Ethernet frame with a TCP segment; its checksum is left to the device.
weld::packet_buffer tcp_frame(const flow& f, const std::string& text, tcp_flags flags = tcp_flags::ack) {
    auto skb = weld::packet_buffer::allocate(pool, headers + text.size() + 64, 64 + headers);
    weld::copy(skb->put(text.size()), bytes_of(text));
    skb->push(32);
    weld::wire::tcp_options options;
    options.has_timestamps = true;
    options.tsval = f.stamp;
    weld::wire::tcp_header{.source_port = f.from_port, .destination_port = 80, .seq = f.seq, .ack = f.ack, .flags = flags, .window = 500}.encode(skb->bytes(), options);
    weld::store_be(skb->bytes(), 16, weld::checksum::fold(weld::checksum::pseudo_header(f.from, there, 6, static_cast<std::uint32_t>(skb->size()))));
    skb->set_partial_checksum(0, 16);
    skb->reset_transport_header();
    const auto length = static_cast<std::uint16_t>(skb->size());
    weld::wire::ipv6_header{.dscp = f.dscp, .flow_label = f.label, .payload_length = length, .next_header = 6, .hop_limit = f.hop_limit, .source = f.from, .destination = there}
        .encode(skb->push(40));
    skb->reset_network_header();
    weld::wire::ethernet_header{peer_mac, our_mac, weld::wire::ether_type::ipv6}.encode(skb->push(14));
    return skb;
}
weld::packet_buffer finished(weld::packet_buffer skb) {
    gso::complete_checksum(*skb);
    return skb;
}
std::string noise(std::size_t size) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * i % 26);
    return text;
}
struct look {
    explicit look(const weld::packet& skb)
        : ip{*weld::wire::ipv6_view::parse(weld::const_bytes{skb.bytes()}.subspan(14))}, tcp{*weld::wire::tcp_view::parse(ip.payload())} {}
    weld::wire::ipv6_view ip;
    weld::wire::tcp_view tcp;
};
/// A super-segment's pieces, as they come off a wire.
std::array<weld::packet_buffer, 16> batch_of(const std::string& text, std::uint16_t mss, tcp_flags flags = tcp_flags::ack | tcp_flags::psh) {
    auto whole = tcp_frame({}, text, flags);
    whole->gso_type = weld::gso_type::tcp6;
    whole->gso_size = mss;
    weld::packet_queue out;
    REQUIRE(gso::prepare(pool, std::move(whole), {}, out));
    std::array<weld::packet_buffer, 16> batch;
    for (auto& each : batch)
        if (!out.empty()) each = out.pop_front();
    return batch;
}
std::size_t merge(std::array<weld::packet_buffer, 16>& batch, std::size_t count, gro::merging how = gro::merging::copied) {
    return gro::merger<16, gro::format6>{}.merge(pool, weld::span{batch}.first(count), 14, 32, how);
}

}  // namespace

TEST_CASE("a super-segment over IPv6 is split as the device would", "[gso][ip6]") {
    const std::string text = noise(10'000);
    for (const bool device_sums : {false, true}) {
        auto whole = tcp_frame({.seq = 0xffffff00}, text, tcp_flags::ack | tcp_flags::psh | tcp_flags::fin | tcp_flags::cwr);
        whole->gso_type = weld::gso_type::tcp6;
        whole->gso_size = 1428;
        weld::packet_queue out;
        REQUIRE(gso::prepare(pool, std::move(whole), {.checksum = device_sums}, out));
        REQUIRE(out.size() == 8);
        std::string joined;
        for (int i = 0; i < 8; ++i) {
            auto piece = out.pop_front();
            if (device_sums) gso::complete_checksum(*piece);
            const look got{*piece};
            CHECK(got.ip.payload_length() == piece->size() - 54);
            CHECK(got.ip.flow_label() == 0x12345);
            CHECK(got.tcp.checksum_valid(here, there));
            CHECK(got.tcp.seq() == static_cast<std::uint32_t>(0xffffff00 + joined.size()));
            CHECK(got.tcp.has(tcp_flags::cwr) == (i == 0));
            CHECK(got.tcp.has(tcp_flags::fin) == (i == 7));
            joined += text_of(got.tcp.payload());
        }
        CHECK((joined == text));
    }
    CHECK(pool.in_use().packets == 0);
}

TEST_CASE("what was split over IPv6 is merged again", "[gro][ip6]") {
    const std::string text = noise(14'280);
    auto batch = batch_of(text, 1428);
    REQUIRE(merge(batch, 10) == 9);
    const look got{*batch[0]};
    CHECK(batch[0]->gso_type == weld::gso_type::tcp6);
    CHECK(batch[0]->gso_size == 1428);
    CHECK(batch[0]->gso_segments == 10);
    CHECK(got.ip.payload_length() == 32 + text.size());
    CHECK(got.tcp.has(tcp_flags::psh));
    CHECK((text_of(got.tcp.payload()) == text));
    gso::complete_checksum(*batch[0]);  // so that it may be sent on
    CHECK(look{*batch[0]}.tcp.checksum_valid(here, there));
    batch[0].reset();
    CHECK(pool.in_use().packets == 0);
}

TEST_CASE("large segments over IPv6 become fragments of the first, and one again for who asks", "[gro][ip6]") {
    const std::string text = noise(10 * 1428 + 99);
    auto batch = batch_of(text, 1428, tcp_flags::ack | tcp_flags::psh | tcp_flags::fin);
    REQUIRE(merge(batch, 11, gro::merging::as_fragments) == 10);
    const weld::packet& head = *batch[0];
    CHECK(head.fragment_count() == 10);
    CHECK(head.checksum == weld::checksum_state::unnecessary);
    CHECK(head.gso_type == weld::gso_type::tcp6);
    CHECK(head.size() == headers + 1428);
    batch[0]->pull(14);
    batch[0]->reset_network_header();
    for (const std::size_t pulled : {0u, 40u}) {  // as a forwarder sees it, and as a raw socket does
        batch[0]->pull(pulled);
        auto whole = gro::gather(*batch[0]);
        REQUIRE(whole);
        CHECK(whole->gso_size == 1428);
        CHECK(whole->gso_segments == 11);
        whole->push(static_cast<std::size_t>(-whole->network_offset()));
        gso::complete_checksum(*whole);
        const auto ip = *weld::wire::ipv6_view::parse(whole->bytes());
        const auto tcp = *weld::wire::tcp_view::parse(ip.payload());
        CHECK(tcp.checksum_valid(here, there));
        CHECK(tcp.has(tcp_flags::fin));
        CHECK((text_of(tcp.payload()) == text));
    }
    batch[0].reset();
    CHECK(pool.in_use().packets == 0);
}

TEST_CASE("a train over IPv6 gets the headers below TCP's from the first", "[gso][ip6]") {
    auto batch = batch_of(noise(4 * 1428), 1428);
    REQUIRE(merge(batch, 4, gro::merging::as_fragments) == 3);
    weld::packet& head = *batch[0];
    head.pull(14);
    head.reset_network_header();
    head.pull(40);
    head.reset_transport_header();
    head.for_each_fragment([&](weld::packet& each) { each.push(32); });  // as TCP leaves them: with its header
    head.push(54);
    weld::packet_queue out;
    gso::unfold(std::move(batch[0]), out);
    REQUIRE(out.size() == 4);
    for (std::uint32_t i = 0; i < 4; ++i) {
        auto piece = out.pop_front();
        const look got{*piece};
        CHECK(got.ip.payload_length() == 32 + 1428);
        CHECK(got.ip.source() == here);
        CHECK(got.tcp.seq() == 5 + i * 1428);
        CHECK(got.tcp.checksum_valid(here, there));
    }
}

TEST_CASE("segments over IPv6 merge only where nobody can tell", "[gro][ip6]") {
    const auto merged = [](const flow& first, const flow& second, gro::merging how, int damage = -1) {
        std::array<weld::packet_buffer, 16> batch{finished(tcp_frame(first, noise(1000))), finished(tcp_frame(second, noise(1000)))};
        if (damage >= 0) batch[static_cast<std::size_t>(damage)]->bytes()[100] ^= std::byte{1};
        return merge(batch, 2, how) == 1;
    };
    for (const auto how : {gro::merging::copied, gro::merging::as_fragments}) {
        const flow first{.seq = 5}, next{.seq = 1005};
        const auto with = [&](auto change) {
            flow other = next;
            change(other);
            return other;
        };
        CHECK(merged(first, next, how));
        CHECK_FALSE(merged(first, with([](flow& f) { f.seq = 1006; }), how));
        CHECK_FALSE(merged(first, with([](flow& f) { f.ack = 78; }), how));
        CHECK_FALSE(merged(first, with([](flow& f) { f.stamp = 2; }), how));
        CHECK_FALSE(merged(first, with([](flow& f) { f.dscp = 8; }), how));
        CHECK_FALSE(merged(first, with([](flow& f) { f.label = 7; }), how));
        CHECK_FALSE(merged(first, with([](flow& f) { f.hop_limit = 63; }), how));
        CHECK_FALSE(merged(first, with([](flow& f) { f.from_port = 1001; }), how));
        CHECK_FALSE(merged(first, with([](flow& f) { f.from = there; }), how));
        CHECK_FALSE(merged(first, next, how, 0));
        CHECK_FALSE(merged(first, next, how, 1));
    }
}

TEST_CASE("IPv4 and IPv6 in one batch are merged each among themselves", "[gro][ip6]") {
    const std::string text = noise(3 * 1000);
    auto batch = batch_of(text, 1000);
    auto other = std::move(batch[1]);
    batch[3] = std::move(batch[2]);  // 6, 4, 6, 6: what is another version's is passed over
    batch[2] = std::move(other);
    batch[1] = weld::packet_buffer::allocate(pool, 200, 64);
    weld::wire::ethernet_header{peer_mac, our_mac, weld::wire::ether_type::ipv4}.encode(batch[1]->put(14));
    weld::copy(batch[1]->put(60), bytes_of(noise(60)));
    CHECK(gro::merger<16, gro::format4>{}.merge(pool, weld::span{batch}.first(4), 14, 32) == 0);
    CHECK(merge(batch, 4) == 2);
    CHECK((text_of(look{*batch[0]}.tcp.payload()) == text));
}
