// SPDX-License-Identifier: BSL-1.0
// Options of datagram socks: socket(7), udp(7), ip(7), RFC 3678.
#include <weld/stack/udp/udp.hpp>

#include "support/catch.hpp"
#include "support/stack/world.hpp"

#include <weld/socket/options/udp.hpp>

using namespace test;

TEST_CASE("UDP_CORK makes one datagram of what is sent until it is taken off", "[udp][options]") {
    alone<> world;
    world.know_peer();
    auto socket = *world.net.socket(weld::udp);
    REQUIRE(socket.set(weld::udp_cork{}));
    CHECK(*socket.get<weld::udp_cork>());
    CHECK(send_to(socket, "one ", at(peer_ip, 7)) == 4u);
    CHECK(send_to(socket, "datagram", at(third_ip, 8)) == 8u);  // the first one's address counts
    CHECK(world.sent().empty());
    REQUIRE(socket.set(weld::udp_cork{false}));
    const auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(out[0].header.destination == peer_ip);
    CHECK(out[0].udp().destination_port() == 7);
    CHECK(text_of(out[0].udp().payload()) == "one datagram");
    REQUIRE(socket.set(weld::udp_cork{false}));  // nothing waits
    CHECK(world.sent().empty());
    CHECK(send_to(socket, "at once", at(peer_ip, 7)));
    CHECK(world.sent().size() == 1);
}

TEST_CASE("MSG_MORE does so for one send", "[udp][options]") {
    alone<> world;
    world.know_peer();
    auto socket = *world.net.socket(weld::udp);
    REQUIRE(socket.try_connect(at(peer_ip, 7)));
    REQUIRE(socket.send(weld::as_bytes("a"), weld::message_flags::more).blocking() == 1u);
    REQUIRE(socket.send(weld::as_bytes("b"), weld::message_flags::more).blocking() == 1u);
    CHECK(world.sent().empty());
    REQUIRE(send(socket, "c"));
    const auto out = world.sent();
    REQUIRE(out.size() == 1);
    CHECK(text_of(out[0].udp().payload()) == "abc");
}

