#include <weld/stack/raw/raw.hpp>

#include "support/catch.hpp"
#include "support/stack/world.hpp"

using namespace test;

namespace {
using world = alone<weld::link_type::ethernet, own::raw>;
}

TEST_CASE("raw sockets get a copy of each packet of their protocol, header included", "[raw]") {  // raw(7)
    world world;
    world.know_peer();
    auto one = *world.net.socket(weld::raw, 200), two = *world.net.socket(weld::raw, 200), other = *world.net.socket(weld::raw, 201);
    const frame packet = ip(peer_ip, our_ip, 200, bytes_of("payload"));
    world.rcv(packet);
    CHECK(received(one) == text_of(packet));
    CHECK(received(two) == text_of(packet));
    CHECK(received(other) == "(none)");
    CHECK(world.sent().empty());  // no protocol unreachable: somebody took it
    two.close();
    one.close();
    world.rcv(packet);
    CHECK(world.sent().size() == 1);
}

TEST_CASE("a raw socket sees what a transport gets, and does not keep it from a closed port's report", "[raw]") {
    world world;
    world.know_peer();
    auto raw = *world.net.socket(weld::raw, 17);
    auto server = *world.net.socket(weld::udp);
    REQUIRE(server.bind(at({}, 7)));
    world.rcv(udp(peer_ip, 1, our_ip, 7, "hello"));
    CHECK(received(raw).size() == 33);
    CHECK(received(server) == "hello");
    world.rcv(udp(peer_ip, 1, our_ip, 8, "hello"));
    CHECK(received(raw).size() == 33);
    CHECK(world.sent().size() == 1);
}

TEST_CASE("numbers: 0 is none, 255 sends only", "[raw]") {
    world world;
    CHECK(world.net.socket(weld::raw, 0).error() == weld::errc::protocol_not_supported);
    CHECK(world.net.socket(weld::raw, 256).error() == weld::errc::invalid_argument);
    world.know_peer();
    auto sender = *world.net.socket(weld::raw, 255);
    frame packet = ip({.ttl = 7, .protocol = 99, .source = {}, .destination = peer_ip}, bytes_of("x"));
    REQUIRE(sender.try_send_to(packet, at(peer_ip, 0)));
    const auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].checksum_valid);
    CHECK(out[0].header.source == our_ip);
    CHECK(out[0].header.ttl == 7);
    CHECK(out[0].header.protocol == 99);
    CHECK(out[0].header.identification != 0);
    CHECK(sender.try_send_to(bytes_of("no header"), at(peer_ip, 0)) == weld::errc::invalid_argument);
    CHECK(sender.try_send_to(frame(1501), at(peer_ip, 0)) == weld::errc::message_size);
}

TEST_CASE("without a header of its own a raw socket's payload gets one", "[raw]") {
    world world;
    world.know_peer();
    auto socket = *world.net.socket(weld::raw, 200);
    REQUIRE(socket.try_send_to(bytes_of("abc"), at(peer_ip, 0)) == 3u);
    CHECK(socket.try_send(bytes_of("abc")) == weld::errc::destination_address_required);
    REQUIRE(socket.try_connect(at(peer_ip, 0)));
    REQUIRE(socket.try_send(bytes_of("def")) == 3u);
    const auto out = world.sent();
    REQUIRE(out.size() == 2);
    CHECK(out[0].header.protocol == 200);
    CHECK(text_of(out[1].body) == "def");
    world.rcv(ip(third_ip, our_ip, 200, bytes_of("stranger")));
    CHECK(received(socket) == "(none)");  // connected
}

TEST_CASE("ICMP_FILTER keeps types away", "[raw]") {  // raw(7)
    world world;
    world.know_peer();
    auto socket = *world.net.socket(weld::raw, 1);
    auto& part = world.net.part<own::raw>();
    REQUIRE(part.set_option(world.net, socket.native(), 255, 1, weld::object_bytes(weld::icmp_filter::only(0).value)));
    world.rcv(icmp(peer_ip, our_ip, weld::wire::icmp4_header::echo(8, 1, 1), {}));
    CHECK(received(socket) == "(none)");
    world.rcv(icmp(peer_ip, our_ip, weld::wire::icmp4_header::echo(0, 1, 1), {}));
    CHECK(received(socket).size() == 28);
}
