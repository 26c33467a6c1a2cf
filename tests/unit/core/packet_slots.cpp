// SPDX-License-Identifier: BSL-1.0
#include <weld/core/packet_slots.hpp>

#include <weld/core/packet_queue.hpp>
#include <weld/core/random.hpp>

#include "support/catch.hpp"

#include <vector>

using namespace weld;

namespace {
constexpr std::size_t size = 1448, headroom = 94;

std::vector<std::byte> random_bytes(std::size_t count) {
    std::vector<std::byte> bytes(count);
    random_generator{3}.fill(bytes);
    return bytes;
}
packet_buffer filled(packet_pool& pool, std::size_t count, const std::vector<std::byte>& bytes, bool summed = true) {
    packet_buffer skb = packet_buffer::allocate_slots(pool, count, size, headroom);
    skb->fill_slots(const_bytes{bytes}.first(count * size), summed);
    return skb;
}
bool holds(const packet& skb, const std::vector<std::byte>& bytes, std::size_t from, std::size_t count) {
    return equal(skb.bytes(), const_bytes{bytes}.subspan(from, count));
}
}  // namespace

TEST_CASE("the payloads of many segments lie in one block, each with room before it and its sum", "[core][packet_slots]") {
    packet_pool pool;
    const auto bytes = random_bytes(50 * size);
    const std::size_t most = packet::slots_max(size, headroom);
    CHECK(most >= 40);
    packet_buffer skb = filled(pool, most, bytes);
    REQUIRE(skb);
    CHECK(skb->slots() == most);
    CHECK(skb->size() == size);
    CHECK(skb->total_size() == most * size);
    CHECK(pool.in_use().blocks == 1);
    CHECK(skb->truesize() <= pool.in_use().bytes);
    packet_queue queue;
    queue.push_back(std::move(skb));
    CHECK(queue.bytes() == most * size);
    packet& kept = *queue.front();
    for (std::size_t n = 0; n < most; ++n) {
        packet_buffer part = kept.packet_of_slot(n);
        REQUIRE(part);
        CHECK(holds(*part, bytes, n * size, size));
        CHECK(part->slots() == 1);
        CHECK(part->headroom() >= headroom);
        CHECK(part->checksum == checksum_state::complete);
        CHECK(checksum::fold(part->csum) == checksum::fold(checksum::sum(part->bytes())));
        CHECK(part->truesize() < size + headroom + 256);  // not for the whole block
        CHECK_FALSE(part->header_shared());
        CHECK(part->shared());
        fill(part->push(headroom), std::byte{0xaa});  // headers: they may touch no other payload
    }
    std::size_t n = 0;
    kept.for_each_slot([&](packet_buffer part) { CHECK(holds(*part, bytes, n++ * size, size)); });
    CHECK(n == most);
    queue.clear();
    CHECK(pool.in_use() == packet_pool::usage{});
}

TEST_CASE("a slot's headroom is lent once", "[core][packet_slots]") {
    packet_pool pool;
    const auto bytes = random_bytes(4 * size);
    packet_buffer kept = filled(pool, 4, bytes);
    packet_buffer first = kept->packet_of_slot(1), again = kept->packet_of_slot(1), other = kept->packet_of_slot(2);
    CHECK_FALSE(first->header_shared());
    CHECK(again->header_shared());
    CHECK_FALSE(other->header_shared());
    REQUIRE(again->unshare());  // then it has bytes of its own
    CHECK_FALSE(again->header_shared());
    CHECK(again->headroom() >= headroom);
    CHECK(again->capacity() < 2 * size);
    CHECK(holds(*again, bytes, size, size));
    packet_buffer looks = first->clone();  // whoever looks at it may not see other headers later
    CHECK(first->header_shared());
    CHECK(looks->header_shared());
    CHECK(first->cow_head(headroom));
    CHECK_FALSE(first->header_shared());
    CHECK(holds(*first, bytes, size, size));
    packet_buffer twin = other->copy();
    CHECK(twin->headroom() == other->headroom());
    CHECK(holds(*twin, bytes, 2 * size, size));
}

TEST_CASE("slots are given up at the front, taken apart, and made one", "[core][packet_slots]") {
    packet_pool pool;
    const auto bytes = random_bytes(10 * size);
    for (const bool summed : {true, false}) {
        packet_buffer kept = filled(pool, 10, bytes, summed);
        kept->drop_slots(2);
        CHECK(kept->slots() == 8);
        CHECK(holds(*kept, bytes, 2 * size, size));
        packet_buffer front = kept->take_slots(3);
        CHECK(front->slots() == 3);
        CHECK(kept->slots() == 5);
        CHECK(holds(*front, bytes, 2 * size, size));
        CHECK(holds(*kept, bytes, 5 * size, size));
        REQUIRE(front->linearize());
        CHECK(front->slots() == 1);
        CHECK(front->checksum == checksum_state::none);
        CHECK(front->headroom() >= headroom);
        CHECK_FALSE(front->shared());
        CHECK(holds(*front, bytes, 2 * size, 3 * size));
        kept->drop_slots(4);  // the last one is an ordinary packet
        CHECK(kept->slots() == 1);
        CHECK(kept->total_size() == size);
        CHECK(holds(*kept, bytes, 9 * size, size));
        CHECK((kept->checksum == checksum_state::complete) == summed);
        if (summed) CHECK(checksum::fold(kept->csum) == checksum::fold(checksum::sum(kept->bytes())));
        CHECK(kept->linearize());  // nothing to do
        CHECK(holds(*kept, bytes, 9 * size, size));
    }
    CHECK(pool.in_use() == packet_pool::usage{});
}

TEST_CASE("without memory there are no slots, and nothing has changed", "[core][packet_slots]") {
    packet_pool pool{{.limit = 300 << 10, .slab = 4 << 10}};
    const auto bytes = random_bytes(42 * size);
    packet_buffer kept = filled(pool, 42, bytes);
    REQUIRE(kept);
    std::vector<packet_buffer> held;
    while (packet_buffer skb = packet_buffer::allocate(pool, 60'000)) held.push_back(std::move(skb));
    CHECK_FALSE(packet_buffer::allocate_slots(pool, 42, size, headroom));
    CHECK(kept->linearize().error() == errc::not_enough_memory);
    CHECK(kept->slots() == 42);
    while (packet_buffer skb = kept->clone()) held.push_back(std::move(skb));
    CHECK_FALSE(kept->take_slots(3));
    CHECK(kept->slots() == 42);
    CHECK_FALSE(kept->packet_of_slot(0));
    CHECK(holds(*kept, bytes, 0, size));
}
