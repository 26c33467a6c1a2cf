#include <weld/stack/ip/reassembly.hpp>

#include "support/catch.hpp"
#include "support/stack/world.hpp"

#include <weld/core/random.hpp>

#include <algorithm>
#include <numeric>

using namespace test;

namespace {

using world = alone<weld::link_type::bare_ip>;

struct piece {
    std::size_t first, size;
    bool more;
};

frame fragment(const frame& whole, piece at, std::uint16_t id, weld::address4 from = peer_ip) {
    return ip({.identification = id, .more_fragments = at.more, .fragment_offset = static_cast<std::uint16_t>(at.first), .ttl = 64, .protocol = 17, .source = from,
               .destination = our_ip},
              frame(whole.begin() + static_cast<long>(at.first), whole.begin() + static_cast<long>(at.first + at.size)));
}

frame datagram(std::size_t payload, weld::address4 from = peer_ip) {
    std::string text(payload, ' ');
    for (std::size_t i = 0; i < payload; ++i) text[i] = static_cast<char>(i * 31 + (i >> 8));
    return udp_datagram(from, 9, our_ip, 7, text);
}
std::string payload_of(const frame& whole) { return text_of(weld::const_bytes{whole}.subspan(8)); }

/// Cut at random places, multiples of eight.
std::vector<piece> cut(std::size_t size, weld::random_generator& chance) {
    std::vector<piece> pieces;
    for (std::size_t at = 0; at < size;) {
        const std::size_t length = std::min<std::size_t>(8 * chance.between(1, std::max<std::size_t>(1, size / 64)), size - at);
        pieces.push_back({at, length, at + length < size});
        at += length;
    }
    return pieces;
}

}  // namespace

TEST_CASE("holes: filled in any order, told apart from duplicates and overlaps", "[reassembly]") {  // RFC 815
    std::vector<std::byte> buffer(200);
    own::holes holes;
    using outcome = own::holes::outcome;
    holes.begin(buffer.data());
    CHECK(holes.fill(buffer.data(), 16, 32, true) == outcome::filled);
    CHECK(holes.count() == 2);
    CHECK(holes.first_hole() == 0);
    CHECK(holes.fill(buffer.data(), 16, 32, true) == outcome::duplicate);
    CHECK(holes.fill(buffer.data(), 16, 24, true) == outcome::duplicate);
    CHECK(holes.fill(buffer.data(), 8, 24, true) == outcome::overlap);
    CHECK(holes.fill(buffer.data(), 24, 48, true) == outcome::overlap);
    CHECK(holes.fill(buffer.data(), 0, 24, false) == outcome::overlap);  // ends before what is there
    CHECK(holes.fill(buffer.data(), 32, 43, false) == outcome::filled);
    CHECK(holes.end() == 43);
    CHECK(holes.fill(buffer.data(), 40, 48, true) == outcome::overlap);  // beyond the end
    CHECK(holes.fill(buffer.data(), 0, 8, true) == outcome::filled);
    CHECK(holes.first_hole() == 8);
    CHECK_FALSE(holes.none());
    CHECK(holes.fill(buffer.data(), 8, 16, true) == outcome::filled);
    CHECK(holes.none());
}

TEST_CASE("fragments make up their datagram in whatever order they come", "[reassembly]") {
    world world;
    auto server = *world.net.socket(weld::udp);
    REQUIRE(server.bind(at({}, 7)));
    weld::random_generator chance{7};
    for (int round = 0; round < 300; ++round) {
        const frame whole = datagram(chance.between(9, round % 10 == 0 ? 65507 : 5000));
        std::vector<piece> pieces = cut(whole.size(), chance);
        for (std::size_t i = pieces.size(); i > 1; --i) std::swap(pieces[i - 1], pieces[chance.below(i)]);
        const bool too_many_holes = pieces.size() > 120;
        const auto id = static_cast<std::uint16_t>(round);
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            CHECK(received(server) == "(none)");
            world.rcv(fragment(whole, pieces[i], id));
            if (i + 1 < pieces.size() && chance.chance(1, 5)) world.rcv(fragment(whole, pieces[chance.below(i + 1)], id));  // twice
        }
        if (!too_many_holes) CHECK((received(server) == payload_of(whole)));
    }
    CHECK(world.sent().empty());
}

