#include <weld/stack/udp/udp.hpp>

#include "support/catch.hpp"
#include "support/stack/world.hpp"

using namespace test;

TEST_CASE("datagrams go between two nets, whole and in order", "[udp]") {
    pair world;
    auto client = *world.a.socket(weld::udp), server = *world.b.socket(weld::udp);
    REQUIRE(server.bind(at({}, 53)));
    for (const char* text : {"one", "", "three"}) REQUIRE(send_to(client, text, at(peer_ip, 53)));
    world.time.settle();
    std::array<std::byte, 100> buffer;
    const auto got = server.try_recv_from(weld::mutable_bytes{buffer});
    REQUIRE(got);
    CHECK(got->size == 3);
    CHECK(got->from.address() == our_ip);
    CHECK(got->from == at(our_ip, client.local_address()->port()));
    CHECK(received(server).empty());
    CHECK(received(server) == "three");
    CHECK(received(server) == "(none)");

    REQUIRE(send_to(server, "answer", got->from));
    world.time.settle();
    CHECK(received(client) == "answer");
}

TEST_CASE("a net talks to itself", "[udp]") {
    pair world;
    auto client = *world.a.socket(weld::udp), server = *world.a.socket(weld::udp);
    REQUIRE(server.bind(at({}, 53)));
    for (const weld::address4 self : {weld::address4::loopback(), our_ip, weld::address4{}}) {
        REQUIRE(send_to(client, "x", at(self, 53)));
        world.time.settle();
        std::array<std::byte, 100> buffer;
        const auto got = server.try_recv_from(weld::mutable_bytes{buffer});
        REQUIRE(got);
        CHECK(got->from.address() == (self == our_ip ? our_ip : weld::address4::loopback()));
    }
    CHECK(world.a.packets().in_use().packets == 0);
}

TEST_CASE("the blocking forms run the net meanwhile", "[udp]") {
    pair world;
    auto client = *world.a.socket(weld::udp), server = *world.b.socket(weld::udp);
    REQUIRE(server.bind(at(peer_ip, 9)));
    REQUIRE(client.connect(at(peer_ip, 9)).blocking());
    REQUIRE(client.send(weld::as_bytes("hello")).blocking());
    std::array<std::byte, 100> buffer;
    CHECK(server.recv(weld::mutable_bytes{buffer}).blocking() == 5u);
    CHECK(server.recv(weld::mutable_bytes{buffer}).blocking(100_ms) == weld::errc::timed_out);
}

TEST_CASE("bind: free, taken, shared, not ours", "[udp][bind]") {  // udp(7), ip(7)
    pair world;
    auto a = *world.a.socket(weld::udp), b = *world.a.socket(weld::udp);
    REQUIRE(a.bind(at({}, 100)));
    CHECK(a.local_address() == at({}, 100));
    CHECK(a.bind(at({}, 101)).error() == weld::errc::invalid_argument);
    CHECK(b.bind(at({}, 100)).error() == weld::errc::address_in_use);
    CHECK(b.bind(at(our_ip, 100)).error() == weld::errc::address_in_use);
    CHECK(b.bind(at(peer_ip, 100)).error() == weld::errc::address_not_available);
    REQUIRE(b.bind(at({}, 0)));
    CHECK(b.local_address()->port() >= 32768);
    a.close();
    auto c = *world.a.socket(weld::udp), d = *world.a.socket(weld::udp), e = *world.a.socket(weld::udp);
    CHECK(c.bind(at(our_ip, 100)));
    CHECK(d.bind(at(weld::address4::loopback(), 100)));  // another address
    CHECK(e.bind(at({{224, 1, 2, 3}}, 101)));
}

