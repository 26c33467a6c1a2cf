// SPDX-License-Identifier: BSL-1.0
#include <weld/socket/options.hpp>

#include <weld/weld.hpp>

#include "support/catch.hpp"

#include <cstddef>

// The system's own headers: the constants in weld's are written out, so that users need none of these.
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace weld::literals;
using weld::errc;

namespace {

template <class Option>
constexpr bool is(int level, int name) { return Option::level == level && Option::name == name; }

static_assert(is<weld::reuse_address>(SOL_SOCKET, SO_REUSEADDR) && is<weld::reuse_port>(SOL_SOCKET, SO_REUSEPORT));
static_assert(is<weld::socket_type>(SOL_SOCKET, SO_TYPE) && is<weld::socket_error>(SOL_SOCKET, SO_ERROR));
static_assert(is<weld::dont_route>(SOL_SOCKET, SO_DONTROUTE) && is<weld::broadcast>(SOL_SOCKET, SO_BROADCAST));
static_assert(is<weld::send_buffer>(SOL_SOCKET, SO_SNDBUF) && is<weld::receive_buffer>(SOL_SOCKET, SO_RCVBUF));
static_assert(is<weld::send_buffer_force>(SOL_SOCKET, SO_SNDBUFFORCE) && is<weld::receive_buffer_force>(SOL_SOCKET, SO_RCVBUFFORCE));
static_assert(is<weld::keep_alive>(SOL_SOCKET, SO_KEEPALIVE) && is<weld::out_of_band_inline>(SOL_SOCKET, SO_OOBINLINE));
static_assert(is<weld::priority>(SOL_SOCKET, SO_PRIORITY) && is<weld::linger>(SOL_SOCKET, SO_LINGER));
static_assert(is<weld::pass_credentials>(SOL_SOCKET, SO_PASSCRED) && is<weld::peer_credentials>(SOL_SOCKET, SO_PEERCRED));
static_assert(is<weld::peek_offset>(SOL_SOCKET, SO_PEEK_OFF) && is<weld::receive_low_water>(SOL_SOCKET, SO_RCVLOWAT));
static_assert(is<weld::bind_to_device>(SOL_SOCKET, SO_BINDTODEVICE) && is<weld::bind_to_interface>(SOL_SOCKET, SO_BINDTOIFINDEX));
static_assert(is<weld::accepting>(SOL_SOCKET, SO_ACCEPTCONN) && is<weld::receive_timestamp>(SOL_SOCKET, SO_TIMESTAMPNS));
static_assert(is<weld::mark>(SOL_SOCKET, SO_MARK) && is<weld::socket_protocol>(SOL_SOCKET, SO_PROTOCOL));
static_assert(is<weld::socket_family>(SOL_SOCKET, SO_DOMAIN) && is<weld::receive_drops>(SOL_SOCKET, SO_RXQ_OVFL));
static_assert(is<weld::busy_poll>(SOL_SOCKET, SO_BUSY_POLL) && is<weld::max_pacing_rate>(SOL_SOCKET, SO_MAX_PACING_RATE));
static_assert(is<weld::incoming_cpu>(SOL_SOCKET, SO_INCOMING_CPU) && is<weld::cookie>(SOL_SOCKET, SO_COOKIE));
static_assert(is<weld::zero_copy>(SOL_SOCKET, SO_ZEROCOPY) && is<weld::attach_filter>(SOL_SOCKET, SO_ATTACH_FILTER));
static_assert(sizeof(weld::filter_instruction) == sizeof(::sock_filter) && sizeof(weld::attach_filter::raw) == sizeof(::sock_fprog));
static_assert(sizeof(weld::linger::raw) == sizeof(struct ::linger));
static_assert(sizeof(weld::process_credentials) == 3 * sizeof(int));  // struct ucred

static_assert(is<weld::ip_tos>(SOL_IP, IP_TOS) && is<weld::ip_ttl>(SOL_IP, IP_TTL) && is<weld::header_included>(SOL_IP, IP_HDRINCL));
static_assert(is<weld::receive_packet_info>(SOL_IP, IP_PKTINFO) && is<weld::ip_mtu_discover>(SOL_IP, IP_MTU_DISCOVER));
static_assert(is<weld::ip_mtu>(SOL_IP, IP_MTU) && is<weld::receive_errors>(SOL_IP, IP_RECVERR));
static_assert(is<weld::receive_ttl>(SOL_IP, IP_RECVTTL) && is<weld::receive_tos>(SOL_IP, IP_RECVTOS));
static_assert(is<weld::ip_free_bind>(SOL_IP, IP_FREEBIND) && is<weld::ip_transparent>(SOL_IP, IP_TRANSPARENT));
static_assert(is<weld::bind_address_no_port>(SOL_IP, IP_BIND_ADDRESS_NO_PORT));
static_assert(is<weld::ip_multicast_ttl>(SOL_IP, IP_MULTICAST_TTL) && is<weld::ip_multicast_loop>(SOL_IP, IP_MULTICAST_LOOP));
static_assert(is<weld::ip_multicast_all>(SOL_IP, IP_MULTICAST_ALL) && is<weld::ip_multicast_interface>(SOL_IP, IP_MULTICAST_IF));
static_assert(is<weld::ip_join_group>(SOL_IP, IP_ADD_MEMBERSHIP) && is<weld::ip_leave_group>(SOL_IP, IP_DROP_MEMBERSHIP));
static_assert(is<weld::ip_join_source>(SOL_IP, IP_ADD_SOURCE_MEMBERSHIP) && is<weld::ip_leave_source>(SOL_IP, IP_DROP_SOURCE_MEMBERSHIP));
static_assert(sizeof(weld::ip_multicast_interface::raw) == sizeof(::ip_mreqn));
static_assert(offsetof(weld::ip_multicast_interface::raw, index) == offsetof(::ip_mreqn, imr_ifindex));
static_assert(sizeof(weld::ip_join_source::raw) == sizeof(::ip_mreq_source));
static_assert(offsetof(weld::ip_join_source::raw, source) == offsetof(::ip_mreq_source, imr_sourceaddr));
static_assert(int(weld::path_mtu_discovery::probe) == IP_PMTUDISC_PROBE && int(weld::path_mtu_discovery::omit) == IP_PMTUDISC_OMIT);

static_assert(is<weld::v6_only>(SOL_IPV6, IPV6_V6ONLY) && is<weld::ipv6_hops>(SOL_IPV6, IPV6_UNICAST_HOPS));
static_assert(is<weld::ipv6_traffic_class>(SOL_IPV6, IPV6_TCLASS) && is<weld::ipv6_mtu_discover>(SOL_IPV6, IPV6_MTU_DISCOVER));
static_assert(is<weld::ipv6_mtu>(SOL_IPV6, IPV6_MTU) && is<weld::ipv6_dont_fragment>(SOL_IPV6, IPV6_DONTFRAG));
static_assert(is<weld::receive_errors6>(SOL_IPV6, IPV6_RECVERR) && is<weld::receive_packet_info6>(SOL_IPV6, IPV6_RECVPKTINFO));
static_assert(is<weld::receive_hops>(SOL_IPV6, IPV6_RECVHOPLIMIT) && is<weld::receive_traffic_class>(SOL_IPV6, IPV6_RECVTCLASS));
static_assert(is<weld::ipv6_free_bind>(SOL_IPV6, IPV6_FREEBIND) && is<weld::ipv6_transparent>(SOL_IPV6, IPV6_TRANSPARENT));
static_assert(is<weld::ipv6_multicast_hops>(SOL_IPV6, IPV6_MULTICAST_HOPS) && is<weld::ipv6_multicast_loop>(SOL_IPV6, IPV6_MULTICAST_LOOP));
static_assert(is<weld::ipv6_multicast_interface>(SOL_IPV6, IPV6_MULTICAST_IF) && is<weld::ipv6_join_group>(SOL_IPV6, IPV6_ADD_MEMBERSHIP));
static_assert(is<weld::ipv6_leave_group>(SOL_IPV6, IPV6_DROP_MEMBERSHIP) && is<weld::ipv6_checksum>(SOL_IPV6, IPV6_CHECKSUM));
static_assert(is<weld::icmpv6_filter>(SOL_ICMPV6, ICMP6_FILTER) && sizeof(weld::icmpv6_filter::raw) == sizeof(::icmp6_filter));
static_assert(sizeof(weld::ipv6_join_group::raw) == sizeof(::ipv6_mreq));

static_assert(is<weld::no_delay>(IPPROTO_TCP, TCP_NODELAY) && is<weld::max_segment>(IPPROTO_TCP, TCP_MAXSEG) && is<weld::tcp_cork>(IPPROTO_TCP, TCP_CORK));
static_assert(is<weld::keep_idle>(IPPROTO_TCP, TCP_KEEPIDLE) && is<weld::keep_interval>(IPPROTO_TCP, TCP_KEEPINTVL) && is<weld::keep_count>(IPPROTO_TCP, TCP_KEEPCNT));
static_assert(is<weld::syn_count>(IPPROTO_TCP, TCP_SYNCNT) && is<weld::fin_wait_timeout>(IPPROTO_TCP, TCP_LINGER2));
static_assert(is<weld::defer_accept>(IPPROTO_TCP, TCP_DEFER_ACCEPT) && is<weld::window_clamp>(IPPROTO_TCP, TCP_WINDOW_CLAMP));
static_assert(is<weld::quick_ack>(IPPROTO_TCP, TCP_QUICKACK) && is<weld::congestion_control>(IPPROTO_TCP, TCP_CONGESTION));
static_assert(is<weld::user_timeout>(IPPROTO_TCP, TCP_USER_TIMEOUT) && is<weld::fast_open>(IPPROTO_TCP, TCP_FASTOPEN));
static_assert(is<weld::fast_open_connect>(IPPROTO_TCP, TCP_FASTOPEN_CONNECT) && is<weld::not_sent_low_water>(IPPROTO_TCP, TCP_NOTSENT_LOWAT));
static_assert(is<weld::tcp_info>(IPPROTO_TCP, TCP_INFO));

using tcp_statistics = weld::tcp_info::statistics;
static_assert(offsetof(tcp_statistics, rto) == offsetof(::tcp_info, tcpi_rto));
static_assert(offsetof(tcp_statistics, unacked) == offsetof(::tcp_info, tcpi_unacked));
static_assert(offsetof(tcp_statistics, path_mtu) == offsetof(::tcp_info, tcpi_pmtu));
static_assert(offsetof(tcp_statistics, rtt) == offsetof(::tcp_info, tcpi_rtt));
static_assert(offsetof(tcp_statistics, send_cwnd) == offsetof(::tcp_info, tcpi_snd_cwnd));
static_assert(offsetof(tcp_statistics, total_retrans) == offsetof(::tcp_info, tcpi_total_retrans));
static_assert(offsetof(tcp_statistics, bytes_received) == offsetof(::tcp_info, tcpi_bytes_received));
static_assert(offsetof(tcp_statistics, min_rtt) == offsetof(::tcp_info, tcpi_min_rtt));
static_assert(offsetof(tcp_statistics, delivery_rate) == offsetof(::tcp_info, tcpi_delivery_rate));
static_assert(offsetof(tcp_statistics, send_buffer_limited) == offsetof(::tcp_info, tcpi_sndbuf_limited));

static_assert(is<weld::udp_cork>(IPPROTO_UDP, UDP_CORK) && is<weld::udp_segment>(IPPROTO_UDP, UDP_SEGMENT) && is<weld::udp_merge>(IPPROTO_UDP, UDP_GRO));

static_assert(is<weld::packet_join>(SOL_PACKET, PACKET_ADD_MEMBERSHIP) && is<weld::packet_leave>(SOL_PACKET, PACKET_DROP_MEMBERSHIP));
static_assert(is<weld::packet_statistics>(SOL_PACKET, PACKET_STATISTICS) && sizeof(weld::packet_statistics::counts) == sizeof(::tpacket_stats));
static_assert(is<weld::packet_receive_auxdata>(SOL_PACKET, PACKET_AUXDATA) && is<weld::packet_version>(SOL_PACKET, PACKET_VERSION));
static_assert(is<weld::packet_vnet_header>(SOL_PACKET, PACKET_VNET_HDR) && is<weld::packet_fanout>(SOL_PACKET, PACKET_FANOUT));
static_assert(is<weld::packet_qdisc_bypass>(SOL_PACKET, PACKET_QDISC_BYPASS) && is<weld::packet_ignore_outgoing>(SOL_PACKET, PACKET_IGNORE_OUTGOING));
static_assert(sizeof(weld::packet_join::raw) == sizeof(::packet_mreq));
static_assert(offsetof(weld::packet_join::raw, station) == offsetof(::packet_mreq, mr_address));
static_assert(int(weld::packet_membership::promiscuous) == PACKET_MR_PROMISC && int(weld::packet_membership::unicast) == PACKET_MR_UNICAST);

// What the kernel gets.
static_assert(weld::detail::to_kernel(weld::no_delay{}) == 1 && weld::detail::to_kernel(weld::no_delay{false}) == 0);
static_assert(weld::detail::to_kernel(weld::keep_idle{1500_ms}) == 2);  // rounded up: a short time does not become none
static_assert(weld::detail::to_kernel(weld::keep_idle{1_ns}) == 1 && weld::detail::to_kernel(weld::keep_idle{0_s}) == 0);
static_assert(weld::detail::to_kernel(weld::user_timeout{weld::duration::infinite()}) == INT32_MAX);
static_assert(weld::detail::to_kernel(weld::linger::off()).on == 0);
static_assert(weld::detail::to_kernel(weld::linger::abort()).on == 1 && weld::detail::to_kernel(weld::linger::abort()).seconds == 0);
static_assert(weld::detail::to_kernel(weld::linger::wait(2500_ms)).seconds == 3);
static_assert(weld::detail::from_kernel<weld::linger>({1, 3}) == weld::linger::wait(3_s));
static_assert(weld::detail::to_kernel(weld::local_port_range{40'000, 50'000}) == (50'000U << 16 | 40'000));
static_assert(weld::detail::from_kernel<weld::local_port_range>(50'000U << 16 | 40'000) == weld::local_port_range{40'000, 50'000});
static_assert(weld::detail::to_kernel(weld::packet_fanout{7, weld::packet_fanout::mode::cpu, true, false}) ==
              static_cast<int>(7U | static_cast<unsigned>(PACKET_FANOUT_CPU | PACKET_FANOUT_FLAG_DEFRAG) << 16));
static_assert(weld::packet_fanout::from_kernel(weld::packet_fanout{7, weld::packet_fanout::mode::cpu, true, true}.to_kernel()) ==
              weld::packet_fanout{7, weld::packet_fanout::mode::cpu, true, true});
static_assert(weld::icmp_filter::only(0).value == 0xfffffffe);
static_assert(weld::icmpv6_filter::only(129).value.blocked[4] == 0xfffffffd && weld::icmpv6_filter::only(129).value.blocked[0] == 0xffffffff);
static_assert(weld::congestion_control{"cubic"}.value == "cubic");
static_assert(weld::bind_to_device{"a-name-that-is-too-long"}.value == "a-name-that-is-");

// Whose options they are.
static_assert(weld::settable_option_of<weld::no_delay, weld::tcp> && weld::settable_option_of<weld::no_delay, weld::tcp6>);
static_assert(!weld::option_of<weld::no_delay, weld::udp> && !weld::option_of<weld::no_delay, weld::unix_stream>);
static_assert(weld::option_of<weld::ip_ttl, weld::udp> && weld::option_of<weld::ip_ttl, weld::tcp6> && !weld::option_of<weld::ip_ttl, weld::unix_stream>);
static_assert(weld::option_of<weld::v6_only, weld::udp6> && !weld::option_of<weld::v6_only, weld::udp>);
static_assert(weld::option_of<weld::pass_credentials, weld::unix_datagram> && !weld::option_of<weld::pass_credentials, weld::udp>);
static_assert(weld::option_of<weld::header_included, weld::raw> && !weld::option_of<weld::header_included, weld::udp>);
static_assert(weld::option_of<weld::packet_fanout, weld::packet_raw> && !weld::option_of<weld::packet_fanout, weld::raw>);
static_assert(weld::gettable_option_of<weld::accepting, weld::tcp> && !weld::settable_option_of<weld::accepting, weld::tcp>);
static_assert(weld::settable_option_of<weld::ip_join_group, weld::udp> && !weld::gettable_option_of<weld::ip_join_group, weld::udp>);
static_assert(!weld::option_of<int, weld::tcp>);

// A user's own, as socket/option.hpp shows it.
struct receive_inq {  // Source: linux/tcp.h, TCP_INQ
    static constexpr int level = weld::levels::tcp, name = 36;
    bool value = true;
};

using host_net = weld::net<weld::host::all>;
/// Sets an option and asks for it: the kernel keeps what it was given.
template <class Socket, class Option>
void check_kept(Socket& socket, Option option) {
    INFO("level " << Option::level << ", name " << Option::name);
    const auto done = socket.set(option);
    INFO(message(done.error()));
    REQUIRE(done);
    const auto kept = socket.template get<Option>();
    REQUIRE(kept);
    CHECK(*kept == weld::detail::from_kernel<Option>(weld::detail::to_kernel(option)));
}

}  // namespace

