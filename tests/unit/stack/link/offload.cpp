#include <weld/stack/link/gro.hpp>
#include <weld/stack/link/gso.hpp>

#include "support/catch.hpp"
#include "support/stack/frames.hpp"

#include <weld/core/packet_queue.hpp>
#include <weld/core/random.hpp>
#include <weld/stack/wire/tcp.hpp>

#include <map>

using namespace test;
namespace gso = weld::stack::gso;
namespace gro = weld::stack::gro;
using weld::wire::tcp_flags;

namespace {

weld::packet_pool pool;

struct flow {
    weld::address4 from = our_ip, to = peer_ip;
    std::uint16_t from_port = 1000, to_port = 80;
    std::uint32_t seq = 5;
    std::uint32_t ack = 77;
    std::uint32_t stamp = 1;
    std::uint8_t tos = 0;
    std::uint16_t id = 0;
    bool dont_fragment = true;
};

/// An Ethernet frame with a TCP segment; its checksum is left to the device.
weld::packet_buffer tcp_frame(const flow& f, const std::string& text, tcp_flags flags = tcp_flags::ack) {
    auto skb = weld::packet_buffer::allocate(pool, 66 + text.size() + 64, 64 + 66);
    weld::copy(skb->put(text.size()), bytes_of(text));
    skb->push(32);
    weld::wire::tcp_options options;
    options.has_timestamps = true;
    options.tsval = f.stamp;
    weld::wire::tcp_header{.source_port = f.from_port, .destination_port = f.to_port, .seq = f.seq, .ack = f.ack, .flags = flags, .window = 500}.encode(skb->bytes(), options);
    weld::store_be(skb->bytes(), 16, weld::checksum::fold(weld::checksum::pseudo_header(f.from, f.to, 6, static_cast<std::uint32_t>(skb->size()))));
    skb->set_partial_checksum(0, 16);
    skb->reset_transport_header();
    const std::size_t length = 20 + skb->size();
    weld::wire::ipv4_header{.dscp = f.tos, .total_length = static_cast<std::uint16_t>(length), .identification = f.id, .dont_fragment = f.dont_fragment,
                            .ttl = 64, .protocol = 6, .source = f.from, .destination = f.to}.encode(skb->push(20));
    skb->reset_network_header();
    weld::wire::ethernet_header{peer_mac, our_mac, 0x800}.encode(skb->push(14));
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
weld::wire::tcp_view tcp_of(const seen& frame) { return *weld::wire::tcp_view::parse(frame.body); }
seen look(const weld::packet_buffer& skb) { return seen{frame(skb->bytes().begin(), skb->bytes().end())}; }

}  // namespace

TEST_CASE("a checksum that was left to the device is filled in", "[gso]") {
    weld::packet_queue out;
    REQUIRE(gso::prepare(pool, tcp_frame({}, "abc"), {}, out));
    const seen got = look(out.pop_front());
    CHECK(tcp_of(got).checksum_valid(our_ip, peer_ip));
    // a clone that TCP keeps is not touched
    auto kept = tcp_frame({}, "abc");
    auto sent = kept->clone();
    const auto before = weld::load_be<std::uint16_t>(kept->bytes(), 50);
    REQUIRE(gso::prepare(pool, std::move(sent), {}, out));
    CHECK(weld::load_be<std::uint16_t>(kept->bytes(), 50) == before);
    // a device that can is left to do it
    CHECK(gso::ready(*kept, {.checksum = true}));
    CHECK_FALSE(gso::ready(*kept, {}));
}

TEST_CASE("a TCP super-segment is split as the device would", "[gso]") {  // tcp_gso_segment
    const std::string text = noise(10'000);
    for (const bool device_sums : {false, true}) {
        auto whole = tcp_frame({.seq = 0xffffff00}, text, tcp_flags::ack | tcp_flags::psh | tcp_flags::fin | tcp_flags::cwr);
        whole->gso_type = weld::gso_type::tcp4;
        whole->gso_size = 1448;
        whole->gso_segments = 7;
        weld::packet_queue out;
        REQUIRE_FALSE(gso::ready(*whole, {.checksum = true}));
        REQUIRE(gso::prepare(pool, std::move(whole), {.checksum = device_sums}, out));
        REQUIRE(out.size() == 7);
        std::string joined;
        std::uint32_t seq = 0xffffff00;
        for (int i = 0; i < 7; ++i) {
            auto piece = out.pop_front();
            CHECK(piece->checksum == (device_sums ? weld::checksum_state::partial : weld::checksum_state::none));
            if (device_sums) gso::complete_checksum(*piece);
            const seen got = look(piece);
            const auto tcp = tcp_of(got);
            CHECK(got.checksum_valid);
            CHECK(tcp.checksum_valid(our_ip, peer_ip));
            CHECK(got.header.identification == i);
            CHECK(tcp.seq() == seq);
            CHECK(tcp.has(tcp_flags::cwr) == (i == 0));
            CHECK(tcp.has(tcp_flags::fin) == (i == 6));
            CHECK(tcp.has(tcp_flags::psh) == (i == 6));
            CHECK(tcp.options().tsval == 1);
            seq += static_cast<std::uint32_t>(tcp.payload().size());
            joined += text_of(tcp.payload());
        }
        CHECK((joined == text));
    }
    CHECK(pool.in_use().packets == 0);
}

TEST_CASE("what was split is merged again", "[gro]") {
    const std::string text = noise(14'480);
    auto whole = tcp_frame({}, text, tcp_flags::ack | tcp_flags::psh);
    whole->gso_type = weld::gso_type::tcp4;
    whole->gso_size = 1448;
    weld::packet_queue out;
    REQUIRE(gso::prepare(pool, std::move(whole), {}, out));
    std::array<weld::packet_buffer, 16> batch;
    for (std::size_t i = 0; i < 10; ++i) batch[i] = out.pop_front();
    CHECK(gro::merger<16>{}.merge(pool, weld::span{batch}.first(10), 14, 32) == 9);
    for (std::size_t i = 1; i < 10; ++i) CHECK_FALSE(batch[i]);
    const seen got = look(batch[0]);
    CHECK(got.checksum_valid);
    CHECK(batch[0]->checksum == weld::checksum_state::partial);  // so that it may be sent on
    CHECK(batch[0]->gso_size == 1448);
    CHECK(batch[0]->gso_segments == 10);
    CHECK(tcp_of(got).has(tcp_flags::psh));
    CHECK((text_of(tcp_of(got).payload()) == text));
    batch[0].reset();
    CHECK(pool.in_use().packets == 0);
}

TEST_CASE("segments merge only where nobody can tell", "[gro]") {
    const auto merged = [](flow first, flow second, tcp_flags a = tcp_flags::ack, tcp_flags b = tcp_flags::ack, std::size_t size_a = 100, std::size_t size_b = 100, int damage = -1) {
        std::array<weld::packet_buffer, 2> batch{finished(tcp_frame(first, noise(size_a), a)), finished(tcp_frame(second, noise(size_b), b))};
        if (damage >= 0) batch[static_cast<std::size_t>(damage)]->bytes()[70] ^= std::byte{1};
        return gro::merger<2>{}.merge(pool, weld::span{batch}, 14, 32) == 1;
    };
    const flow first{.seq = 5}, next{.seq = 105};
    CHECK(merged(first, next));
    CHECK(merged(first, next, tcp_flags::ack, tcp_flags::ack | tcp_flags::fin));
    CHECK(merged(first, next, tcp_flags::ack, tcp_flags::ack, 100, 60));
    CHECK_FALSE(merged(first, next, tcp_flags::ack, tcp_flags::ack, 100, 101));
    CHECK_FALSE(merged(first, next, tcp_flags::ack | tcp_flags::psh));
    CHECK_FALSE(merged(first, next, tcp_flags::ack, tcp_flags::ack | tcp_flags::rst));
    CHECK_FALSE(merged(first, next, tcp_flags::ack, tcp_flags::ack | tcp_flags::urg));
    CHECK_FALSE(merged(first, next, tcp_flags::ack, tcp_flags::ack | tcp_flags::ece));
    CHECK_FALSE(merged(first, next, tcp_flags::ack, tcp_flags::ack, 100, 0));
    CHECK_FALSE(merged(first, {.seq = 106}));
    CHECK_FALSE(merged(first, {.seq = 104}));
    CHECK_FALSE(merged(first, {.seq = 105, .ack = 78}));
    CHECK_FALSE(merged(first, {.seq = 105, .stamp = 2}));
    CHECK_FALSE(merged(first, {.seq = 105, .tos = 1}));
    CHECK_FALSE(merged(first, {.from_port = 1001, .seq = 105}));
    CHECK_FALSE(merged(first, {.to = third_ip, .seq = 105}));
    CHECK_FALSE(merged(first, next, tcp_flags::ack, tcp_flags::ack, 100, 100, 0));
    CHECK_FALSE(merged(first, next, tcp_flags::ack, tcp_flags::ack, 100, 100, 1));
    CHECK(merged({.seq = 5, .id = 9, .dont_fragment = false}, {.seq = 105, .id = 10, .dont_fragment = false}));
    CHECK_FALSE(merged({.seq = 5, .id = 9, .dont_fragment = false}, {.seq = 105, .id = 9, .dont_fragment = false}));
    CHECK(merged({.seq = 0xffffffff - 49}, {.seq = 50}));
    CHECK(pool.in_use().packets == 0);
}

TEST_CASE("whatever a batch holds, each flow's frames keep their order and their bytes", "[gro]") {
    weld::random_generator chance{5};
    for (int round = 0; round < 500; ++round) {
        std::array<weld::packet_buffer, 32> batch;
        std::map<std::uint16_t, std::string> sent, got;
        std::array<flow, 3> flows{flow{.from_port = 1}, flow{.from_port = 2}, flow{.from_port = 3}};
        for (auto& place : batch) {
            flow& f = flows[chance.below(3)];
            const std::string text = noise(chance.chance(1, 3) ? chance.below(200) : 100);
            if (chance.chance(1, 10)) f.ack += 1;
            if (chance.chance(1, 20)) f.seq += 10;  // something was lost
            tcp_flags flags = tcp_flags::ack;
            if (chance.chance(1, 10)) flags = flags | tcp_flags::psh;
            if (chance.chance(1, 30)) flags = flags | tcp_flags::urg;
            place = finished(tcp_frame(f, text, flags));
            if (chance.chance(1, 20)) place->bytes()[48] ^= std::byte{0x80};  // damaged: stays as it is
            sent[f.from_port] += std::to_string(f.seq) + ":" + text;
            f.seq += static_cast<std::uint32_t>(text.size());
        }
        gro::merger<32>{}.merge(pool, weld::span{batch}, 14, 32);
        for (auto& each : batch) {
            if (!each) continue;
            const seen one = look(each);
            const auto tcp = tcp_of(one);
            const std::string text = text_of(tcp.payload());
            if (each->gso_size == 0) {
                got[tcp.source_port()] += std::to_string(tcp.seq()) + ":" + text;
            } else {
                for (std::size_t at = 0; at < text.size(); at += each->gso_size)
                    got[tcp.source_port()] += std::to_string(tcp.seq() + at) + ":" + text.substr(at, each->gso_size);
            }
        }
        for (auto& [port, all] : sent) {

            CHECK((got[port] == all));
        }
        batch = {};
        REQUIRE(pool.in_use().packets == 0);
    }
}

namespace {
/// What TCP hands down for a train: the first has its headers, the others TCP's alone, and room for the rest.
weld::packet_buffer train(const std::string& text, std::size_t mss, tcp_flags last, std::uint32_t seq = 5) {
    weld::packet_buffer head;
    weld::packet_queue others;
    for (std::size_t at = 0; at < text.size(); at += mss) {
        auto skb = finished(tcp_frame({.seq = seq + static_cast<std::uint32_t>(at), .id = 7}, text.substr(at, mss), at + mss >= text.size() ? last : tcp_flags::ack));
        if (at == 0) {
            head = std::move(skb);
        } else {
            skb->pull(34);
            weld::fill(skb->push(34), std::byte{0xee});  // nothing is there yet
            skb->pull(34);
            others.push_back(std::move(skb));
        }
    }
    head->timestamp = weld::time_point{weld::duration::seconds(5)};
    head->gso_size = static_cast<std::uint16_t>(mss);
    head->gso_segments = static_cast<std::uint16_t>(others.size() + 1);
    others.attach_to(*head);
    return head;
}
/// A batch of ten whole frames and a short one, of one flow.
std::array<weld::packet_buffer, 16> batch_of(const std::string& text, std::size_t mss) {
    weld::packet_queue out;
    gso::unfold(train(text, mss, tcp_flags::ack | tcp_flags::psh | tcp_flags::fin), out);
    std::array<weld::packet_buffer, 16> batch;
    CHECK(out.pop_front(weld::span{batch}) == (text.size() + mss - 1) / mss);
    return batch;
}
std::size_t link(std::array<weld::packet_buffer, 16>& batch, std::size_t count) {
    return gro::merger<16>{}.merge(pool, weld::span{batch}.first(count), 14, 32, gro::merging::as_fragments);
}
}  // namespace

TEST_CASE("the segments of a train get the headers below TCP's from the first", "[gso]") {
    const std::string text = noise(10'000);
    weld::packet_queue out;
    gso::unfold(train(text, 1448, tcp_flags::ack | tcp_flags::psh), out);
    REQUIRE(out.size() == 7);
    CHECK(out.bytes() == 7 * 66 + text.size());
    std::string joined;
    for (int i = 0; i < 7; ++i) {
        auto piece = out.pop_front();
        CHECK(piece->gso_size == 0);
        CHECK(piece->gso_segments == 0);
        CHECK_FALSE(piece->has_fragments());
        CHECK(piece->timestamp == weld::time_point{weld::duration::seconds(5)});
        CHECK(piece->network_offset() == 14);
        CHECK(piece->transport_offset() == 34);
        const seen got = look(piece);
        const auto tcp = tcp_of(got);
        CHECK(got.checksum_valid);
        CHECK(tcp.checksum_valid(our_ip, peer_ip));
        CHECK(got.header.identification == 7 + i);
        CHECK(got.header.total_length == piece->size() - 14);
        CHECK(tcp.seq() == 5 + joined.size());
        CHECK(tcp.has(tcp_flags::psh) == (i == 6));
        joined += text_of(tcp.payload());
    }
    CHECK((joined == text));
    CHECK(pool.in_use().packets == 0);
}

TEST_CASE("large segments that follow each other become fragments of the first, and one again for who asks", "[gro]") {
    const std::string text = noise(10 * 1448 + 99);
    auto batch = batch_of(text, 1448);
    REQUIRE(link(batch, 11) == 10);
    for (std::size_t i = 1; i < 11; ++i) CHECK_FALSE(batch[i]);
    const weld::packet& head = *batch[0];
    CHECK(head.fragment_count() == 10);
    CHECK(head.fragment_bytes() == text.size() - 1448);
    CHECK(head.checksum == weld::checksum_state::unnecessary);
    CHECK(head.gso_size == 1448);
    CHECK(head.gso_segments == 11);
    CHECK(head.size() == 66 + 1448);
    std::string joined = text_of(tcp_of(look(batch[0])).payload());
    head.for_each_fragment([&](const weld::packet& each) {
        CHECK(weld::load_be<std::uint32_t>(each.transport_header(), 4) == 5 + joined.size());  // its header is still there
        joined.append(reinterpret_cast<const char*>(each.data()), each.size());
    });
    CHECK((joined == text));
    batch[0]->pull(14);
    batch[0]->reset_network_header();
    for (const std::size_t pulled : {0u, 20u}) {  // as a forwarder sees it, and as a raw socket does
        batch[0]->pull(pulled);
        auto whole = gro::gather(*batch[0]);
        REQUIRE(whole);
        CHECK_FALSE(whole->has_fragments());
        CHECK(whole->gso_size == 1448);
        CHECK(whole->gso_segments == 11);
        CHECK(whole->checksum == weld::checksum_state::partial);
        CHECK(whole->checksum_start() == 20 - pulled);
        whole->push(pulled + 14);
        const seen got = look(whole);
        CHECK(got.checksum_valid);
        CHECK(got.header.total_length == 20 + 32 + text.size());
        CHECK(tcp_of(got).has(tcp_flags::psh));
        CHECK(tcp_of(got).has(tcp_flags::fin));
        CHECK((text_of(tcp_of(got).payload()) == text));
        whole->pull(14);
        gso::complete_checksum(*whole);
        CHECK(tcp_of(seen{[&] { whole->push(14); return frame(whole->bytes().begin(), whole->bytes().end()); }()}).checksum_valid(our_ip, peer_ip));
    }
    batch = {};
    CHECK(pool.in_use().packets == 0);
}

TEST_CASE("small segments are copied together, so that they take no more memory than they need", "[gro]") {
    const std::string text = noise(1000);
    auto batch = batch_of(text, 100);
    std::array<weld::packet_buffer, 16> roomy;
    for (std::size_t i = 0; i < 10; ++i) roomy[i] = batch[i]->copy(64, 1800);  // as from a ring of large buffers
    REQUIRE(link(roomy, 10) == 9);
    CHECK_FALSE(roomy[0]->has_fragments());
    CHECK((text_of(tcp_of(look(roomy[0])).payload()) == text));
}

TEST_CASE("a segment that is damaged ends a run, and goes up alone", "[gro]") {
    const std::string text = noise(8 * 1448);
    for (std::size_t bad = 0; bad < 8; ++bad) {
        for (const std::size_t where : {20u, 52u, 700u}) {  // in the IP header's time to live's neighbour, in TCP's, in the payload
            auto batch = batch_of(text, 1448);
            batch[bad]->bytes()[where] ^= std::byte{4};
            const std::size_t merged = link(batch, 8);
            CHECK(merged == (bad == 0 || bad == 7 ? 6u : bad == 1 ? 5u : 5u));
            CHECK(batch[bad]);
            CHECK_FALSE(batch[bad]->has_fragments());
            CHECK(batch[bad]->checksum == weld::checksum_state::none);
        }
    }
    CHECK(pool.in_use().packets == 0);
}

TEST_CASE("linked or copied, each flow's segments keep their order and their bytes", "[gro]") {
    weld::random_generator chance{11};
    std::size_t linked = 0;
    for (int round = 0; round < 500; ++round) {
        std::array<weld::packet_buffer, 32> batch;
        std::map<std::uint16_t, std::string> sent, got;
        std::array<flow, 3> flows{flow{.from_port = 1}, flow{.from_port = 2}, flow{.from_port = 3}};
        std::size_t at = 0;
        for (auto& place : batch) {
            if (!chance.chance(2, 3)) at = chance.below(3);
            flow& f = flows[at];
            const std::string text = noise(chance.chance(1, 5) ? chance.below(1400) : 1400);
            if (chance.chance(1, 10)) f.ack += 1;
            if (chance.chance(1, 20)) f.seq += 10;
            tcp_flags flags = tcp_flags::ack;
            if (chance.chance(1, 10)) flags = flags | tcp_flags::psh;
            if (chance.chance(1, 30)) flags = flags | tcp_flags::urg;
            place = finished(tcp_frame(f, text, flags));
            if (chance.chance(1, 20)) place->bytes()[48] ^= std::byte{0x80};
            sent[f.from_port] += std::to_string(f.seq) + ":" + text;
            f.seq += static_cast<std::uint32_t>(text.size());
        }
        gro::merger<32>{}.merge(pool, weld::span{batch}, 14, 32, gro::merging::as_fragments);
        for (auto& each : batch) {
            if (!each) continue;
            std::uint32_t seq = tcp_of(look(each)).seq();
            const auto note = [&, port = tcp_of(look(each)).source_port()](const std::string& text) {
                got[port] += std::to_string(seq) + ":" + text;
                seq += static_cast<std::uint32_t>(text.size());
            };
            const std::string first = text_of(tcp_of(look(each)).payload());
            for (std::size_t i = 0; i < first.size() || i == 0; i += each->gso_size != 0 ? each->gso_size : first.size() + 1)
                note(first.substr(i, each->gso_size != 0 ? each->gso_size : std::string::npos));
            each->for_each_fragment([&](const weld::packet& part) { note({reinterpret_cast<const char*>(part.data()), part.size()}); });
            linked += each->fragment_count();
        }
        for (auto& [port, all] : sent) CHECK((got[port] == all));
        batch = {};
        REQUIRE(pool.in_use().packets == 0);
    }
    CHECK(linked > 3000);
}
