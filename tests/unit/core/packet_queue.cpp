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

TEST_CASE("as many as there is room for leave a queue at once", "[core][packet_queue]") {
    packet_pool pool;
    packet_queue queue;
    for (char mark : {'a', 'b', 'c', 'd', 'e'}) queue.push_back(with(pool, mark, 3));
    packet_buffer taken[3];
    CHECK(queue.pop_front(span{taken}) == 3);
    CHECK(*taken[0]->data() == std::byte{'a'});
    CHECK(*taken[2]->data() == std::byte{'c'});
    CHECK(order(queue) == "de");
    CHECK(queue.bytes() == 6);
    packet_buffer rest[3];
    CHECK(queue.pop_front(span{rest}) == 2);
    CHECK_FALSE(rest[2]);
    CHECK(order(queue) == "");
    CHECK(queue.bytes() == 0);
    queue.push_back(std::move(rest[0]));
    CHECK(order(queue) == "d");
}

TEST_CASE("fragments go where their packet goes, and end with it", "[core][packet_queue]") {
    packet_pool pool;
    {
        packet_buffer head = with(pool, 'h', 7);
        CHECK_FALSE(head->has_fragments());
        CHECK(packet_queue::detach_from(*head).empty());
        packet_queue::add_fragment(*head, with(pool, 'a', 2));
        packet_queue::add_fragment(*head, with(pool, 'b', 3));
        REQUIRE(head->has_fragments());
        CHECK(head->fragment_count() == 2);
        CHECK(head->fragment_bytes() == 5);
        CHECK(*head->last_fragment().data() == std::byte{'b'});
        CHECK(head->size() == 7);
        head->control<std::uint64_t>() = 9;  // the layer's part of the control bytes is still its own
        CHECK_FALSE(head->clone()->has_fragments());
        CHECK_FALSE(head->copy()->has_fragments());
        packet_queue all = packet_queue::detach_from(*head);
        CHECK(order(all) == "ab");
        CHECK(all.bytes() == 5);
        CHECK_FALSE(head->has_fragments());
        all.push_back(with(pool, 'c', 1));
        all.attach_to(*head);
        CHECK(all.empty());
        packet_queue none;
        packet_buffer other = with(pool, 'x');
        none.attach_to(*other);
        CHECK_FALSE(other->has_fragments());
        std::string marks;
        head->for_each_fragment([&](packet& skb) { marks += static_cast<char>(*skb.data()); });
        CHECK(marks == "abc");
        CHECK(head->control<std::uint64_t>() == 9);
        packet_queue waiting;
        waiting.push_back(std::move(head));
        head = waiting.pop_front();
        CHECK(head->fragment_count() == 3);
    }
    CHECK(pool.in_use() == packet_pool::usage{});
}
