#include <weld/stack/ip/fragments6.hpp>

#include "support/catch.hpp"
#include "support/stack/world6.hpp"

#include <weld/core/random.hpp>

using namespace test;

namespace {

using world = alone6<weld::link_type::bare_ip, recorder>;
struct piece {
    std::size_t first, size;
    bool more;
};

std::string pattern(std::size_t size) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('!' + i * 31 % 90);
    return text;
}
frame fragment(const std::string& whole, piece of, std::uint32_t id, const frame& before = {}, std::uint8_t first_header = 44, weld::address6 from = peer_ip6) {
    frame header(8);
    own::fragment_header{253, of.first, of.more, id}.encode(header);
    return ip6(from, our_ip6, first_header, joined(joined(before, header), bytes_of(std::string_view{whole}.substr(of.first, of.size))));
}
std::string take(world& in) {
    std::string all;
    for (const std::string& each : std::exchange(in.heard().got, {})) all += each;
    return all;
}

}  // namespace

TEST_CASE("IPv6: fragments make up their packet in whatever order they come", "[fragments6]") {  // RFC 8200 section 4.5
    world world;
    weld::random_generator chance{7};
    for (std::uint32_t round = 0; round < 200; ++round) {
        const std::string whole = pattern(chance.between(9, round % 10 == 0 ? 65000 : 5000));
        std::vector<piece> pieces;
        for (std::size_t at = 0; at < whole.size();) {
            const std::size_t size = std::min<std::size_t>(8 * chance.between(whole.size() / 400 + 1, whole.size() / 16 + 1), whole.size() - at);
            pieces.push_back({at, size, at + size < whole.size()});
            at += size;
        }
        for (std::size_t i = pieces.size(); i > 1; --i) std::swap(pieces[i - 1], pieces[chance.below(i)]);
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            CHECK(take(world) == "");
            world.rcv(fragment(whole, pieces[i], round));
            if (i + 1 < pieces.size() && chance.chance(1, 5)) world.rcv(fragment(whole, pieces[chance.below(i + 1)], round));  // twice
        }
        if (pieces.size() < 100) CHECK((take(world) == whole));
        else take(world);
    }
    CHECK(world.sent().empty());
}

TEST_CASE("IPv6: overlaps drop the packet, whoever came first", "[fragments6]") {  // RFC 5722
    world world;
    const std::string whole = pattern(100);
    world.rcv(fragment(whole, {0, 40, true}, 1));
    world.rcv(fragment(whole, {32, 40, true}, 1));
    CHECK(world.ip().reassembly_stats().overlapped == 1);
    CHECK(world.ip().reassembler().size() == 0);
    CHECK(world.ip().reassembler().memory() == 0);
    world.rcv(fragment(whole, {72, 28, false}, 1));
    CHECK(take(world) == "");
}

TEST_CASE("IPv6: an atomic fragment is a packet by itself", "[fragments6]") {  // RFC 6946
    world world;
    world.rcv(fragment("waits", {0, 5, true}, 9, {}, 44));  // crooked: not a multiple of eight
    world.rcv(fragment("whole packet", {0, 12, false}, 9));
    CHECK(take(world) == "whole packet");
    CHECK(world.ip().reassembler().size() == 0);
}

TEST_CASE("IPv6: headers before and behind the fragment's header", "[fragments6][extensions]") {
    world world;
    const frame options{std::byte{44}, std::byte{0}, std::byte{1}, std::byte{4}, {}, {}, {}, {}};
    const std::string whole = pattern(64);
    world.rcv(fragment(whole, {32, 32, false}, 1, options, 60));
    world.rcv(fragment(whole, {0, 32, true}, 1, options, 60));
    CHECK(take(world) == whole);
    // options in the data: the first fragment holds them all
    frame data{std::byte{253}, std::byte{0}, std::byte{1}, std::byte{4}, {}, {}, {}, {}};
    data = joined(data, bytes_of(whole));
    const std::string text = text_of(data);
    const auto inner = [&](piece of) {
        frame header(8);
        own::fragment_header{60, of.first, of.more, 2}.encode(header);
        return ip6(peer_ip6, our_ip6, 44, joined(header, bytes_of(std::string_view{text}.substr(of.first, of.size))));
    };
    world.rcv(inner({0, 40, true}));
    world.rcv(inner({40, 32, false}));
    CHECK(take(world) == whole);
    CHECK(world.sent().empty());
    // or it does not
    world.rcv(inner({0, 8, true}));
    const auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].type() == icmp6_type::parameter_problem);
    CHECK(out[0].icmp().code() == 3);
    CHECK(out[0].icmp().pointer() == 0);
}