TEST_CASE("connected sockets hear their peer alone, and know both addresses", "[udp][connect]") {
    pair world;
    auto client = *world.a.socket(weld::udp), server = *world.b.socket(weld::udp), stranger = *world.b.socket(weld::udp);
    REQUIRE(server.bind(at(peer_ip, 7)));
    CHECK(client.peer_address() == weld::errc::not_connected);
    CHECK(client.shutdown(weld::shutdown_type::both).error() == weld::errc::not_connected);
    CHECK(send(client, "x") == weld::errc::destination_address_required);
    REQUIRE(client.try_connect(at(peer_ip, 7)));
    CHECK(client.peer_address() == at(peer_ip, 7));
    CHECK(client.local_address()->address() == our_ip);
    const weld::endpoint4 us = *client.local_address();
    REQUIRE(send_to(stranger, "spoof", us));
    REQUIRE(send_to(server, "answer", us));
    world.time.settle();
    CHECK(received(client) == "answer");
    CHECK(received(client) == "(none)");

    // a stranger gets port unreachable; unconnected as it is, it is told nothing
    CHECK(received(stranger) == "(none)");
    REQUIRE(stranger.try_connect(us));
    REQUIRE(send(stranger, "spoof"));
    world.time.settle();
    CHECK(received(stranger) == "connection refused");
}

TEST_CASE("the socket that fits best gets it", "[udp][demux]") {  // udp4_lib_lookup
    pair world;
    auto any = *world.b.socket(weld::udp), bound = *world.b.socket(weld::udp), connected = *world.b.socket(weld::udp);
    for (auto* socket : {&any, &bound, &connected}) REQUIRE(socket->set(weld::reuse_address{}));
    REQUIRE(any.bind(at({}, 7)));
    REQUIRE(bound.bind(at(peer_ip, 7)));
    REQUIRE(connected.bind(at(peer_ip, 7)));
    auto client = *world.a.socket(weld::udp);
    REQUIRE(client.bind(at({}, 1000)));
    REQUIRE(connected.try_connect(at(our_ip, 1000)));
    REQUIRE(send_to(client, "to connected", at(peer_ip, 7)));
    auto other = *world.a.socket(weld::udp);
    REQUIRE(send_to(other, "to bound", at(peer_ip, 7)));
    world.time.settle();
    CHECK(received(connected) == "to connected");
    CHECK(received(bound) == "to bound");
    CHECK(received(any) == "(none)");
    auto self = *world.b.socket(weld::udp);
    REQUIRE(send_to(self, "to any", at(weld::address4::loopback(), 7)));
    world.time.settle();
    CHECK(received(any) == "to any");
}

TEST_CASE("SO_REUSEPORT spreads flows, and each flow stays", "[udp][demux]") {
    pair world;
    std::vector<weld::socket<pair::net_t, weld::udp>> servers;
    for (int i = 0; i < 4; ++i) {
        servers.push_back(*world.b.socket(weld::udp));
        REQUIRE(servers.back().set(weld::reuse_port{}));
        REQUIRE(servers.back().bind(at({}, 7)));
    }
    std::array<int, 4> hits{};
    for (int flow = 0; flow < 200; ++flow) {
        auto client = *world.a.socket(weld::udp);
        for (int i = 0; i < 3; ++i) REQUIRE(send_to(client, "x", at(peer_ip, 7)));
        world.time.settle();
        for (std::size_t i = 0; i < 4; ++i) {
            int count = 0;
            while (received(servers[i]) == "x") ++count;
            CHECK((count == 0 || count == 3));
            hits[i] += count;
        }
    }
    for (const int count : hits) CHECK(count > 60);
}

TEST_CASE("sizes: the largest, and one more", "[udp]") {
    pair world;
    auto client = *world.a.socket(weld::udp), server = *world.b.socket(weld::udp);
    REQUIRE(server.bind(at({}, 7)));
    std::string text(65507, 'a');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 26);
    REQUIRE(send_to(client, text, at(peer_ip, 7)) == text.size());
    world.time.settle();
    CHECK((received(server) == text));
    CHECK(send_to(client, text + "x", at(peer_ip, 7)) == weld::errc::message_size);
    CHECK(world.a.part<own::ipv4>().stats().fragments_created == 45);
    CHECK(world.b.part<own::ipv4>().reassembly_stats().ok == 1);

    REQUIRE(client.set(weld::ip_mtu_discover{weld::path_mtu_discovery::always}));
    CHECK(send_to(client, std::string(1472, 'x'), at(peer_ip, 7)) == 1472u);
    CHECK(send_to(client, std::string(1473, 'x'), at(peer_ip, 7)) == weld::errc::message_size);
}