TEST_CASE("what is corked and too long is thrown away; so is what waits when the socket closes", "[udp][options]") {
    alone<> world;
    world.know_peer();
    {
        auto socket = *world.net.socket(weld::udp);
        REQUIRE(socket.set(weld::udp_cork{}));
        CHECK(send_to(socket, std::string(40'000, 'x'), at(peer_ip, 7)) == 40'000u);
        CHECK(send_to(socket, std::string(40'000, 'y'), at(peer_ip, 7)) == weld::errc::message_size);
        REQUIRE(socket.set(weld::udp_cork{false}));
        CHECK(world.sent().empty());
        REQUIRE(socket.set(weld::udp_cork{}));
        CHECK(send_to(socket, "never", at(peer_ip, 7)));
    }
    CHECK(world.sent().empty());
    CHECK(world.net.context().packets().in_use().packets == 0);
}

TEST_CASE("a socket is bound to an interface by its name", "[udp][options]") {
    alone<> world;
    auto socket = *world.net.socket(weld::udp);
    const auto name_of = [&](auto& of) {
        const auto got = of.template get<weld::bind_to_device>();
        return got ? std::string{weld::text{*got}.data(), weld::text{*got}.size()} : weld::message(got.error());
    };
    CHECK(socket.set(weld::bind_to_device{"eth1"}).error() == weld::errc::no_such_device);
    REQUIRE(socket.set(weld::bind_to_device{"eth0"}));
    CHECK(*socket.get<weld::bind_to_interface>() == 1);
    CHECK(name_of(socket) == "eth0");
    REQUIRE(socket.bind(at({}, 7)));
    REQUIRE(send_to(socket, "to self", at(our_ip, 7)));
    world.time.settle();
    CHECK(received(socket) == "(none)");  // that does not come by the interface
    REQUIRE(socket.set(weld::bind_to_device{""}));
    CHECK(*socket.get<weld::bind_to_interface>() == 0);
    CHECK(name_of(socket).empty());
    REQUIRE(send_to(socket, "to self", at(our_ip, 7)));
    world.time.settle();
    CHECK(received(socket) == "to self");
}

TEST_CASE("SO_COOKIE, SO_MARK, the forced buffers; and what is refused as Linux refuses it", "[udp][options]") {
    alone<> world;
    auto socket = *world.net.socket(weld::udp), other = *world.net.socket(weld::udp);
    const std::uint64_t mine = *socket.get<weld::cookie>(), his = *other.get<weld::cookie>();
    CHECK(mine != his);
    CHECK(mine != 0);
    CHECK(*socket.get<weld::cookie>() == mine);
    REQUIRE(socket.set(weld::mark{0xfeedbeef}));
    CHECK(*socket.get<weld::mark>() == 0xfeedbeef);
    REQUIRE(socket.set(weld::receive_buffer{100 << 20}));
    CHECK(*socket.get<weld::receive_buffer>() == 8 << 20);
    REQUIRE(socket.set(weld::receive_buffer_force{100 << 20}));
    CHECK(*socket.get<weld::receive_buffer>() == 200 << 20);
    REQUIRE(socket.set(weld::send_buffer_force{1}));
    CHECK(*socket.get<weld::send_buffer>() == 4608);
    CHECK(socket.set(weld::peek_offset{0}).error() == weld::errc::operation_not_supported);
    CHECK(socket.set(weld::zero_copy{}).error() == weld::errc::no_protocol_option);
}

namespace {
const weld::address4 group{{239, 1, 2, 3}}, other_group{{239, 1, 2, 4}};
/// What two sources send to a group: "ab", "a", "b" or "".
template <class World, class Socket>
std::string heard(World& world, Socket& socket, weld::address4 to = group) {
    const weld::mac_address station{{1, 0, 0x5e, to.bytes[1], to.bytes[2], to.bytes[3]}};
    world.rcv(udp(peer_ip, 9, to, 7, "a"), station);
    world.rcv(udp(third_ip, 9, to, 7, "b"), station);
    std::string all;
    for (std::string one = received(socket); one != "(none)"; one = received(socket)) all += one;
    return all;
}
/// IP_BLOCK_SOURCE and IP_UNBLOCK_SOURCE, by their numbers.
template <class Socket>
weld::result<> block(alone<>& world, Socket& socket, weld::address4 source, bool on) {
    const weld::ip_join_source::raw asked{group, {}, source};
    return world.net.part<own::udp>().set_option(world.net, socket.native(), weld::levels::ip, on ? 38 : 37, weld::object_bytes(asked));
}
}  // namespace

TEST_CASE("a group is heard from the sources that were joined, and from no other", "[udp][options][igmp]") {  // RFC 3678 section 4.1.2
    alone<> world;
    auto socket = *world.net.socket(weld::udp);
    REQUIRE(socket.bind(at({}, 7)));
    CHECK(socket.set(weld::ip_leave_source{group, peer_ip}).error() == weld::errc::address_not_available);
    REQUIRE(socket.set(weld::ip_join_source{group, peer_ip, our_ip}));
    CHECK(world.ip().is_member(group, 1));
    CHECK(heard(world, socket) == "a");
    CHECK(socket.set(weld::ip_join_source{group, peer_ip}).error() == weld::errc::address_not_available);
    REQUIRE(socket.set(weld::ip_join_source{group, third_ip}));
    CHECK(heard(world, socket) == "ab");
    REQUIRE(socket.set(weld::ip_leave_source{group, peer_ip}));
    CHECK(heard(world, socket) == "b");
    CHECK(block(world, socket, peer_ip, true).error() == weld::errc::invalid_argument);
    REQUIRE(socket.set(weld::ip_leave_source{group, third_ip}));  // the last one: the group is left
    CHECK_FALSE(world.ip().is_member(group, 1));
    CHECK(heard(world, socket) == "");
    CHECK(socket.set(weld::ip_join_source{{{10, 0, 0, 9}}, peer_ip}).error() == weld::errc::invalid_argument);
    CHECK(socket.set(weld::ip_join_source{group, peer_ip, {{10, 9, 9, 9}}}).error() == weld::errc::no_such_device);
}

TEST_CASE("a source of a group that was joined whole can be shut out", "[udp][options][igmp]") {
    alone<> world;
    auto socket = *world.net.socket(weld::udp);
    REQUIRE(socket.bind(at({}, 7)));
    CHECK(block(world, socket, peer_ip, true).error() == weld::errc::invalid_argument);
    REQUIRE(socket.set(weld::ip_join_group{group, 1}));
    CHECK(heard(world, socket) == "ab");
    REQUIRE(block(world, socket, peer_ip, true));
    CHECK(heard(world, socket) == "b");
    CHECK(socket.set(weld::ip_join_source{group, third_ip}).error() == weld::errc::invalid_argument);
    REQUIRE(block(world, socket, peer_ip, false));
    CHECK(block(world, socket, peer_ip, false).error() == weld::errc::address_not_available);
    CHECK(heard(world, socket) == "ab");
    REQUIRE(socket.set(weld::ip_join_source{group, third_ip}));  // an empty list changes its kind
    CHECK(heard(world, socket) == "b");
}

TEST_CASE("lists of sources are bounded, and end with their group", "[udp][options][igmp]") {
    alone<> world;
    auto socket = *world.net.socket(weld::udp);
    for (std::uint8_t i = 1; i <= 10; ++i) REQUIRE(socket.set(weld::ip_join_source{group, {{10, 1, 0, i}}}));
    CHECK(socket.set(weld::ip_join_source{group, {{10, 1, 0, 11}}}).error() == weld::errc::no_buffer_space);
    REQUIRE(socket.set(weld::ip_leave_group{group, 1}));
    REQUIRE(socket.set(weld::ip_join_source{group, peer_ip}));
    for (std::uint8_t i = 1; i <= 10; ++i) REQUIRE(socket.set(weld::ip_join_source{other_group, {{10, 1, 0, i}}}));
    REQUIRE(socket.bind(at({}, 7)));
    CHECK(heard(world, socket) == "a");
    CHECK(heard(world, socket, other_group) == "");
}