TEST_CASE("against a naive reassembler: random pieces that may overlap", "[reassembly]") {
    weld::random_generator chance{11};
    for (int round = 0; round < 400; ++round) {
        world world;
        auto server = *world.net.socket(weld::udp);
        REQUIRE(server.bind(at({}, 7)));
        const frame whole = datagram(8 * chance.between(1, 12) + chance.below(8));
        std::vector<int> there(whole.size(), 0);
        bool dropped = false, last_came = false;
        std::size_t end = 0, high = 0;
        for (int i = 0; i < 40 && !dropped; ++i) {
            const std::size_t first = 8 * chance.below(whole.size() / 8);
            const std::size_t size = std::min<std::size_t>(8 * chance.between(1, 4), whole.size() - first);
            const bool more = first + size < whole.size();
            if (first == 0 && !more) continue;  // no fragment at all
            const auto from = there.begin() + static_cast<long>(first), to = from + static_cast<long>(size);
            const long covered = std::count(from, to, 1);
            world.rcv(fragment(whole, {first, size, more}, 1));
            if (covered == static_cast<long>(size)) continue;
            if (covered != 0) { dropped = true; break; }
            std::fill(from, to, 1);
            high = std::max(high, first + size);
            if (!more) last_came = true, end = first + size;
            if (last_came && std::count(there.begin(), there.end(), 1) == static_cast<long>(end)) break;
        }
        const bool complete = !dropped && last_came && std::count(there.begin(), there.end(), 1) == static_cast<long>(whole.size());
        const std::string got = received(server);
        CHECK((got == (complete ? payload_of(whole) : "(none)")));
        CHECK(world.ip().reassembler().size() == (complete || dropped ? 0u : 1u));
    }
}

TEST_CASE("overlaps drop the datagram, whoever came first", "[reassembly]") {  // as Linux since 4.18; RFC 5722's rule
    world world;
    const frame whole = datagram(100);
    world.rcv(fragment(whole, {0, 40, true}, 1));
    world.rcv(fragment(whole, {32, 40, true}, 1));
    CHECK(world.ip().reassembly_stats().overlapped == 1);
    CHECK(world.ip().reassembler().size() == 0);
    CHECK(world.ip().reassembler().memory() == 0);
}

TEST_CASE("fragments that are none: empty, crooked, beyond 65535", "[reassembly]") {
    world world;
    const frame whole = datagram(100);
    world.rcv(fragment(whole, {8, 0, true}, 1));
    world.rcv(fragment(whole, {8, 12, true}, 1));
    world.rcv(ip({.identification = 1, .fragment_offset = 65528, .protocol = 17, .source = peer_ip, .destination = our_ip}, frame(100)));  // ping of death
    CHECK(world.ip().reassembly_stats().failed == 3);
    CHECK(world.ip().reassembler().size() == 0);
}

TEST_CASE("after thirty seconds the sender is told, if the first fragment was there", "[reassembly]") {  // RFC 1122 3.3.2
    world world;
    const frame whole = datagram(100);
    const frame first = fragment(whole, {0, 40, true}, 1);
    world.rcv(first);
    world.time.run_for(10_s);
    world.rcv(fragment(whole, {40, 40, true}, 2));
    world.time.run_for(19_s);
    CHECK(world.ip().reassembler().size() == 2);
    world.time.run_for(2_s);
    auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].icmp().type() == weld::wire::icmp4_type::time_exceeded);
    CHECK(out[0].icmp().code() == 1);
    CHECK(weld::equal(weld::slice(out[0].icmp().payload(), 0, 28), weld::slice(first, 0, 28)));
    world.time.run_for(10_s);
    CHECK(world.sent().empty());
    CHECK(world.ip().reassembler().size() == 0);
    CHECK(world.ip().reassembler().memory() == 0);
    CHECK(world.net.context().packets().in_use().packets == 0);
}

