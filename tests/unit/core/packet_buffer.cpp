// SPDX-License-Identifier: BSL-1.0
#include <weld/core/packet_buffer.hpp>

#include "support/catch.hpp"

using namespace weld;

static_assert(sizeof(packet_buffer) == sizeof(void*));
static_assert(!std::is_copy_constructible_v<packet_buffer> && std::is_nothrow_move_constructible_v<packet_buffer>);

namespace {
packet_buffer with(packet_pool& pool, text data, std::size_t headroom = 64) {
    packet_buffer skb = packet_buffer::allocate(pool, 1500, headroom);
    copy(skb->put(data.size()), as_bytes(data));
    return skb;
}
}  // namespace

TEST_CASE("push, pull, put, trim and reserve move the bounds as the kernel's do", "[core][packet_buffer]") {
    packet_pool pool;
    packet_buffer skb = packet_buffer::allocate(pool, 256);
    CHECK(skb->empty());
    skb->reserve(54);
    CHECK(skb->headroom() == 54);
    CHECK(skb->tailroom() == skb->capacity() - 54);

    copy(skb->put(5), as_bytes("hello"));
    copy(skb->push(2), as_bytes(": "));
    CHECK(as_text(skb->bytes()) == text{": hello"});
    CHECK(skb->headroom() == 52);
    skb->pull(3);
    CHECK(as_text(skb->bytes()) == text{"ello"});
    skb->trim(2);
    CHECK(as_text(skb->bytes()) == text{"el"});
    skb->trim(3);
    CHECK(skb->size() == 2);
    CHECK(skb->headroom() + skb->size() + skb->tailroom() == skb->capacity());
}

TEST_CASE("a handle hands its packet on", "[core][packet_buffer]") {
    packet_pool pool;
    packet_buffer a = with(pool, "a");
    packet_buffer b = std::move(a);
    CHECK_FALSE(a);
    a = std::move(b);
    CHECK(a);
    packet* released = a.release();
    CHECK(pool.in_use().packets == 1);
    CHECK(packet_buffer::adopt(released));
    CHECK(pool.in_use() == packet_pool::usage{});
}

TEST_CASE("a clone shares the bytes and has its own bounds and metadata", "[core][packet_buffer]") {
    packet_pool pool;
    packet_buffer original = with(pool, "payload");
    original->gso_size = 1460;
    original->control<std::uint64_t>() = 7;
    packet_buffer clone = original->clone();
    CHECK(original->shared());
    CHECK(clone->data() == original->data());
    CHECK(clone->gso_size == 1460);
    CHECK(clone->control<std::uint64_t>() == 7);
    clone->pull(3);
    clone->control<std::uint64_t>() = 8;
    CHECK(as_text(original->bytes()) == text{"payload"});
    CHECK(original->control<std::uint64_t>() == 7);
    CHECK(pool.in_use().blocks == 1);
    CHECK(pool.in_use().packets == 2);
    original.reset();
    CHECK(as_text(clone->bytes()) == text{"load"});
    CHECK_FALSE(clone->shared());
    clone.reset();
    CHECK(pool.in_use() == packet_pool::usage{});
}

TEST_CASE("a copy has bytes of its own and its header offsets still point at the headers", "[core][packet_buffer]") {
    packet_pool pool;
    packet_buffer skb = with(pool, "ethip4tcppayload");
    skb->reset_mac_header();
    skb->pull(3);
    skb->reset_network_header();
    skb->set_partial_checksum(3, 1);
    skb->pull(3);
    skb->reset_transport_header();
    for (std::size_t headroom : {std::size_t{6}, std::size_t{64}, std::size_t{500}}) {
        packet_buffer twin = skb->copy(headroom, 10);
        CHECK_FALSE(skb->shared());
        CHECK(twin->headroom() == headroom);
        CHECK(twin->tailroom() >= 10);
        CHECK(as_text(twin->bytes()) == text{"tcppayload"});
        CHECK(as_text(twin->mac_header()) == text{"ethip4tcppayload"});
        CHECK(as_text(twin->network_header()) == text{"ip4tcppayload"});
        CHECK(twin->network_offset() == -3);
        CHECK(twin->transport_offset() == 0);
        CHECK(twin->checksum == checksum_state::partial);
        CHECK(twin->checksum_start() == 0);
        CHECK(twin->checksum_offset() == 1);
    }
    packet_buffer without_headers = skb->copy(0);
    CHECK(as_text(without_headers->bytes()) == text{"tcppayload"});
}

TEST_CASE("the write queue's packet gives up its headroom so that its clone can push headers", "[core][packet_buffer]") {
    packet_pool pool;
    packet_buffer kept = with(pool, "segment");
    kept->release_header();
    packet_buffer sent = kept->clone();
    CHECK_FALSE(sent->header_shared());
    CHECK(sent->shared());
    std::byte* const before = sent->data();
    REQUIRE(sent->cow_head(20));
    CHECK(sent->data() == before);  // nothing had to be copied
    copy(sent->push(3), as_bytes("tcp"));

    packet_buffer again = kept->clone();  // sent once more while the first still lies in a queue
    CHECK(again->header_shared());
    REQUIRE(again->cow_head(20));
    CHECK(again->data() != before);
    copy(again->push(3), as_bytes("TCP"));
    CHECK(as_text(sent->bytes()) == text{"tcpsegment"});
    CHECK(as_text(again->bytes()) == text{"TCPsegment"});
    CHECK(as_text(kept->bytes()) == text{"segment"});

    sent.reset();
    CHECK_FALSE(kept->shared());
    CHECK_FALSE(kept->header_shared());
    kept->release_header();  // a second time changes nothing
    CHECK_FALSE(kept->clone()->header_shared());
}

TEST_CASE("cow_head makes headroom and unshare makes the data writable", "[core][packet_buffer]") {
    packet_pool pool;
    packet_buffer skb = with(pool, "data", 4);
    REQUIRE(skb->cow_head(100));
    CHECK(skb->headroom() == 100);
    CHECK(as_text(skb->bytes()) == text{"data"});
    CHECK(pool.in_use().blocks == 1);

    packet_buffer clone = skb->clone();
    REQUIRE(clone->unshare());
    clone->data()[0] = std::byte{'D'};
    CHECK(as_text(skb->bytes()) == text{"data"});
    CHECK_FALSE(skb->shared());
    std::byte* const before = skb->data();
    REQUIRE(skb->unshare());
    CHECK(skb->data() == before);
    CHECK(skb->cow_head(packet_pool::capacity_max).error() == errc::not_enough_memory);
    CHECK(as_text(skb->bytes()) == text{"data"});
}

TEST_CASE("a super-segment of 64 KiB has room for its headers", "[core][packet_buffer]") {
    packet_pool pool;
    packet_buffer skb = packet_buffer::allocate(pool, 65536 + 512, 512);
    REQUIRE(skb);
    CHECK(skb->put(65536).size() == 65536);
    skb->push(54);
    skb->reset_mac_header();
    CHECK(skb->mac_header().size() == 65590);
}
