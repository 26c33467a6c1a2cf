// SPDX-License-Identifier: BSL-1.0
#include <weld/core/packet_pool.hpp>

#include <weld/core/packet_buffer.hpp>

#include "support/catch.hpp"

#include <vector>

using namespace weld;

TEST_CASE("a pool takes nothing before it is asked", "[core][packet_pool]") {
    packet_pool pool;
    CHECK(pool.bytes() == 0);
    CHECK(pool.in_use() == packet_pool::usage{});
}

TEST_CASE("every size is served by the smallest block that holds it", "[core][packet_pool]") {
    packet_pool pool;
    const std::size_t sizes[][2] = {{0, 288}, {1, 288}, {288, 288}, {289, 2080}, {2080, 2080}, {2081, 4192}, {4193, 8288},
                                    {8289, 16416}, {16416, 16416}, {16417, 32992}, {32993, 66592}, {66592, 66592}};
    for (auto [wanted, given] : sizes) {
        packet_buffer skb = packet_buffer::allocate(pool, wanted);
        REQUIRE(skb);
        CHECK(skb->capacity() == given);
        CHECK(pool.in_use().packets == 1);
        CHECK(pool.in_use().blocks == 1);
        CHECK(pool.in_use().bytes == skb->truesize());
    }
    CHECK_FALSE(packet_buffer::allocate(pool, packet_pool::capacity_max + 1));
    CHECK(pool.in_use() == packet_pool::usage{});
}

TEST_CASE("at the limit an allocation answers an empty handle, and works again afterwards", "[core][packet_pool]") {
    packet_pool pool{{.limit = 1 << 20, .slab = 64 << 10}};
    std::vector<packet_buffer> held;
    while (packet_buffer skb = packet_buffer::allocate(pool, 1500)) held.push_back(std::move(skb));
    CHECK(held.size() > 300);
    CHECK(pool.refused() > 0);
    CHECK(pool.bytes() <= pool.limit());
    CHECK(pool.in_use().packets == held.size());
    CHECK_FALSE(held.front()->copy());
    CHECK(pool.in_use().packets == held.size());
    held.pop_back();
    CHECK(packet_buffer::allocate(pool, 1500));
}

TEST_CASE("memory of one size is given up for another at the limit", "[core][packet_pool]") {
    packet_pool pool{{.limit = 1 << 20, .slab = 64 << 10}};
    for (std::size_t size : {2000u, 60000u, 200u, 16000u, 2000u}) {
        std::vector<packet_buffer> held;
        while (packet_buffer skb = packet_buffer::allocate(pool, size)) held.push_back(std::move(skb));
        CHECK(held.size() * size > 400'000);
        CHECK(pool.bytes() <= pool.limit());
    }
    CHECK(pool.in_use() == packet_pool::usage{});
}

TEST_CASE("what is reserved is there", "[core][packet_pool]") {
    packet_pool pool;
    REQUIRE(pool.reserve(2000, 1000));
    const std::size_t bytes = pool.bytes();
    REQUIRE(pool.reserve(2000, 1000));
    std::vector<packet_buffer> held;
    for (int i = 0; i < 1000; ++i) held.push_back(packet_buffer::allocate(pool, 2000));
    CHECK(pool.bytes() == bytes);
    CHECK(pool.reserve(packet_pool::capacity_max + 1, 1).error() == errc::message_size);
    CHECK(pool.reserve(60000, 1'000'000).error() == errc::not_enough_memory);
    CHECK(pool.bytes() <= pool.limit());
}

TEST_CASE("in steady state nothing more is taken from the heap", "[core][packet_pool]") {
    packet_pool pool;
    std::vector<packet_buffer> held(100);
    std::size_t bytes = 0;
    for (std::size_t round = 0; round < 10'000; ++round) {
        held[round * 7 % held.size()] = packet_buffer::allocate(pool, 1500);
        if (round == 1000) bytes = pool.bytes();
    }
    CHECK(pool.bytes() == bytes);
}
