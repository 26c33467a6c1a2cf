// SPDX-License-Identifier: BSL-1.0
#include <weld/host/packet.hpp>

#include <weld/core/byte_order.hpp>
#include <weld/host/all.hpp>
#include <weld/host/interface.hpp>
#include <weld/socket/control/packet.hpp>
#include <weld/socket/listen.hpp>
#include <weld/socket/options.hpp>

#include "support/catch.hpp"

#include <cstring>

using namespace weld::literals;
using weld::errc;

namespace {
using host_net = weld::net<weld::host::all>;

/// Sends a datagram over loopback, so that there is something to see.
void make_noise(host_net& net, weld::endpoint4 to) {
    auto near = net.socket(weld::udp);
    REQUIRE(near);
    REQUIRE(near->send_to(weld::as_bytes("weld was here"), to).blocking());
}
}  // namespace

TEST_CASE("a packet socket sees frames, with their link header", "[host][packet]") {
    host_net net{weld::host::all{}};
    auto sniffer = net.socket(weld::packet_raw, weld::every_ethertype);
    if (!sniffer) {
        CHECK(sniffer.error() == errc::operation_not_permitted);
        SKIP("packet sockets take CAP_NET_RAW");
    }
    const auto loopback = weld::host::interface_index(net, "lo");
    REQUIRE(loopback);
    REQUIRE(sniffer->bind({weld::ethertype_ip, *loopback}));
    CHECK(sniffer->local_address()->interface_index() == *loopback);
    CHECK(sniffer->local_address()->protocol() == 0x0800);
    CHECK(sniffer->set(weld::packet_join{*loopback}));
    CHECK(sniffer->set(weld::packet_leave{*loopback}));
    CHECK(sniffer->set(weld::packet_receive_auxdata{}));
    CHECK(sniffer->set(weld::packet_ignore_outgoing{}));

    auto far = weld::bind(net, weld::udp, {weld::address4::loopback(), 0});
    REQUIRE(far);
    make_noise(net, *far->local_address());
    const std::uint16_t port = far->local_address()->port();
    for (;;) {
        std::byte frame[200];
        const auto got = sniffer->recv(frame, weld::control<weld::packet_auxdata>, 5_s).blocking();
        INFO(message(got.error()));
        REQUIRE(got);
        const weld::const_bytes seen{frame, got->size};
        if (got->size < 42 || weld::load_be<std::uint16_t>(seen, 36) != port) continue;  // somebody else's
        CHECK(weld::load_be<std::uint16_t>(seen, 12) == 0x0800);
        CHECK(weld::as_text(seen.subspan(42)) == "weld was here");
        CHECK(got->from.interface_index() == *loopback);
        CHECK(got->from.type() == weld::packet_type::host);
        REQUIRE(got->get<weld::packet_auxdata>() != nullptr);
        CHECK(got->get<weld::packet_auxdata>()->length == got->size);
        break;
    }
    CHECK(sniffer->get<weld::packet_statistics>()->packets >= 1);
}
TEST_CASE("a cooked packet socket leaves the link header away", "[host][packet]") {
    host_net net{weld::host::all{}};
    auto sniffer = net.socket(weld::packet_cooked, weld::ethertype_ip);
    if (!sniffer) SKIP("packet sockets take CAP_NET_RAW");
    const auto loopback = weld::host::interface_index(net, "lo");
    REQUIRE(sniffer->bind({weld::ethertype_ip, *loopback}));
    auto far = weld::bind(net, weld::udp, {weld::address4::loopback(), 0});
    REQUIRE(far);
    make_noise(net, *far->local_address());
    const std::uint16_t port = far->local_address()->port();
    for (;;) {
        std::byte packet[200];
        const auto got = sniffer->recv_from(packet, 5_s).blocking();
        REQUIRE(got);
        const weld::const_bytes seen{packet, got->size};
        if (got->size < 28 || weld::load_be<std::uint16_t>(seen, 22) != port) continue;
        CHECK(std::to_integer<int>(packet[0]) == 0x45);
        CHECK(got->from.protocol() == 0x0800);
        break;
    }
}
TEST_CASE("a raw socket gets the echo that it sent", "[host][raw]") {
    host_net net{weld::host::all{}};
    auto pinger = net.socket(weld::raw, 1);
    if (!pinger) {
        CHECK(pinger.error() == errc::operation_not_permitted);
        SKIP("raw sockets take CAP_NET_RAW");
    }
    REQUIRE(pinger->set(weld::icmp_filter::only(0)));
    std::byte echo[16]{};
    echo[0] = std::byte{8};
    weld::store_be(weld::mutable_bytes{echo}, 4, std::uint16_t{0x77e1});
    weld::store_be(weld::mutable_bytes{echo}, 2, static_cast<std::uint16_t>(0xffff - 0x0800 - 0x77e1));
    REQUIRE(pinger->send_to(echo, {weld::address4::loopback(), 0}).blocking() == 16u);
    for (;;) {
        std::byte reply[128];
        const auto got = pinger->recv_from(reply, 5_s).blocking();
        REQUIRE(got);
        if (got->size < 36 || weld::load_be<std::uint16_t>(weld::const_bytes{reply}, 24) != 0x77e1) continue;
        CHECK(std::to_integer<int>(reply[20]) == 0);
        CHECK(got->from.address() == weld::address4::loopback());
        break;
    }
}
TEST_CASE("a ping socket needs no privileges where the system allows it", "[host][ping]") {
    host_net net{weld::host::all{}};
    auto pinger = net.socket(weld::ping);
    if (!pinger) {
        CHECK(pinger.error() == errc::permission_denied);
        SKIP("net.ipv4.ping_group_range does not allow it");
    }
    std::byte echo[16]{};
    echo[0] = std::byte{8};
    REQUIRE(pinger->send_to(echo, {weld::address4::loopback(), 0}).blocking() == 16u);
    std::byte reply[32];
    const auto got = pinger->recv_from(reply, 5_s).blocking();
    REQUIRE(got);
    CHECK(got->size == 16);
    CHECK(std::to_integer<int>(reply[0]) == 0);
}
TEST_CASE("a raw socket without a protocol's number is refused", "[host][raw]") {
    host_net net{weld::host::all{}};
    CHECK_FALSE(net.socket(weld::raw));
}
