// SPDX-License-Identifier: BSL-1.0
#include <weld/socket/control.hpp>

#include <weld/weld.hpp>

#include "support/catch.hpp"

#include <cstddef>
#include <cstring>

#include <linux/errqueue.h>
#include <linux/if_packet.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

template <class Item>
constexpr bool is(int level, int type) { return Item::level == level && Item::type == type; }

static_assert(is<weld::rights<1>>(SOL_SOCKET, SCM_RIGHTS));
static_assert(is<weld::timestamp>(SOL_SOCKET, SO_TIMESTAMPNS) && is<weld::drops>(SOL_SOCKET, SO_RXQ_OVFL));
static_assert(is<weld::ip_ttl>(SOL_IP, IP_TTL) && is<weld::ip_tos>(SOL_IP, IP_TOS) && is<weld::packet_info>(SOL_IP, IP_PKTINFO));
static_assert(is<weld::extended_error>(SOL_IP, IP_RECVERR) && is<weld::extended_error6>(SOL_IPV6, IPV6_RECVERR));
static_assert(is<weld::packet_info6>(SOL_IPV6, IPV6_PKTINFO) && is<weld::hop_limit>(SOL_IPV6, IPV6_HOPLIMIT));
static_assert(is<weld::ipv6_traffic_class>(SOL_IPV6, IPV6_TCLASS));
static_assert(is<weld::segment_size>(IPPROTO_UDP, UDP_SEGMENT) && is<weld::merged_size>(IPPROTO_UDP, UDP_GRO));
static_assert(is<weld::packet_auxdata>(SOL_PACKET, PACKET_AUXDATA));

static_assert(sizeof(weld::packet_info::info) == sizeof(::in_pktinfo));
static_assert(offsetof(weld::packet_info::info, local) == offsetof(::in_pktinfo, ipi_spec_dst));
static_assert(offsetof(weld::packet_info::info, destination) == offsetof(::in_pktinfo, ipi_addr));
static_assert(sizeof(weld::packet_info6::info) == sizeof(::in6_pktinfo));
static_assert(offsetof(weld::packet_info6::info, interface) == offsetof(::in6_pktinfo, ipi6_ifindex));
static_assert(offsetof(weld::extended_error::raw, offender) == sizeof(::sock_extended_err));
static_assert(offsetof(weld::extended_error::raw, type) == offsetof(::sock_extended_err, ee_type));
static_assert(sizeof(weld::packet_auxdata::info) == sizeof(::tpacket_auxdata));
static_assert(offsetof(weld::packet_auxdata::info, vlan_tag) == offsetof(::tpacket_auxdata, tp_vlan_tci));

// The room for items is what the kernel's macros say.
static_assert(sizeof(weld::detail::control_header) == sizeof(::cmsghdr));
static_assert(weld::detail::control_space_of<weld::ip_ttl> == CMSG_SPACE(sizeof(int)));
static_assert(weld::detail::control_space_of<weld::rights<3>> == CMSG_SPACE(3 * sizeof(int)));
static_assert(weld::detail::control_space_of<weld::packet_info, weld::timestamp> == CMSG_SPACE(sizeof(::in_pktinfo)) + CMSG_SPACE(16));

// Whose items they are.
static_assert(weld::control_item_of<weld::rights<1>, weld::unix_stream> && !weld::control_item_of<weld::rights<1>, weld::udp>);
static_assert(weld::control_item_of<weld::packet_info, weld::udp> && weld::control_item_of<weld::packet_info, weld::raw>);
static_assert(!weld::control_item_of<weld::packet_info, weld::tcp> && !weld::control_item_of<weld::packet_info, weld::unix_datagram>);
static_assert(weld::control_item_of<weld::timestamp, weld::tcp> && weld::control_item_of<weld::timestamp, weld::packet_raw>);
static_assert(weld::control_item_of<weld::segment_size, weld::udp6> && !weld::control_item_of<weld::segment_size, weld::ping>);
static_assert(!weld::control_item<weld::no_delay>);