TEST_CASE("the kernel keeps the options of tcp sockets", "[option]") {
    host_net net{weld::host::all{}};
    auto socket = net.socket(weld::tcp);
    REQUIRE(socket);
    check_kept(*socket, weld::reuse_address{});
    check_kept(*socket, weld::reuse_port{});
    check_kept(*socket, weld::keep_alive{});
    check_kept(*socket, weld::out_of_band_inline{});
    check_kept(*socket, weld::dont_route{});
    check_kept(*socket, weld::priority{3});
    check_kept(*socket, weld::linger::wait(4_s));
    check_kept(*socket, weld::receive_low_water{17});
    check_kept(*socket, weld::receive_timestamp{});
    check_kept(*socket, weld::max_pacing_rate{1'000'000});
    check_kept(*socket, weld::zero_copy{});
    check_kept(*socket, weld::no_delay{});
    check_kept(*socket, weld::tcp_cork{});
    check_kept(*socket, weld::keep_idle{60_s});
    check_kept(*socket, weld::keep_interval{5_s});
    check_kept(*socket, weld::keep_count{4});
    check_kept(*socket, weld::syn_count{3});
    check_kept(*socket, weld::fin_wait_timeout{20_s});
    check_kept(*socket, weld::user_timeout{1500_ms});
    check_kept(*socket, weld::fast_open_connect{});
    check_kept(*socket, weld::not_sent_low_water{16384});
    check_kept(*socket, weld::ip_ttl{33});
    check_kept(*socket, weld::ip_tos{0x20});
    check_kept(*socket, weld::ip_free_bind{});
    check_kept(*socket, weld::bind_address_no_port{});
    check_kept(*socket, receive_inq{});
    REQUIRE(socket->set(weld::congestion_control{"reno"}));
    CHECK(*socket->get<weld::congestion_control>() == "reno");
    CHECK(socket->set(weld::congestion_control{"no-such-thing"}) == errc::no_such_file_or_directory);
}
TEST_CASE("the kernel keeps the options of udp sockets", "[option]") {
    host_net net{weld::host::all{}};
    auto socket = net.socket(weld::udp);
    REQUIRE(socket);
    check_kept(*socket, weld::broadcast{});
    check_kept(*socket, weld::receive_drops{});
    check_kept(*socket, weld::receive_packet_info{});
    check_kept(*socket, weld::receive_errors{});
    check_kept(*socket, weld::receive_ttl{});
    check_kept(*socket, weld::receive_tos{});
    check_kept(*socket, weld::ip_mtu_discover{weld::path_mtu_discovery::always});
    check_kept(*socket, weld::ip_multicast_ttl{2});
    check_kept(*socket, weld::ip_multicast_loop{false});
    check_kept(*socket, weld::ip_multicast_all{false});
    check_kept(*socket, weld::udp_segment{1000});
    CHECK(socket->set(weld::udp_merge{}));
    CHECK(*socket->get<weld::socket_type>() == SOCK_DGRAM);
    CHECK(*socket->get<weld::socket_protocol>() == IPPROTO_UDP);
    CHECK(*socket->get<weld::socket_family>() == AF_INET);
    CHECK(*socket->get<weld::cookie>() != 0);
    CHECK(socket->get<weld::ip_mtu>().error() == errc::not_connected);
    if (const auto done = socket->set(weld::local_port_range{40'000, 50'000}); done.error() != errc::no_protocol_option)
        CHECK(*socket->get<weld::local_port_range>() == weld::local_port_range{40'000, 50'000});
}
TEST_CASE("the kernel keeps the options of IPv6 sockets", "[option]") {
    host_net net{weld::host::all{}};
    auto socket = net.socket(weld::udp6);
    if (!socket) SKIP("no IPv6 on this machine");
    check_kept(*socket, weld::v6_only{true});
    check_kept(*socket, weld::ipv6_hops{33});
    check_kept(*socket, weld::ipv6_traffic_class{0x20});
    check_kept(*socket, weld::ipv6_mtu_discover{weld::path_mtu_discovery::always});
    check_kept(*socket, weld::ipv6_dont_fragment{});
    check_kept(*socket, weld::receive_errors6{});
    check_kept(*socket, weld::receive_packet_info6{});
    check_kept(*socket, weld::receive_hops{});
    check_kept(*socket, weld::receive_traffic_class{});
    check_kept(*socket, weld::ipv6_multicast_hops{3});
    check_kept(*socket, weld::ipv6_multicast_loop{false});
    check_kept(*socket, weld::ip_ttl{33});
}
TEST_CASE("the kernel keeps the options of unix sockets", "[option]") {
    host_net net{weld::host::all{}};
    auto socket = net.socket(weld::unix_stream);
    REQUIRE(socket);
    check_kept(*socket, weld::pass_credentials{});
    check_kept(*socket, weld::peek_offset{-1});
}
TEST_CASE("a group is joined and left once", "[option]") {
    host_net net{weld::host::all{}};
    const auto loopback = weld::host::interface_index(net, "lo");
    REQUIRE(loopback);
    auto socket = net.socket(weld::udp);
    REQUIRE(socket);
    const auto group = *weld::address4::parse("239.1.2.3");
    CHECK(socket->set(weld::ip_multicast_interface{*loopback}));
    CHECK(socket->set(weld::ip_join_group{group, *loopback}));
    CHECK(socket->set(weld::ip_join_group{group, *loopback}) == errc::address_in_use);
    CHECK(socket->set(weld::ip_leave_group{group, *loopback}));
    CHECK(socket->set(weld::ip_leave_group{group, *loopback}) == errc::address_not_available);
    const auto source = *weld::address4::parse("127.0.0.9");
    CHECK(socket->set(weld::ip_join_source{group, source, weld::address4::loopback()}));
    CHECK(socket->set(weld::ip_leave_source{group, source, weld::address4::loopback()}));

    auto socket6 = net.socket(weld::udp6);
    if (!socket6) return;
    const auto group6 = *weld::address6::parse("ff02::1:3");
    CHECK(socket6->set(weld::ipv6_multicast_interface{*loopback}));
    CHECK(*socket6->get<weld::ipv6_multicast_interface>() == *loopback);
    CHECK(socket6->set(weld::ipv6_join_group{group6, *loopback}));
    CHECK(socket6->set(weld::ipv6_leave_group{group6, *loopback}));
}
TEST_CASE("tcp_info tells of a connection", "[option]") {
    host_net net{weld::host::all{}};
    auto listener = weld::listen(net, weld::tcp, {weld::address4::loopback(), 0}, weld::no_delay{});
    REQUIRE(listener);
    auto near = weld::block_on(net, weld::connect(net, weld::tcp, *listener->local_address(), 5_s, weld::no_delay{}));
    REQUIRE(near);
    CHECK(*near->get<weld::no_delay>());
    auto far = listener->accept(5_s).blocking();
    REQUIRE(far);
    REQUIRE(near->send(weld::as_bytes("hello")).blocking());
    REQUIRE(far->wait_readable(5_s).blocking());
    const auto info = near->get<weld::tcp_info>();
    REQUIRE(info);
    CHECK(info->state == 1);
    CHECK(info->send_mss > 500);
    CHECK(info->data_segments_out == 1);
    CHECK(far->get<weld::tcp_info>()->bytes_received == 5);
    CHECK(*near->get<weld::ip_mtu>() >= 1280);
}
TEST_CASE("what takes privileges says so", "[option]") {
    host_net net{weld::host::all{}};
    auto socket = net.socket(weld::udp);
    REQUIRE(socket);
    const auto done = socket->set(weld::mark{7});
    if (done) CHECK(*socket->get<weld::mark>() == 7);
    else CHECK(done == errc::operation_not_permitted);
    CHECK(socket->set(weld::bind_to_device{"no-such-if"}).error() == errc::no_such_device);
    CHECK(socket->set(weld::bind_to_device{"lo"}));
    CHECK(*socket->get<weld::bind_to_device>() == "lo");
}
TEST_CASE("a filter drops what it does not like", "[option]") {
    host_net net{weld::host::all{}};
    auto far = weld::bind(net, weld::udp, {weld::address4::loopback(), 0});
    auto near = net.socket(weld::udp);
    REQUIRE((far && near));
    const weld::filter_instruction program[] = {
        {0x30, 0, 0, 8},          // ldb [8]: the first byte after the UDP header
        {0x15, 0, 1, 'y'},        // jeq 'y'
        {0x06, 0, 0, 0xffff},     // ret all
        {0x06, 0, 0, 0},          // ret none
    };
    REQUIRE(far->set(weld::attach_filter{program}));
    REQUIRE(near->send_to(weld::as_bytes("no"), *far->local_address()).blocking());
    REQUIRE(near->send_to(weld::as_bytes("yes"), *far->local_address()).blocking());
    char buffer[8];
    CHECK(far->recv(weld::as_writable_bytes(buffer), 5_s).blocking() == 3u);
    CHECK(buffer[0] == 'y');
}
