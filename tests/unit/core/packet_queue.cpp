// SPDX-License-Identifier: BSL-1.0
#include <weld/core/packet_queue.hpp>

#include "support/catch.hpp"

#include <string>

using namespace weld;

namespace {
packet_buffer with(packet_pool& pool, char mark, std::size_t size = 1) {
    packet_buffer skb = packet_buffer::allocate(pool, 100);
    fill(skb->put(size), static_cast<std::byte>(mark));
    return skb;
}
std::string order(const packet_queue& queue) {
    std::string forward, backward;
    for (packet& skb : queue) forward += static_cast<char>(*skb.data());
    for (packet* skb = queue.back(); skb != nullptr; skb = packet_queue::before(*skb))
        backward.insert(0, 1, static_cast<char>(*skb->data()));
    CHECK(forward == backward);
    CHECK(forward.size() == queue.size());
    return forward;
}
}  // namespace

TEST_CASE("a queue gives packets back in their order", "[core][packet_queue]") {
    packet_pool pool;
    packet_queue queue;
    CHECK_FALSE(queue.pop_front());
    CHECK_FALSE(queue.pop_back());
    for (char mark : {'b', 'c', 'd'}) queue.push_back(with(pool, mark, 10));
    queue.push_front(with(pool, 'a', 5));
    CHECK(order(queue) == "abcd");
    CHECK(queue.bytes() == 35);
    CHECK(queue.pop_front()->size() == 5);
    CHECK(order(queue) == "bcd");
    CHECK(*queue.pop_back()->data() == std::byte{'d'});
    CHECK(queue.bytes() == 20);
}

TEST_CASE("packets are put between others and taken from the middle", "[core][packet_queue]") {
    packet_pool pool;
    packet_queue queue;
    for (char mark : {'a', 'c', 'e'}) queue.push_back(with(pool, mark));
    packet& c = *packet_queue::after(*queue.front());
    queue.insert_before(c, with(pool, 'b'));
    queue.insert_after(c, with(pool, 'd'));
    queue.insert_before(*queue.front(), with(pool, '0'));
    queue.insert_after(*queue.back(), with(pool, 'f'));
    CHECK(order(queue) == "0abcdef");
    CHECK(queue.remove(c));
    CHECK(order(queue) == "0abdef");
    for (packet& skb : queue)
        if (*skb.data() < std::byte{'d'} || *skb.data() == std::byte{'f'}) queue.remove(skb);
    CHECK(order(queue) == "de");
}

TEST_CASE("splicing moves everything at once", "[core][packet_queue]") {
    packet_pool pool;
    packet_queue one, two, none;
    for (char mark : {'a', 'b'}) one.push_back(with(pool, mark, 2));
    for (char mark : {'c', 'd'}) two.push_back(with(pool, mark, 3));
    one.splice_back(two);
    one.splice_back(none);
    CHECK(order(one) == "abcd");
    CHECK(two.empty());
    CHECK(two.size() == 0);
    CHECK(one.bytes() == 10);
    none.splice_back(one);
    CHECK(order(none) == "abcd");
    two.push_back(with(pool, 'x'));
    none.splice_front(two);
    CHECK(order(none) == "xabcd");
    two.splice_front(none);
    packet_queue moved = std::move(two);
    CHECK(order(moved) == "xabcd");
    moved = packet_queue{};
    CHECK(pool.in_use() == packet_pool::usage{});
}

TEST_CASE("bytes follow a queued packet's size after update", "[core][packet_queue]") {
    packet_pool pool;
    packet_queue queue;
    queue.push_back(with(pool, 'a', 10));
    queue.push_back(with(pool, 'b', 10));
    queue.front()->pull(4);
    queue.update(*queue.front());
    CHECK(queue.bytes() == 16);
    queue.back()->put(4);
    queue.update(*queue.back());
    CHECK(queue.bytes() == 20);
    queue.front()->pull(1);  // forgotten to be told: the count is late, not wrong for ever
    queue.clear();
    CHECK(queue.bytes() == 0);
}