TEST_CASE("a short buffer loses the rest; peek leaves all; truncate tells the size", "[udp]") {
    pair world;
    auto client = *world.a.socket(weld::udp), server = *world.b.socket(weld::udp);
    REQUIRE(server.bind(at({}, 7)));
    for (int i = 0; i < 3; ++i) REQUIRE(send_to(client, "abcdef", at(peer_ip, 7)));
    world.time.settle();
    std::array<std::byte, 3> buffer;
    CHECK(server.try_recv(weld::mutable_bytes{buffer}, weld::message_flags::peek) == 3u);
    CHECK(server.try_recv(weld::mutable_bytes{buffer}, weld::message_flags::peek | weld::message_flags::truncate) == 6u);
    CHECK(server.try_recv(weld::mutable_bytes{buffer}) == 3u);
    CHECK(server.try_recv(weld::mutable_bytes{buffer}, weld::message_flags::truncate) == 6u);
    CHECK(server.try_recv(weld::mutable_bytes{}) == 0u);
    CHECK(received(server) == "(none)");
}

TEST_CASE("a socket that nobody reads drops, and counts it", "[udp][flood]") {
    pair world;
    auto client = *world.a.socket(weld::udp), server = *world.b.socket(weld::udp);
    REQUIRE(server.bind(at({}, 7)));
    for (int i = 0; i < 2000; ++i) {
        REQUIRE(send_to(client, std::string(1000, 'x'), at(peer_ip, 7)));
        world.time.settle();
    }
    const auto& sk = server.native();
    CHECK(sk.drops > 1800);
    CHECK(sk.receive_memory <= sk.options.receive_buffer + 3000);
    CHECK(world.b.part<own::udp>().stats().receive_buffer_errors == sk.drops);
    std::size_t read = 0;
    while (received(server) != "(none)") ++read;
    CHECK(read + sk.drops == 2000);
    CHECK(sk.receive_memory == 0);
    CHECK(world.b.packets().in_use().packets == 0);
}

TEST_CASE("checksums: none is fine, a wrong one is dropped", "[udp]") {  // RFC 768, RFC 1122 section 4.1.3.4
    alone<> world;
    world.know_peer();
    auto server = *world.net.socket(weld::udp);
    REQUIRE(server.bind(at({}, 7)));
    frame datagram = udp_datagram(peer_ip, 9, our_ip, 7, "abc");
    world.rcv(ip(peer_ip, our_ip, 17, datagram));
    CHECK(received(server) == "abc");
    datagram[6] = datagram[7] = std::byte{0};
    world.rcv(ip(peer_ip, our_ip, 17, datagram));
    CHECK(received(server) == "abc");
    datagram[7] = std::byte{1};
    world.rcv(ip(peer_ip, our_ip, 17, datagram));
    CHECK(received(server) == "(none)");
    datagram = udp_datagram(peer_ip, 9, our_ip, 7, "abc");
    weld::store_be<std::uint16_t>(datagram, 4, 12);  // longer than it is
    world.rcv(ip(peer_ip, our_ip, 17, datagram));
    weld::store_be<std::uint16_t>(datagram, 4, 7);  // shorter than a header
    world.rcv(ip(peer_ip, our_ip, 17, datagram));
    CHECK(received(server) == "(none)");
    CHECK(world.net.part<own::udp>().stats().in_errors == 3);

    REQUIRE(send_to(server, "out", at(peer_ip, 9)));
    const auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].udp().checksum_valid(our_ip, peer_ip));
    CHECK(out[0].udp().checksum() != 0);
    CHECK(out[0].header.dont_fragment);
}

TEST_CASE("broadcasts need permission, reach every socket, and come back", "[udp][many]") {
    pair world;
    auto client = *world.a.socket(weld::udp);
    CHECK(send_to(client, "x", at({{10, 0, 0, 255}}, 7)) == weld::errc::permission_denied);
    CHECK(client.try_connect(at({{10, 0, 0, 255}}, 7)).error() == weld::errc::permission_denied);
    REQUIRE(client.set(weld::broadcast{}));
    std::vector<weld::socket<pair::net_t, weld::udp>> servers;
    for (int i = 0; i < 3; ++i) {
        servers.push_back(*world.b.socket(weld::udp));
        REQUIRE(servers.back().set(weld::reuse_address{}));
        REQUIRE(servers.back().bind(at({}, 7)));
    }
    auto own_server = *world.a.socket(weld::udp);
    REQUIRE(own_server.bind(at({}, 7)));
    REQUIRE(send_to(client, "all", at({{10, 0, 0, 255}}, 7)));
    world.time.settle();
    for (auto& server : servers) CHECK(received(server) == "all");
    CHECK(received(own_server) == "all");
    CHECK(send_to(client, "all", at(weld::address4::broadcast(), 7)) == weld::errc::network_unreachable);  // no route says by which interface
}

