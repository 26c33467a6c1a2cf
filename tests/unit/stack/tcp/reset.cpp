// SPDX-License-Identifier: BSL-1.0
// RFC 9293 section 3.10.7.4, first to fifth; RFC 5961; RFC 7323 section 5: what is believed.
#include <weld/stack/tcp/tcp.hpp>

#include "support/catch.hpp"
#include "support/tcp_peer.hpp"

using namespace tcp_test;
using stack::tcp_state;

TEST_CASE("a RST is believed where it hits exactly, and challenged in the window", "[stack][tcp][reset]") {
    peer<> p;
    auto s = p.connected();
    p.send(100'000, flags::rst);
    CHECK(p.silent());
    p.send(10, flags::rst);
    const on_wire challenge = p.next();
    CHECK(challenge.header.flags == flags::ack);
    CHECK(challenge.header.ack == 1);
    p.send(1, flags::rst);
    CHECK(s.native().state == tcp_state::closed);
    std::byte buffer[4];
    CHECK(s.try_recv(buffer).error() == errc::connection_reset);
    CHECK(s.try_recv(buffer) == 0u);
    CHECK(s.try_send(buffer).error() == errc::broken_pipe);
}

TEST_CASE("what was received before a RST can still be read", "[stack][tcp][reset]") {
    peer<> p;
    auto s = p.connected();
    p.send(1, flags::ack | flags::psh, {.ack = 1, .payload = octets(4)});
    p.send(5, flags::rst);
    std::byte buffer[8];
    CHECK(s.try_recv(buffer) == 4u);
    CHECK(s.try_recv(buffer).error() == errc::connection_reset);
}

TEST_CASE("a RST in CLOSE-WAIT is a broken pipe", "[stack][tcp][reset]") {
    peer<> p;
    auto s = p.connected();
    p.send(1, flags::fin | flags::ack, {.ack = 1});
    p.send(2, flags::rst);
    CHECK(s.try_send(octets(1)).error() == errc::broken_pipe);
}

TEST_CASE("a SYN in the middle is challenged, whatever its number", "[stack][tcp][reset]") {
    peer<> p;
    auto s = p.connected();
    p.send(1, flags::syn);
    CHECK(p.next().header.flags == flags::ack);
    p.wait(1_s);
    p.send(1, flags::syn | flags::ack, {.ack = 1});
    CHECK(p.next().header.flags == flags::ack);
    CHECK(s.native().state == tcp_state::established);
}

TEST_CASE("challenges of one connection are half a second apart", "[stack][tcp][reset]") {
    peer<> p;
    auto s = p.connected();
    for (int i = 0; i < 10; ++i) p.send(10, flags::rst);  // within 100 ms
    static_cast<void>(p.next());
    CHECK(p.silent());
    p.wait(600_ms);
    p.send(10, flags::rst);
    CHECK_FALSE(p.silent());
}

TEST_CASE("ACKs of what was not sent, or long ago, are challenged", "[stack][tcp][reset]") {
    peer<> p;
    auto s = p.connected();
    p.send(1, flags::ack | flags::psh, {.ack = 2, .payload = octets(4)});
    CHECK(p.next().header.ack == 1);
    p.wait(1_s);
    p.send(1, flags::ack | flags::psh, {.ack = 0u - 100'000, .payload = octets(4)});
    CHECK(p.next().header.ack == 1);
    std::byte buffer[8];
    CHECK(s.try_recv(buffer).error() == errc::resource_unavailable_try_again);
    p.send(1, flags::psh, {.payload = octets(4)});  // without ACK: dropped
    CHECK(s.try_recv(buffer).error() == errc::resource_unavailable_try_again);
}

TEST_CASE("data outside the window is answered by where we stand", "[stack][tcp][reset]") {
    peer<> p;
    auto s = p.connected();
    p.send(200'000, flags::ack, {.ack = 1, .payload = octets(4)});
    CHECK(p.next().header.ack == 1);
    p.send(0u - 50, flags::ack, {.ack = 1, .payload = octets(20)});
    CHECK(p.next().header.ack == 1);
}

TEST_CASE("two that answer each other's ACKs do not do so for ever", "[stack][tcp][reset]") {
    peer<> p;
    auto s = p.connected();
    for (int i = 0; i < 100; ++i) p.send(0u - 50, flags::ack, {.ack = 1});  // for a second
    int answers = 0;
    for (; !p.silent(); ++answers) static_cast<void>(p.next());
    CHECK(answers <= 3);
}

TEST_CASE("an old timestamp means an old segment (PAWS)", "[stack][tcp][reset]") {
    peer<> p;
    wire::tcp_options stamps{.mss = 1460, .has_timestamps = true, .tsval = 1000};
    auto s = p.connected(stamps);
    p.send(1, flags::ack, {.ack = 1, .payload = octets(4), .with = {.has_timestamps = true, .tsval = 999}});
    CHECK(p.next().header.ack == 1);
    p.send(1, flags::ack, {.ack = 1, .payload = octets(4), .with = {.has_timestamps = true, .tsval = 1001}});
    p.wait(1_s);
    const on_wire ack = p.next();
    CHECK(ack.header.ack == 5);
    CHECK(ack.options.tsecr == 1001);
    p.send(5, flags::rst | flags::ack, {.ack = 1, .with = {.has_timestamps = true, .tsval = 5}});  // a RST is not checked
    CHECK(s.native().state == tcp_state::closed);
}

TEST_CASE("a wrong checksum or a broken header is nobody's", "[stack][tcp][reset]") {
    peer<> p;
    auto listener = p.listener();
    packet_buffer skb = packet_buffer::allocate(p.link.packets, 100);
    wire::tcp_header{.source_port = 1, .destination_port = 80, .flags = flags::syn, .checksum = 0x1234}.encode(skb->put(20));
    const stack::ip_info<ip4> from{.source = {{10, 0, 0, 2}}, .destination = {{10, 0, 0, 1}}, .interface = 1, .protocol = 6};
    CHECK(p.tcp().rcv(p.local, skb->copy(), from) == stack::rcv_result::handled);
    skb->data()[12] = std::byte{0x40};
    CHECK(p.tcp().rcv(p.local, skb->copy(), from) == stack::rcv_result::handled);
    skb->trim(3);
    CHECK(p.tcp().rcv(p.local, skb->copy(), from) == stack::rcv_result::handled);
    CHECK(p.tcp().counters.bad_segments == 3);
    CHECK(p.silent());
}
