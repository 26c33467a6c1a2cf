#include <weld/stack/packet/packet_family.hpp>

#include "support/catch.hpp"
#include "support/stack/world.hpp"

using namespace test;

namespace {
using world = alone<weld::link_type::ethernet, own::packet_family>;

template <class Socket>
std::pair<std::string, weld::packet_address> next(Socket& socket) {
    std::array<std::byte, 2000> buffer;
    const auto got = socket.try_recv_from(weld::mutable_bytes{buffer});
    if (!got) return {"(none)", {}};
    return {text_of(weld::const_bytes{buffer}.first(got->size)), got->from};
}
}  // namespace

TEST_CASE("packet sockets see frames in and out, raw and cooked", "[packet]") {  // packet(7)
    world world;
    world.know_peer();
    auto all = *world.net.socket(weld::packet_raw, 3);
    auto cooked = *world.net.socket(weld::packet_cooked, 3);
    auto ip_only = *world.net.socket(weld::packet_raw, 0x800), arp_only = *world.net.socket(weld::packet_raw, 0x806);
    auto server = *world.net.socket(weld::udp);
    REQUIRE(server.bind(at({}, 7)));
    const frame packet = udp(peer_ip, 1, our_ip, 7, "hello"), whole = ethernet(our_mac, peer_mac, 0x800, packet);
    world.rcv(packet);
    auto [bytes, from] = next(all);
    CHECK(bytes == text_of(whole));
    CHECK(from.type() == weld::packet_type::host);
    CHECK(*from.mac() == peer_mac);
    CHECK(from.interface_index() == 1);
    CHECK(from.protocol() == 0x800);
    CHECK(next(cooked).first == text_of(packet));
    CHECK(next(ip_only).first == text_of(whole));
    CHECK(next(arp_only).first == "(none)");
    CHECK(received(server) == "hello");

    REQUIRE(send_to(server, "answer", at(peer_ip, 1)));
    REQUIRE(world.sent().size() == 1);
    std::tie(bytes, from) = next(all);
    CHECK(bytes.size() == 14 + 20 + 8 + 6);
    CHECK(from.type() == weld::packet_type::outgoing);
    CHECK(next(cooked).first.size() == 20 + 8 + 6);
    CHECK(next(ip_only).first == "(none)");  // what we send is for ETH_P_ALL alone

    world.rcv_frame(ethernet(third_mac, peer_mac, 0x800, packet));  // for somebody else
    CHECK(next(all).second.type() == weld::packet_type::other_host);
    CHECK(received(server) == "(none)");
}

TEST_CASE("packet sockets send frames", "[packet]") {
    world world;
    auto raw = *world.net.socket(weld::packet_raw, 0);
    auto cooked = *world.net.socket(weld::packet_cooked, 0);
    const frame whole = ethernet(peer_mac, third_mac, 0x88b5, bytes_of("raw"));
    CHECK(raw.try_send(whole) == weld::errc::no_such_device_or_address);
    CHECK(raw.bind(weld::packet_address{3, 7}).error() == weld::errc::no_such_device);
    REQUIRE(raw.bind(weld::packet_address{3, 1}));
    REQUIRE(raw.try_send(whole) == whole.size());
    REQUIRE(cooked.try_send_to(bytes_of("cooked"), weld::packet_address{0x88b5, 1, peer_mac}) == 6u);
    CHECK(raw.try_send(bytes_of("short")) == weld::errc::invalid_argument);
    CHECK(raw.try_send(frame(1515)) == weld::errc::message_size);
    world.time.settle();
    const auto out = world.wire.taken();
    REQUIRE(out.size() == 2);
    CHECK(out[0] == whole);
    CHECK(out[1] == ethernet(peer_mac, our_mac, 0x88b5, bytes_of("cooked")));
}

TEST_CASE("statistics count what came and what had no room", "[packet]") {
    world world;
    auto all = *world.net.socket(weld::packet_raw, 3);
    for (int i = 0; i < 1000; ++i) world.rcv_frame(ethernet(our_mac, peer_mac, 0x88b5, frame(1000)));
    weld::packet_statistics::counts counts{};
    REQUIRE(world.net.part<own::packet_family>().get_option(world.net, all.native(), weld::levels::packet, 6, {reinterpret_cast<std::byte*>(&counts), sizeof counts}));
    CHECK(counts.packets == 1000);
    CHECK(counts.drops > 900);
    CHECK(world.io().stats().rx_nohandler == 1000);
}