TEST_CASE("an ICMP port unreachable both ways", "[udp]") {
    pair world;
    auto client = *world.a.socket(weld::udp);
    REQUIRE(client.try_connect(at(peer_ip, 9)));
    REQUIRE(send(client, "x"));
    world.time.settle();
    CHECK(send(client, "x") == weld::errc::connection_refused);
    CHECK(send(client, "x") == 1u);
    world.time.settle();
    CHECK(received(client) == "connection refused");
}

TEST_CASE("a full interface makes sockets wait, and they go on when it has room", "[udp]") {
    alone<> world;
    world.know_peer();
    world.wire.room = 0;
    auto socket = *world.net.socket(weld::udp);
    std::size_t sent = 0;
    while (send_to(socket, "x", at(peer_ip, 7))) ++sent;
    CHECK(sent == 1000);
    CHECK(send_to(socket, "x", at(peer_ip, 7)) == weld::errc::resource_unavailable_try_again);
    world.time.settle();
    CHECK_FALSE(any(world.net.part<own::udp>().poll(world.net, socket.native()) & weld::events::writable));
    world.wire.make_room(400);
    world.time.settle();
    CHECK_FALSE(any(world.net.part<own::udp>().poll(world.net, socket.native()) & weld::events::writable));
    world.wire.make_room(10'000);
    world.time.settle();
    CHECK(any(world.net.part<own::udp>().poll(world.net, socket.native()) & weld::events::writable));
    CHECK(send_to(socket, "x", at(peer_ip, 7)) == 1u);
    CHECK(world.sent().size() == 1001);
}

TEST_CASE("the device fails: sockets that use it are told, and nothing leaks", "[udp]") {
    alone<> world;
    world.know_peer();
    auto connected = *world.net.socket(weld::udp), idle = *world.net.socket(weld::udp);
    REQUIRE(connected.try_connect(at(peer_ip, 7)));
    REQUIRE(idle.bind(at({}, 8)));
    world.wire.room = 0;
    for (int i = 0; i < 10; ++i) REQUIRE(send(connected, "x"));
    world.wire.fail(weld::errc::network_down);
    world.time.settle();
    CHECK(received(connected) == "network is down");
    CHECK(received(idle) == "(none)");
    CHECK(send_to(idle, "x", at(peer_ip, 7)) == weld::errc::network_unreachable);
    CHECK(send_to(idle, "to self", at(weld::address4::loopback(), 8)) == 7u);
    world.time.settle();
    CHECK(received(idle) == "to self");
    CHECK(world.net.context().packets().in_use().packets == 0);
}

TEST_CASE("a neighbour that does not answer is forgotten without harm", "[udp]") {
    alone<> world;
    auto socket = *world.net.socket(weld::udp);
    REQUIRE(socket.try_connect(at(peer_ip, 7)));
    REQUIRE(send(socket, "x"));
    world.time.run_for(4_s);
    CHECK(received(socket) == "(none)");  // EHOSTUNREACH is no final error for UDP: __udp4_lib_err
    CHECK(world.net.context().packets().in_use().packets == 0);
}

TEST_CASE("options and ancillary data of a datagram socket", "[udp][options]") {
    pair world;
    auto client = *world.a.socket(weld::udp), server = *world.b.socket(weld::udp);
    REQUIRE(server.bind(at(peer_ip, 7)));
    REQUIRE(server.set(weld::receive_packet_info{}));
    REQUIRE(server.set(weld::receive_ttl{}));
    CHECK(*server.get<weld::receive_ttl>());
    CHECK(client.send_to(weld::as_bytes("x"), at(peer_ip, 7), weld::ip_ttl{9}).blocking() == 1u);
    CHECK(client.send_to(weld::as_bytes("x"), at(peer_ip, 7), weld::ip_ttl{300}).blocking() == weld::errc::invalid_argument);
    world.time.settle();
    std::array<std::byte, 10> buffer;
    const auto got = server.recv(weld::mutable_bytes{buffer}, weld::control<weld::packet_info, weld::ip_ttl>, 1_s).blocking();
    REQUIRE(got);
    CHECK(*got->get<weld::ip_ttl>() == 9);
    CHECK(got->get<weld::packet_info>()->interface == 1);
    CHECK(got->get<weld::packet_info>()->destination == peer_ip);
    CHECK(*client.get<weld::socket_type>() == 2);
}

TEST_CASE("IP_RECVERR: unconnected sockets are told, too, and by whom", "[udp][errors]") {
    pair world;
    auto client = *world.a.socket(weld::udp);
    REQUIRE(client.set(weld::receive_errors{}));
    REQUIRE(send_to(client, "anybody?", at(peer_ip, 9)));
    world.time.settle();
    std::array<std::byte, 100> buffer;
    const auto got = client.recv(weld::mutable_bytes{buffer}, weld::control<weld::extended_error>, weld::message_flags::error_queue, 1_s).blocking();
    REQUIRE(got);
    CHECK(got->size == 8);
    CHECK(got->from == at(peer_ip, 9));
    CHECK(got->get<weld::extended_error>()->error == weld::errc::connection_refused);
    CHECK(got->get<weld::extended_error>()->offender.address() == peer_ip);
    CHECK(received(client) == "(none)");
}

TEST_CASE("one send becomes many datagrams", "[udp][gso]") {  // UDP_SEGMENT
    pair world;
    auto client = *world.a.socket(weld::udp), server = *world.b.socket(weld::udp);
    REQUIRE(server.bind(at(peer_ip, 7)));
    REQUIRE(client.set(weld::udp_segment{1000}));
    REQUIRE(send_to(client, std::string(2500, 'x'), at(peer_ip, 7)) == 2500u);
    world.time.settle();
    CHECK(received(server).size() == 1000);
    CHECK(received(server).size() == 1000);
    CHECK(received(server).size() == 500);
    CHECK(received(server) == "(none)");
    REQUIRE(client.set(weld::udp_segment{1500}));
    CHECK(send_to(client, std::string(2500, 'x'), at(peer_ip, 7)) == weld::errc::invalid_argument);

    // to ourselves it goes whole, and is split only where nobody wants it merged
    auto self = *world.a.socket(weld::udp);
    REQUIRE(self.bind(at({}, 8)));
    REQUIRE(client.set(weld::udp_segment{1000}));
    REQUIRE(send_to(client, std::string(2500, 'x'), at(our_ip, 8)));
    world.time.settle();
    CHECK(received(self).size() == 1000);
    while (received(self) != "(none)") {}
    REQUIRE(self.set(weld::udp_merge{}));
    REQUIRE(send_to(client, std::string(2500, 'x'), at(our_ip, 8)));
    world.time.settle();
    CHECK(received(self).size() == 2500);
}

TEST_CASE("a socket that is bound to an interface hears it alone, and is told of errors", "[udp][demux]") {
    alone<> world;
    world.know_peer();
    auto socket = *world.net.socket(weld::udp);
    socket.native().options.bound_interface = 1;
    REQUIRE(socket.bind(at({}, 7)));
    REQUIRE(send_to(socket, "to self", at(our_ip, 7)));
    world.time.settle();
    CHECK(received(socket) == "(none)");  // that did not come by the interface
    world.rcv(udp(peer_ip, 9, our_ip, 7, "x"));
    CHECK(received(socket) == "x");
    REQUIRE(socket.try_connect(at(peer_ip, 9)));
    CHECK(socket.try_connect(at({{10, 0, 0, 255}}, 9)).error() == weld::errc::permission_denied);
    CHECK(socket.peer_address() == at(peer_ip, 9));  // as before
    REQUIRE(send(socket, "x"));
    const auto out = world.sent();
    REQUIRE(out.size() == 1);
    world.rcv(icmp(peer_ip, our_ip, weld::wire::icmp4_header::unreachable(3), out[0].payload));
    CHECK(received(socket) == "connection refused");
    // a unicast datagram in a broadcast frame is delivered, and a closed port then says nothing
    world.rcv(udp(peer_ip, 9, our_ip, 7, "y"), weld::mac_address::broadcast());
    CHECK(received(socket) == "y");
    world.rcv(udp(peer_ip, 9, our_ip, 70, "y"), weld::mac_address::broadcast());
    CHECK(world.sent().empty());
}