static_assert(weld::timestamp::from_kernel({2, 5}) == weld::duration::nanoseconds(2'000'000'005));

/// A message as the kernel would leave it: whatever is put in, byte for byte.
struct forged {
    void add(int level, int type, const void* data, std::size_t size) {
        auto* const at = reinterpret_cast<::cmsghdr*>(bytes + used);
        at->cmsg_len = CMSG_LEN(size);
        at->cmsg_level = level;
        at->cmsg_type = type;
        std::memcpy(CMSG_DATA(at), data, size);
        used += CMSG_SPACE(size);
    }
    alignas(8) unsigned char bytes[256]{};
    std::size_t used = 0;
};
template <class... Items>
using message4 = weld::received<weld::endpoint4, weld::sys::descriptor, Items...>;

template <class... Items>
bool take(const forged& from, message4<Items...>& into, int flags = 0) {
    weld::host::control_buffer<message4<Items...>> buffer;
    ::msghdr header{};
    buffer.lend_to(header);
    REQUIRE(from.used <= header.msg_controllen);
    std::memcpy(header.msg_control, from.bytes, from.used);
    header.msg_controllen = from.used;
    header.msg_flags = flags;
    return buffer.take(header, weld::sys::direct{}, into);
}

}  // namespace

TEST_CASE("items are found by level and type, in any order, others are passed over", "[control]") {
    forged from;
    const int ttl = 9, other = 1;
    const std::uint8_t tos = 0x20;
    from.add(SOL_IP, IP_TOS, &tos, 1);
    from.add(SOL_IP, IP_CHECKSUM, &other, sizeof other);
    from.add(SOL_IP, IP_TTL, &ttl, sizeof ttl);
    message4<weld::ip_ttl, weld::ip_tos, weld::packet_info> got;
    CHECK(take(from, got));
    REQUIRE(got.get<weld::ip_ttl>() != nullptr);
    CHECK(*got.get<weld::ip_ttl>() == 9);
    REQUIRE(got.get<weld::ip_tos>() != nullptr);
    CHECK(*got.get<weld::ip_tos>() == 0x20);
    CHECK(got.get<weld::packet_info>() == nullptr);
}
TEST_CASE("the kernel's word that something did not fit is an error", "[control]") {
    message4<weld::ip_ttl> got;
    CHECK_FALSE(take({}, got, MSG_CTRUNC));
    CHECK(take({}, got));
}
TEST_CASE("an item that claims to be longer than the buffer is not believed", "[control]") {
    forged from;
    const int ttl = 9;
    from.add(SOL_IP, IP_TTL, &ttl, sizeof ttl);
    reinterpret_cast<::cmsghdr*>(from.bytes)->cmsg_len = 4096;
    message4<weld::ip_ttl> got;
    static_cast<void>(take(from, got));
    reinterpret_cast<::cmsghdr*>(from.bytes)->cmsg_len = 3;
    message4<weld::ip_ttl> none;
    static_cast<void>(take(from, none));
    CHECK(none.get<weld::ip_ttl>() == nullptr);
}
TEST_CASE("descriptors are closed by whoever holds them last", "[control]") {
    int fds[2];
    REQUIRE(::pipe(fds) == 0);
    forged from;
    from.add(SOL_SOCKET, SCM_RIGHTS, fds, sizeof fds);
    {
        message4<weld::rights<2>> got;
        CHECK(take(from, got));
        REQUIRE(got.get<weld::rights<2>>()->size() == 2);
        auto moved = std::move(got);
        CHECK(got.get<weld::rights<2>>()->empty());
        CHECK((*moved.get<weld::rights<2>>())[1].fd() == fds[1]);
        CHECK(::fsync(fds[0]) != 0);
        CHECK(errno == EINVAL);  // open, though a pipe cannot be synced
    }
    CHECK(::fsync(fds[0]) != 0);
    CHECK(errno == EBADF);
    CHECK(::close(fds[1]) != 0);
}
TEST_CASE("a list of spans is a list of iovecs", "[control]") {
    char a[3], b[5];
    const weld::mutable_bytes list[] = {weld::as_writable_bytes(a), weld::as_writable_bytes(b)};
    static_assert(sizeof list == 2 * sizeof(::iovec));
    ::iovec same[2];
    std::memcpy(same, list, sizeof same);
    CHECK(same[0].iov_base == a);
    CHECK(same[0].iov_len == 3);
    CHECK(same[1].iov_base == b);
    CHECK(same[1].iov_len == 5);
}
TEST_CASE("pieces are one buffer or several", "[control]") {
    const weld::gather one{weld::as_bytes("abc")};
    REQUIRE(one.pieces().size() == 1);
    CHECK(weld::as_text(one.pieces()[0]) == "abc");
    const weld::gather copied = one;
    CHECK(weld::as_text(copied.pieces()[0]) == "abc");
    const weld::const_bytes list[] = {weld::as_bytes("a"), weld::as_bytes("bc")};
    const weld::gather many{list};
    CHECK(many.pieces().size() == 2);
    const weld::gather none{weld::gathered{}};
    CHECK(none.pieces().empty());
}
