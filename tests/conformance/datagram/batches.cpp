// SPDX-License-Identifier: BSL-1.0
// recvmmsg(2), sendmmsg(2) of messages that are made ready once, and lie where they are between calls.
#include "support/worlds.hpp"

#include <weld/socket/datagram_batch.hpp>

using weld::as_bytes;
using weld::as_text;
using weld::errc;

namespace {

using every_udp4_world = std::tuple<kernel_world<weld::udp>, memory_world<weld::udp>, simulated_world<weld::udp>>;
using kernel_udp_world = std::tuple<kernel_world<weld::udp>>;
using every_udp6_world = std::tuple<kernel_world<weld::udp6>, memory_world<weld::udp6>, simulated_world<weld::udp6>>;

template <class World, std::size_t Count = 4, std::size_t Size = 8, class... Items>
using batch_of = weld::datagram_batch<typename World::address, Count, Size, Items...>;

/// What the messages hold, each with a space behind it.
template <class Messages>
std::string all_of(Messages messages) {
    std::string all;
    for (const auto& message : messages) all.append(as_text(message.data()).data(), message.size()).append(" ");
    return all;
}
/// What one call receives, once there is something.
template <class Socket, class Batch>
auto received_in(Socket& socket, Batch& batch) {
    REQUIRE(socket.wait_readable(patience).blocking());
    const auto got = socket.recv_many(batch, patience).blocking();
    INFO(message(got.error()));
    REQUIRE(got);
    return *got;
}
/// Sends words to an address, in one call.
template <class Socket, class Address>
void send_words(Socket& socket, const Address& to, std::initializer_list<const char*> words) {
    for (const char* word : words) REQUIRE(socket.send_to(as_bytes(word), to, patience).blocking());
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("a batch tells what came and from whom", "[conformance][datagram][batch]", every_datagram_world) {
    IN_WORLD(world);
    auto near = world.bound(), far = world.peer();
    send_words(near, *far.local_address(), {"a", "bb", ""});
    batch_of<TestType> batch;
    const auto got = received_in(far, batch);
    REQUIRE(got.size() == 3);
    CHECK(all_of(got) == "a bb  ");
    for (const auto& message : got) {
        CHECK(message.address() == *near.local_address());
        CHECK_FALSE(message.truncated());
        CHECK_FALSE(message.control_truncated());
    }
    CHECK(far.try_recv_many(batch).error() == errc::resource_unavailable_try_again);
}
TEMPLATE_LIST_TEST_CASE("received messages go back as they are, time after time", "[conformance][datagram][batch]", every_datagram_world) {
    IN_WORLD(world);
    auto near = world.bound(), far = world.peer();
    batch_of<TestType> there, back;
    for (const std::initializer_list<const char*> words : {std::initializer_list<const char*>{"1", "22"}, {"long----", "two", "three"}, {"x"}, {"again---", "y"}}) {
        send_words(near, *far.local_address(), words);
        const auto got = received_in(far, there);
        CHECK(far.send_many(got, patience).blocking() == words.size());
        std::string expected;
        for (const char* word : words) expected += std::string{word} + " ";
        CHECK(all_of(received_in(near, back)) == expected);
    }
}
TEMPLATE_LIST_TEST_CASE("a task echoes batches", "[conformance][datagram][batch]", every_datagram_world) {
    IN_WORLD(world);
    auto near = world.bound(), far = world.peer();
    send_words(near, *far.local_address(), {"a", "b"});
    batch_of<TestType> there, back;
    const auto echoed = world.run([](auto& socket, auto& batch) -> weld::task<std::size_t> {
        std::size_t count = 0;
        while (count < 2) {
            const auto got = co_await socket.recv_many(batch, patience);
            if (!got) co_return count;
            for (auto rest = *got; !rest.empty();) {
                const auto sent = co_await socket.send_many(rest);
                rest = rest.subspan(sent.value_or(1));
                count += sent.value_or(0);
            }
        }
        co_return count;
    }(far, there));
    CHECK(echoed == 2);
    CHECK(all_of(received_in(near, back)) == "a b ");
}
TEMPLATE_LIST_TEST_CASE("a message that is longer than its room loses its rest, and the next has all of the room", "[conformance][datagram][batch]",
                        every_datagram_world) {
    IN_WORLD(world);
    auto near = world.bound(), far = world.peer();
    batch_of<TestType> batch;
    send_words(near, *far.local_address(), {"12345678", "123456789", "1"});
    auto got = received_in(far, batch);
    CHECK(all_of(got) == "12345678 12345678 1 ");
    CHECK_FALSE(got[0].truncated());
    CHECK(got[1].truncated());
    CHECK_FALSE(got[2].truncated());
    for (auto& message : got) message.resize(1);
    CHECK(far.send_many(got, patience).blocking() == 3u);
    send_words(near, *far.local_address(), {"87654321"});
    got = received_in(far, batch);
    CHECK(all_of(got) == "87654321 ");
    CHECK_FALSE(got[0].truncated());
}
TEMPLATE_LIST_TEST_CASE("messages that were filled go to the peer, or to an address", "[conformance][datagram][batch]", every_datagram_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    batch_of<TestType> out, in;
    out[0].assign(as_bytes("to"));
    out[1].assign(as_bytes("the"));
    out[2].assign(as_bytes("peer"));
    CHECK_FALSE(out[0].has_address());
    CHECK(near.send_many(out.first(3), patience).blocking() == 3u);
    CHECK(all_of(received_in(far, in)) == "to the peer ");
    auto third = world.peer();
    out[1].assign(as_bytes("third"));
    out[1].set_address(*third.local_address());
    auto free = world.socket();
    CHECK(free.try_send_many(out.first(2).last(1)) == 1u);
    CHECK(received(third) == "third");
}
TEMPLATE_LIST_TEST_CASE("messages that were not received since are empty and go to the peer", "[conformance][datagram][batch]", every_datagram_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    batch_of<TestType> batch, in;
    for (const char* word : {"a", "b", "c"}) REQUIRE(near.send(as_bytes(word), patience).blocking());
    REQUIRE(received_in(far, batch).size() == 3);
    REQUIRE(near.send(as_bytes("d"), patience).blocking());
    REQUIRE(received_in(far, batch).size() == 1);
    CHECK(batch.first(4).front().size() == 1);
    CHECK(batch[2].size() == 0);
    CHECK_FALSE(batch[2].has_address());
    batch[2].assign(as_bytes("peer"));
    CHECK(far.send_many(batch.first(3).last(1), patience).blocking() == 1u);
    CHECK(received(near) == "peer");
}
TEMPLATE_LIST_TEST_CASE("fewer go where one cannot, and then the error is the first one's", "[conformance][datagram][batch]", every_udp_world) {
    IN_WORLD(world);
    auto near = world.bound(), far = world.peer();
    batch_of<TestType> out, in;
    for (std::size_t i = 0; i < 4; ++i) {
        out[i].assign(as_bytes("x"));
        out[i].set_address(*far.local_address());
    }
    out[2].set_address({far.local_address()->address(), 0});
    auto rest = out.first(4);
    CHECK(near.try_send_many(rest) == 2u);
    rest = rest.subspan(2);
    CHECK(near.try_send_many(rest).error() == errc::invalid_argument);
    CHECK(near.send_many(rest, patience).blocking().error() == errc::invalid_argument);
    rest = rest.subspan(1);
    CHECK(near.send_many(rest, patience).blocking() == 1u);
    CHECK(all_of(received_in(far, in)) == "x x x ");
    CHECK(near.try_send_many(rest.subspan(1)) == 0u);
}
TEMPLATE_LIST_TEST_CASE("a batch without a datagram waits until its deadline, and then receives", "[conformance][datagram][batch]", every_datagram_world) {
    IN_WORLD(world);
    auto near = world.bound(), far = world.peer();
    batch_of<TestType> batch;
    CHECK(far.try_recv_many(batch).error() == errc::resource_unavailable_try_again);
    CHECK(far.recv_many(batch, moment).blocking().error() == errc::timed_out);
    const auto ended = world.run([](auto& socket, auto& into) -> weld::task<errc> {
        const auto got = co_await socket.recv_many(into, moment);
        co_return got.error();
    }(far, batch));
    CHECK(ended == errc::timed_out);
    send_words(near, *far.local_address(), {"late"});
    CHECK(all_of(received_in(far, batch)) == "late ");
}
TEMPLATE_LIST_TEST_CASE("a batch may be larger than one round of anything", "[conformance][datagram][batch]", every_udp_world) {
    IN_WORLD(world);
    auto near = world.bound(), far = world.peer();
    batch_of<TestType, 100, 16> out, in;
    for (std::size_t i = 0; i < 100; ++i) {
        out[i].assign(as_bytes(weld::text{"0123456789abcdef"}.substr(i % 16)));
        out[i].set_address(*far.local_address());
    }
    std::size_t sent = 0, seen = 0;
    while (sent < 100) {
        const auto taken = near.send_many(out.first(100).subspan(sent), patience).blocking();
        REQUIRE(taken);
        sent += *taken;
        while (seen < sent)
            for (const auto& message : received_in(far, in)) {
                CHECK(message.size() == 16 - seen % 16);
                ++seen;
            }
    }
    CHECK(seen == 100);
}
TEMPLATE_LIST_TEST_CASE("items come with messages of a batch, and go with them", "[conformance][datagram][batch][control]",
                        every_udp4_world) {
    IN_WORLD(world);
    auto near = world.bound(), far = world.peer();
    REQUIRE(far.set(weld::receive_ttl{}));
    REQUIRE(far.set(weld::receive_packet_info{}));
    batch_of<TestType, 4, 8, weld::ip_ttl, weld::packet_info> out, in;
    for (std::size_t i = 0; i < 3; ++i) {
        out[i].assign(as_bytes("x"));
        out[i].set_address(*far.local_address());
    }
    out[0].attach(weld::ip_ttl{7});
    out[2].attach(weld::ip_ttl{9}, weld::packet_info{{0, near.local_address()->address(), {}}});
    CHECK(near.send_many(out.first(3), patience).blocking() == 3u);
    auto got = received_in(far, in);
    REQUIRE(got.size() == 3);
    CHECK(got[0].template get<weld::ip_ttl>() == 7);
    CHECK(got[1].template get<weld::ip_ttl>() == 64);
    CHECK(got[2].template get<weld::ip_ttl>() == 9);
    REQUIRE(got[2].template get<weld::packet_info>());
    CHECK(got[2].template get<weld::packet_info>()->destination == far.local_address()->address());
    CHECK_FALSE(got[2].control_truncated());

    // What came is not sent with a message that goes back; what is attached is, in its place.
    REQUIRE(near.set(weld::receive_ttl{}));
    got[1].attach(weld::ip_ttl{3});
    CHECK(got[1].template get<weld::packet_info>().error() == errc::no_message);
    CHECK(far.send_many(got, patience).blocking() == 3u);
    got = received_in(near, out);
    REQUIRE(got.size() == 3);
    CHECK(got[0].template get<weld::ip_ttl>() == 64);
    CHECK(got[0].template get<weld::packet_info>().error() == errc::no_message);
    CHECK(got[1].template get<weld::ip_ttl>() == 3);
    CHECK(got[2].template get<weld::ip_ttl>() == 64);
}
TEMPLATE_LIST_TEST_CASE("items of IPv6 do the same", "[conformance][datagram][batch][control]", every_udp6_world) {
    IN_WORLD(world);
    auto near = world.bound(), far = world.peer();
    REQUIRE(far.set(weld::receive_hops{}));
    batch_of<TestType, 2, 8, weld::hop_limit> out, in;
    for (std::size_t i = 0; i < 2; ++i) {
        out[i].assign(as_bytes("x"));
        out[i].set_address(*far.local_address());
    }
    out[0].attach(weld::hop_limit{7});
    CHECK(near.send_many(out.first(2), patience).blocking() == 2u);
    const auto got = received_in(far, in);
    REQUIRE(got.size() == 2);
    CHECK(got[0].template get<weld::hop_limit>() == 7);
    CHECK(got[1].template get<weld::hop_limit>() == 64);
    CHECK(got[0].address() == *near.local_address());
}
TEMPLATE_LIST_TEST_CASE("an item that cannot go is the message's error", "[conformance][datagram][batch][control]",
                        every_udp4_world) {
    IN_WORLD(world);
    auto near = world.bound(), far = world.peer();
    batch_of<TestType, 2, 8, weld::ip_ttl> out;
    for (std::size_t i = 0; i < 2; ++i) {
        out[i].assign(as_bytes("x"));
        out[i].set_address(*far.local_address());
    }
    out[1].attach(weld::ip_ttl{300});
    CHECK(near.try_send_many(out.first(2)) == 1u);
    CHECK(near.try_send_many(out.first(2).last(1)).error() == errc::invalid_argument);
}
TEMPLATE_LIST_TEST_CASE("a batch says that ancillary data had no room", "[conformance][datagram][batch][control]",
                        every_udp4_world) {
    IN_WORLD(world);
    auto near = world.bound(), far = world.peer();
    REQUIRE(far.set(weld::receive_ttl{}));
    batch_of<TestType> batch;
    send_words(near, *far.local_address(), {"x"});
    auto got = received_in(far, batch);
    CHECK(all_of(got) == "x ");
    CHECK(got[0].control_truncated());
    REQUIRE(far.set(weld::receive_ttl{false}));
    send_words(near, *far.local_address(), {"y"});
    got = received_in(far, batch);
    CHECK_FALSE(got[0].control_truncated());
}
TEMPLATE_LIST_TEST_CASE("a super-datagram comes, and goes back, as one message", "[conformance][datagram][batch][control]", kernel_udp_world) {
    IN_WORLD(world);
    auto near = world.bound(), far = world.peer();
    REQUIRE(far.set(weld::udp_merge{}));
    batch_of<TestType, 2, 64, weld::merged_size, weld::segment_size> batch;
    batch[0].assign(as_bytes("aabbc"));
    batch[0].set_address(*far.local_address());
    batch[0].attach(weld::segment_size{2});
    CHECK(near.send_many(batch.first(1), patience).blocking() == 1u);
    auto got = received_in(far, batch);
    REQUIRE(got.size() == 1);
    CHECK(all_of(got) == "aabbc ");
    const auto merged = got[0].template get<weld::merged_size>();
    CHECK(merged == 2);
    got[0].attach(weld::segment_size{static_cast<std::uint16_t>(*merged)});
    CHECK(far.send_many(got, patience).blocking() == 1u);
    CHECK(received(near) == "aa");
    CHECK(received(near) == "bb");
    CHECK(received(near) == "c");
}
TEST_CASE("what a socket of one net has received, one of another sends", "[conformance][datagram][batch]") {
    kernel_world<weld::udp> host;
    memory_world<weld::udp> own;
    auto host_near = host.bound(), host_far = host.peer();
    auto own_near = own.bound(), own_far = own.peer();
    REQUIRE(own_near.connect(*own_far.local_address()).blocking());
    send_words(host_near, *host_far.local_address(), {"from", "kernel"});
    weld::datagram_batch<weld::endpoint4, 4, 16> batch;
    auto got = received_in(host_far, batch);
    for (auto& message : got) message.clear_address();
    CHECK(own_near.send_many(got, patience).blocking() == 2u);
    got = received_in(own_far, batch);
    CHECK(all_of(got) == "from kernel ");
    for (auto& message : got) message.set_address(*host_near.local_address());
    CHECK(host_far.send_many(got, patience).blocking() == 2u);
    CHECK(received(host_near) == "from");
    CHECK(received(host_near) == "kernel");
}
