// SPDX-License-Identifier: BSL-1.0
// Ancillary data of UDP: ip(7), ipv6(7), udp(7), recvmsg(2).
#include "support/worlds.hpp"

using weld::as_bytes;
using weld::errc;

using udp_world = std::tuple<kernel_world<weld::udp>>;
using udp6_world = std::tuple<kernel_world<weld::udp6>>;

TEMPLATE_LIST_TEST_CASE("a datagram tells its address, interface, hops and class", "[conformance][control]", udp_world) {
    IN_WORLD(world);
    auto near = world.bound(), far = world.peer();
    REQUIRE(far.set(weld::receive_packet_info{}));
    REQUIRE(far.set(weld::receive_ttl{}));
    REQUIRE(far.set(weld::receive_tos{}));
    REQUIRE(near.send_to(as_bytes("x"), *far.local_address(), weld::attached{weld::ip_ttl{7}, weld::ip_tos{0x20}}, patience).blocking());
    char buffer[8];
    const auto got = far.recv(weld::as_writable_bytes(buffer), weld::control<weld::packet_info, weld::ip_ttl, weld::ip_tos>, patience).blocking();
    REQUIRE(got);
    REQUIRE(got->template get<weld::packet_info>() != nullptr);
    CHECK(got->template get<weld::packet_info>()->destination == weld::address4::loopback());
    CHECK(got->template get<weld::packet_info>()->interface != 0);
    REQUIRE(got->template get<weld::ip_ttl>() != nullptr);
    CHECK(*got->template get<weld::ip_ttl>() == 7);
    REQUIRE(got->template get<weld::ip_tos>() != nullptr);
    CHECK(*got->template get<weld::ip_tos>() == 0x20);
}
TEMPLATE_LIST_TEST_CASE("an IPv6 datagram tells the same", "[conformance][control]", udp6_world) {
    IN_WORLD(world);
    auto near = world.bound(), far = world.peer();
    REQUIRE(far.set(weld::receive_packet_info6{}));
    REQUIRE(far.set(weld::receive_hops{}));
    REQUIRE(near.send_to(as_bytes("x"), *far.local_address(), weld::hop_limit{7}, patience).blocking());
    char buffer[8];
    const auto got = far.recv(weld::as_writable_bytes(buffer), weld::control<weld::packet_info6, weld::hop_limit>, patience).blocking();
    REQUIRE(got);
    REQUIRE(got->template get<weld::packet_info6>() != nullptr);
    CHECK(got->template get<weld::packet_info6>()->local == weld::address6::loopback());
    REQUIRE(got->template get<weld::hop_limit>() != nullptr);
    CHECK(*got->template get<weld::hop_limit>() == 7);
}
TEMPLATE_LIST_TEST_CASE("what no option turned on does not come", "[conformance][control]", every_udp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(near.send(as_bytes("x")).blocking());
    char buffer[8];
    const auto got = far.recv(weld::as_writable_bytes(buffer), weld::control<weld::timestamp>, patience).blocking();
    REQUIRE(got);
    CHECK(got->size == 1);
    CHECK(got->template get<weld::timestamp>() == nullptr);
}
TEMPLATE_LIST_TEST_CASE("timestamps do not go back", "[conformance][control]", every_udp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(far.set(weld::receive_timestamp{}));
    weld::duration last{};
    for (int i = 0; i < 3; ++i) {
        REQUIRE(near.send(as_bytes("x")).blocking());
        char buffer[8];
        const auto got = far.recv(weld::as_writable_bytes(buffer), weld::control<weld::timestamp>, patience).blocking();
        REQUIRE(got);
        REQUIRE(got->template get<weld::timestamp>() != nullptr);
        CHECK(*got->template get<weld::timestamp>() >= last);
        last = *got->template get<weld::timestamp>();
    }
    // Ours are on the net's clock, which begins anywhere: a simulation has no other.
    if constexpr (TestType::is_kernel) CHECK(last > weld::duration::seconds(1'600'000'000));
}
TEMPLATE_LIST_TEST_CASE("ancillary data that has no room is an error", "[conformance][control]", udp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(far.set(weld::receive_timestamp{}));
    REQUIRE(far.set(weld::receive_packet_info{}));
    REQUIRE(near.send(as_bytes("x")).blocking());
    REQUIRE(near.send(as_bytes("y")).blocking());
    char buffer[8];
    CHECK(far.recv(weld::as_writable_bytes(buffer), weld::control<weld::packet_info>, patience).blocking().error() == errc::message_size);
    CHECK(received(far) == "y");
}
TEMPLATE_LIST_TEST_CASE("the error queue tells who refused, and which datagram", "[conformance][control]", udp_world) {
    IN_WORLD(world);
    auto near = world.bound();
    REQUIRE(near.set(weld::receive_errors{}));
    const auto nobody = world.unused_address();
    REQUIRE(near.send_to(as_bytes("anybody?"), nobody).blocking());
    char buffer[16];
    const auto got = near.recv(weld::as_writable_bytes(buffer), weld::control<weld::extended_error>, weld::message_flags::error_queue, patience).blocking();
    INFO(message(got.error()));
    REQUIRE(got);
    CHECK(std::string(buffer, got->size) == "anybody?");
    CHECK(got->from == nobody);
    const auto* report = got->template get<weld::extended_error>();
    REQUIRE(report != nullptr);
    CHECK(report->error == errc::connection_refused);
    CHECK(report->from == weld::error_report<weld::endpoint4>::origin::icmp);
    CHECK(report->icmp_type == 3);
    CHECK(report->icmp_code == 3);
    CHECK(report->offender.address() == weld::address4::loopback());
}
TEMPLATE_LIST_TEST_CASE("one send becomes many datagrams", "[conformance][control]", udp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    const auto sent = near.send(as_bytes("aabbc"), weld::segment_size{2}, patience).blocking();
    if (sent.error() == errc::invalid_argument || sent.error() == errc::io_error) SKIP("this kernel does not segment UDP");
    REQUIRE(sent == 5u);
    CHECK(received(far) == "aa");
    CHECK(received(far) == "bb");
    CHECK(received(far) == "c");
}
TEMPLATE_LIST_TEST_CASE("datagrams of one send are received as one where the receiver wants it", "[conformance][control]", udp_world) {
    IN_WORLD(world);
    auto [near, far] = world.connected_pair();
    REQUIRE(far.set(weld::udp_merge{}));
    const auto sent = near.send(as_bytes("aabbc"), weld::segment_size{2}, patience).blocking();
    if (sent.error() == errc::invalid_argument || sent.error() == errc::io_error) SKIP("this kernel does not segment UDP");
    char buffer[16];
    const auto got = far.recv(weld::as_writable_bytes(buffer), weld::control<weld::merged_size>, patience).blocking();
    REQUIRE(got);
    CHECK(std::string(buffer, got->size) == "aabbc");
    REQUIRE(got->template get<weld::merged_size>() != nullptr);
    CHECK(*got->template get<weld::merged_size>() == 2);
}
TEMPLATE_LIST_TEST_CASE("a task waits for the error queue, past datagrams that nobody read", "[conformance][control]", udp_world) {
    IN_WORLD(world);
    auto near = world.bound(), friendly = world.peer();
    REQUIRE(near.set(weld::receive_errors{}));
    REQUIRE(friendly.send_to(as_bytes("unread"), *near.local_address()).blocking());
    REQUIRE(near.wait_readable(patience).blocking());
    auto both = [](auto& socket, auto nobody) -> weld::task<errc> {
        weld::scope side{socket.net()};
        side.spawn([](auto& from, auto to) -> weld::task<> {
            co_await weld::sleep(from.net(), moment);
            static_cast<void>(co_await from.send_to(as_bytes("anybody?"), to));
        }(socket, nobody));
        char buffer[16];
        const auto got = co_await socket.recv(weld::as_writable_bytes(buffer), weld::control<weld::extended_error>,
                                              weld::message_flags::error_queue, patience);
        if (!got) co_return got.error();
        const auto* report = got->template get<weld::extended_error>();
        co_return report == nullptr ? errc::io_error : report->error;
    };
    CHECK(world.run(both(near, world.unused_address())) == errc::connection_refused);
    CHECK(received(near) == "unread");
}