TEST_CASE("a flood of fragments takes four megabytes and no more, and one source its share", "[reassembly][flood]") {
    world world;
    const frame whole = datagram(60000);
    for (std::uint32_t i = 0; i < 3000; ++i)
        world.rcv(fragment(whole, {56000, 1480, true}, static_cast<std::uint16_t>(i), weld::address4::from_uint32(0x0a000100 + i % 200)));
    CHECK(world.ip().reassembler().memory() <= std::size_t{4} << 20);
    CHECK(world.ip().reassembly_stats().evicted + world.ip().reassembly_stats().failed >= 2900);
    world.time.run_for(31_s);
    for (std::uint32_t i = 0; i < 1000; ++i) world.rcv(fragment(whole, {8, 8, true}, static_cast<std::uint16_t>(i)));
    CHECK(world.ip().reassembler().size() == 32);
    // and datagrams still get through
    auto server = *world.net.socket(weld::udp);
    REQUIRE(server.bind(at({}, 7)));
    const frame good = datagram(3000, third_ip);
    world.rcv(fragment(good, {0, 1480, true}, 1, third_ip));
    world.rcv(fragment(good, {1480, good.size() - 1480, false}, 1, third_ip));
    CHECK((received(server) == payload_of(good)));
}

TEST_CASE("many small holes do not make reassembly slow: past 64 the datagram goes", "[reassembly][flood]") {
    world world;
    const frame whole = datagram(60000);
    for (std::size_t at = 0; at + 16 < whole.size(); at += 16) world.rcv(fragment(whole, {at, 8, true}, 1));
    CHECK(world.ip().reassembly_stats().failed >= 50);
}

TEST_CASE("congestion that a fragment met counts for the datagram", "[reassembly]") {  // RFC 3168 section 5.3
    world world;
    auto server = *world.net.socket(weld::udp);
    REQUIRE(server.bind(at({}, 7)));
    const frame whole = datagram(100);
    const auto send = [&](std::uint8_t ecn_first, std::uint8_t ecn_second) {
        frame first = fragment(whole, {0, 40, true}, 1), second = fragment(whole, {40, whole.size() - 40, false}, 1);
        for (auto [bytes, ecn] : {std::pair{&first, ecn_first}, std::pair{&second, ecn_second}}) {
            auto header = *weld::wire::ipv4_header::decode(*bytes);
            header.ecn = ecn;
            header.encode(*bytes);
            world.rcv(*bytes);
        }
        auto& sk = server.native();
        const int tos = sk.receive_queue.empty() ? -1 : sk.receive_queue.front()->template control<own::inet_message<own::ip4>>().tos;
        received(server);
        return tos;
    };
    CHECK(send(2, 3) == 3);
    CHECK(send(0, 0) == 0);
    CHECK(send(0, 3) == -1);  // dropped
}

TEST_CASE("what was sent in fragments has options repeated as their copied flag says", "[fragments]") {  // RFC 791
    weld::packet_pool pool;
    const frame options{std::byte{148}, std::byte{4}, std::byte{0}, std::byte{0}, std::byte{7}, std::byte{7}, std::byte{4}, std::byte{0},
                        std::byte{0}, std::byte{0}, std::byte{0}};
    const frame whole = ip({.identification = 3, .ttl = 9, .protocol = 17, .source = our_ip, .destination = peer_ip}, datagram(1000), options);
    auto skb = weld::packet_buffer::allocate(pool, 2000, 40);
    weld::copy(skb->put(whole.size()), whole);
    weld::packet_queue pieces;
    REQUIRE(own::cut_into_fragments(pool, *skb, 576, 40, pieces));
    REQUIRE(pieces.size() == 2);
    const auto first = *weld::wire::ipv4_view::parse(pieces.front()->bytes()), second = *weld::wire::ipv4_view::parse(pieces.back()->bytes());
    CHECK(first.options().size() == 12);
    CHECK(second.options().size() == 4);
    CHECK(first.payload().size() % 8 == 0);
    CHECK(first.total_length() <= 576);
    CHECK(first.more_fragments());
    CHECK_FALSE(second.more_fragments());
    CHECK(second.fragment_offset() == first.payload().size());
    CHECK(first.checksum_valid());
    CHECK(second.checksum_valid());
}