TEST_CASE("IPv6: fragments that are none", "[fragments6]") {
    world world;
    const std::string whole = pattern(100);
    const auto problem = [&] {
        const auto out = world.sent();
        return out.size() == 1 && out[0].type() == icmp6_type::parameter_problem ? static_cast<int>(out[0].icmp().pointer()) : -1;
    };
    world.rcv(fragment(whole, {0, 12, true}, 1));
    CHECK(problem() == 4);  // its length is not a multiple of eight
    frame header(8);
    own::fragment_header{253, 65528, false, 1}.encode(header);
    world.rcv(ip6(peer_ip6, our_ip6, 44, joined(header, frame(100))));
    CHECK(problem() == -1);  // about a fragment that is not the first nobody is told
    world.rcv(fragment(whole, {8, 0, true}, 1));
    world.rcv(ip6(peer_ip6, our_ip6, 44, frame(7)));
    CHECK(world.sent().empty());
    CHECK(world.ip().reassembler().size() == 0);
}

TEST_CASE("IPv6: after sixty seconds the sender is told, if the first fragment was there", "[fragments6]") {
    world world;
    const std::string whole = pattern(100);
    world.rcv(fragment(whole, {0, 40, true}, 1));
    world.rcv(fragment(whole, {40, 40, true}, 2));
    world.time.run_for(59_s);
    CHECK(world.sent().empty());
    world.time.run_for(2_s);
    const auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].type() == icmp6_type::time_exceeded);
    CHECK(out[0].icmp().code() == 1);
    CHECK(world.ip().reassembler().memory() == 0);
    CHECK(world.net.packets().in_use().packets == 0);
}

TEST_CASE("IPv6: who sends cuts; hop-by-hop options and routing headers stand in every piece", "[fragments6]") {
    weld::packet_pool pool;
    weld::random_generator chance{5};
    for (int round = 0; round < 200; ++round) {
        const bool hop_by_hop = chance.chance(1, 2), routing = chance.chance(1, 2), options = chance.chance(1, 2);
        frame headers;
        std::vector<std::uint8_t> kinds;
        if (hop_by_hop) kinds.push_back(0);
        if (options) kinds.push_back(60);
        if (routing) kinds.push_back(43);
        for (std::size_t i = 0; i < kinds.size(); ++i) {
            frame one(8);
            one[0] = std::byte{i + 1 < kinds.size() ? kinds[i + 1] : std::uint8_t{253}};
            if (kinds[i] != 43) one[2] = std::byte{1}, one[3] = std::byte{4};
            headers = joined(headers, one);
        }
        const std::string text = pattern(chance.between(1000, 20000));
        const frame whole = ip6(peer_ip6, our_ip6, kinds.empty() ? std::uint8_t{253} : kinds[0], joined(headers, bytes_of(text)));
        weld::packet_buffer skb = weld::packet_buffer::allocate(pool, whole.size());
        copy(skb->put(whole.size()), whole);
        weld::packet_queue pieces;
        const std::size_t mtu = chance.between(1280, 1500);
        REQUIRE(own::cut_into_fragments(pool, *skb, mtu, 20, 77, pieces));
        world world;
        std::size_t repeated = 40;
        if (hop_by_hop) repeated += 8;
        if (routing) repeated += options ? 16 : 8;
        for (weld::packet& each : pieces) {
            CHECK(each.size() <= mtu);
            CHECK(each.headroom() >= 20);
            const auto view = weld::wire::ipv6_view::parse(each.bytes());
            REQUIRE(view);
            CHECK(view->identification() == 77);
            const weld::const_bytes bytes = each.bytes();
            CHECK(own::unfragmentable_part::of(bytes).size == repeated);
            world.rcv(frame(bytes.begin(), bytes.end()));
        }
        CHECK((take(world) == text));
    }
}
